//! The input: a saved plan, or JSON from a file or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::super::error::Error;
use super::super::input::Input;
use super::saved::{self, review_source};
use crate::review::{self, Policy, Report};

/// Reviews the plan in the input. Terraform in `folder` converts a saved plan to JSON.
pub(super) async fn review(input: &Input, folder: &Path, policy: &Policy) -> Result<Report, Error> {
    match input {
        Input::StandardInput => review_source(input, review::review(io::stdin().lock(), policy)),
        Input::File(path) => {
            let (head, file) = open(path).map_err(|source| Error::Read {
                input: input.to_string(),
                source,
            })?;
            if head == ARCHIVE {
                return saved::review(input, Path::new(path), folder, policy).await;
            }
            review_source(input, review::review(head.as_slice().chain(file), policy))
        }
    }
}

/// The first bytes of a saved plan, which is a zip archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// Opens a file and reads its first bytes, which identify a saved plan. It may be a pipe, so nothing is read twice.
fn open(path: &str) -> io::Result<(Vec<u8>, File)> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    let length = u64::try_from(ARCHIVE.len()).unwrap_or_default();
    (&mut file).take(length).read_to_end(&mut head)?;
    Ok((head, file))
}
