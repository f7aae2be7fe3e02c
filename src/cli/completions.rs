//! `hwgrants completions` and `hwgrants man`: what shells and `man` read of the command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::Cli;
use super::docs::DocsError;
use super::error::Error;
use super::output::Printer;

/// Options of `hwgrants completions`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Bash:
    mkdir -p ~/.local/share/bash-completion/completions
    hwgrants completions bash > ~/.local/share/bash-completion/completions/hwgrants

  Zsh, into a directory in `fpath`:
    hwgrants completions zsh > ~/.zfunc/_hwgrants

  Fish:
    hwgrants completions fish > ~/.config/fish/completions/hwgrants.fish

  PowerShell, in the profile:
    hwgrants completions powershell | Out-String | Invoke-Expression")]
pub(super) struct CompletionsArgs {
    /// Shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Options of `hwgrants man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Existing directory to write the man pages to
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn print(args: &CompletionsArgs, printer: Printer) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hwgrants", &mut script);
    let script = String::from_utf8_lossy(&script);
    printer.data(script.trim_end()).map_err(Error::Print)
}

pub(super) fn write_man_pages(args: &ManArgs) -> Result<(), Error> {
    let written = clap_mangen::generate_to(Cli::command(), &args.dir);
    let failed = |source| DocsError::File {
        action: "write to",
        path: args.dir.clone(),
        source,
    };
    Ok(written.map_err(failed)?)
}

/// The completion scripts of all shells and the man pages, for the archives of a release: path and content.
pub(super) fn shell_files() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for (name, shell) in [("completions", true), ("man", false)] {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder)?;
        match shell {
            true => {
                for shell in Shell::value_variants() {
                    clap_complete::generate_to(*shell, &mut Cli::command(), "hwgrants", &folder)?;
                }
            }
            false => clap_mangen::generate_to(Cli::command(), &folder)?,
        }
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = format!("{name}/{}", entry.file_name().to_string_lossy());
            files.push((path, std::fs::read(entry.path())?));
        }
    }
    files.sort();
    Ok(files)
}
