//! Runs Terraform in a folder, with its output on our standard output and error.

use std::path::PathBuf;
use std::pin::pin;
use std::process::{ExitStatus, Output, Stdio};

use tokio::process::Command;

use super::error::Error;
use super::output::Printer;
use super::signal::{Signals, StopReason, forward_signal};
use super::terraform::{ProgramOrigin, Terraform};
use crate::text::shell_word;

/// Arguments that Terraform puts where they belong: after the command's name and before a saved plan's.
const ARGUMENTS_VARIABLE: &str = "TF_CLI_ARGS";

/// A Terraform with its folder and environment.
#[derive(Debug)]
pub(super) struct TerraformRunner {
    pub(super) terraform: Terraform,
    /// A full path that [`mirror::create`](crate::distribution::mirror::create) has prepared.
    pub(super) folder: PathBuf,
    /// Set for each command, once the caller's own settings are removed.
    pub(super) variables: Vec<(&'static str, String)>,
    pub(super) printer: Printer,
    pub(super) signals: Signals,
}

impl TerraformRunner {
    /// Runs a command that has to succeed.
    pub(super) async fn run_checked(&mut self, args: &[&str]) -> Result<(), Error> {
        self.run_visible(args)
            .await
            .and_then(|status| self.require_success(args, status))
    }

    /// Runs a command that answers with its exit status.
    pub(super) async fn run_visible(&mut self, args: &[&str]) -> Result<ExitStatus, Error> {
        let mut command = self.command(args);
        if !self.printer.is_terminal() {
            command.env(ARGUMENTS_VARIABLE, "-no-color");
        }
        self.printer
            .message(format_args!("\n$ {}\n", self.line(args)));
        let output = self.run(args, command).await?;
        Ok(output.status)
    }

    /// Runs a command that has to succeed, without output unless it fails.
    pub(super) async fn run_quiet(&mut self, args: &[&str]) -> Result<(), Error> {
        let mut command = self.command(args);
        command
            .env(ARGUMENTS_VARIABLE, "-no-color")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let output = self.run(args, command).await?;
        if !output.status.success() {
            self.printer
                .message(String::from_utf8_lossy(&output.stderr));
        }
        self.require_success(args, output.status)
    }

    /// Success, or the error that names the command and its exit status.
    pub(super) fn require_success(&self, args: &[&str], status: ExitStatus) -> Result<(), Error> {
        if status.success() {
            return Ok(());
        }
        Err(Error::Step {
            command: self.line(args),
            status: status.to_string(),
        })
    }

    /// Runs a command to its end, also when asked to stop: Terraform tidies up before it ends.
    async fn run(&mut self, args: &[&str], mut command: Command) -> Result<Output, Error> {
        let line = self.line(args);
        let cannot = |source| Error::Run {
            command: line.clone(),
            source,
        };
        let child = command.spawn().map_err(cannot)?;
        let pid = child.id();
        let mut end = pin!(child.wait_with_output());
        let mut is_stopped = false;
        loop {
            tokio::select! {
                output = &mut end => {
                    let output = output.map_err(cannot)?;
                    return if is_stopped { Err(Error::Stopped) } else { Ok(output) };
                }
                stop = self.signals.recv() => {
                    is_stopped = true;
                    // Terraform takes a second Ctrl-C for an order to drop everything, so the terminal's is enough.
                    if stop == StopReason::Terminate {
                        forward_signal(stop, pid);
                    }
                }
            }
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.terraform.command(&self.folder);
        command
            .args(args)
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null());
        Command::from(command)
    }

    /// The command as people read it.
    fn line(&self, args: &[&str]) -> String {
        format!("{} {}", self.program_name(), args.join(" "))
    }

    /// What to type to run the same Terraform; where it was fetched, the shell settings of the folder know it.
    pub(super) fn program_name(&self) -> String {
        let program = self.terraform.program();
        match (self.terraform.origin(), program.file_stem()) {
            (ProgramOrigin::Path | ProgramOrigin::Fetched(_), Some(name)) => {
                name.to_string_lossy().into_owned()
            }
            _ => shell_word(&program.to_string_lossy()),
        }
    }
}
