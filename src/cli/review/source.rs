//! The input: a saved plan, or JSON from a file or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::super::error::Error;
use super::super::input::Input;
use super::saved::{self, name_input};
use crate::plan_json::plan::Plan;
use crate::plan_json::read_plan;

/// Reads the plan in the input. Terraform in `folder` converts a saved plan to JSON.
pub(super) async fn read(input: &Input, folder: &Path) -> Result<Plan, Error> {
    match input {
        Input::StandardInput => name_input(input, read_plan(io::stdin().lock())),
        Input::File(path) => {
            let (head, file) = open(path).map_err(|source| Error::Read {
                input: input.to_string(),
                source,
            })?;
            if head.starts_with(ARCHIVE) || is_encrypted(&head) {
                return saved::read(input, Path::new(path), folder).await;
            }
            name_input(input, read_plan(head.as_slice().chain(file)))
        }
    }
}

/// The first bytes of a saved plan, which is a zip archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// The first bytes, without white space, of a saved plan that OpenTofu has encrypted. A plan in JSON has no such key.
const ENCRYPTED: &[u8] = b"{\"meta\":";

/// How many bytes identify a saved plan, with white space between them.
const HEAD_BYTES: u64 = 32;

fn is_encrypted(head: &[u8]) -> bool {
    let bytes = head.iter().filter(|byte| !byte.is_ascii_whitespace());
    bytes.take(ENCRYPTED.len()).eq(ENCRYPTED)
}

/// Opens a file and reads its first bytes, which identify a saved plan. It may be a pipe, so nothing is read twice.
fn open(path: &str) -> io::Result<(Vec<u8>, File)> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok((head, file))
}

#[cfg(test)]
mod tests {
    use super::is_encrypted;

    #[test]
    fn an_encrypted_plan_starts_with_its_metadata() {
        for (head, expected) in [
            ("{\"meta\":{\"key_provider.pbkdf2.x", true),
            ("{\n  \"meta\": {\n    \"key_pro", true),
            ("{\"format_version\":\"1.2\",\"terra", false),
            ("{\"meta\"", false),
            ("", false),
        ] {
            assert_eq!(is_encrypted(head.as_bytes()), expected, "{head}");
        }
    }
}
