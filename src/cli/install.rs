//! `hwgrants install`: puts this build of the plugin where Terraform and OpenTofu find it.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::error::Error;
use super::install_path;
use super::output::{ExitStatus, Printer};
use super::terraform::{Terraform, TerraformOptions};
use crate::VERSION;
use crate::distribution::cli_configuration::{
    CliConfiguration, addition, provider_installation, resolve,
};
use crate::distribution::obstacle::{find_obstacles, methods_to_add};
use crate::distribution::package::{Package, Platform};
use crate::distribution::user::User;
use crate::distribution::{SOURCE, mirror};
use crate::text;

/// Options of `hwgrants install`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit codes:
  0  Installed; Terraform uses this build
  1  Failed
  2  Installed, but Terraform may not use this build; the output explains why

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
    #[error("`{}` already has a `provider_installation` block; nothing was changed", file.display())]
    HasBlock {
        /// The file.
        file: PathBuf,
        /// The mirror that belongs there.
        mirror: PathBuf,
    },
    /// A path that cannot be written into a CLI configuration.
    #[error("the path `{}` is not valid UTF-8", .0.display())]
    NotText(PathBuf),
    /// The plugin is no program.
    #[error("the plugin binary `{}` is empty", .0.display())]
    Empty(PathBuf),
    /// A CLI configuration that cannot be read.
    #[error("cannot read the CLI configuration `{}`: {reason}; nothing was changed", file.display())]
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
            Self::HasBlock { mirror, .. } => Some(methods_to_add(mirror)),
            Self::NotText(_) => Some("use `--dir` to name another directory".to_owned()),
            Self::Empty(_) => Some("build or download the plugin again".to_owned()),
            Self::Unreadable { .. } => Some("correct the file, or omit `--write`".to_owned()),
        }
    }
}

pub(super) fn run(args: &InstallArgs, printer: Printer) -> Result<ExitStatus, Error> {
    let user = User::current();
    let root = match &args.dir {
        Some(dir) => user.expand_home(dir),
        None => user.implied_mirror().ok_or(InstallError::NoHome)?,
    };
    let root = std::path::absolute(&root).map_err(file_error("use", &root))?;
    match args.uninstall {
        true => uninstall(&resolve(&root), args.dir.is_none(), printer),
        false => install(args, &user, &root, printer),
    }
}

fn install(
    args: &InstallArgs,
    user: &User,
    root: &Path,
    printer: Printer,
) -> Result<ExitStatus, Error> {
    let package = package()?;
    // Everything that may be refused is checked before anything is written.
    let file = args.write.as_deref().map(|file| user.expand_home(file));
    if root.to_str().is_none() {
        return Err(InstallError::NotText(root.to_owned()).into());
    }
    if let Some(file) = &file {
        needs_block(file, user, &resolve(root))?;
    }
    let hidden = user
        .settings_hidden_by_mirror()
        .filter(|_| args.dir.is_none());
    mirror::install(root, &package).map_err(file_error("write to", root))?;
    // It exists now, so that links in it can be resolved.
    let root = &resolve(root);
    say(
        printer,
        format_args!(
            "Installed {SOURCE} {VERSION} ({}) in `{}`.",
            package.platform(),
            root.display()
        ),
    );
    let mut is_fine = true;
    if let Some(hidden) = hidden {
        is_fine = false;
        warn(
            printer,
            &format!(
                "OpenTofu now reads its settings from `~/.terraform.d`, because this directory exists, and no longer from `{}`",
                hidden.display()
            ),
            "move the files to `~/.terraform.d`, or uninstall and use `--dir` to name another directory",
        );
    }
    let mut is_configured = false;
    if let Some(file) = &file {
        is_configured = true;
        match needs_block(file, user, root)? {
            true => {
                append(file, &provider_installation(root))?;
                say(
                    printer,
                    format_args!(
                        "Added a `provider_installation` block to `{}`.",
                        file.display()
                    ),
                );
                warn_of_other_providers(user, root, printer);
            }
            false => say(
                printer,
                format_args!("`{}` already uses this mirror.", file.display()),
            ),
        }
        is_fine &= check_is_read(file, user, printer);
    }
    print_blocks(user, root, is_configured, printer)?;
    let options = TerraformOptions::from_environment();
    if Terraform::find_installed(&options).is_ok_and(|found| found.is_none()) {
        printer.message("\nNeither `terraform` nor `tofu` is on `PATH`. Install one of them to use the provider.");
    }
    let obstacles = find_obstacles(user, root, &package);
    for obstacle in &obstacles {
        warn(printer, &obstacle.to_string(), &obstacle.hint());
    }
    Ok(match obstacles.is_empty() && is_fine {
        true => ExitStatus::Success,
        false => ExitStatus::Blocked,
    })
}

/// The plugin beside this program, packed.
fn package() -> Result<Package, Error> {
    let plugin = install_path::plugin_path().ok_or_else(|| Error::NoPlugin(PathBuf::new()))?;
    let binary = match std::fs::read(&plugin) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::NoPlugin(plugin)),
        binary => binary.map_err(file_error("read", &plugin))?,
    };
    if binary.is_empty() {
        return Err(InstallError::Empty(plugin).into());
    }
    let package = Package::new(Platform::current(), &binary);
    Ok(package.map_err(file_error("pack", &plugin))?)
}

/// Prints what to add to the CLI configuration, if anything, and to the Terraform configuration. If both are necessary, only
/// the first one is data, so that it can be redirected to a file.
fn print_blocks(
    user: &User,
    root: &Path,
    is_configured: bool,
    printer: Printer,
) -> Result<(), Error> {
    let is_implied = user
        .implied_mirrors()
        .iter()
        .any(|mirror| resolve(mirror) == *root);
    let configurations = user.cli_configurations();
    let read = configurations.iter().filter_map(|file| {
        let text = std::fs::read_to_string(file).ok()?;
        CliConfiguration::read(&text).ok()
    });
    let read: Vec<CliConfiguration> = read.collect();
    let is_used =
        |configuration: &CliConfiguration| configuration.uses_mirror(root, user.working_folder());
    let usage = format!(
        "\nTo use the provider, add this block to your configuration, then run `terraform init` or `tofu init`:\n\n{}",
        required_providers()
    );
    if is_implied || is_configured || read.iter().any(is_used) {
        let (lead, block) = usage.rsplit_once(":\n\n").unwrap_or(("", &usage));
        printer.message(format_args!("{lead}:\n"));
        return printer.data(block).map_err(Error::Print);
    }
    if read
        .iter()
        .any(|configuration| configuration.methods.is_some())
    {
        printer.message(format_args!(
            "\nTo use this mirror, {}.",
            text::lines(&methods_to_add(root))
        ));
    } else {
        printer.message(format_args!(
            "\nTo use this mirror, add this block to your CLI configuration, such as `{}`:\n",
            user.usual_cli_configuration()
        ));
        printer
            .data(provider_installation(root).trim_end())
            .map_err(Error::Print)?;
    }
    printer.message(usage);
    Ok(())
}

/// Warns of the other providers that a new `provider_installation` block disables.
fn warn_of_other_providers(user: &User, root: &Path, printer: Printer) {
    for mirror in user
        .implied_mirrors()
        .iter()
        .filter(|mirror| resolve(mirror) != *root)
    {
        let others = mirror::other_providers(mirror);
        if !others.is_empty() {
            let others = others.join(", ");
            warn(
                printer,
                &format!(
                    "Terraform no longer searches `{}`, which contains {others}",
                    mirror.display()
                ),
                "add a `filesystem_mirror` block with this path to the `provider_installation` block",
            );
        }
    }
}

/// Warns if Terraform does not read a CLI configuration. Returns whether it does.
fn check_is_read(file: &Path, user: &User, printer: Printer) -> bool {
    let file = resolve(file);
    let is_read = user
        .cli_configurations()
        .iter()
        .any(|read| resolve(read) == file);
    if !is_read {
        warn(
            printer,
            &format!("Terraform does not read `{}`", file.display()),
            &format!("set `TF_CLI_CONFIG_FILE` to `{}`", file.display()),
        );
    }
    is_read
}

fn uninstall(root: &Path, is_implied: bool, printer: Printer) -> Result<ExitStatus, Error> {
    let removed = mirror::uninstall(root).map_err(file_error("remove the plugin from", root))?;
    if is_implied {
        // `~/.terraform.d/plugins` and its parent, which stay if they contain anything else.
        for folder in root.ancestors().take(2) {
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    for path in &removed {
        say(printer, format_args!("Removed `{}`.", path.display()));
    }
    let left = mirror::packages(root, &Platform::current()).unwrap_or_default();
    for (_, path) in &left {
        warn(
            printer,
            &format!(
                "`{}` was not created by `hwgrants install` and was not removed",
                path.display()
            ),
            "remove it if Terraform should no longer use it",
        );
    }
    if removed.is_empty() && left.is_empty() {
        say(
            printer,
            format_args!("`{}` does not contain {SOURCE}.", root.display()),
        );
    }
    Ok(match left.is_empty() {
        true => ExitStatus::Success,
        false => ExitStatus::Blocked,
    })
}

/// Prints a line that may contain paths.
fn say(printer: Printer, line: std::fmt::Arguments<'_>) {
    printer.message(text::line(&line.to_string()));
}

fn warn(printer: Printer, what: &str, hint: &str) {
    let (what, hint) = (text::lines(what), text::lines(hint));
    printer.message(format_args!("\nwarning: {what}\n\nhint: {hint}"));
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

/// Whether a CLI configuration needs a block for the mirror in `root`: there is none in any file that Terraform reads.
fn needs_block(file: &Path, user: &User, root: &Path) -> Result<bool, InstallError> {
    let (is_json, own) = read(file)?;
    if own.uses_mirror(root, user.working_folder()) {
        return Ok(false);
    }
    let has_block = |file: &Path| InstallError::HasBlock {
        file: file.to_owned(),
        mirror: root.to_owned(),
    };
    if own.methods.is_some() {
        return Err(has_block(file));
    }
    if is_json {
        return Err(InstallError::Unreadable {
            file: file.to_owned(),
            reason: "the file is JSON, and `--write` can only change HCL".to_owned(),
        });
    }
    let same = resolve(file);
    let names = |file: &Path| {
        file.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    for other in user.cli_configurations() {
        // Each product reads one file in the home folder, and all files in the folder of settings.
        let is_read_too = names(&other).is_some_and(|name| name.contains(".tfrc"))
            || names(&same).is_some_and(|name| name.contains(".tfrc"));
        if resolve(&other) != same && is_read_too && read(&other)?.1.methods.is_some() {
            return Err(has_block(&other));
        }
    }
    Ok(true)
}

/// Reads a CLI configuration, and whether it is JSON. A file that does not exist is empty.
fn read(file: &Path) -> Result<(bool, CliConfiguration), InstallError> {
    let unreadable = |reason| InstallError::Unreadable {
        file: file.to_owned(),
        reason,
    };
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(unreadable("not a regular file".to_owned()));
    }
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        text => text.map_err(file_error("read", file))?,
    };
    let configuration =
        CliConfiguration::read(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok((text.trim_start().starts_with('{'), configuration))
}

/// Appends a block to a file, which is created if necessary. If that fails, the file is as it was.
fn append(path: &Path, block: &str) -> Result<(), InstallError> {
    // Appended instead of replaced: the file may be a link, and keeps its owner and mode.
    let written = || {
        let is_new = !path.exists();
        let mut file = File::options()
            .create(true)
            .append(true)
            .read(true)
            .open(path)?;
        let length = file.metadata()?.len();
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let added = file
            .write_all(addition(&text, block).as_bytes())
            .and_then(|()| file.sync_all());
        added.inspect_err(|_| {
            drop(file.set_len(length));
            if is_new {
                drop(std::fs::remove_file(path));
            }
        })
    };
    written().map_err(file_error("write", path))
}

fn file_error(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> InstallError {
    let path = path.to_owned();
    move |source| InstallError::File {
        action,
        path,
        source,
    }
}
