//! `hwgrants probe`: how the service behaves where its documentation does not say.

mod journal_file;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub(super) use journal_file::JournalError;

use self::journal_file::{JournalFile, JournalFolder};
use super::error::Error;
use super::output::{ExitStatus, Printer};
use super::settings;
use super::signal::Signals;
use crate::cloud::{
    self, Call, Client, Environment, Expiry, GranteeId, ProjectId, ProjectLocation, Region,
    ResourceId, Service, Settings,
};
use crate::probe::{
    Cleanup, CleanupError, Journal, JournalEntry, Leftover, Markdown, OtherGrants, Pace,
    ProbeError, ProbeReport, ProbeRun, ProbeTarget, StepName, probe, remove_leftover,
};
use crate::text;

/// The help text after the options.
const EXAMPLES: &str = "\
The API reference does not specify some behavior of CSMS, such as the unit of times, when a grant expires on its last day, or what an update without a date does. To find out, this command creates, extends, shortens, clears and deletes a grant of the user on the secret, and finally deletes it. Meanwhile, the user can use the secret. Use a secret without grants that was created for this purpose.

The command does nothing if the user already has a grant on the secret, never changes other grants, and deletes its grant also if a step fails or on Ctrl-C. If it is killed, its journal remains: the next run, or `hwgrants probe --clean-up`, deletes the grant that is left. The command takes about 20 seconds. Like an empty provider block, it reads settings and credentials from the environment or from a profile.

The report is written to standard output. It contains no IDs and no names, so that you can attach it to an issue. The settings in it (`--quirk`) make `hwgrants sandbox` behave like the service.

Exit codes:
  0    Done, and the grant is deleted
  1    A step failed, or the grant may still exist; the message says which
  130  Interrupted, and the grant is deleted

Examples:
  Write a report:
    hwgrants probe --secret SECRET_ID --user USER_ID --consent > report.md

  Print only the options with which the sandbox behaves the same:
    hwgrants probe --secret SECRET_ID --user USER_ID --consent --format quirks

  Delete what a killed run has left:
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
    /// Confirm that the command may change the user's access to the secret
    #[arg(long)]
    consent: bool,
    /// Only delete the grants that killed runs have left
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

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProbeCommandError {
    /// The user has not agreed.
    #[error("`--consent` is missing; nothing was sent")]
    NoConsent,
    /// A setting is missing or wrong.
    #[error("{0}")]
    Settings(cloud::Error),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The experiment did not begin, or stopped.
    #[error("the probe stopped: {source}{}", if *.is_deleted { ". The grant of the probe is deleted" } else { "" })]
    Stopped {
        /// Why.
        source: ProbeError,
        /// Whether something had been created, which is deleted.
        is_deleted: bool,
    },
    /// The grant may still exist.
    #[error(
        "could not delete the grant of user {user} on secret {secret}: {source}. The user may still have access"
    )]
    NotDeleted {
        user: String,
        secret: String,
        source: CleanupError,
    },
    /// A grant differs from the one that the journal announces.
    #[error(
        "user {user} has a grant on secret {secret} ({expiry}) that differs from the one that an earlier run created; it was not deleted"
    )]
    DifferentGrant {
        user: String,
        secret: String,
        expiry: String,
        journal: String,
    },
    /// A journal is about another project.
    #[error(
        "an earlier run may have left a grant of user {user} on secret {secret} in {region}, project {project} ({endpoint})"
    )]
    OtherProject {
        user: String,
        secret: String,
        region: String,
        project: String,
        endpoint: String,
    },
    /// Other grants are gone.
    #[error(
        "the probe deleted its own grant only, but grants of these users on the secret are no longer listed: {0}"
    )]
    LostGrants(String),
    /// It is not known whether other grants are gone.
    #[error("cannot determine whether the other grants on the secret are unchanged: {0}")]
    UnknownGrants(ProbeError),
    /// A second Ctrl-C.
    #[error("interrupted before the grant was deleted; the user may still have access")]
    Abandoned,
}

impl ProbeCommandError {
    /// What to do about it.
    pub(super) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoConsent => {
                "the command creates, changes and deletes a grant, so that the user can use the secret meanwhile; pass `--consent` if \
                 this is acceptable, or try the command with `hwgrants sandbox` first"
            }
            Self::Settings(error) => error.advice()?,
            Self::Journal(error) => error.hint()?,
            Self::Stopped { source, .. } => source.hint()?,
            Self::NotDeleted { .. } | Self::Abandoned => {
                "run `hwgrants probe --clean-up` with the same settings, or delete the grant in the console"
            }
            Self::DifferentGrant { journal, .. } => {
                return Some(format!(
                    "if the grant is not intended, delete it in the console; then delete the journal `{journal}`"
                ));
            }
            Self::OtherProject { .. } => {
                "run `hwgrants probe --clean-up` with the settings of that run (region, project, endpoint and credentials)"
            }
            Self::LostGrants(_) => {
                "check whether they were revoked on purpose, for example with `terraform plan`, and report this as a bug if not"
            }
            Self::UnknownGrants(_) => "check them with `hwgrants audit` or `terraform plan`",
        };
        Some(hint.to_owned())
    }
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
    let cancel = CancellationToken::new();
    let work = run_until_cancelled(&args, printer, &cancel);
    tokio::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            _ = signals.recv() => {
                if cancel.is_cancelled() {
                    return Err(ProbeCommandError::Abandoned.into());
                }
                cancel.cancel();
                printer.message("interrupted: finishing the current request, then deleting the grant of the probe; press Ctrl-C again to stop immediately");
            }
        }
    }
}

async fn run_until_cancelled(
    args: &ProbeArgs,
    printer: Printer,
    cancel: &CancellationToken,
) -> Result<ExitStatus, Error> {
    let context = Context::new(args, printer, cancel).await?;
    let are_removed = remove_leftovers(&context, args.clean_up).await?;
    let (Some(secret_id), Some(user_id)) = (&args.secret, &args.user) else {
        if !are_removed {
            printer.message("no grants left by earlier runs were found");
        }
        return Ok(ExitStatus::Success);
    };
    let target = ProbeTarget {
        location: context.location.clone(),
        secret_id: secret_id.clone(),
        user_id: user_id.clone(),
        endpoint: context.endpoint.clone(),
    };
    run_experiment(&context, &target, args.format).await
}

async fn run_experiment(
    context: &Context,
    target: &ProbeTarget,
    format: ProbeFormat,
) -> Result<ExitStatus, Error> {
    let printer = context.printer;
    let mut journal = context
        .folder
        .open(target)
        .map_err(ProbeCommandError::from)?;
    printer.message(format_args!(
        "probing CSMS in {}, which takes about 20 seconds: secret {}, user {}",
        target.location.region, target.secret_id, target.user_id
    ));
    let on_step = |step: StepName| printer.message(format_args!("step: {step}"));
    let run = ProbeRun {
        client: &context.client,
        target,
        has_default_endpoint: context.has_default_endpoint,
        started_at: Timestamp::now(),
        pace: Pace::default(),
        cancel: &context.cancel,
        on_step: &on_step,
    };
    let outcome = match probe(&run, &mut journal).await {
        Ok(outcome) => outcome,
        Err(source) => {
            // Nothing was sent, so there is nothing to remember.
            let _ = journal.remove();
            return Err(stopped(source, false));
        }
    };
    let is_interrupted = matches!(outcome.stopped, Some(ProbeError::Interrupted));
    let printed = match is_interrupted {
        true => Ok(()),
        false => print_report(&outcome.report, format, printer),
    };
    if let Cleanup::Failed(source) = outcome.cleanup {
        return Err(not_deleted(target, source).into());
    }
    match outcome.others {
        OtherGrants::Unchanged => {}
        OtherGrants::Missing(users) => {
            let users: Vec<_> = users.iter().map(|user| text::line(user)).collect();
            return Err(ProbeCommandError::LostGrants(users.join(", ")).into());
        }
        OtherGrants::Unknown(error) => return Err(ProbeCommandError::UnknownGrants(error).into()),
    }
    match outcome.stopped {
        None => printer
            .message("done: the grant of the probe is deleted, which two lists of grants confirm"),
        Some(ProbeError::Interrupted) => {
            printer.message(
                "interrupted: the grant of the probe is deleted, which two lists of grants confirm",
            );
            return Ok(ExitStatus::Interrupted);
        }
        Some(source) => return Err(stopped(source, true)),
    }
    printed.map_err(Error::Print)?;
    Ok(ExitStatus::Success)
}

fn print_report(
    report: &ProbeReport,
    format: ProbeFormat,
    printer: Printer,
) -> std::io::Result<()> {
    match format {
        ProbeFormat::Markdown => printer.text(Markdown(report)),
        ProbeFormat::Quirks => {
            let quirks = report.quirks();
            let options: Vec<_> = quirks
                .iter()
                .map(|quirk| format!("--quirk {quirk}"))
                .collect();
            printer.data(options.join(" "))
        }
    }
}

/// Handles the journals of ended processes; whether there were any. With `must_remove`, one that cannot be handled is an error.
async fn remove_leftovers(context: &Context, must_remove: bool) -> Result<bool, Error> {
    let leftovers = context
        .folder
        .leftovers()
        .map_err(ProbeCommandError::from)?;
    let mut are_removed = false;
    for mut journal in leftovers {
        let Some(entry) = journal.leftover.clone() else {
            continue;
        };
        let target = entry.target().map_err(|error| {
            ProbeCommandError::from(JournalError::Invalid {
                path: journal.path().to_owned(),
                problem: error.to_string(),
            })
        })?;
        if target.location != context.location || target.endpoint != context.endpoint {
            let other = other_project(&target);
            match must_remove {
                true => return Err(other.into()),
                false => {
                    let hint = other.hint().unwrap_or_default();
                    context
                        .printer
                        .message(format_args!("warning: {other}; {hint}"));
                    continue;
                }
            }
        }
        remove_one(context, &target, &entry, &journal).await?;
        // If this fails, the next run finds nothing.
        let _ = journal.remove();
        are_removed = true;
    }
    Ok(are_removed)
}

async fn remove_one(
    context: &Context,
    target: &ProbeTarget,
    entry: &JournalEntry,
    journal: &JournalFile,
) -> Result<(), Error> {
    let printer = context.printer;
    let (user, secret) = (&target.user_id, &target.secret_id);
    let run = format!(
        "the run of {} UTC, which ended while {}",
        entry.started_at().strftime("%Y-%m-%d %H:%M:%S"),
        entry.step
    );
    let found = remove_leftover(
        &context.client,
        target,
        entry,
        Pace::default(),
        &context.cancel,
    );
    match found.await.map_err(|source| stopped(source, false))? {
        Leftover::Nothing => printer.message(format_args!(
            "{run}, left nothing: user {user} has no grant on secret {secret}"
        )),
        Leftover::Removed { expiry } => printer.message(format_args!(
            "{run}, left a grant of user {user} on secret {secret} ({}); it is now deleted",
            describe(&expiry)
        )),
        Leftover::Different { expiry } => {
            return Err(ProbeCommandError::DifferentGrant {
                user: user.to_string(),
                secret: secret.to_string(),
                expiry: describe(&expiry),
                journal: journal.path().display().to_string(),
            }
            .into());
        }
        Leftover::NotRemoved(source) => return Err(not_deleted(target, source).into()),
    }
    Ok(())
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

fn stopped(source: ProbeError, is_deleted: bool) -> Error {
    match source {
        ProbeError::Interrupted => Error::Stopped,
        source => ProbeCommandError::Stopped { source, is_deleted }.into(),
    }
}

fn not_deleted(target: &ProbeTarget, source: CleanupError) -> ProbeCommandError {
    ProbeCommandError::NotDeleted {
        user: target.user_id.to_string(),
        secret: target.secret_id.to_string(),
        source,
    }
}

fn other_project(target: &ProbeTarget) -> ProbeCommandError {
    ProbeCommandError::OtherProject {
        user: target.user_id.to_string(),
        secret: target.secret_id.to_string(),
        region: target.location.region.to_string(),
        project: target.location.project_id.to_string(),
        endpoint: text::line(&target.endpoint),
    }
}

/// An expiry in a message.
fn describe(expiry: &Expiry) -> String {
    match (expiry.date(), expiry.unclear_text()) {
        (Some(date), _) => format!("until {date}"),
        (None, Some(text)) => format!("expiry `{}`", text::line(text)),
        (None, None) => "no expiry".to_owned(),
    }
}
