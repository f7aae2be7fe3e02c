//! Where Terraform gets the plugin from on this machine, or what prevents that: for a report on a set-up. Reads only.

mod phrasing;

use std::path::{Path, PathBuf};

use semver::Version;

use super::cli_configuration::{CliConfiguration, resolve};
use super::mirror;
use super::obstacle::{self, are_of_different_products, is_reattached};
use super::package::Platform;
use super::user::User;

/// Start of the names of the plugin's binaries.
const BINARY: &str = "terraform-provider-hwgrants";

/// Variables with the path of a CLI configuration, the first one that is set counts.
const CONFIGURATION_VARIABLES: [&str; 2] = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"];

/// Variables with arguments of `terraform init`.
const ARGUMENT_VARIABLES: [&str; 2] = ["TF_CLI_ARGS", "TF_CLI_ARGS_init"];

/// Where the plugin comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Installation {
    /// Terraform connects to a plugin that runs already.
    Reattached,
    /// A development override.
    DevOverride {
        /// The CLI configuration.
        file: PathBuf,
        /// The folder with the build.
        folder: PathBuf,
    },
    /// `terraform init` has installed it for the working folder.
    Initialized {
        /// Its version.
        version: String,
        /// The folder with installed packages.
        folder: PathBuf,
    },
    /// It can be installed from a mirror.
    Mirror {
        /// The newest version there.
        version: String,
        /// The mirror.
        folder: PathBuf,
    },
    /// A network mirror or another directory may have it.
    Unknown {
        /// Why that is not known, as a clause.
        reason: String,
    },
}

/// What prevents Terraform from getting the plugin.
#[derive(Debug, PartialEq, Eq)]
pub enum InstallationProblem {
    /// No package anywhere, and a variable names a CLI configuration that does not exist.
    NoConfiguration {
        /// The variable.
        variable: &'static str,
        /// The file.
        file: PathBuf,
    },
    /// A CLI configuration cannot be read.
    Unreadable {
        /// The CLI configuration.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// More than one `provider_installation` block.
    SecondBlock {
        /// The CLI configurations with these blocks.
        files: Vec<PathBuf>,
    },
    /// A development override that names a folder without the plugin.
    EmptyOverride {
        /// The CLI configuration.
        file: PathBuf,
        /// The folder.
        folder: PathBuf,
        /// Whether the folder exists.
        exists: bool,
    },
    /// Packages for other platforms only.
    WrongPlatform {
        /// Where they are.
        folder: PathBuf,
        /// Their platforms.
        platforms: Vec<String>,
        /// That of this machine.
        needed: String,
        /// Whether `terraform init` has installed them.
        is_initialized: bool,
    },
    /// A `provider_installation` block without the implied mirror in which the plugin is.
    MirrorDisabled {
        /// The CLI configuration.
        file: PathBuf,
        /// The mirror.
        mirror: PathBuf,
    },
    /// A mirror cannot be read.
    UnreadableMirror {
        /// The mirror.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// No package anywhere.
    NotInstalled {
        /// The mirrors that were searched.
        mirrors: Vec<PathBuf>,
    },
}

/// The mirrors that Terraform searches, and what else the CLI configurations say.
pub(super) struct Sources {
    pub(super) mirrors: Vec<PathBuf>,
    /// The CLI configuration with the `provider_installation` block, if there is one.
    block: Option<PathBuf>,
    /// Why the plugin may come from elsewhere.
    pub(super) elsewhere: Option<String>,
    /// The CLI configuration and the folder of a development override.
    pub(super) dev_override: Option<(PathBuf, PathBuf)>,
}

/// Where `user` gets the plugin for `platform` from. `host` is the registry that the program takes a `source` without a host to
/// be on.
///
/// # Errors
/// The first problem that Terraform would stop at.
pub fn find_installation(
    user: &User,
    platform: &Platform,
    host: &str,
) -> Result<Installation, InstallationProblem> {
    if is_reattached(user) {
        return Ok(Installation::Reattached);
    }
    let sources = sources(user, host)?;
    if let Some((file, folder)) = sources.dev_override {
        return check_override(file, folder);
    }
    let initialized = initialized_packages(user);
    if let Some(version) = newest(packages(&initialized, platform, host)?) {
        let folder = initialized;
        return Ok(Installation::Initialized { version, folder });
    }
    let wrong_platform = |folder: &Path, is_initialized| {
        let platforms = mirror::platforms(folder).unwrap_or_default();
        (!platforms.is_empty()).then(|| InstallationProblem::WrongPlatform {
            folder: folder.to_owned(),
            platforms,
            needed: platform.to_string(),
            is_initialized,
        })
    };
    for folder in &sources.mirrors {
        if let Some(version) = newest(packages(folder, platform, host)?) {
            // What `init` has installed for another machine is replaced by the next `init` only.
            let folder = folder.clone();
            let found = Installation::Mirror { version, folder };
            return wrong_platform(&initialized, true).map_or(Ok(found), Err);
        }
    }
    let mut others = sources.mirrors.iter();
    if let Some(problem) = others.find_map(|folder| wrong_platform(folder, false)) {
        return Err(problem);
    }
    if let Some(reason) = sources.elsewhere {
        return Ok(Installation::Unknown { reason });
    }
    if let Some(file) = sources.block {
        for mirror in user.implied_mirrors() {
            if newest(packages(&mirror, platform, host)?).is_some() {
                return Err(InstallationProblem::MirrorDisabled { file, mirror });
            }
        }
    }
    if let Some((variable, file)) = missing_configuration(user) {
        return Err(InstallationProblem::NoConfiguration { variable, file });
    }
    let mirrors = sources.mirrors;
    Err(InstallationProblem::NotInstalled { mirrors })
}

/// A CLI configuration that a variable names and that does not exist, with the variable. Terraform warns, and goes on without.
pub fn missing_configuration(user: &User) -> Option<(&'static str, PathBuf)> {
    let mut named = CONFIGURATION_VARIABLES.into_iter();
    let (variable, file) = named.find_map(|name| Some((name, user.variable(name)?)))?;
    let file = user.working_folder().join(file);
    (!file.is_file()).then_some((variable, file))
}

fn check_override(file: PathBuf, folder: PathBuf) -> Result<Installation, InstallationProblem> {
    let files = folder.read_dir();
    let exists = files.is_ok();
    let mut names = files
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.file_name());
    match names.any(|name| name.to_string_lossy().starts_with(BINARY)) {
        true => Ok(Installation::DevOverride { file, folder }),
        false => Err(InstallationProblem::EmptyOverride {
            file,
            folder,
            exists,
        }),
    }
}

/// What the CLI configurations and variables say.
pub(super) fn sources(user: &User, host: &str) -> Result<Sources, InstallationProblem> {
    let mut sources = Sources {
        mirrors: Vec::new(),
        block: None,
        elsewhere: None,
        dev_override: None,
    };
    let mut with_block = Vec::new();
    for file in configurations(user, host) {
        let configuration = obstacle::read(&file);
        let configuration = configuration.map_err(|reason| InstallationProblem::Unreadable {
            file: file.clone(),
            reason,
        })?;
        with_block.extend(std::iter::repeat_n(file.clone(), configuration.block_count));
        if let Some(folder) = &configuration.dev_override {
            let folder = user.working_folder().join(folder);
            sources.dev_override = Some((file.clone(), folder));
        }
        sources.add_methods(&configuration, user, file);
    }
    if with_block.len() > 1 && !are_of_different_products(&with_block) {
        with_block.dedup();
        return Err(InstallationProblem::SecondBlock { files: with_block });
    }
    if sources.block.is_none() {
        sources.mirrors = user.implied_mirrors();
    }
    let mut arguments = ARGUMENT_VARIABLES.iter();
    let plugin_dir = arguments.find(|name| {
        let mut words = user.variable(name).unwrap_or_default().split_whitespace();
        words.any(|word| word.trim_start_matches('-').starts_with("plugin-dir"))
    });
    if let Some(variable) = plugin_dir {
        sources.mirrors.clear();
        sources.elsewhere = Some(format!(
            "`{variable}` contains `-plugin-dir`, so `terraform init` searches only that directory"
        ));
    }
    Ok(sources)
}

impl Sources {
    fn add_methods(&mut self, configuration: &CliConfiguration, user: &User, file: PathBuf) {
        let Some(methods) = &configuration.methods else {
            return;
        };
        for method in methods.iter().filter(|method| method.applies) {
            match &method.mirror {
                Some(path) => {
                    let path = user.working_folder().join(path);
                    self.mirrors.push(resolve(&path));
                }
                None if method.is_direct => {}
                None => {
                    let file = file.display();
                    self.elsewhere = Some(format!(
                        "`{file}` names a network mirror, which may have the provider"
                    ));
                }
            }
        }
        self.block = Some(file);
    }
}

/// The CLI configurations that the program of this registry reads. OpenTofu reads Terraform's only if it has none of its own.
fn configurations(user: &User, host: &str) -> Vec<PathBuf> {
    let is_of_tofu = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default();
        name.to_string_lossy().contains("tofu")
    };
    let is_of_terraform = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default();
        name == ".terraformrc" || name == "terraform.rc"
    };
    let mut files = user.cli_configurations();
    match host.contains("opentofu") {
        true if files.iter().any(is_of_tofu) => files.retain(|file| !is_of_terraform(file)),
        true => {}
        // A file that a variable names is read whatever its name.
        false if files.len() > 1 => files.retain(|file| !is_of_tofu(file)),
        false => {}
    }
    files
}

/// The folder in which `terraform init` installs packages for the working folder, laid out like a mirror.
pub(super) fn initialized_packages(user: &User) -> PathBuf {
    let data = user.variable("TF_DATA_DIR").unwrap_or(".terraform");
    user.working_folder().join(data).join("providers")
}

/// The packages in a mirror for a platform, at a registry, with their versions.
pub(super) fn packages(
    mirror: &Path,
    platform: &Platform,
    host: &str,
) -> Result<Vec<(String, PathBuf)>, InstallationProblem> {
    let packages = mirror::packages(mirror, platform);
    let mut packages = packages.map_err(|error| InstallationProblem::UnreadableMirror {
        folder: mirror.to_owned(),
        reason: error.to_string(),
    })?;
    packages.retain(|(_, path)| path.starts_with(mirror.join(host)));
    Ok(packages)
}

/// The newest version of these packages.
fn newest(packages: Vec<(String, PathBuf)>) -> Option<String> {
    let versions = packages.into_iter().map(|(version, _)| version);
    versions.max_by_key(|version| Version::parse(version).ok())
}

#[cfg(test)]
mod tests;
