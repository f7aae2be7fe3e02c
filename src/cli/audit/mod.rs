//! `hwgrants audit`: the live grants that no state declares.

use jiff::Timestamp;
use jiff::civil::Date;

use super::error::Error;
use super::input::Input;
use super::output::{ExitStatus, Printer};
use super::signal::Signals;
use crate::audit::difference::{Counts, Difference};
use crate::audit::import::ImportBlocks;
use crate::audit::json::Json;
use crate::audit::table::AuditTable;
use crate::audit::{AuditScope, DeclaredState, Live, difference, live, read_live};
use crate::cloud::{
    Arguments, Client, Environment, ProjectId, Region, ResourceId, Settings, UserAgent,
};
use crate::provider::Clock;
use crate::text;

/// The help text after the options.
const EXAMPLES: &str = "\
Audits every secret in the project, the secret groups declared in the states (the service cannot list secret groups), and the delegation that allows CodeArts Repo to use the account's KMS keys. The audit is read-only. Like an empty provider block, it reads settings and credentials from the `HW_*` environment variables or from a profile in the shared configuration file.

Examples:
  Compare a project's grants with the states of two workspaces:
    terraform -chdir=team-a show -json > a.json
    terraform -chdir=team-b show -json > b.json
    hwgrants audit a.json b.json

  Generate `import` blocks for the undeclared grants (Terraform 1.5 or later):
    terraform show -json | hwgrants audit - --format import > found.tf
    terraform plan

  Fail a nightly job on any undeclared grant (exit code 2):
    terraform show -json | hwgrants audit - --format json --fail-on any > audit.json";

/// The arguments of `hwgrants audit`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct AuditArgs {
    /// States to compare with the live grants: `terraform show -json` output or state files; `-` reads standard input.
    /// If omitted, all grants are reported as undeclared
    #[arg(value_name = "STATE.json")]
    states: Vec<Input>,
    /// Output format
    #[arg(long, value_enum, default_value_t = AuditFormat::Table)]
    format: AuditFormat,
    /// Region to audit; by default, read from the environment or the profile
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// ID of the project to audit; by default, read from the environment or the profile
    #[arg(long, value_name = "ID")]
    project_id: Option<ProjectId>,
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
    /// Table with one line per grant
    Table,
    /// JSON that conforms to `docs/audit.schema.json`
    Json,
    /// One `import` block and one `resource` block per grant
    Import,
}

/// When to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum AuditFailOn {
    /// Do not fail on undeclared grants
    Never,
    /// Fail on any undeclared grant
    Any,
}

impl AuditArgs {
    /// What the states declare.
    fn states(&self) -> Result<Vec<DeclaredState>, Error> {
        let is_piped = |input: &&Input| **input == Input::StandardInput;
        if self.states.iter().filter(is_piped).count() > 1 {
            return Err(Error::StandardInputTwice);
        }
        let states = self.states.iter().map(|input| {
            let bytes = input.read().map_err(|source| Error::Read {
                input: input.to_string(),
                source,
            })?;
            DeclaredState::read(&bytes).map_err(|source| Error::State {
                input: input.to_string(),
                source,
            })
        });
        states.collect()
    }

    /// The client of a provider block with these options only. Prints the warnings of the provider.
    fn client(&self, environment: &Environment, printer: Printer) -> Result<Client, Error> {
        let arguments = Arguments {
            region: self.region.as_ref().map(ToString::to_string),
            project_id: self.project_id.as_ref().map(ToString::to_string),
            user_agent: UserAgent {
                products: vec![format!("hwgrants/{}", crate::VERSION)],
                append: None,
            },
            ..Arguments::default()
        };
        let settings = Settings::new(arguments, environment);
        let settings = settings.map_err(|source| live::Error::Failed {
            doing: "reading the settings".to_owned(),
            source,
        })?;
        if let Some((variable, url)) = settings.redirection() {
            printer.message(format_args!(
                "warning: all requests, including credentials, go to {} because `{variable}` is set",
                text::line(&url)
            ));
        }
        for ignored in settings.ignored_credentials() {
            printer.message(format_args!("warning: {}", text::line(ignored)));
        }
        if settings.is_insecure() {
            printer.message(
                "warning: TLS certificates are not verified, so any server can impersonate Huawei Cloud",
            );
        }
        Ok(Client::new(settings))
    }

    /// Without `--secret`, everything that the service lists and the groups in the states. `--no-delegation` always
    /// leaves the delegation out.
    fn scope(&self, states: &[DeclaredState]) -> AuditScope {
        let scope = if self.secrets.is_empty() {
            AuditScope::everything(states)
        } else {
            AuditScope::these(self.secrets.iter().cloned().collect())
        };
        AuditScope {
            has_delegation: scope.has_delegation && !self.no_delegation,
            ..scope
        }
    }
}

/// Prints the undeclared grants. Repeatable: it changes nothing.
pub(super) async fn run(args: AuditArgs, printer: Printer) -> Result<ExitStatus, Error> {
    // Before signals are caught, because reading standard input could not be interrupted afterwards.
    let states = args.states()?;
    let environment = Environment::process();
    let client = args.client(&environment, printer)?;
    let today = today(&environment)?;
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let (states, live) = tokio::select! {
        seen = find_grants(&args, states, &client) => seen?,
        _ = signals.recv() => return Err(Error::Stopped),
    };
    let difference = difference(live, &states, today);
    let text = match args.format {
        AuditFormat::Table => AuditTable(&difference).to_string(),
        AuditFormat::Json => text::log_json(&Json(&difference).to_string()),
        AuditFormat::Import => text::log_json(&ImportBlocks(&difference).to_string()),
    };
    if !text.is_empty() {
        let text = text.trim_end();
        let printed = match args.format {
            AuditFormat::Table => printer.text(format_args!("{text}\n")),
            AuditFormat::Json | AuditFormat::Import => printer.data(text),
        };
        printed.map_err(Error::Print)?;
    }
    print_counts(&difference, &states, printer);
    match args.fail_on {
        AuditFailOn::Any if !difference.undeclared.is_empty() => Ok(ExitStatus::Blocked),
        AuditFailOn::Any | AuditFailOn::Never => Ok(ExitStatus::Success),
    }
}

/// The live grants, and the states with the region and project of the audit where they have none.
async fn find_grants(
    args: &AuditArgs,
    states: Vec<DeclaredState>,
    client: &Client,
) -> Result<(Vec<DeclaredState>, Live), Error> {
    let states = match states.iter().any(DeclaredState::is_unlocated) {
        true => {
            let location = live::location(client).await?;
            let named = args.states.iter().zip(states);
            let located = named.map(|(input, state)| {
                state
                    .with_location(&location)
                    .map_err(|source| Error::State {
                        input: input.to_string(),
                        source,
                    })
            });
            located.collect::<Result<_, _>>()?
        }
        false => states,
    };
    let live = read_live(client, &args.scope(&states)).await?;
    Ok((states, live))
}

/// The date in UTC, by the provider's own clock.
fn today(environment: &Environment) -> Result<Date, Error> {
    let clock = Clock::new(Timestamp::now).with_offset_from(environment);
    let clock = clock.map_err(|wrong| Error::Clock(wrong.detail))?;
    Ok(clock.today())
}

/// Prints the counts and what was not audited.
fn print_counts(difference: &Difference, states: &[DeclaredState], printer: Printer) {
    let Counts {
        live,
        declared,
        undeclared,
        endless,
    } = difference.counts;
    let location = &difference.location;
    printer.message(format_args!(
        "grants in region {}, project {}: {live} live, {declared} declared, {undeclared} undeclared ({endless} without an expiry)",
        location.region, location.project_id
    ));
    for secret in &difference.withheld {
        printer.message(format_args!(
            "not audited: secret {secret}, because Huawei Cloud does not list grants on secrets in this state"
        ));
    }
    if states.is_empty() {
        printer.message("no state was passed, so all grants are reported as undeclared");
    }
}
