//! Whether the dependency lock file accepts a package that Terraform can get: for a report on a set-up. Reads only.

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::SOURCE;
use super::installation::{InstallationProblem, initialized_packages, packages, sources};
use super::lock_file::{FILE, LockedPackage, locked_packages};
use super::obstacle::hash_of;
use super::package::{Platform, archive_hashes};
use super::user::User;
use crate::text::shell_word;

/// What the lock file says about the plugin.
#[derive(Debug, PartialEq, Eq)]
pub enum LockCheck {
    /// There is no lock file in the working folder.
    NoFile,
    /// It has no entry of the plugin.
    NoEntry,
    /// A development override makes Terraform ignore it.
    Overridden,
    /// It selects this version, which may come from elsewhere than a mirror.
    NotChecked {
        /// The version.
        version: String,
    },
    /// It accepts a package of this version.
    Accepted {
        /// The version.
        version: String,
    },
}

/// Why Terraform cannot use the lock file.
#[derive(Debug, PartialEq, Eq)]
pub enum LockProblem {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The selected version is not available.
    Version {
        /// The file.
        file: PathBuf,
        /// The selected version.
        locked: String,
        /// The available ones.
        available: Vec<String>,
    },
    /// None of the packages of the selected version has one of the hashes.
    Hash {
        /// The file.
        file: PathBuf,
        /// The entry.
        locked: LockedPackage,
        /// A mirror with a package of this version.
        mirror: PathBuf,
    },
}

/// Compares the lock file in the working folder of `user` with the packages that are installed or in a mirror.
///
/// # Errors
/// If Terraform rejects all of them.
pub fn check_lock_file(
    user: &User,
    platform: &Platform,
    host: &str,
) -> Result<LockCheck, LockProblem> {
    let file = user.working_folder().join(FILE);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(LockCheck::NoFile),
        Err(error) => {
            let reason = error.to_string();
            return Err(LockProblem::Unreadable { file, reason });
        }
    };
    let address = format!("{host}/{SOURCE}");
    let mut entries = locked_packages(&text).into_iter();
    let Some(locked) = entries.find(|entry| entry.address == address) else {
        return Ok(LockCheck::NoEntry);
    };
    let version = locked.version.clone();
    let found = sources(user, host);
    let mirrors = match found {
        Ok(sources) if sources.dev_override.is_some() => return Ok(LockCheck::Overridden),
        Ok(sources) => sources.mirrors,
        Err(_) => return Ok(LockCheck::NotChecked { version }),
    };
    let mut available = Vec::new();
    let mut same = None;
    for folder in std::iter::once(initialized_packages(user)).chain(mirrors) {
        let packages = match packages(&folder, platform, host) {
            Ok(packages) => packages,
            Err(InstallationProblem::UnreadableMirror { .. } | _) => continue,
        };
        for (found, path) in packages {
            if found == version {
                let hashes = match path.is_dir() {
                    true => hash_of(&path).into_iter().collect(),
                    false => archive_hashes(&path).unwrap_or_default(),
                };
                let is_accepted = hashes.iter().any(|hash| locked.hashes.contains(hash));
                if is_accepted || locked.hashes.is_empty() {
                    return Ok(LockCheck::Accepted { version });
                }
                same = same.or_else(|| Some(folder.clone()));
            }
            available.push(found);
        }
    }
    available.sort();
    available.dedup();
    if let Some(mirror) = same {
        return Err(LockProblem::Hash {
            file,
            locked,
            mirror,
        });
    }
    match available.is_empty() {
        // That nothing is installed is a problem of its own.
        true => Ok(LockCheck::NotChecked { version }),
        false => Err(LockProblem::Version {
            file,
            locked: version,
            available,
        }),
    }
}

impl fmt::Display for LockCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => write!(
                f,
                "no `{FILE}` in this directory; `terraform init` creates it"
            ),
            Self::NoEntry => write!(
                f,
                "`{FILE}` has no entry for {SOURCE}; `terraform init` adds it"
            ),
            Self::Overridden => {
                f.write_str("a development override makes Terraform ignore the lock file")
            }
            Self::NotChecked { version } => write!(
                f,
                "`{FILE}` selects version {version}, and no installed package or filesystem mirror has the provider"
            ),
            Self::Accepted { version } => {
                write!(
                    f,
                    "`{FILE}` selects version {version} and accepts the installed build"
                )
            }
        }
    }
}

impl fmt::Display for LockProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, reason } => {
                write!(f, "`{}` cannot be read: {reason}", file.display())
            }
            Self::Version {
                file,
                locked,
                available,
            } => write!(
                f,
                "`{}` selects version {locked}, but only {} is installed",
                file.display(),
                available.join(", ")
            ),
            Self::Hash { file, locked, .. } => write!(
                f,
                "`{}` does not accept the installed build of version {}",
                file.display(),
                locked.version
            ),
        }
    }
}

impl LockProblem {
    /// What to do about it, in whole sentences.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => "Make the file readable.".to_owned(),
            Self::Version { .. } => "Run `terraform init -upgrade`.".to_owned(),
            Self::Hash { locked, mirror, .. } => format!(
                "If the file was written on another platform, run `terraform providers lock -fs-mirror {} {SOURCE}`; \
                 otherwise, remove the `provider \"{}\"` block from the file. Then run `terraform init`.",
                shell_word(&mirror.to_string_lossy()),
                locked.address
            ),
        }
    }
}
