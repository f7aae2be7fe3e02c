// A library that Wine 8 lacks, for tests only: the source of random bytes of Rust's standard library on Windows.
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *buffer, unsigned long length);

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *buffer, unsigned long long length) {
  while (length > 0) {
    unsigned long part = length > 65536 ? 65536 : (unsigned long)length;
    if (!SystemFunction036(buffer, part)) {
      return 0;
    }
    buffer += part;
    length -= part;
  }
  return 1;
}
