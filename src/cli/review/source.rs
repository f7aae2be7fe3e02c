//! The input: a saved plan, or JSON from a file or standard input.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::super::error::Error;
use super::super::input::Input;
use super::super::terraform::SavedPlan;
use super::progress::ReadProgress;
use super::saved::{self, name_input};
use crate::plan_json::plan::Plan;
use crate::plan_json::read_plan;

/// Reads the plan in the input, whose path is relative to `chdir`. Terraform in `folder` converts a saved plan to JSON. The bytes
/// of JSON count as `progress`.
pub(super) async fn read(
    input: &Input,
    chdir: &Path,
    folder: &Path,
    progress: &ReadProgress,
) -> Result<Plan, Error> {
    match input {
        Input::StandardInput => {
            let json = progress.counting(io::stdin().lock());
            name_input(input, read_plan(json))
        }
        Input::File(path) => {
            let path = resolve(path, chdir);
            let (head, file) = open(&path).map_err(|source| Error::Read {
                input: input.to_string(),
                source,
            })?;
            let plan = if head.starts_with(ARCHIVE) {
                let plan = SavedPlan::inspect(&path, folder);
                plan.ok_or_else(|| Error::OtherArchive {
                    input: input.to_string(),
                })?
            } else if is_encrypted(&head) {
                SavedPlan::encrypted()
            } else {
                let json = progress.counting(head.as_slice().chain(file));
                return name_input(input, read_plan(json));
            };
            saved::read(input, &path, plan, folder).await
        }
    }
}

/// The path of a plan: relative to the folder of `--chdir`, as in `terraform -chdir`, if it exists there.
pub(super) fn resolve(path: &str, folder: &Path) -> PathBuf {
    let inside = folder.join(path);
    if inside.exists() { inside } else { path.into() }
}

/// The first bytes of a saved plan, which is a zip archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// How many bytes identify a saved plan, with white space and short values between its keys.
const HEAD_BYTES: u64 = 4 * 1024;

/// Whether this is the beginning of a saved plan that OpenTofu has encrypted, whose keys come in any order. The first key of
/// a plan in JSON is none of them.
fn is_encrypted(head: &[u8]) -> bool {
    let mut is_encrypted = false;
    let mut json = serde_json::Deserializer::from_slice(head);
    // It always fails: the head is not the whole document.
    drop(json.deserialize_map(EncryptedKeys(&mut is_encrypted)));
    is_encrypted
}

/// Reads keys until one identifies the document.
struct EncryptedKeys<'a>(&'a mut bool);

impl<'de> Visitor<'de> for EncryptedKeys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "serial" | "lineage" => drop(map.next_value::<IgnoredAny>()?),
                key => {
                    *self.0 = matches!(key, "meta" | "encrypted_data" | "encryption_version");
                    break;
                }
            }
        }
        Err(de::Error::custom("the rest is not read"))
    }
}

/// Opens a file and reads its first bytes, which identify a saved plan. It may be a pipe, so nothing is read twice.
fn open(path: &Path) -> io::Result<(Vec<u8>, File)> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok((head, file))
}

#[cfg(test)]
mod tests {
    use super::is_encrypted;

    #[test]
    fn an_encrypted_plan_is_recognized_by_any_of_its_keys() {
        for (head, expected) in [
            ("{\"meta\":{\"key_provider.pbkdf2.x", true),
            ("{\n  \"meta\": {\n    \"key_pro", true),
            ("{\"encrypted_data\":\"AbC", true),
            (" {\"encryption_version\" : \"v0\",", true),
            ("{\"serial\":0,\n\"lineage\":\"\",\"meta\":{\"key_p", true),
            ("{\"serial\":0,\"lineage\":\"a\",\"version\":4}", false),
            ("{\"format_version\":\"1.2\",\"meta\":{}", false),
            ("{\"version\":4,\"meta\":{}", false),
            ("[{\"meta\":1}]", false),
            ("", false),
        ] {
            assert_eq!(is_encrypted(head.as_bytes()), expected, "{head}");
        }
    }
}
