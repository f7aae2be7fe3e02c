//! What keeps Terraform from using the package that was just installed.
//!
//! Terraform says little about where it took a provider from, so that an older build goes unnoticed.

use std::fmt;
use std::path::{Path, PathBuf};

use semver::Version;

use super::cli_configuration::{self, CliConfiguration};
use super::lock_file::{self, LockedPackage};
use super::package::{Package, directory_hash};
use super::user::User;
use super::{HOSTS, SOURCE, mirror};
use crate::VERSION;

/// Something that is found before the installed package, or that rejects it.
#[derive(Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A CLI configuration cannot be read.
    Unreadable {
        /// The CLI configuration.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A development override.
    DevOverride {
        /// The CLI configuration.
        file: PathBuf,
        /// The folder with the build that is used.
        folder: PathBuf,
    },
    /// A `provider_installation` block that does not name the implied mirror, and so disables it.
    ImpliedMirrorDisabled {
        /// The CLI configuration.
        file: PathBuf,
        /// The mirror.
        mirror: PathBuf,
    },
    /// Another package that Terraform may choose.
    OtherPackage {
        /// Its version.
        version: String,
        /// The archive or the folder.
        path: PathBuf,
    },
    /// The plugin cache has a different build of this version.
    PluginCache {
        /// The folder of the build.
        folder: PathBuf,
    },
    /// The lock file has been written for another version or build.
    LockFile {
        /// The lock file.
        file: PathBuf,
        /// The mirror with the installed package.
        mirror: PathBuf,
        /// Its entry.
        locked: LockedPackage,
    },
    /// Terraform connects to a plugin that runs already.
    Reattach,
    /// `-plugin-dir` in a variable with arguments.
    PluginDir {
        /// The variable.
        variable: String,
    },
}

impl Obstacle {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "correct the file, then run `hwgrants install` again".to_owned()
            }
            Self::DevOverride { .. } => {
                format!("remove \"{SOURCE}\" from the `dev_overrides` block of this file")
            }
            Self::ImpliedMirrorDisabled { mirror, .. } => format!(
                "add these blocks, or these arguments to existing blocks:\n\n{}",
                cli_configuration::provider_installation(mirror)
            ),
            Self::OtherPackage { .. } => "remove that package".to_owned(),
            Self::PluginCache { .. } => "remove that directory".to_owned(),
            Self::LockFile { locked, .. } if locked.version != VERSION => {
                "run `terraform init -upgrade`".to_owned()
            }
            Self::LockFile { locked, mirror, .. } => format!(
                "if the file was written on another platform, run `terraform providers lock -fs-mirror={} {SOURCE}`; \
                 otherwise, remove the `provider \"{}\"` block from this file; then run `terraform init`",
                mirror.display(),
                locked.address
            ),
            Self::Reattach => "unset the variable".to_owned(),
            Self::PluginDir { .. } => "remove the option from the variable".to_owned(),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, reason } => {
                write!(f, "cannot read the CLI configuration `{}`: {reason}", file.display())
            }
            Self::DevOverride { file, folder } => write!(
                f,
                "`{}` overrides the plugin with the build in `{}`",
                file.display(),
                folder.display()
            ),
            Self::ImpliedMirrorDisabled { file, mirror } => write!(
                f,
                "`{}` has a `provider_installation` block, which disables the directory `{}`",
                file.display(),
                mirror.display()
            ),
            Self::OtherPackage { version, path } => write!(
                f,
                "Terraform may install version {version} from `{}` instead",
                path.display()
            ),
            Self::PluginCache { folder } => write!(
                f,
                "the plugin cache contains a different build of version {VERSION}: `{}`",
                folder.display()
            ),
            Self::LockFile { file, locked, .. } if locked.version != VERSION => write!(
                f,
                "`{}` selects version {}",
                file.display(),
                locked.version
            ),
            Self::LockFile { file, .. } => write!(
                f,
                "`{}` does not accept this build of version {VERSION}",
                file.display()
            ),
            Self::Reattach => f.write_str(
                "`TF_REATTACH_PROVIDERS` is set, so Terraform connects to a plugin that is already running",
            ),
            Self::PluginDir { variable } => write!(
                f,
                "`{variable}` contains `-plugin-dir`, so `terraform init` uses no other directory"
            ),
        }
    }
}

/// What keeps Terraform, run as `user`, from using `package`, which has been installed into the mirror at `root`.
///
/// If `root` is not the implied mirror, a CLI configuration has to name it; that it does not yet is no obstacle.
pub fn find_obstacles(user: &User, root: &Path, package: &Package) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    let mut mirrors = vec![root.to_owned()];
    let mut caches: Vec<PathBuf> = user
        .variable("TF_PLUGIN_CACHE_DIR")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    let is_implied = user.implied_mirrors().iter().any(|mirror| mirror == root);
    let mut uses_implied = is_implied;
    for file in user.cli_configurations() {
        let configuration = match read(&file) {
            Ok(configuration) => configuration,
            Err(reason) => {
                obstacles.push(Obstacle::Unreadable { file, reason });
                continue;
            }
        };
        if let Some(folder) = configuration.plugin_cache_dir.as_deref() {
            caches.push(PathBuf::from(user.expand(folder)));
        }
        if let Some(folder) = configuration.dev_override.clone() {
            let file = file.clone();
            obstacles.push(Obstacle::DevOverride { file, folder });
        }
        if let Some(methods) = &configuration.methods {
            uses_implied = false;
            let applying = methods.iter().filter(|method| method.applies);
            mirrors.extend(applying.filter_map(|method| method.mirror.clone()));
            if is_implied && !configuration.uses_mirror(root) {
                let mirror = root.to_owned();
                obstacles.push(Obstacle::ImpliedMirrorDisabled { file, mirror });
            }
        }
    }
    if uses_implied {
        mirrors.extend(user.implied_mirrors());
    }
    obstacles.extend(other_packages(&mirrors, root, package));
    obstacles.extend(caches.iter().flat_map(|cache| cached(cache, package)));
    obstacles.extend(locked(user, root, package));
    if user
        .variable("TF_REATTACH_PROVIDERS")
        .is_some_and(|value| value.contains(SOURCE))
    {
        obstacles.push(Obstacle::Reattach);
    }
    let arguments = user.variables_with_prefix("TF_CLI_ARGS");
    obstacles.extend(
        arguments
            .filter(|(_, value)| value.contains("-plugin-dir"))
            .map(|(name, _)| Obstacle::PluginDir {
                variable: name.to_owned(),
            }),
    );
    obstacles
}

fn read(file: &Path) -> Result<CliConfiguration, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    CliConfiguration::read(&text).map_err(|error| error.to_string())
}

/// Packages of a newer version, and different ones of the same version.
fn other_packages(mirrors: &[PathBuf], root: &Path, package: &Package) -> Vec<Obstacle> {
    let own = HOSTS.map(|host| {
        root.join(host)
            .join(SOURCE)
            .join(package.platform().archive_name())
    });
    let mut others = Vec::new();
    for mirror in mirrors {
        // A mirror that cannot be read offers Terraform nothing.
        for (version, path) in mirror::packages(mirror, package.platform()).unwrap_or_default() {
            let is_newer = match (Version::parse(&version), Version::parse(VERSION)) {
                (Ok(other), Ok(own)) => other > own,
                _ => true,
            };
            let is_equal =
                || std::fs::read(&path).is_ok_and(|archive| archive == package.archive());
            let is_other = is_newer || version == VERSION && !own.contains(&path) && !is_equal();
            let obstacle = Obstacle::OtherPackage { version, path };
            if is_other && !others.contains(&obstacle) {
                others.push(obstacle);
            }
        }
    }
    others
}

/// Builds of this version in a plugin cache that are not this package.
fn cached(cache: &Path, package: &Package) -> Vec<Obstacle> {
    let folders = HOSTS.map(|host| {
        let provider = cache.join(host).join(SOURCE).join(VERSION);
        provider.join(package.platform().to_string())
    });
    folders
        .into_iter()
        .filter(|folder| folder.is_dir() && hash_of(folder).as_ref() != Some(&package.hashes()[0]))
        .map(|folder| Obstacle::PluginCache { folder })
        .collect()
}

/// The hash of the files in a folder; `None` if one cannot be read.
fn hash_of(folder: &Path) -> Option<String> {
    let files: Vec<(String, Vec<u8>)> = folder
        .read_dir()
        .ok()?
        .map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            Some((name, std::fs::read(entry.path()).ok()?))
        })
        .collect::<Option<_>>()?;
    let files = files
        .iter()
        .map(|(name, content)| (name.clone(), &content[..]));
    Some(directory_hash(files))
}

/// Entries of the lock file in the working folder that do not accept this package.
fn locked(user: &User, root: &Path, package: &Package) -> Vec<Obstacle> {
    let file = user.working_folder().join(lock_file::FILE);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    lock_file::locked_packages(&text)
        .into_iter()
        .filter(|locked| {
            let accepts = |hash: &String| package.hashes().contains(hash);
            locked.version != VERSION
                || !locked.hashes.is_empty() && !locked.hashes.iter().any(accepts)
        })
        .map(|locked| Obstacle::LockFile {
            file: file.clone(),
            mirror: root.to_owned(),
            locked,
        })
        .collect()
}

#[cfg(test)]
mod tests;
