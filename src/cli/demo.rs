//! `hwgrants demo`: a real `terraform apply` of both grants, against the pretend cloud, with this build of the plugin.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::error::Error;
use super::folder::{self, Folder};
use super::output::Printer;
use super::place;
use super::sandbox;
use super::signal::{Signals, Stop};
use super::terraform::{self, Origin, Terraform};
use crate::sandbox::{Options, Sandbox, Seed};

/// How `hwgrants demo` is called.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Working folder, made anew if it is the demo's own [default: `demo` in Cargo's target folder, or `hwgrants-demo`]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Keep the pretend cloud running afterwards, until Ctrl-C, to try more in a second terminal
    #[arg(long)]
    keep: bool,
}

/// Runs the demo. Repeatable: it starts anew each time.
pub(super) async fn run(args: Args, printer: Printer) -> Result<(), Error> {
    let signals = Signals::new().map_err(Error::Runtime)?;
    let plugin = place::plugin().unwrap_or_default();
    if !plugin.is_file() {
        return Err(Error::NoPlugin(plugin));
    }
    let path = args.dir.unwrap_or_else(default_folder);
    let (folder, kept) = Folder::create(&path, &plugin, &values(Timestamp::now()))?;
    for name in kept {
        printer.talk(format_args!("kept what you had changed as `{name}`"));
    }
    let terraform = find_terraform(&folder)?;
    let cloud = Sandbox::start(Options {
        seed: Seed::Demo,
        ..Options::default()
    })
    .await?;
    let variables = sandbox::variables(&cloud.url(), Seed::Demo);
    folder.write_shell_settings(&variables, fetched(&terraform))?;

    let mut stage = Stage {
        folder,
        terraform,
        cloud,
        printer,
        signals,
    };
    stage.play().await?;
    stage.say_how_to_go_on(args.keep);
    if args.keep {
        stage.signals.recv().await;
    }
    stage.cloud.stop().await;
    Ok(())
}

fn default_folder() -> PathBuf {
    place::target_folder().map_or_else(
        || PathBuf::from("hwgrants-demo"),
        |target| target.join("demo"),
    )
}

/// Values for the variables of the example. The date is computed here once: computed in the configuration, it would
/// differ in every plan.
fn values(now: Timestamp) -> String {
    let today = now.to_zoned(TimeZone::UTC).date();
    let end = today.saturating_add(90.days());
    format!(
        "# The day on which access ends that was granted for a while: 90 days from the demo.\naccess_until = \"{end}\"\n"
    )
}

/// Finds Terraform; without a target folder, what has to be fetched goes into the working folder.
fn find_terraform(folder: &Folder) -> Result<Terraform, Error> {
    let mut options = terraform::Options::from_environment();
    if place::target_folder().is_none() {
        options.cache = folder.path().join(".hwgrants");
    }
    Ok(Terraform::find(&options)?)
}

/// The folder of a Terraform that is on nobody's `PATH`.
fn fetched(terraform: &Terraform) -> Option<&Path> {
    match terraform.origin() {
        Origin::Fetched(_) => terraform.program().parent(),
        Origin::Variable | Origin::Path => None,
    }
}

/// Everything the demo needs, while it runs.
struct Stage {
    folder: Folder,
    terraform: Terraform,
    cloud: Sandbox,
    printer: Printer,
    signals: Signals,
}

impl Stage {
    async fn play(&mut self) -> Result<(), Error> {
        let version = self.terraform.version()?;
        self.printer.talk(format_args!(
            "{version} at `{}`",
            self.terraform.program().display()
        ));
        self.printer.talk(format_args!(
            "a pretend Huawei Cloud at {}, of this process alone",
            self.cloud.url()
        ));
        self.printer.talk(format_args!(
            "the working folder `{}`: look at its `main.tf`",
            self.folder.path().display()
        ));
        // Recorded beforehand, `init` has no reason to warn that the checksum is of this platform alone.
        self.quiet_step(&["providers", "lock", "-fs-mirror=plugins"])
            .await?;

        self.step(&["init", "-input=false"]).await?;
        let save = format!("-out={}", folder::PLAN);
        self.step(&["plan", "-input=false", &save]).await?;
        self.step(&["apply", "-input=false", folder::PLAN]).await?;

        self.printer.talk("\nwhat the pretend cloud holds now:\n");
        self.printer.data(sandbox::View(self.cloud.world().state()));
        self.printer
            .talk("\nand a second plan, which has to be empty:");
        let second = self
            .terraform_says(&["plan", "-input=false", "-detailed-exitcode"])
            .await?;
        match second.1.code() {
            Some(0) => Ok(()),
            Some(2) => Err(Error::NotEmpty),
            _ => Err(failed(second)),
        }
    }

    /// Runs one command that has to succeed.
    async fn step(&mut self, args: &[&str]) -> Result<(), Error> {
        let ended = self.terraform_says(args).await?;
        if ended.1.success() {
            Ok(())
        } else {
            Err(failed(ended))
        }
    }

    /// Runs one command whose output is Terraform's, on our own standard output and error.
    async fn terraform_says(&mut self, args: &[&str]) -> Result<(String, ExitStatus), Error> {
        let mut command = self.command(args);
        if !self.printer.is_terminal() {
            command.arg("-no-color");
        }
        let line = format!("{} {}", self.program_name(), args.join(" "));
        self.printer.talk(format_args!("\n$ {line}\n"));
        let cannot = |source| Error::Run {
            command: line.clone(),
            source,
        };

        let mut child = command.spawn().map_err(cannot)?;
        let mut stopped = false;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status.map_err(cannot)?,
                stop = self.signals.recv() => {
                    stopped = true;
                    // Terraform tidies up before it ends, so it is told rather than killed, and waited for.
                    if stop == Stop::Terminate {
                        terminate(&child);
                    }
                }
            }
        };
        if stopped {
            Err(Error::Stopped)
        } else {
            Ok((line, status))
        }
    }

    /// Runs one command that is no part of the show, and shows what it printed if it fails.
    async fn quiet_step(&mut self, args: &[&str]) -> Result<(), Error> {
        let line = format!("{} {}", self.program_name(), args.join(" "));
        let output = self.command(args).arg("-no-color").output().await;
        let output = output.map_err(|source| Error::Run {
            command: line.clone(),
            source,
        })?;
        if output.status.success() {
            return Ok(());
        }
        self.printer.talk(String::from_utf8_lossy(&output.stderr));
        Err(failed((line, output.status)))
    }

    fn command(&self, args: &[&str]) -> tokio::process::Command {
        let mut command = self.terraform.command(self.folder.path());
        command
            .args(args)
            .envs(sandbox::variables(&self.cloud.url(), Seed::Demo))
            .stdin(std::process::Stdio::null());
        tokio::process::Command::from(command)
    }

    /// What to type to run the same Terraform once `env.sh` is read.
    fn program_name(&self) -> String {
        let program = self.terraform.program();
        match self.terraform.origin() {
            Origin::Variable => folder::quote(&program.to_string_lossy()),
            Origin::Path | Origin::Fetched(_) => program
                .file_stem()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
        }
    }

    fn say_how_to_go_on(&self, keep: bool) {
        let printer = self.printer;
        let terraform = self.program_name();
        let hwgrants = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("hwgrants"));
        let hwgrants = folder::quote(&hwgrants.to_string_lossy());
        printer.talk("\nBoth grants exist, and Terraform agrees with the cloud. To go on, in a second terminal:\n");
        if !keep {
            // A new cloud at the old address, so that `env.sh` and the state stay true.
            printer.talk(format_args!(
                "  {hwgrants} sandbox --seed demo --port {}\n\nand in a third:\n",
                self.cloud.url().rsplit(':').next().unwrap_or_default()
            ));
        }
        printer.talk(format_args!(
            "  cd {}\n  . ./{}",
            folder::quote(&self.folder.path().to_string_lossy()),
            folder::SHELL_SETTINGS,
        ));
        let year_end = "2099-12-31";
        if !keep {
            printer.talk(format_args!(
                "  {terraform} apply          # that cloud is new, so the grants are planned again"
            ));
        }
        printer.talk(format_args!(
            "  {terraform} plan -var access_until={year_end}\n  {terraform} apply -var access_until={year_end}\n  \
             {terraform} destroy",
        ));
        if keep {
            printer.talk(format_args!(
                "\nthe cloud stays at {} until Ctrl-C",
                self.cloud.url()
            ));
        } else {
            printer.talk(format_args!(
                "\nor keep this cloud, with its grants: `hwgrants demo --keep`"
            ));
        }
    }
}

fn failed((command, status): (String, ExitStatus)) -> Error {
    Error::Step {
        command,
        status: status.to_string(),
    }
}

#[cfg(unix)]
fn terminate(child: &tokio::process::Child) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    if let Some(Ok(pid)) = child.id().map(i32::try_from) {
        // It may have ended in between, which is what was wanted.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
}

#[cfg(not(unix))]
fn terminate(_child: &tokio::process::Child) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_ends_ninety_days_after_the_demo_in_utc() {
        let values = values("2026-11-21T23:59:59Z".parse().unwrap());
        assert!(
            values.ends_with("access_until = \"2027-02-19\"\n"),
            "{values}"
        );
    }
}
