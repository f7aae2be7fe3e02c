//! What keeps Terraform from using the package that was just installed.
//!
//! Terraform says little about where it took a provider from, so that an older build goes unnoticed.

use std::fmt;
use std::path::{Path, PathBuf};

use semver::Version;
use serde_json::Value;

use super::cli_configuration::{self, CliConfiguration, matches_plugin, resolve};
use super::lock_file::{self, LockedPackage};
use super::package::{Package, directory_hash};
use super::user::User;
use super::{HOSTS, SOURCE, mirror};
use crate::VERSION;
use crate::text::shell_word;

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
    /// More than one `provider_installation` block, of which Terraform reads the first.
    SecondBlock {
        /// The CLI configurations with these blocks.
        files: Vec<PathBuf>,
    },
    /// A method that also asks a registry for the plugin.
    Network {
        /// The CLI configuration.
        file: PathBuf,
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
                "check the `provider_installation` block of this file, if it has one".to_owned()
            }
            Self::DevOverride { .. } => {
                format!("remove \"{SOURCE}\" from the `dev_overrides` block of this file")
            }
            Self::ImpliedMirrorDisabled { mirror, .. } => methods_to_add(mirror),
            Self::SecondBlock { .. } => "combine the blocks into one".to_owned(),
            Self::Network { .. } => format!(
                "add \"{SOURCE}\" to the `exclude` argument of each `direct` and `network_mirror` block in this file"
            ),
            Self::OtherPackage { .. } => "remove that package".to_owned(),
            Self::PluginCache { .. } => "remove that directory".to_owned(),
            Self::LockFile { locked, .. } if locked.version != VERSION => {
                "run `terraform init -upgrade`".to_owned()
            }
            Self::LockFile { locked, mirror, .. } => format!(
                "if the file was written on another platform, run `terraform providers lock -fs-mirror={} {SOURCE}`; \
                 otherwise, remove the `provider \"{}\"` block from this file; then run `terraform init`",
                shell_word(&mirror.to_string_lossy()),
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
                write!(f, "cannot check the CLI configuration `{}`: {reason}", file.display())
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
            Self::SecondBlock { files } => {
                f.write_str("there is more than one `provider_installation` block, but Terraform accepts only one:")?;
                files.iter().try_for_each(|file| write!(f, " `{}`", file.display()))
            }
            Self::Network { file } => write!(
                f,
                "`{}` also allows a registry for {SOURCE}, so `terraform init` fails without network access",
                file.display()
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

/// How to let a CLI configuration that has a `provider_installation` block use the mirror.
pub fn methods_to_add(mirror: &Path) -> String {
    let method = cli_configuration::filesystem_mirror(mirror);
    format!(
        "add this block to the `provider_installation` block:\n\n{method}\nand add \"{SOURCE}\" to the `exclude` argument \
         of each `direct` and `network_mirror` block"
    )
}

/// What keeps Terraform, run as `user`, from using `package`, which has been installed into the mirror at `root`, a resolved
/// path.
///
/// If `root` is not an implied mirror, a CLI configuration has to name it; that it does not yet is no obstacle.
pub fn find_obstacles(user: &User, root: &Path, package: &Package) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    let implied: Vec<PathBuf> = user
        .implied_mirrors()
        .iter()
        .map(|path| resolve(path))
        .collect();
    let is_implied = implied.iter().any(|mirror| mirror == root);
    let mut mirrors = None;
    let mut cache = user.variable("TF_PLUGIN_CACHE_DIR").map(PathBuf::from);
    let mut with_block = Vec::new();
    for file in user.cli_configurations() {
        let configuration = match read(&file) {
            Ok(configuration) => configuration,
            Err(reason) => {
                obstacles.push(Obstacle::Unreadable { file, reason });
                continue;
            }
        };
        let folder = configuration.plugin_cache_dir.as_deref();
        cache = cache.or_else(|| Some(PathBuf::from(user.expand(folder?))));
        with_block.extend(std::iter::repeat_n(file.clone(), configuration.block_count));
        if let Some(folder) = configuration.dev_override.clone() {
            let file = file.clone();
            obstacles.push(Obstacle::DevOverride { file, folder });
        }
        let Some(methods) = &configuration.methods else {
            continue;
        };
        let applying = methods.iter().filter(|method| method.applies);
        let paths = applying.filter_map(|method| method.mirror.as_ref());
        let paths = paths.map(|path| resolve(&user.working_folder().join(path)));
        mirrors.get_or_insert_with(Vec::new).extend(paths);
        let is_used = configuration.uses_mirror(root, user.working_folder());
        if is_used && configuration.uses_network() {
            obstacles.push(Obstacle::Network { file });
        } else if is_implied && !is_used {
            let mirror = root.to_owned();
            obstacles.push(Obstacle::ImpliedMirrorDisabled { file, mirror });
        }
    }
    // Terraform and OpenTofu each read one of the files in the home folder.
    if with_block.len() > 1 && !are_of_different_products(&with_block) {
        with_block.dedup();
        obstacles.push(Obstacle::SecondBlock { files: with_block });
    }
    obstacles.extend(other_packages(&mirrors.unwrap_or(implied), root, package));
    let locked = locked(user);
    let cached = cache
        .iter()
        .flat_map(|cache| cached(cache, user, &locked, package));
    obstacles.extend(cached);
    obstacles.extend(rejected(user, locked, root, package));
    if is_reattached(user) {
        obstacles.push(Obstacle::Reattach);
    }
    let arguments = ["TF_CLI_ARGS", "TF_CLI_ARGS_init"];
    obstacles.extend(
        arguments
            .into_iter()
            .filter(|name| {
                names_other_plugin_dir(user, user.variable(name).unwrap_or_default(), root)
            })
            .map(|name| Obstacle::PluginDir {
                variable: name.to_owned(),
            }),
    );
    obstacles
}

pub(super) fn are_of_different_products(files: &[PathBuf]) -> bool {
    let names = files.iter().filter_map(|file| file.file_name());
    let names: Vec<_> = names.collect();
    names == [".terraformrc", ".tofurc"] || names == ["terraform.rc", "tofu.rc"]
}

/// Whether Terraform connects to a plugin that runs already.
pub(super) fn is_reattached(user: &User) -> bool {
    let value = user.variable("TF_REATTACH_PROVIDERS").unwrap_or_default();
    let providers = serde_json::from_str::<Value>(value).unwrap_or_default();
    let mut addresses = providers.as_object().into_iter().flatten();
    addresses.any(|(address, _)| matches_plugin(address))
}

/// Whether these arguments contain `-plugin-dir` with another folder than `root`.
fn names_other_plugin_dir(user: &User, arguments: &str, root: &Path) -> bool {
    let mut words = arguments.split_whitespace();
    while let Some(word) = words.next() {
        let Some(rest) = word.trim_start_matches('-').strip_prefix("plugin-dir") else {
            continue;
        };
        let folder = rest
            .strip_prefix('=')
            .or_else(|| words.next())
            .unwrap_or_default();
        if word.starts_with('-') && resolve(&user.working_folder().join(folder)) != root {
            return true;
        }
    }
    false
}

pub(super) fn read(file: &Path) -> Result<CliConfiguration, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    CliConfiguration::read(&text).map_err(|error| error.to_string())
}

/// Packages of a newer version, and different ones of the same version that come before the one in `root`.
fn other_packages(mirrors: &[PathBuf], root: &Path, package: &Package) -> Vec<Obstacle> {
    let own = HOSTS.map(|host| {
        let provider = root.join(host).join(SOURCE);
        provider.join(package.platform().archive_name())
    });
    let position = mirrors.iter().position(|mirror| mirror == root);
    let mut others = Vec::new();
    for (index, mirror) in mirrors.iter().enumerate() {
        // A mirror that cannot be read offers Terraform nothing.
        for (version, path) in mirror::packages(mirror, package.platform()).unwrap_or_default() {
            let comes_first = position.is_none_or(|own| index <= own);
            let is_other = match version == VERSION {
                true => comes_first && !own.contains(&path) && !is_same(&path, package),
                false => is_newer(&version),
            };
            let obstacle = Obstacle::OtherPackage { version, path };
            if is_other && !others.contains(&obstacle) {
                others.push(obstacle);
            }
        }
    }
    others
}

/// Whether Terraform prefers this version; it selects pre-releases only by their exact version.
fn is_newer(version: &str) -> bool {
    match (Version::parse(version), Version::parse(VERSION)) {
        (Ok(other), Ok(own)) => other > own && other.pre.is_empty(),
        _ => false,
    }
}

/// Whether an archive, or a folder with an unpacked package, contains the same plugin.
fn is_same(path: &Path, package: &Package) -> bool {
    match path.is_dir() {
        false => std::fs::read(path).is_ok_and(|archive| archive == package.archive()),
        true => path.read_dir().is_ok_and(|entries| {
            let mut contents = entries.flatten().map(|entry| std::fs::read(entry.path()));
            contents.any(|content| content.is_ok_and(|content| package.is_binary(&content)))
        }),
    }
}

/// Builds of this version in a plugin cache that are not this package, and that Terraform uses: those that the lock file
/// accepts, and any if it may break the lock file.
fn cached(cache: &Path, user: &User, locked: &[LockedPackage], package: &Package) -> Vec<Obstacle> {
    let may_break = user.variable("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE");
    let may_break = may_break.is_some_and(|value| value != "0");
    let is_used = |hash: Option<String>| {
        let hash = hash.unwrap_or_default();
        let mut accepted = locked.iter().flat_map(|locked| &locked.hashes);
        hash != package.hashes()[0] && (may_break || accepted.any(|accepted| *accepted == hash))
    };
    let folders = HOSTS.map(|host| {
        let provider = cache.join(host).join(SOURCE).join(VERSION);
        provider.join(package.platform().to_string())
    });
    folders
        .into_iter()
        .filter(|folder| folder.is_dir() && is_used(hash_of(folder)))
        .map(|folder| Obstacle::PluginCache { folder })
        .collect()
}

/// The hash of the files in a folder; `None` if one cannot be read.
pub(super) fn hash_of(folder: &Path) -> Option<String> {
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

/// The plugin's entries of the lock file in the working folder.
fn locked(user: &User) -> Vec<LockedPackage> {
    let file = user.working_folder().join(lock_file::FILE);
    let text = std::fs::read_to_string(file).unwrap_or_default();
    lock_file::locked_packages(&text)
}

/// The entries that do not accept this package.
fn rejected(
    user: &User,
    locked: Vec<LockedPackage>,
    root: &Path,
    package: &Package,
) -> Vec<Obstacle> {
    let accepts = |hash: &String| package.hashes().contains(hash);
    let is_rejected = |locked: &LockedPackage| {
        let hashes = &locked.hashes;
        locked.version != VERSION || !hashes.is_empty() && !hashes.iter().any(accepts)
    };
    let rejected = locked.into_iter().filter(is_rejected);
    rejected
        .map(|locked| Obstacle::LockFile {
            file: user.working_folder().join(lock_file::FILE),
            mirror: root.to_owned(),
            locked,
        })
        .collect()
}

#[cfg(test)]
mod tests;
