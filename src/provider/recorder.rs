//! Where plans are recorded for the apply.

use std::fs;
use std::path::PathBuf;

use crate::cloud::Environment;
use crate::framework::Diagnostic;
use crate::run_record::{HostId, Record, hash64};

/// Environment variable that disables recording: `on` (default) or `off`.
const VARIABLE: &str = "HWGRANTS_RECORD";

/// Terraform's data directory, unless `TF_DATA_DIR` is set.
const DATA_FOLDER: &str = ".terraform";

/// Name of the directory of records.
const FOLDER: &str = "hwgrants";

/// How the provider records its plans.
#[derive(Clone, Debug)]
pub enum Recorder {
    /// In memory, until the provider is configured again. Other processes cannot read the record.
    Memory,
    /// On disk, for the working directory of the Terraform process that started this one.
    Process,
    /// In this directory, as a process of this host.
    Folder(PathBuf, HostId),
}

impl Recorder {
    /// The recorder of the plugin. A process that serves several plans in turn records them in memory only.
    #[must_use]
    pub fn of_process(serves_one_plan: bool) -> Self {
        if serves_one_plan {
            Self::Process
        } else {
            Self::Memory
        }
    }

    /// A new record.
    ///
    /// # Errors
    /// `HWGRANTS_RECORD` is neither `on` nor `off`.
    pub(super) fn record(&self, environment: &Environment) -> Result<Record, Diagnostic> {
        let is_off = match environment.read(VARIABLE).as_deref() {
            None | Some("on") => false,
            Some("off") => true,
            Some(other) => {
                let detail = format!(
                    "The environment variable `{VARIABLE}` is `{other}`, but must be `on` or `off`. Correct or unset \
                     the variable."
                );
                return Err(Diagnostic::error("Invalid HWGRANTS_RECORD", detail));
            }
        };
        if is_off {
            return Ok(Record::in_memory());
        }
        Ok(match self {
            Self::Memory => Record::in_memory(),
            Self::Folder(folder, host) => Record::in_folders(vec![folder.clone()], *host),
            Self::Process => HostId::parent().map_or_else(Record::in_memory, |host| {
                Record::in_folders(folders(environment), host)
            }),
        })
    }
}

/// Candidate directories for the records of the working directory: Terraform's data directory if it exists, then the
/// user's cache directory.
fn folders(environment: &Environment) -> Vec<PathBuf> {
    let data = environment.read("TF_DATA_DIR");
    let data = PathBuf::from(data.unwrap_or_else(|| DATA_FOLDER.to_owned()));
    let in_data = data.is_dir().then(|| data.join(FOLDER));
    in_data.into_iter().chain(in_cache()).collect()
}

/// The directory in the user's cache, by a hash of the working directory. `None` if it cannot be created.
fn in_cache() -> Option<PathBuf> {
    let working = std::env::current_dir().ok()?;
    let own = hash64(&[&working.to_string_lossy()]);
    let cache = dirs::cache_dir()?.join(FOLDER);
    fs::create_dir_all(&cache).ok()?;
    Some(cache.join(format!("{own:016x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_must_be_on_or_off() {
        for (value, is_right) in [("", true), ("on", true), ("off", true), ("no", false)] {
            let environment = Environment::of([(VARIABLE, value)]);
            let record = Recorder::Memory.record(&environment);
            assert_eq!(record.is_ok(), is_right, "{value}");
        }
    }

    #[test]
    fn records_are_stored_in_the_data_folder_if_it_exists() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().to_str().unwrap();
        let environment = Environment::of([("TF_DATA_DIR", path)]);
        assert_eq!(folders(&environment)[0], data.path().join(FOLDER));
        let environment = Environment::of([("TF_DATA_DIR", "/nowhere at all")]);
        let in_cache = &folders(&environment)[0];
        assert!(
            in_cache.starts_with(dirs::cache_dir().unwrap()),
            "{in_cache:?}"
        );
    }
}
