//! The command line of `hwgrants`: a file per command.
//!
//! This module parses arguments, prints, and returns exit codes; decisions belong to the modules it calls. Data goes to
//! standard output and messages to standard error, both through [`output::Printer`].

mod audit;
mod completions;
pub mod configuration;
mod demo;
mod demo_folder;
mod dist;
pub mod docs;
mod doctor;
mod error;
mod input;
mod install;
pub mod install_path;
pub mod output;
mod probe;
mod progress;
mod review;
mod sandbox;
mod settings;
mod signal;
mod state_input;
pub mod terraform;
mod terraform_runner;
mod version;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use self::error::Error;
use self::output::{ExitStatus, Printer};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "hwgrants",
    version,
    about,
    arg_required_else_help = true,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What `hwgrants` can do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run a real `terraform apply` of both grant types against a local sandbox; requires no Huawei Cloud account
    Demo(demo::DemoArgs),
    /// Run a local Huawei Cloud sandbox until Ctrl-C, or for the duration of a command
    Sandbox(sandbox::SandboxArgs),
    /// Review how a plan changes access: who gains or loses access, and until when
    Review(review::ReviewArgs),
    /// Compare live grants with Terraform states: list undeclared grants, and declared grants that no longer exist
    Audit(audit::AuditArgs),
    /// Check Terraform, the provider, credentials, network and permissions step by step, and explain how to fix each problem
    Doctor(doctor::DoctorArgs),
    /// Find out how CSMS behaves by creating, changing and deleting a grant
    Probe(probe::ProbeArgs),
    /// Install this build of the provider for Terraform and OpenTofu, or uninstall it
    Install(install::InstallArgs),
    /// Print the completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Write the man pages
    #[command(hide = true)]
    Man(completions::ManArgs),
    /// Write the release files
    #[command(hide = true)]
    Dist(dist::DistArgs),
    /// Print the version, and how this program was built
    Version(version::VersionArgs),
    /// Generate the provider documentation: `docs/` and the tables in README.md
    Docs(docs::DocsArgs),
}

/// The commands and their options, as `--help` describes them.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Runs one command line, `args[0]` being the program, and returns the status to exit with.
///
/// Prints everything; the caller only exits.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let printer = Printer::new();
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(answer) => return printer.clap(&answer),
    };
    match start(cli.command, printer) {
        Ok(status) => status,
        Err(error) => {
            printer.error(&error, error.hint().as_deref());
            error.exit_status()
        }
    }
}

/// Runs a command on a single-threaded runtime: it mostly waits.
fn start(command: Command, printer: Printer) -> Result<ExitStatus, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    runtime.block_on(async {
        match command {
            Command::Demo(args) => demo::run(args, printer).await?,
            Command::Sandbox(args) => return sandbox::run(args, printer).await,
            Command::Review(args) => return review::run(&args, printer).await,
            Command::Audit(args) => return audit::run(args, printer).await,
            Command::Doctor(args) => return doctor::run(args, printer).await,
            Command::Probe(args) => return probe::run(args, printer).await,
            Command::Install(args) => return install::run(&args, printer),
            Command::Completions(args) => completions::print(&args, printer)?,
            Command::Man(args) => completions::write_man_pages(&args)?,
            Command::Dist(args) => dist::run(&args, printer)?,
            Command::Version(args) => version::run(&args, printer)?,
            Command::Docs(args) => return Ok(docs::run(&args, printer)?),
        }
        Ok(ExitStatus::Success)
    })
}
