//! Where the plan to review is, and in which of its two forms.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::super::error::Error;
use super::saved;
use crate::review::{self, Policy, Report};

/// Where the plan is.
#[derive(Clone, Debug)]
pub(super) enum Source {
    StandardInput,
    File(String),
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        match text.as_str() {
            "-" => Self::StandardInput,
            _ => Self::File(text),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardInput => f.write_str("standard input"),
            Self::File(path) => write!(f, "`{path}`"),
        }
    }
}

impl Source {
    /// Reviews the plan that is there. A saved one is read by Terraform in `folder`.
    pub(super) async fn review(&self, folder: &Path, policy: &Policy) -> Result<Report, Error> {
        match self {
            Self::StandardInput => self.reviewed(review::review(io::stdin().lock(), policy)),
            Self::File(path) => {
                let (head, file) = open(path).map_err(|source| Error::Read {
                    place: self.to_string(),
                    source,
                })?;
                if head == ARCHIVE {
                    return saved::review(self, Path::new(path), folder, policy).await;
                }
                self.reviewed(review::review(head.as_slice().chain(file), policy))
            }
        }
    }

    /// The outcome, with the place in its error.
    pub(super) fn reviewed(&self, outcome: Result<Report, review::Error>) -> Result<Report, Error> {
        outcome.map_err(|source| Error::Plan {
            place: self.to_string(),
            source,
        })
    }
}

/// The first bytes of a saved plan, which is a zip archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// Opens a file, and reads so much of it as tells what it is. It may be a pipe: nothing is read twice.
fn open(path: &str) -> io::Result<(Vec<u8>, File)> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    let length = u64::try_from(ARCHIVE.len()).unwrap_or_default();
    (&mut file).take(length).read_to_end(&mut head)?;
    Ok((head, file))
}
