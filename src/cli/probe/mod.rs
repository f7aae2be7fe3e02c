//! `hwgrants probe`: how the service behaves where its documentation does not say.

mod error;
mod journal_file;
mod leftover;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub(super) use error::ProbeCommandError;

use self::journal_file::{JournalError, JournalFile, JournalFolder};
use super::error::Error;
use super::output::{ExitStatus, Printer};
use super::settings;
use super::signal::{EndOfSession, Signals, StopReason};
use crate::cloud::{
    self, Call, Client, Environment, GranteeId, ProjectId, ProjectLocation, Region, ResourceId,
    Service, Settings,
};
use crate::probe::{
    Cleanup, CleanupError, Journal, Markdown, OtherGrants, Pace, ProbeError, ProbeOutcome,
    ProbeRun, ProbeTarget, StepName, probe,
};
use crate::text;

/// The help text after the options.
const EXAMPLES: &str = "\
The API reference does not specify some behavior of CSMS, such as the unit of timestamps, the time of day at which a grant expires, or the effect of an update without a date. To find out, this command creates a grant for the user on the secret, extends and shortens it, removes its expiration date, and deletes it. While the command runs, the user can use the secret. Use a secret that was created for this purpose and has no grants.

The command does nothing if the user already has a grant on the secret, deletes no grant that it did not create, and deletes its grant even if a step fails or you press Ctrl-C. Do not change this user's access to the secret while the command runs. If the command is killed, the next run or `hwgrants probe --clean-up` deletes the remaining grant. The command takes about 20 seconds, or minutes if reads lag. Like an empty provider block, it reads settings and credentials from the environment or from a profile.

The report is written to standard output. It contains no IDs and no names, so that you can attach it to an issue. Its `--quirk` options make `hwgrants sandbox` behave like the service.

Exit codes:
  0    Done; the grant no longer exists
  1    Failed, or the grant may still exist; see the error message
  130  Interrupted; the grant does not exist

Examples:
  Write a report:
    hwgrants probe --secret SECRET_ID --user USER_ID --consent > report.md

  Print only the sandbox options that reproduce the behavior:
    hwgrants probe --secret SECRET_ID --user USER_ID --consent --format quirks

  Delete the grants that killed runs left:
    hwgrants probe --clean-up";

/// The arguments of `hwgrants probe`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ProbeArgs {
    /// ID of the secret
    #[arg(long, value_name = "ID", required_unless_present = "clean_up")]
    secret: Option<ResourceId>,
    /// ID of the user, who must not have a grant on the secret
    #[arg(long, value_name = "ID", required_unless_present = "clean_up")]
    user: Option<GranteeId>,
    /// Confirm that the command may temporarily give the user access to the secret
    #[arg(long)]
    consent: bool,
    /// Only delete grants left by killed runs
    #[arg(long, conflicts_with_all = ["secret", "user", "consent", "format"])]
    clean_up: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = ProbeFormat::Markdown)]
    format: ProbeFormat,
    /// Region; by default, read from the environment or the profile
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// ID of the project; by default, read from the environment or the profile
    #[arg(long, value_name = "ID")]
    project_id: Option<ProjectId>,
}

/// How to print.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ProbeFormat {
    /// A report to attach to an issue
    Markdown,
    /// Options for `hwgrants sandbox`, on one line
    Quirks,
}

/// What the command uses to send requests.
struct Context {
    client: Client,
    location: ProjectLocation,
    endpoint: String,
    has_default_endpoint: bool,
    folder: JournalFolder,
    printer: Printer,
    cancel: CancellationToken,
}

/// Runs the experiment and prints the report. It changes access until it returns.
pub(super) async fn run(args: ProbeArgs, printer: Printer) -> Result<ExitStatus, Error> {
    if !args.consent && !args.clean_up {
        return Err(ProbeCommandError::NoConsent.into());
    }
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let mut end_of_session = EndOfSession::new().map_err(Error::Runtime)?;
    let cancel = CancellationToken::new();
    let work = run_until_cancelled(&args, printer, &cancel);
    tokio::pin!(work);
    loop {
        let is_ctrl_c = tokio::select! {
            result = &mut work => return result,
            reason = signals.recv() => reason == StopReason::Interrupt,
            () = end_of_session.recv() => false,
        };
        if cancel.is_cancelled() {
            if is_ctrl_c {
                return Err(ProbeCommandError::Abandoned.into());
            }
            // The end of a session may cause several signals.
            continue;
        }
        cancel.cancel();
        printer.message(
            "interrupted: waiting for the current request, then deleting the probe's grant; press Ctrl-C again to exit immediately, \
             which may leave the grant",
        );
    }
}

async fn run_until_cancelled(
    args: &ProbeArgs,
    printer: Printer,
    cancel: &CancellationToken,
) -> Result<ExitStatus, Error> {
    let context = Context::new(args, printer, cancel).await?;
    let (Some(secret_id), Some(user_id)) = (&args.secret, &args.user) else {
        return clean_up(&context).await;
    };
    let target = ProbeTarget {
        location: context.location.clone(),
        secret_id: secret_id.clone(),
        user_id: user_id.clone(),
        endpoint: context.endpoint.clone(),
    };
    let mut journal = context
        .folder
        .open(&target)
        .map_err(ProbeCommandError::from)?;
    if journal.leftover.is_some() {
        leftover::resolve(&context, &mut journal).await?;
        let cleared = journal.clear();
        cleared.map_err(|source| {
            ProbeCommandError::from(JournalError::Io {
                path: journal.path().to_owned(),
                source,
            })
        })?;
    }
    let leftovers = leftover::resolve_all(&context, Some(&target)).await?;
    let mut unresolved = None;
    for problem in leftovers.problems {
        let hint = problem.hint().unwrap_or_default();
        printer.message(format_args!("warning: {problem}; {hint}"));
        if problem.is_about_access() {
            unresolved = Some(problem);
        }
    }
    let status = run_experiment(&context, &target, &mut journal, args.format).await?;
    match unresolved {
        Some(problem) => Err(problem.into()),
        None => Ok(status),
    }
}

/// Handles every journal. The first problem is the error, and the others are printed before it.
async fn clean_up(context: &Context) -> Result<ExitStatus, Error> {
    let leftovers = leftover::resolve_all(context, None).await?;
    let mut problems = leftovers.problems.into_iter();
    let first = problems.next();
    for problem in problems {
        context.printer.error(&problem, problem.hint().as_deref());
    }
    match first {
        Some(problem) => Err(problem.into()),
        None if context.cancel.is_cancelled() => Err(Error::Stopped),
        None => {
            if leftovers.resolved == 0 {
                context
                    .printer
                    .message("no grants left by earlier runs were found");
            }
            Ok(ExitStatus::Success)
        }
    }
}

async fn run_experiment(
    context: &Context,
    target: &ProbeTarget,
    journal: &mut JournalFile,
    format: ProbeFormat,
) -> Result<ExitStatus, Error> {
    let printer = context.printer;
    printer.message(format_args!(
        "probing CSMS in {}, which takes about 20 seconds: secret {}, user {}",
        target.location.region, target.secret_id, target.user_id
    ));
    let on_step = |step: StepName| printer.message(format_args!("step: {step}"));
    let run = ProbeRun {
        client: &context.client,
        target,
        has_default_endpoint: context.has_default_endpoint,
        now: &Timestamp::now,
        pace: Pace::default(),
        cancel: &context.cancel,
        on_step: &on_step,
    };
    let outcome = match probe(&run, journal).await {
        Ok(outcome) => outcome,
        Err(source) => {
            // Nothing was sent, so there is nothing to remember.
            let _ = journal.remove();
            return Err(stopped(source, ""));
        }
    };
    let printed = print_report(&outcome, format, printer);
    conclude(outcome, target, journal, printer).and_then(|status| {
        printed.map_err(Error::Print)?;
        Ok(status)
    })
}

/// What is left, in order of importance: access of the user, access of others, why the probe stopped.
fn conclude(
    outcome: ProbeOutcome,
    target: &ProbeTarget,
    journal: &JournalFile,
    printer: Printer,
) -> Result<ExitStatus, Error> {
    let is_left = matches!(
        outcome.cleanup,
        Cleanup::Foreign { .. } | Cleanup::Failed(_)
    );
    if let (Some(reason), true) = (&outcome.stopped, is_left) {
        printer.message(format_args!("the probe stopped: {reason}"));
    }
    let deleted = match outcome.cleanup {
        Cleanup::Failed(source) => return Err(not_deleted(target, source).into()),
        Cleanup::Foreign { expiry } => {
            return Err(ProbeCommandError::different(target, &expiry, journal.path()).into());
        }
        Cleanup::NothingCreated => "no grant was created",
        Cleanup::Deleted { .. } => {
            "the probe's grant was deleted (not listed in two consecutive ListGrants responses)"
        }
    };
    if let Cleanup::Deleted { may_reappear: true } = outcome.cleanup {
        printer.message(
            "warning: the outcome of a request is unknown, and the grant may still appear; run `hwgrants probe --clean-up` in a few \
             minutes",
        );
    }
    if !matches!(outcome.others, OtherGrants::Unchanged) {
        match &outcome.stopped {
            Some(reason) => printer.message(format_args!("the probe stopped: {reason}; {deleted}")),
            None => printer.message(deleted),
        }
    }
    match outcome.others {
        OtherGrants::Unchanged => {}
        OtherGrants::Changed(users) => {
            let users: Vec<_> = users.iter().map(|user| text::line(user)).collect();
            return Err(ProbeCommandError::ChangedGrants(users.join(", ")).into());
        }
        OtherGrants::Unknown(error) => return Err(ProbeCommandError::UnknownGrants(error).into()),
    }
    match outcome.stopped {
        None => {
            printer.message(format_args!("done: {deleted}"));
            Ok(ExitStatus::Success)
        }
        Some(ProbeError::Interrupted) => {
            printer.message(format_args!("interrupted: {deleted}"));
            Ok(ExitStatus::Interrupted)
        }
        Some(source) => Err(stopped(source, deleted)),
    }
}

/// Prints the report. An interrupted run prints none, and options only describe the service if the probe is complete.
fn print_report(
    outcome: &ProbeOutcome,
    format: ProbeFormat,
    printer: Printer,
) -> std::io::Result<()> {
    let report = &outcome.report;
    match (&outcome.stopped, format) {
        (Some(ProbeError::Interrupted), _) | (Some(_), ProbeFormat::Quirks) => Ok(()),
        (_, ProbeFormat::Markdown) => printer.text(Markdown(report)),
        (None, ProbeFormat::Quirks) => {
            let quirks = report.quirks();
            let options: Vec<_> = quirks
                .iter()
                .map(|quirk| format!("--quirk {quirk}"))
                .collect();
            printer.data(options.join(" "))
        }
    }
}

impl Context {
    async fn new(
        args: &ProbeArgs,
        printer: Printer,
        cancel: &CancellationToken,
    ) -> Result<Self, Error> {
        let environment = Environment::process();
        let arguments = settings::arguments(args.region.as_ref(), args.project_id.as_ref());
        let settings =
            Settings::new(arguments, &environment).map_err(ProbeCommandError::Settings)?;
        settings::print_warnings(&settings, printer);
        let client = Client::new(settings.clone());
        let region = client.require_region().cloned();
        let region = region.map_err(ProbeCommandError::Settings)?;
        let endpoint = settings.endpoint(Service::Csms, &region);
        let endpoint = endpoint.map_err(ProbeCommandError::Settings)?.to_string();
        let call = Call::within(Pace::default().request, cancel.clone());
        let project_id = client.project_id_of(&region, &call).await;
        let project_id = project_id.map_err(|error| match error.kind() {
            cloud::ErrorKind::Cancelled => Error::Stopped,
            _ => ProbeCommandError::Settings(error).into(),
        })?;
        Ok(Self {
            has_default_endpoint: settings.has_default_endpoint(Service::Csms)
                && settings.redirection().is_none(),
            client,
            location: ProjectLocation { region, project_id },
            endpoint,
            folder: JournalFolder::of_user().map_err(ProbeCommandError::from)?,
            printer,
            cancel: cancel.clone(),
        })
    }
}

/// `state`: what is known of the grant; empty if the experiment did not begin.
fn stopped(source: ProbeError, state: &'static str) -> Error {
    match source {
        ProbeError::Interrupted => Error::Stopped,
        source => ProbeCommandError::Stopped { source, state }.into(),
    }
}

fn not_deleted(target: &ProbeTarget, source: CleanupError) -> ProbeCommandError {
    ProbeCommandError::NotDeleted {
        user: target.user_id.to_string(),
        secret: target.secret_id.to_string(),
        source,
    }
}
