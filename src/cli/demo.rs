//! `hwgrants demo`: a real `terraform apply` of both grants, against the sandbox, with this build of the plugin.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::demo_folder::{self, DemoFolder};
use super::error::Error;
use super::output::Printer;
use super::signal::Signals;
use super::terraform::{self, ProgramOrigin, Terraform};
use super::terraform_runner::TerraformRunner;
use super::{install_path, sandbox};
use crate::sandbox::{Sandbox, SandboxOptions, Seed};
use crate::text::shell_word;

/// How `hwgrants demo` is called.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Working directory; reset if an earlier demo created it [default: `demo` in Cargo's target directory, or
    /// `hwgrants-demo`]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Keep the sandbox running until Ctrl-C, so that you can use it from a second terminal
    #[arg(long)]
    keep: bool,
}

/// Runs the demo. Repeatable: each run recreates the folder and the sandbox.
pub(super) async fn run(args: DemoArgs, printer: Printer) -> Result<(), Error> {
    let signals = Signals::new().map_err(Error::Runtime)?;
    let plugin = install_path::plugin_path().unwrap_or_default();
    if !plugin.is_file() {
        return Err(Error::NoPlugin(plugin));
    }
    let today = Timestamp::now().to_zoned_datetime(TimeZone::UTC).date();
    let path = args.dir.unwrap_or_else(default_folder);
    let (folder, kept) = DemoFolder::create(&path, &plugin, &tfvars(today))?;
    for name in kept {
        printer.message(format_args!("saved your modified file as `{name}`"));
    }
    printer.message(
        "Runs `terraform init`, `plan` and `apply` against a local sandbox; takes about 20 seconds.",
    );
    let terraform = find_terraform(&folder)?;
    let cloud = Sandbox::start(SandboxOptions {
        seed: Seed::Demo,
        ..SandboxOptions::default()
    })
    .await?;
    let variables = sandbox::variables(&cloud.url(), Seed::Demo);
    folder.write_shell_settings(&variables, download_folder(&terraform))?;

    let mut stage = TerraformRunner {
        terraform,
        folder: folder.path().to_owned(),
        variables,
        printer,
        signals,
    };
    run_demo(&mut stage, &cloud).await?;
    printer.message(next_steps(&stage, &cloud.url(), today, args.keep));
    if args.keep {
        stage.signals.recv().await;
    }
    cloud.stop().await;
    Ok(())
}

/// The demo itself, from nothing to the empty plan.
async fn run_demo(stage: &mut TerraformRunner, cloud: &Sandbox) -> Result<(), Error> {
    let printer = stage.printer;
    let version = stage.terraform.version()?;
    let (program, folder) = (stage.terraform.program().display(), stage.folder.display());
    printer.message(format_args!("{version}: `{program}`"));
    printer.message(format_args!("sandbox: {}", cloud.url()));
    printer.message(format_args!("configuration: `main.tf` in `{folder}`"));
    // Recorded beforehand, `init` has no reason to warn that the checksum is of this platform alone.
    stage
        .run_quiet(&["providers", "lock", "-fs-mirror=plugins"])
        .await?;

    stage.run_checked(&["init", "-input=false"]).await?;
    let save = format!("-out={}", demo_folder::PLAN);
    stage.run_checked(&["plan", "-input=false", &save]).await?;
    stage
        .run_checked(&["apply", "-input=false", demo_folder::PLAN])
        .await?;

    printer.message("\ngrants in the sandbox:\n");
    printer
        .text(format_args!(
            "{}\n",
            sandbox::StateText(cloud.world().state())
        ))
        .map_err(Error::Print)?;
    printer.message("second plan (should show no changes):");
    let second = ["plan", "-input=false", "-detailed-exitcode"];
    let status = stage.run_visible(&second).await?;
    match status.code() {
        Some(2) => Err(Error::NotEmpty),
        _ => stage.require_success(&second, status),
    }
}

/// Commands to go on with; `is_kept` means that the sandbox runs on.
fn next_steps(stage: &TerraformRunner, url: &str, today: Date, is_kept: bool) -> String {
    let terraform = stage.program_name();
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("hwgrants"));
    let hwgrants = shell_word(&program.to_string_lossy());
    let enter = format!(
        "  cd {}\n  . ./{}\n",
        shell_word(&stage.folder.to_string_lossy()),
        demo_folder::SHELL_SETTINGS
    );
    let own = download_folder(&stage.terraform).map(|folder| {
        let folder = shell_word(&folder.to_string_lossy());
        format!(
            "\n\nTo use the downloaded Terraform for your own configuration:\n\n  export PATH={folder}:\"$PATH\""
        )
    });
    let own = own.unwrap_or_default();
    let later = today.saturating_add(180.days());
    let go_on = format!(
        "  # extend Ana's grant without re-creating it\n  {terraform} apply -var access_until={later}\n  \
         # revoke both grants on the secret; the API cannot revoke the delegation to CodeArts Repo\n  {terraform} destroy\n"
    );
    if is_kept {
        return format!(
            "\nAll grants have been created, and a second plan shows no changes. To continue, run these commands in a \
             second terminal:\n\n{enter}{go_on}\n\
             The sandbox keeps running at {url} until you press Ctrl-C; its state is at {url}/_sandbox/state.{own}"
        );
    }
    // A new cloud at the old address, so that the shell settings stay true.
    let port = url.rsplit(':').next().unwrap_or_default();
    format!(
        "\nAll grants have been created, and a second plan shows no changes. The sandbox will now stop. To continue, \
         start a new sandbox:\n\n  \
         {hwgrants} sandbox --seed demo --port {port}\n\nThen run these commands in a second terminal:\n\n{enter}  \
         # create the grants again, because the new sandbox has none\n  {terraform} apply\n{go_on}\n\
         To keep the sandbox running after the demo: {hwgrants} demo --keep{own}"
    )
}

/// Within Cargo's target folder, or else within the current folder.
fn default_folder() -> PathBuf {
    install_path::target_folder().map_or_else(
        || PathBuf::from("hwgrants-demo"),
        |target| target.join("demo"),
    )
}

/// Values for the variables of the example. The date is fixed here: worked out in the configuration, it would differ
/// from plan to plan.
fn tfvars(today: Date) -> String {
    let end = today.saturating_add(90.days());
    format!("# 90 days after the demo date.\naccess_until = \"{end}\"\n")
}

/// Finds Terraform; without a target folder, what has to be fetched goes into the working folder.
fn find_terraform(folder: &DemoFolder) -> Result<Terraform, Error> {
    let mut options = terraform::TerraformOptions::from_environment();
    if install_path::target_folder().is_none() {
        options.cache = folder.path().join(".hwgrants");
    }
    Ok(Terraform::find(&options)?)
}

/// The folder of a downloaded Terraform, which is not on `PATH`.
fn download_folder(terraform: &Terraform) -> Option<&Path> {
    match terraform.origin() {
        ProgramOrigin::Fetched(_) => terraform.program().parent(),
        ProgramOrigin::Variable | ProgramOrigin::Path => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_until_is_90_days_after_the_demo_date() {
        let values = tfvars("2026-11-21".parse().unwrap());
        assert!(
            values.ends_with("access_until = \"2027-02-19\"\n"),
            "{values}"
        );
    }
}
