//! Errors of commands, and hints.

use std::io;
use std::path::PathBuf;

use super::output::ExitStatus;
use super::terraform::{Product, SavedPlan};
use super::{demo_folder, terraform};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// Ctrl-C or SIGTERM before the work was done.
    #[error("interrupted")]
    Stopped,
    /// The operating system gives no runtime or no signals.
    #[error("cannot start `hwgrants`: {0}")]
    Runtime(#[source] io::Error),
    /// The sandbox does not start.
    #[error(transparent)]
    Sandbox(#[from] crate::sandbox::Error),
    /// The binary to demonstrate is not there.
    #[error("plugin binary not found at `{}`", .0.display())]
    NoPlugin(PathBuf),
    /// No Terraform to run.
    #[error(transparent)]
    Terraform(#[from] terraform::Error),
    /// The working folder cannot be used.
    #[error(transparent)]
    Folder(#[from] demo_folder::Error),
    /// Terraform could not be run.
    #[error("cannot run `{command}`: {source}")]
    Run {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// Terraform did not do what the demo shows; it has said why.
    #[error("`{command}` failed: {status}")]
    Step {
        /// The command line.
        command: String,
        /// The exit status, in words.
        status: String,
    },
    /// The plan to review, or the policy, cannot be read.
    #[error("cannot read {input}: {source}")]
    Read {
        /// The file, or standard input.
        input: String,
        /// Why.
        source: io::Error,
    },
    /// Ctrl-C or SIGTERM before a saved plan was read.
    #[error("interrupted before {input} was read")]
    StoppedReading {
        /// The file.
        input: String,
    },
    /// There is nothing to read a saved plan with.
    #[error("cannot read {input}: reading {} saved plan requires {} on `PATH`", if .plan.is_encrypted { "an encrypted" } else { "a" }, .plan.programs())]
    NoReader {
        /// The file.
        input: String,
        /// What is known of it.
        plan: SavedPlan,
    },
    /// A zip archive without a plan in it.
    #[error("cannot review {input}: it is a ZIP archive, but not a saved plan")]
    OtherArchive {
        /// The file.
        input: String,
    },
    /// Terraform does not read a saved plan.
    #[error("cannot read {input}: `{command}` failed: {status}{said}")]
    Show {
        /// The file.
        input: String,
        /// The command line.
        command: String,
        /// The exit status, in words.
        status: String,
        /// What Terraform has said, cleaned; each line begins with a line break.
        said: String,
        /// What is known of the plan.
        plan: Box<SavedPlan>,
    },
    /// The configuration that was planned cannot be read.
    #[error("cannot read the configuration in `{}`: {source}", .folder.display())]
    ReadConfiguration {
        /// Its folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The plan to review is none.
    #[error("cannot review {input}: {source}")]
    Plan {
        /// The file, or standard input.
        input: String,
        /// Why.
        source: crate::plan_json::Error,
    },
    /// The policy is not understood.
    #[error("cannot use the policy file {input}: {source}")]
    Policy {
        /// The file.
        input: String,
        /// Why.
        source: crate::review::policy::Error,
    },
    /// The earlier report cannot be compared with.
    #[error("cannot use the baseline {input}: {source}")]
    Baseline {
        /// The file.
        input: String,
        /// Why.
        source: crate::review::baseline::BaselineError,
    },
    /// There are waivers, and no day to count from.
    #[error("cannot determine which waivers have expired: the plan from {input} has no timestamp")]
    NoDay {
        /// The file, or standard input.
        input: String,
    },
    /// A report cannot be written.
    #[error("cannot write the report to `{}`: {source}", path.display())]
    WriteReport {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Two reports for one file.
    #[error("`--out` writes more than one report to {}", if path.as_os_str() == "-" { "standard output".to_owned() } else { format!("`{}`", path.display()) })]
    OutTwice {
        /// The file, `-` being standard output.
        path: PathBuf,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Print(#[source] io::Error),
    /// A state to audit is none.
    #[error("cannot read the state from {input}: {source}")]
    State {
        /// The file, or standard input.
        input: String,
        /// Why.
        source: crate::plan_json::state::Error,
    },
    /// A directory of plans cannot be read.
    #[error("cannot read the plans in `{}`: {source}", .folder.display())]
    ReadPlans {
        /// The directory.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory has no plans.
    #[error("no plans found in `{}`", .folder.display())]
    NoPlans {
        /// The directory.
        folder: PathBuf,
    },
    /// Two plans are of states of the same name.
    #[error("{} and {} both belong to the state `{state}`", .inputs[0], .inputs[1])]
    SameState {
        /// The name.
        state: String,
        /// The files.
        inputs: [String; 2],
    },
    /// Two states are to come from one pipe.
    #[error("standard input can be read only once")]
    StandardInputTwice,
    /// What is granted is not known.
    #[error(transparent)]
    Audit(#[from] crate::audit::live::Error),
    /// The probe did not begin, stopped, or could not clean up.
    #[error(transparent)]
    Probe(#[from] super::probe::ProbeCommandError),
    /// The plugin cannot be installed.
    #[error(transparent)]
    Install(#[from] super::install::InstallError),
    /// The documentation cannot be written.
    #[error(transparent)]
    Docs(#[from] super::docs::DocsError),
    /// The variable that sets the clock is wrong.
    #[error("{0}")]
    Clock(String),
    /// The plan after the apply holds changes.
    #[error("the plan after `terraform apply` still shows changes")]
    NotEmpty,
}

impl Error {
    /// What to do about it, if there is something.
    pub(super) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Sandbox(crate::sandbox::Error::DataFile(error)) => error.hint(),
            Self::Stopped
            | Self::StoppedReading { .. }
            | Self::Runtime(_)
            | Self::Sandbox(_)
            | Self::Run { .. }
            | Self::Read { .. }
            | Self::ReadPlans { .. }
            | Self::WriteReport { .. }
            | Self::Print(_)
            | Self::Clock(_) => {
                return None;
            }
            Self::State { source, .. } => source.hint(),
            Self::Probe(error) => return error.hint(),
            Self::Install(error) => return error.hint(),
            Self::Docs(error) => return error.hint().map(str::to_owned),
            Self::StandardInputTwice => "pass at most one input as `-`, and the others as files",
            Self::NoPlans { .. } => {
                "write the output of `terraform show -json` for each state to `STATE/plan.json` in that directory; saved plans \
                 (`.tfplan`, `.tofuplan`, `.plan`, `.out`, `tfplan`) are read, too"
            }
            Self::SameState { .. } => "name the states with `--state NAME=FILE`",
            Self::OutTwice { .. } => "use a different file for each report",
            Self::Audit(error) => return error.hint().map(str::to_owned),
            Self::NoPlugin(_) => {
                "run `cargo build`, or install the plugin in the same directory as `hwgrants`"
            }
            Self::NoReader { plan, .. } => {
                return Some(format!(
                    "add the {} binary that created the plan to `PATH`, set `TERRAFORM_CLI_PATH` to the path of that binary, \
                     or run `{}` in the job that created the plan and review `plan.json` instead",
                    plan.programs(),
                    plan.show_command(),
                ));
            }
            Self::OtherArchive { .. } => {
                "pass the file that `terraform plan -out=plan.out` has written; if it is inside the archive, extract it first"
            }
            Self::Show { plan, .. } => {
                return Some(format!(
                    "use {}, run `{} init` in the directory where the plan was created, and pass that \
                     directory with `--chdir`; or run `{}` in the job that created the plan and review `plan.json` instead",
                    plan.creator(),
                    plan.product.unwrap_or(Product::Terraform).program(),
                    plan.show_command(),
                ));
            }
            Self::Terraform(error) => error.hint(),
            Self::Folder(error) => return error.hint(),
            Self::Step { .. } => {
                "see Terraform's message above; set `TF_LOG=debug` to log the plugin's requests"
            }
            Self::ReadConfiguration { .. } => {
                "set `--chdir` to the directory where Terraform ran, and `--source-root` to that directory or one of \
                 its parents"
            }
            Self::Plan { source, .. } => source.hint(),
            Self::Policy { source, .. } => source.hint(),
            Self::Baseline { .. } => {
                "create the baseline with this version of `hwgrants`: review the plan of the branch to compare with, and pass \
                 `--out json=REPORT.json`"
            }
            Self::NoDay { .. } => {
                "pass the date of the plan with `--as-of YYYY-MM-DD`; plans created by Terraform 1.5 or later have a \
                 timestamp"
            }
            Self::NotEmpty => {
                "this is a bug in the plugin; please report it and include the plan above"
            }
        };
        Some(hint.to_owned())
    }

    /// The status to exit with.
    pub(super) fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Stopped | Self::StoppedReading { .. } => ExitStatus::Interrupted,
            _ => ExitStatus::Failure,
        }
    }
}
