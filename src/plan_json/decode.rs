//! The text of a plan or a state: decompresses gzip, and decodes UTF-16, which PowerShell's `>` writes.

use std::io::{self, BufReader, Cursor, Read};

use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;

/// The first bytes of compressed data.
///
/// Source: RFC 1952, section 2.3.1.
const GZIP: &[u8] = b"\x1f\x8b";

/// Decodes the input as it is read, by its first bytes: gzip, and then a byte order mark. The mark is removed; other text is
/// unchanged.
///
/// # Errors
/// If the first bytes cannot be read.
pub(super) fn decode<'a>(source: impl Read + 'a) -> io::Result<impl Read + 'a> {
    let mut source = BufReader::new(source);
    let mut head = Vec::new();
    // A pipe may give one byte at a time.
    let length = u64::try_from(GZIP.len()).unwrap_or_default();
    (&mut source).take(length).read_to_end(&mut head)?;
    let is_compressed = head == GZIP;
    let whole = Cursor::new(head).chain(source);
    let bytes: Box<dyn Read + 'a> = if is_compressed {
        Box::new(Decompressed(MultiGzDecoder::new(whole)))
    } else {
        Box::new(whole)
    };
    Ok(DecodeReaderBytesBuilder::new()
        // Invalid UTF-8 is an error of its own; the decoder would replace it.
        .utf8_passthru(true)
        .strip_bom(true)
        .build(bytes))
}

/// A decoder whose errors say that the data is compressed.
struct Decompressed<R>(R);

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        self.0.read(target).map_err(|error| {
            let text = format!("its gzip data is damaged or truncated ({error})");
            io::Error::new(error.kind(), text)
        })
    }
}
