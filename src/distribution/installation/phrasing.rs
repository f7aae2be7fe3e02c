//! What people read about an installation, and what to do about a problem.

use std::fmt;

use super::{Installation, InstallationProblem};
use crate::distribution::SOURCE;
use crate::text::shell_word;

impl fmt::Display for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reattached => f.write_str(
                "Terraform connects to a plugin that is already running (`TF_REATTACH_PROVIDERS`)",
            ),
            Self::DevOverride { file, folder } => write!(
                f,
                "development override in `{}`: the build in `{}`",
                file.display(),
                folder.display()
            ),
            Self::Initialized { version, folder } => {
                write!(f, "{SOURCE} {version}, installed in `{}`", folder.display())
            }
            Self::Mirror { version, folder } => write!(
                f,
                "{SOURCE} {version} in the filesystem mirror `{}`; `terraform init` installs it",
                folder.display()
            ),
            Self::Unknown { reason } => f.write_str(reason),
        }
    }
}

impl fmt::Display for InstallationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConfiguration { variable, file } => write!(
                f,
                "{SOURCE} is not installed, and `{variable}` names the CLI configuration `{}`, which does not exist",
                file.display()
            ),
            Self::Unreadable { file, reason } => write!(
                f,
                "the CLI configuration `{}` cannot be read: {reason}",
                file.display()
            ),
            Self::SecondBlock { files } => {
                f.write_str("there is more than one `provider_installation` block, but Terraform accepts only one:")?;
                files
                    .iter()
                    .try_for_each(|file| write!(f, " `{}`", file.display()))
            }
            Self::EmptyOverride {
                file,
                folder,
                exists,
            } => write!(
                f,
                "`{}` overrides the provider with the build in `{}`, which {}",
                file.display(),
                folder.display(),
                if *exists {
                    "contains no provider"
                } else {
                    "does not exist"
                }
            ),
            Self::WrongPlatform {
                folder,
                platforms,
                needed,
                ..
            } => write!(
                f,
                "`{}` contains the provider for {}, but this machine requires {needed}",
                folder.display(),
                platforms.join(", ")
            ),
            Self::MirrorDisabled { file, mirror } => write!(
                f,
                "`{}` has a `provider_installation` block, which disables the directory `{}` with the provider",
                file.display(),
                mirror.display()
            ),
            Self::UnreadableMirror { folder, reason } => {
                write!(
                    f,
                    "the directory `{}` cannot be read: {reason}",
                    folder.display()
                )
            }
            Self::NotInstalled { mirrors } => {
                write!(f, "{SOURCE} is not installed")?;
                let mirrors = mirrors
                    .iter()
                    .map(|mirror| format!("`{}`", mirror.display()));
                let mirrors: Vec<_> = mirrors.collect();
                match mirrors.is_empty() {
                    true => Ok(()),
                    false => write!(f, "; searched {}", mirrors.join(", ")),
                }
            }
        }
    }
}

impl InstallationProblem {
    /// What to do about it, in whole sentences.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoConfiguration { variable, .. } => {
                format!(
                    "Correct the path in `{variable}`, or unset the variable and run `hwgrants install`."
                )
            }
            Self::Unreadable { .. } => {
                "Correct the syntax or the permissions of this file.".to_owned()
            }
            Self::SecondBlock { .. } => "Combine the blocks into one.".to_owned(),
            Self::EmptyOverride { .. } => format!(
                "Build the provider in that directory, or remove \"{SOURCE}\" from the `dev_overrides` block of the \
                 file and run `hwgrants install`."
            ),
            Self::WrongPlatform {
                is_initialized: true,
                ..
            } => "Run `terraform init` on this machine.".to_owned(),
            Self::WrongPlatform { folder, .. } => format!(
                "Run `hwgrants install --dir {}` on this machine.",
                shell_word(&folder.to_string_lossy())
            ),
            Self::MirrorDisabled { .. } => {
                "Add a `filesystem_mirror` block with the absolute path of this directory to the `provider_installation` \
                 block, or remove the `provider_installation` block."
                    .to_owned()
            }
            Self::UnreadableMirror { .. } => "Make the directory readable, or remove it from the \
                                              `provider_installation` block."
                .to_owned(),
            Self::NotInstalled { .. } => {
                "Run `hwgrants install`, then `terraform init`.".to_owned()
            }
        }
    }
}
