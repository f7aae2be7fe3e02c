//! `hwgrants demo`: a real `terraform apply` of both grants, against the pretend cloud, with this build of the plugin.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::error::Error;
use super::folder::{self, WorkFolder, quote};
use super::output::Printer;
use super::signal::Signals;
use super::stage::Stage;
use super::terraform::{self, ProgramOrigin, Terraform};
use super::{place, sandbox};
use crate::sandbox::{Sandbox, SandboxOptions, Seed};

/// How `hwgrants demo` is called.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Working folder, made anew if it is the demo's own [default: `demo` in Cargo's target folder, or `hwgrants-demo`]
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Keep the pretend cloud running afterwards, until Ctrl-C, to try more in a second terminal
    #[arg(long)]
    keep: bool,
}

/// Runs the demo. Repeatable: it starts anew each time.
pub(super) async fn run(args: DemoArgs, printer: Printer) -> Result<(), Error> {
    let signals = Signals::new().map_err(Error::Runtime)?;
    let plugin = place::plugin().unwrap_or_default();
    if !plugin.is_file() {
        return Err(Error::NoPlugin(plugin));
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let path = args.dir.unwrap_or_else(default_folder);
    let (folder, kept) = WorkFolder::create(&path, &plugin, &values(today))?;
    for name in kept {
        printer.talk(format_args!("kept what had been changed as `{name}`"));
    }
    let terraform = find_terraform(&folder)?;
    let cloud = Sandbox::start(SandboxOptions {
        seed: Seed::Demo,
        ..SandboxOptions::default()
    })
    .await?;
    let variables = sandbox::variables(&cloud.url(), Seed::Demo);
    folder.write_shell_settings(&variables, download_folder(&terraform))?;

    let mut stage = Stage {
        terraform,
        folder: folder.path().to_owned(),
        variables,
        printer,
        signals,
    };
    play(&mut stage, &cloud).await?;
    printer.talk(how_to_go_on(&stage, &cloud.url(), today, args.keep));
    if args.keep {
        stage.signals.recv().await;
    }
    cloud.stop().await;
    Ok(())
}

/// The demo itself, from nothing to the empty plan.
async fn play(stage: &mut Stage, cloud: &Sandbox) -> Result<(), Error> {
    let printer = stage.printer;
    let version = stage.terraform.version()?;
    let (program, folder) = (stage.terraform.program().display(), stage.folder.display());
    printer.talk(format_args!("{version}: `{program}`"));
    printer.talk(format_args!("a pretend Huawei Cloud: {}", cloud.url()));
    printer.talk(format_args!("what it shall grant: `main.tf` in `{folder}`"));
    // Recorded beforehand, `init` has no reason to warn that the checksum is of this platform alone.
    stage
        .quiet_step(&["providers", "lock", "-fs-mirror=plugins"])
        .await?;

    stage.step(&["init", "-input=false"]).await?;
    let save = format!("-out={}", folder::PLAN);
    stage.step(&["plan", "-input=false", &save]).await?;
    stage.step(&["apply", "-input=false", folder::PLAN]).await?;

    printer.talk("\nwhat the cloud now holds:\n");
    printer
        .data(sandbox::StateText(cloud.world().state()))
        .map_err(Error::Print)?;
    printer.talk("and a second plan, which has to be empty:");
    let second = ["plan", "-input=false", "-detailed-exitcode"];
    let status = stage.show(&second).await?;
    match status.code() {
        Some(2) => Err(Error::NotEmpty),
        _ => stage.require_success(&second, status),
    }
}

fn how_to_go_on(stage: &Stage, url: &str, today: Date, is_kept: bool) -> String {
    let terraform = stage.program_name();
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("hwgrants"));
    let hwgrants = quote(&program.to_string_lossy());
    let enter = format!(
        "  cd {}\n  . ./{}\n",
        quote(&stage.folder.to_string_lossy()),
        folder::SHELL_SETTINGS
    );
    let later = today.saturating_add(180.days());
    let go_on = format!(
        "  # Ana's grant changes, in place\n  {terraform} apply -var access_until={later}\n  \
         # and everything goes that can\n  {terraform} destroy\n"
    );
    if is_kept {
        return format!(
            "\nBoth grants exist, and a second plan is empty. To go on, in a second terminal:\n\n{enter}{go_on}\n\
             The cloud stays at {url}, with everything it holds at {url}/_sandbox/state, until Ctrl-C."
        );
    }
    // A new cloud at the old address, so that the shell settings stay true.
    let port = url.rsplit(':').next().unwrap_or_default();
    format!(
        "\nBoth grants exist, and a second plan is empty. The cloud ends here. To go on, start a new one:\n\n  \
         {hwgrants} sandbox --seed demo --port {port}\n\nand in a second terminal:\n\n{enter}  \
         # planned again, because the new cloud holds no grants\n  {terraform} apply\n{go_on}\n\
         Or let the demo keep its cloud: {hwgrants} demo --keep"
    )
}

fn default_folder() -> PathBuf {
    place::target_folder().map_or_else(
        || PathBuf::from("hwgrants-demo"),
        |target| target.join("demo"),
    )
}

/// Values for the variables of the example. The date is fixed here: worked out in the configuration, it would differ
/// from plan to plan.
fn values(today: Date) -> String {
    let end = today.saturating_add(90.days());
    format!("# 90 days from the demo.\naccess_until = \"{end}\"\n")
}

/// Finds Terraform; without a target folder, what has to be fetched goes into the working folder.
fn find_terraform(folder: &WorkFolder) -> Result<Terraform, Error> {
    let mut options = terraform::TerraformOptions::from_environment();
    if place::target_folder().is_none() {
        options.cache = folder.path().join(".hwgrants");
    }
    Ok(Terraform::find(&options)?)
}

/// The folder of a Terraform that is on nobody's `PATH`.
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
    fn access_ends_ninety_days_after_the_demo() {
        let values = values("2026-11-21".parse().unwrap());
        assert!(
            values.ends_with("access_until = \"2027-02-19\"\n"),
            "{values}"
        );
    }
}
