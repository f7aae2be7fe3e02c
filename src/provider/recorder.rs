//! Where plans are recorded for the apply.

use std::fs;
use std::path::PathBuf;

use crate::cloud::Environment;
use crate::framework::Diagnostic;
use crate::run_record::{HostId, Record, hash64, parent_arguments};

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
        let record = match self {
            _ if is_off => Record::in_memory(),
            Self::Memory => Record::in_memory(),
            Self::Folder(folder, host) => Record::in_folders(vec![folder.clone()], *host),
            Self::Process => HostId::parent().map_or_else(Record::in_memory, |host| {
                Record::in_folders(folders(environment), host)
            }),
        };
        let spans_walks = matches!(self, Self::Process) && is_test(&parent_arguments());
        Ok(record.spanning_walks(spans_walks))
    }
}

/// Whether these are the arguments of `terraform test`, which since Terraform 1.15 configures a provider once for all runs
/// of a file, if the file configures the provider.
fn is_test(arguments: &[String]) -> bool {
    // Global options come first, and a launcher may be in between.
    let mut words = arguments
        .iter()
        .filter(|word| !word.starts_with('-') && !word.ends_with(".py"));
    words.next().is_some_and(|command| command == "test")
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
    fn only_the_test_command_is_a_test() {
        for (line, expected) in [
            ("test", true),
            ("-chdir=a test -filter=b.tftest.hcl", true),
            ("-I -B /opt/launcher.py test", true),
            ("plan -out test", false),
            ("apply test", false),
            ("", false),
        ] {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(is_test(&words), expected, "{line}");
        }
    }

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
