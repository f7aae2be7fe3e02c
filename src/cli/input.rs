//! What a command reads: a file, or standard input.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

/// Where to read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// What is piped in; it can be read once.
    StandardInput,
    /// A file, by its path.
    File(String),
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        match text.as_str() {
            "-" => Self::StandardInput,
            _ => Self::File(text),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardInput => f.write_str("standard input"),
            Self::File(path) => write!(f, "`{path}`"),
        }
    }
}

impl Input {
    /// All of it.
    ///
    /// # Errors
    /// As the operating system says.
    pub(super) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::StandardInput => io::stdin().lock().read_to_end(&mut bytes)?,
            Self::File(path) => File::open(path)?.read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }
}
