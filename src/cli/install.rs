//! `hwgrants install`: puts this build of the plugin where Terraform and OpenTofu find it.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::VERSION;
use crate::distribution::cli_configuration::{CliConfiguration, provider_installation};
use crate::distribution::obstacle::find_obstacles;
use crate::distribution::package::{Package, Platform};
use crate::distribution::user::User;
use crate::distribution::{SOURCE, mirror};
use crate::text;

use super::error::Error;
use super::install_path;
use super::output::{ExitStatus, Printer};

/// Options of `hwgrants install`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit code 0: installed. Exit code 2: installed, but Terraform would use another build; the output explains why. Exit \
code 1: not installed.

Examples:
  Install the plugin for the current user; no configuration is required:
    hwgrants install

  Create a filesystem mirror, and configure Terraform to use it:
    hwgrants install --dir /opt/terraform/mirror --write ~/.terraformrc")]
pub(super) struct InstallArgs {
    /// Filesystem mirror to install into [default: the directory that Terraform and OpenTofu search without any
    /// configuration, `~/.terraform.d/plugins` or `%APPDATA%\terraform.d\plugins`]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// CLI configuration file to add the `provider_installation` block to, such as `~/.terraformrc`
    #[arg(long, value_name = "FILE", conflicts_with = "uninstall")]
    write: Option<PathBuf>,
    /// Remove the plugin from the directory instead
    #[arg(long)]
    uninstall: bool,
}

/// Why the plugin could not be installed.
#[derive(Debug, thiserror::Error)]
pub(super) enum InstallError {
    /// No home folder.
    #[error("cannot determine your home directory")]
    NoHome,
    /// A file or folder could not be used.
    #[error("cannot {action} `{}`: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A CLI configuration that says already where providers come from.
    #[error("`{}` already has a `provider_installation` block; the file was not changed", file.display())]
    HasBlock {
        /// The file.
        file: PathBuf,
        /// What belongs there.
        block: String,
    },
    /// A CLI configuration that cannot be read.
    #[error("cannot read the CLI configuration `{}`: {reason}; the file was not changed", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
}

impl InstallError {
    /// What to do about it, if there is something.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::NoHome => Some("set `HOME`, or use `--dir` to name a directory".to_owned()),
            Self::File { .. } => None,
            Self::HasBlock { block, .. } => Some(format!(
                "add these blocks to the file, or these arguments to existing blocks:\n\n{block}"
            )),
            Self::Unreadable { .. } => Some("correct the file, or omit `--write`".to_owned()),
        }
    }
}

pub(super) fn run(args: &InstallArgs, printer: Printer) -> Result<ExitStatus, Error> {
    let user = User::current().map_err(file_error("read", Path::new(".")))?;
    let root = match &args.dir {
        Some(dir) => std::path::absolute(dir).map_err(file_error("use", dir))?,
        None => user.implied_mirror().ok_or(InstallError::NoHome)?,
    };
    match args.uninstall {
        true => uninstall(&root, args.dir.is_none(), printer),
        false => install(args, &user, &root, printer),
    }
}

fn install(
    args: &InstallArgs,
    user: &User,
    root: &Path,
    printer: Printer,
) -> Result<ExitStatus, Error> {
    let plugin = install_path::plugin_path().ok_or_else(|| Error::NoPlugin(PathBuf::new()))?;
    let binary = match std::fs::read(&plugin) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::NoPlugin(plugin));
        }
        binary => binary.map_err(file_error("read", &plugin))?,
    };
    let package =
        Package::new(Platform::current(), &binary).map_err(file_error("pack", &plugin))?;
    mirror::install(root, &package).map_err(file_error("write to", root))?;
    printer.message(format_args!(
        "Installed {SOURCE} {VERSION} ({}) in `{}`.",
        package.platform(),
        root.display()
    ));

    let block = provider_installation(root);
    if let Some(file) = &args.write {
        match add_block(file, root, &block)? {
            true => printer.message(format_args!(
                "Added a `provider_installation` block to `{}`.",
                file.display()
            )),
            false => printer.message(format_args!(
                "`{}` already uses this mirror.",
                file.display()
            )),
        }
    }
    let is_implied = user.implied_mirrors().iter().any(|mirror| mirror == root);
    if !is_implied && args.write.is_none() {
        printer.message("\nTo use this mirror, add this block to your CLI configuration, such as `~/.terraformrc`:\n");
        printer.data(&block).map_err(Error::Print)?;
    }
    printer.message("\nTo use the provider, add this block to your configuration, then run `terraform init` or `tofu init`:\n");
    printer.data(required_providers()).map_err(Error::Print)?;

    let obstacles = find_obstacles(user, root, &package);
    for obstacle in &obstacles {
        let what = text::lines(&obstacle.to_string());
        let hint = text::lines(&obstacle.hint());
        printer.message(format_args!("\nwarning: {what}\n\nhint: {hint}"));
    }
    Ok(match obstacles.is_empty() {
        true => ExitStatus::Success,
        false => ExitStatus::Blocked,
    })
}

fn uninstall(root: &Path, is_implied: bool, printer: Printer) -> Result<ExitStatus, Error> {
    let removed = mirror::uninstall(root).map_err(file_error("remove the plugin from", root))?;
    if is_implied && let Some(folder) = root.parent() {
        // `~/.terraform.d`, which stays if it contains anything else.
        drop(std::fs::remove_dir(folder));
    }
    for path in &removed {
        printer.message(format_args!("Removed `{}`.", path.display()));
    }
    if removed.is_empty() {
        printer.message(format_args!(
            "`{}` does not contain {SOURCE}.",
            root.display()
        ));
    }
    Ok(ExitStatus::Success)
}

/// The block of a configuration that uses this version and compatible ones.
fn required_providers() -> String {
    let mut parts = VERSION.splitn(3, '.');
    let (major, minor) = (parts.next().unwrap_or("0"), parts.next().unwrap_or("0"));
    format!(
        "terraform {{\n  required_providers {{\n    hwgrants = {{\n      source  = \"{SOURCE}\"\n      version = \"~> \
         {major}.{minor}\"\n    }}\n  }}\n}}"
    )
}

/// Appends the block to a CLI configuration, creating the file if necessary. Returns whether it was necessary.
fn add_block(file: &Path, root: &Path, block: &str) -> Result<bool, InstallError> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.map_err(|source| InstallError::File {
            action: "read",
            path: file.to_owned(),
            source,
        })?,
    };
    let unreadable = |reason| InstallError::Unreadable {
        file: file.to_owned(),
        reason,
    };
    let configuration =
        CliConfiguration::read(&text).map_err(|error| unreadable(error.to_string()))?;
    if configuration.uses_mirror(root) {
        return Ok(false);
    }
    if configuration.methods.is_some() {
        return Err(InstallError::HasBlock {
            file: file.to_owned(),
            block: block.to_owned(),
        });
    }
    if text.trim_start().starts_with('{') {
        return Err(unreadable(
            "the file is JSON, and `--write` can only change HCL".to_owned(),
        ));
    }
    let gap = match text.as_str() {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    // Appended instead of replaced: the file may be a link, and keeps its owner and mode.
    std::fs::File::options()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut file| file.write_all(format!("{gap}{block}").as_bytes()))
        .map_err(|source| InstallError::File {
            action: "write",
            path: file.to_owned(),
            source,
        })?;
    Ok(true)
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> InstallError {
    let path = path.to_owned();
    move |source| InstallError::File {
        action,
        path,
        source,
    }
}
