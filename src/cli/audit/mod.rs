//! `hwgrants audit`: the live grants that no state declares, and the declared grants that no longer exist.

mod project;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::Timestamp;

use self::project::ProjectArg;
use super::configuration;
use super::error::Error;
use super::input::Input;
use super::output::{ExitStatus, Printer};
use super::progress::ProgressLine;
use super::signal::Signals;
use super::state_input::{NamedInput, StateInput, by_state};
use crate::audit::difference::Difference;
use crate::audit::import::ImportBlocks;
use crate::audit::json::Json;
use crate::audit::markdown::Markdown;
use crate::audit::phrasing;
use crate::audit::sarif::Sarif;
use crate::audit::table::AuditTable;
use crate::audit::{AuditProgress, AuditScope, DeclaredState, Live, difference, read_projects};
use crate::cloud::{Environment, Region, ResourceId};
use crate::provider::Clock;
use crate::text;

/// The help text after the options.
const EXAMPLES: &str = "\
Audits every secret in the project, the secret groups declared in the states (the service cannot list secret groups), and the delegation that allows CodeArts Repo to use the account's KMS keys. Lists live grants that no state declares, and declared grants that no longer exist. A declared grant counts as missing only if its secret was read twice and does not list it, or does not exist; all others that are not live are listed as not checked, with the reason. The audit is read-only. Like an empty provider block, it reads settings and credentials from the `HW_*` environment variables or from a profile in the shared configuration file.

Exit codes:
  0  Done
  1  The audit failed, or could not read everything; what could not be read is listed
  2  With `--fail-on any`: there are undeclared grants, or declared grants that no longer exist

Examples:
  Compare a project's grants with the states of two workspaces:
    terraform -chdir=team-a show -json > a.json
    terraform -chdir=team-b show -json > b.json
    hwgrants audit a.json b.json

  Generate `import` blocks for the undeclared grants (Terraform 1.5 or later):
    terraform show -json | hwgrants audit - --format import > found.tf
    terraform plan

  Compare several projects with the states of two workspaces:
    hwgrants audit --state prod=prod.tfstate --state test=test.tfstate \\
      --project cn-north-4/PROJECT_ID --project cn-east-3/PROJECT_ID

  Fail a nightly job on any undeclared or missing grant (exit code 2):
    terraform show -json | hwgrants audit - --format json --fail-on any > audit.json";

/// The arguments of `hwgrants audit`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct AuditArgs {
    /// States to compare with the live grants: `terraform show -json` output or state files, which may be compressed with gzip;
    /// `-` reads standard input. If omitted, all grants are reported as undeclared
    #[arg(value_name = "STATE.json")]
    states: Vec<Input>,
    /// State with this name; can be repeated. Several states without names are named after their paths
    #[arg(long, value_name = "NAME=FILE")]
    state: Vec<StateInput>,
    /// Output format
    #[arg(long, value_enum, default_value_t = AuditFormat::Table)]
    format: AuditFormat,
    /// Region to audit; by default, read from the environment or the profile
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// ID of the project to audit, with its region if it is in another one; can be repeated. By default, read from the
    /// environment or the profile
    #[arg(
        long = "project",
        visible_alias = "project-id",
        value_name = "[REGION/]ID"
    )]
    projects: Vec<ProjectArg>,
    /// Audit the projects of all grants in the states
    #[arg(long)]
    declared_projects: bool,
    /// Audit only the secret or secret group with this ID; can be repeated
    #[arg(long = "secret", value_name = "ID")]
    secrets: Vec<ResourceId>,
    /// Skip the delegation that allows CodeArts Repo to use the account's KMS keys
    #[arg(long)]
    no_delegation: bool,
    /// When to fail with exit code 2
    #[arg(long, value_enum, default_value_t = AuditFailOn::Never, value_name = "CONDITION")]
    fail_on: AuditFailOn,
}

/// How to print.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum AuditFormat {
    /// Tables with one line per grant
    Table,
    /// JSON that conforms to `docs/audit.schema.json`
    Json,
    /// Markdown for a comment or the summary of a job
    Markdown,
    /// SARIF 2.1.0 for code hosts
    Sarif,
    /// One `import` block and one `resource` block per grant
    Import,
}

/// When to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum AuditFailOn {
    /// Do not fail on undeclared or missing grants
    Never,
    /// Fail on any undeclared grant, and on any declared grant that no longer exists
    Any,
}

/// A state as it was read, and where from.
struct NamedState {
    source: NamedInput,
    state: DeclaredState,
}

impl AuditArgs {
    /// What the states declare.
    fn read_states(&self) -> Result<Vec<NamedState>, Error> {
        let inputs = by_state(&self.states, Vec::new(), &self.state)?;
        let states = inputs.into_iter().map(|source| {
            let input = &source.input;
            let bytes = input.read().map_err(|source| Error::Read {
                input: input.to_string(),
                source,
            })?;
            let state = DeclaredState::read(&bytes).map_err(|source| Error::State {
                input: input.to_string(),
                source,
            })?;
            Ok(NamedState { source, state })
        });
        states.collect()
    }

    /// Without `--secret`, everything that the service lists and what the states declare. `--no-delegation` always leaves the
    /// delegation out.
    fn scope(&self, states: &[DeclaredState]) -> AuditScope {
        let mut scope = if self.secrets.is_empty() {
            AuditScope::everything(states)
        } else {
            AuditScope::these(self.secrets.iter().cloned().collect(), states)
        };
        scope.has_delegation &= !self.no_delegation;
        scope
    }

    /// Prints the report.
    fn print(
        &self,
        difference: &Difference,
        files: &BTreeMap<Option<String>, String>,
        printer: Printer,
    ) -> io::Result<()> {
        let json = |document: String| text::log_json(&text::json(document));
        match self.format {
            AuditFormat::Table => printer.text(AuditTable(difference)),
            AuditFormat::Markdown => printer.text(Markdown(difference)),
            AuditFormat::Json => printer.data(json(Json(difference).to_string())),
            AuditFormat::Sarif => printer.document(json(Sarif { difference, files }.to_string())),
            AuditFormat::Import => {
                let blocks = ImportBlocks(difference).to_string();
                printer.document(text::log_json(&blocks))
            }
        }
    }
}

/// Prints the undeclared and the missing grants. Repeatable: it changes nothing.
pub(super) async fn run(args: AuditArgs, printer: Printer) -> Result<ExitStatus, Error> {
    // Before signals are caught, because reading standard input could not be interrupted afterwards.
    let states = args.read_states()?;
    let environment = Environment::process();
    project::warn(&args, &environment, printer)?;
    let clock = clock(&environment)?;
    let files = files(&states);
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let progress = AuditProgress::default();
    let line = {
        let progress = progress.clone();
        ProgressLine::start(move || status(&progress))
    };
    let (states, live) = tokio::select! {
        seen = find_grants(&args, states, &environment, clock.now(), &progress) => seen?,
        _ = signals.recv() => return Err(Error::Stopped),
    };
    drop(line);
    let incomplete = live.incomplete();
    let difference = difference(live, &states, clock.today());
    args.print(&difference, &files, printer)
        .map_err(Error::Print)?;
    print_counts(&difference, &states, printer);
    if let Some(error) = incomplete {
        return Err(error.into());
    }
    match args.fail_on {
        AuditFailOn::Any if difference.has_findings() => Ok(ExitStatus::Blocked),
        AuditFailOn::Any | AuditFailOn::Never => Ok(ExitStatus::Success),
    }
}

/// The live grants, and the states with their names, and with the region and project of the audit where they have none.
async fn find_grants(
    args: &AuditArgs,
    states: Vec<NamedState>,
    environment: &Environment,
    now: Timestamp,
    progress: &AuditProgress,
) -> Result<(Vec<DeclaredState>, Live), Error> {
    let is_unlocated = states.iter().any(|each| each.state.is_unlocated());
    let declared: Vec<_> = states.iter().map(|each| each.state.clone()).collect();
    let mut projects = project::projects(args, &declared, environment, progress).await?;
    let location = match (&projects[..], is_unlocated) {
        (_, false) => None,
        ([(location, _)], true) => Some(location.clone()),
        // Of several projects, the states do not say which.
        (_, true) => {
            let (location, client) = project::default_project(args, environment, progress).await?;
            if args.declared_projects && !projects.iter().any(|(own, _)| *own == location) {
                projects.push((location.clone(), client));
            }
            Some(location)
        }
    };
    let states = states.into_iter().map(|NamedState { source, state }| {
        let state = match &location {
            Some(location) => state
                .with_location(location)
                .map_err(|error| Error::State {
                    input: source.input.to_string(),
                    source: error,
                })?,
            None => state,
        };
        Ok(match &source.state {
            Some(name) => state.named(name),
            None => state,
        })
    });
    let states = states.collect::<Result<Vec<_>, Error>>()?;
    let scope = args.scope(&states).at(now);
    let live = read_projects(&projects, &scope, progress).await?;
    Ok((states, live))
}

/// The files of the states by their names, from the root of the sources.
fn files(states: &[NamedState]) -> BTreeMap<Option<String>, String> {
    let files = states.iter().filter_map(|NamedState { source, .. }| {
        let Input::File(path) = &source.input else {
            return None;
        };
        let file = configuration::source_path(Path::new(path), Path::new("."), None)?;
        Some((source.state.as_ref().map(ToString::to_string), file))
    });
    files.collect()
}

/// What the audit is waiting for.
fn status(progress: &AuditProgress) -> String {
    let project = match progress.project() {
        (number, projects @ 2..) => format!("project {number} of {projects}: "),
        _ => String::new(),
    };
    let secrets = match (progress.read(), progress.total()) {
        (_, 0) => "listing secrets".to_owned(),
        (read, total) => format!("{read} of {total} secrets read"),
    };
    let throttled = progress.throttle.remaining().map(|remaining| {
        let until = Timestamp::now().saturating_add(remaining);
        let until = until.map_or_else(|_| String::new(), |at| at.strftime("%H:%M:%S").to_string());
        format!(", throttled until {until} UTC")
    });
    format!("{project}{secrets}{}", throttled.unwrap_or_default())
}

/// The provider's own clock.
fn clock(environment: &Environment) -> Result<Clock, Error> {
    let clock = Clock::new(Timestamp::now).with_offset_from(environment);
    clock.map_err(|wrong| Error::Clock(wrong.detail))
}

/// Prints the counts and what was not audited.
fn print_counts(difference: &Difference, states: &[DeclaredState], printer: Printer) {
    let counts = phrasing::counts(&difference.counts);
    match &difference.locations[..] {
        [location] => printer.message(format_args!(
            "grants in region {}, project {}: {counts}",
            location.region, location.project_id
        )),
        locations => {
            printer.message(format_args!(
                "grants in {} projects: {counts}",
                locations.len()
            ));
        }
    }
    for secret in &difference.withheld {
        printer.message(format_args!(
            "not audited: secret {secret}, because Huawei Cloud does not list grants on secrets in this state"
        ));
    }
    if states.is_empty() {
        printer.message("no state was passed, so all grants are reported as undeclared");
    }
}
