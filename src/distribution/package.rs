//! A package: the zip archive in which a registry or a mirror hands out the plugin for one platform.

use std::fmt;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::VERSION;

/// Shipped in each package, because the licence asks for it.
pub(super) const LICENSE: &str = include_str!("../../LICENSE");

/// An operating system and a processor architecture, in Go's terms: `linux_amd64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    os: String,
    arch: String,
}

impl Platform {
    /// The platform this program was built for.
    pub fn current() -> Self {
        Self::from_rust(std::env::consts::OS, std::env::consts::ARCH)
    }

    /// The platform that Rust calls `os` and `arch`, such as `macos` and `aarch64`.
    pub fn from_rust(os: &str, arch: &str) -> Self {
        let os = match os {
            "macos" => "darwin",
            os => os,
        };
        let arch = match arch {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            arch => arch,
        };
        Self {
            os: os.to_owned(),
            arch: arch.to_owned(),
        }
    }

    /// Reads `linux_amd64`; `None` if there is no underscore between two names.
    pub fn parse(text: &str) -> Option<Self> {
        let (os, arch) = text.split_once('_')?;
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_name(os) && is_name(arch)).then(|| Self {
            os: os.to_owned(),
            arch: arch.to_owned(),
        })
    }

    /// What names of programs end with.
    pub fn program_suffix(&self) -> &'static str {
        match self.os.as_str() {
            "windows" => ".exe",
            _ => "",
        }
    }

    /// Name of the plugin's binary in a package for this platform.
    pub fn binary_name(&self) -> String {
        let suffix = self.program_suffix();
        format!("terraform-provider-hwgrants_v{VERSION}{suffix}")
    }

    /// Name of the package for this platform.
    pub fn archive_name(&self) -> String {
        format!("terraform-provider-hwgrants_{VERSION}_{self}.zip")
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

/// The plugin for one platform, packed.
pub struct Package {
    platform: Platform,
    archive: Vec<u8>,
    hashes: [String; 2],
    binary_hash: String,
}

impl Package {
    /// Packs a plugin's binary. The same binary gives the same bytes, on any day and machine.
    ///
    /// # Errors
    /// The binary cannot be compressed.
    pub fn new(platform: Platform, binary: &[u8]) -> io::Result<Self> {
        let files = [
            ("LICENSE".to_owned(), LICENSE.as_bytes(), 0o644),
            (platform.binary_name(), binary, 0o755),
        ];
        let archive = zip(files
            .iter()
            .map(|(name, content, mode)| (name.as_str(), *content, *mode)))?;
        let hashes = [
            directory_hash(files.map(|(name, content, _)| (name, content))),
            format!("zh:{}", sha256(&archive)),
        ];
        Ok(Self {
            platform,
            archive,
            hashes,
            binary_hash: sha256(binary),
        })
    }

    /// The platform it is for.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The content of the zip archive.
    pub fn archive(&self) -> &[u8] {
        &self.archive
    }

    /// Whether this is the content of the plugin's binary.
    pub fn is_binary(&self, content: &[u8]) -> bool {
        sha256(content) == self.binary_hash
    }

    /// The hashes of this package that a lock file may contain: `h1:` of the files, `zh:` of the archive.
    pub fn hashes(&self) -> &[String; 2] {
        &self.hashes
    }
}

/// The hashes of an archive that a lock file may contain: `h1:` of the files, `zh:` of the archive.
///
/// # Errors
/// Those of the file system, or if it is no zip archive.
pub fn archive_hashes(path: &Path) -> io::Result<Vec<String>> {
    let archive = std::fs::read(path)?;
    let mut zip = ZipArchive::new(Cursor::new(&archive))?;
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        if file.is_file() {
            files.push((file.name()?.into_owned(), content));
        }
    }
    let files = files.iter();
    let files = files.map(|(name, content)| (name.clone(), content.as_slice()));
    Ok(vec![
        directory_hash(files),
        format!("zh:{}", sha256(&archive)),
    ])
}

/// Go's `dirhash.Hash1`, which does not depend on how files are compressed.
pub fn directory_hash<'a>(files: impl IntoIterator<Item = (String, &'a [u8])>) -> String {
    let mut lines: Vec<(String, String)> = files
        .into_iter()
        .map(|(name, content)| {
            let hash = sha256(content);
            (name.clone(), format!("{hash}  {name}\n"))
        })
        .collect();
    lines.sort();
    let text: String = lines.into_iter().map(|(_, line)| line).collect();
    format!("h1:{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// An archive of files with their names, contents and modes. The same files give the same bytes.
pub(super) fn zip<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a [u8], u32)>,
) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, mode) in files {
        // Archives do not become smaller when they are compressed again.
        let method = match name.ends_with(".zip") {
            true => CompressionMethod::Stored,
            false => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        zip.start_file(name, options)?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The SHA-256 hash in hexadecimal digits.
pub(super) fn sha256(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_contains_the_executable_and_the_licence() {
        let platform = Platform::parse("linux_arm64").unwrap();
        let package = Package::new(platform, b"binary").unwrap();
        let mut zip = ZipArchive::new(Cursor::new(package.archive())).unwrap();
        let mut binary = zip
            .by_name(&format!("terraform-provider-hwgrants_v{VERSION}"))
            .unwrap();
        assert_eq!(binary.unix_mode().unwrap() & 0o777, 0o755);
        let mut content = String::new();
        binary.read_to_string(&mut content).unwrap();
        assert_eq!(content, "binary");
        drop(binary);
        assert!(zip.by_name("LICENSE").is_ok());
        assert_eq!(zip.len(), 2);
    }

    #[test]
    fn the_same_binary_gives_the_same_bytes() {
        let packed = || Package::new(Platform::current(), b"binary").unwrap();
        let (first, second) = (packed(), packed());
        assert!(first.archive() == second.archive());
        assert_eq!(first.hashes(), second.hashes());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("package.zip");
        std::fs::write(&path, first.archive()).unwrap();
        assert_eq!(archive_hashes(&path).unwrap(), first.hashes());
        let other = Package::new(Platform::current(), b"another").unwrap();
        assert_ne!(first.hashes()[0], other.hashes()[0]);
        assert_ne!(first.hashes()[1], other.hashes()[1]);
    }

    /// The expected value is from a Go program, written after `golang.org/x/mod/sumdb/dirhash`.
    #[test]
    fn a_directory_hash_is_the_one_of_go() {
        let files = [("b".to_owned(), &b"two"[..]), ("a".to_owned(), &b"one"[..])];
        assert_eq!(
            directory_hash(files),
            "h1:0XE42WOCQDaQSCqJ2jNHUzarNsBGppEqhrre3WIwHLg="
        );
    }

    #[test]
    fn platforms_have_the_names_of_go() {
        for (os, arch, expected) in [
            ("linux", "x86_64", "linux_amd64"),
            ("macos", "aarch64", "darwin_arm64"),
            ("windows", "x86_64", "windows_amd64"),
        ] {
            let platform = Platform::from_rust(os, arch);
            assert_eq!(platform.to_string(), expected);
            assert_eq!(Platform::parse(expected), Some(platform));
        }
        for text in [
            "linux",
            "linux_",
            "_amd64",
            "linux_amd64_v3",
            "li/nux_amd64",
        ] {
            assert_eq!(Platform::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_windows_binary_has_a_suffix() {
        let names = ["windows_amd64", "linux_amd64"]
            .map(|text| Platform::parse(text).unwrap().binary_name());
        assert!(
            names[0].ends_with(".exe") && !names[1].ends_with(".exe"),
            "{names:?}"
        );
    }
}
