//! `hwgrants doctor`: what works in a set-up, what does not, and how to fix it.

mod installation;

use std::collections::BTreeMap;
use std::str::FromStr;

use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::output::{ExitStatus, Printer};
use super::settings;
use super::signal::Signals;
use crate::cloud::{Arguments, Environment, ProjectId, Region, Service, variables};
use crate::distribution::package::Platform;
use crate::distribution::user::User;
use crate::doctor::{Json, Redaction, Report, Setup, Text, diagnose};
use crate::text;

/// The help text after the options.
const EXAMPLES: &str = "\
Run it in the directory in which Terraform runs, with the same environment. Steps that depend on a failed step are skipped, so fix the first failed step, then run the command again. The check is read-only: it creates and changes nothing, and sends a password only once. Like an empty provider block, it reads settings and credentials from the environment or from a profile; arguments of the provider block are not read.

The output contains no secrets, and shortens IDs, names of users and accounts, and the home directory, so that you can paste it into an issue. `--full` shows IDs and names in full, but no secrets.

Exit codes:
  0  No problems found
  1  The check could not be completed
  2  A step failed; the output explains how to fix it

Examples:
  Check the set-up of this directory:
    hwgrants doctor

  Check what a provider block with `region` and `endpoints` uses:
    hwgrants doctor --region cn-north-4 --endpoint iam=https://iam.example.com

  Check only what `hwgrants_csms_grant` needs, and save the result for an issue:
    hwgrants doctor --service csms --format json > doctor.json";

/// The arguments of `hwgrants doctor`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct DoctorArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = DoctorFormat::Text)]
    format: DoctorFormat,
    /// Show IDs, names and paths in full; secrets are never shown
    #[arg(long)]
    full: bool,
    /// Region; by default, read from the environment or the profile
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// ID of the project; by default, read from the environment or the profile
    #[arg(long, value_name = "ID")]
    project_id: Option<ProjectId>,
    /// Endpoint URL of a service, as in the `endpoints` argument of the provider block; can be repeated
    #[arg(long = "endpoint", value_name = "SERVICE=URL")]
    endpoints: Vec<EndpointArg>,
    /// Check only this service; by default, both
    #[arg(long, value_enum)]
    service: Option<ServiceArg>,
}

/// How to print.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DoctorFormat {
    /// One line per step
    Text,
    /// JSON that conforms to `docs/doctor.schema.json`
    Json,
}

/// A service to check.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ServiceArg {
    /// Grants on secrets
    Csms,
    /// The delegation that allows CodeArts Repo to use the account's KMS keys
    CodeartsRepo,
}

/// A service and its URL.
#[derive(Clone, Debug)]
struct EndpointArg {
    key: &'static str,
    url: String,
}

impl FromStr for EndpointArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let keys: Vec<_> = Service::ALL
            .iter()
            .flat_map(|service| service.keys())
            .collect();
        let (key, url) = text.split_once('=').ok_or("expected SERVICE=URL")?;
        let known = keys.iter().find(|known| ***known == key);
        let Some(key) = known else {
            let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
            return Err(format!("the service must be one of {}", keys.join(", ")));
        };
        Ok(Self {
            key,
            url: url.to_owned(),
        })
    }
}

impl DoctorArgs {
    fn setup(&self, environment: &Environment) -> Setup {
        let endpoints = self.endpoints.iter();
        let endpoints: BTreeMap<_, _> = endpoints
            .map(|each| (each.key.to_owned(), each.url.clone()))
            .collect();
        let arguments = Arguments {
            endpoints,
            ..settings::arguments(self.region.as_ref(), self.project_id.as_ref())
        };
        let services = match self.service {
            None => vec![Service::Csms, Service::CodeArtsRepo],
            Some(ServiceArg::Csms) => vec![Service::Csms],
            Some(ServiceArg::CodeartsRepo) => vec![Service::CodeArtsRepo],
        };
        Setup {
            arguments,
            environment: environment.clone(),
            services,
        }
    }
}

/// Prints the result of each step. Repeatable: it changes nothing.
pub(super) async fn run(args: DoctorArgs, printer: Printer) -> Result<ExitStatus, Error> {
    let environment = Environment::process();
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let cancel = CancellationToken::new();
    let setup = args.setup(&environment);
    let mut steps = installation::steps(&User::current());
    let diagnosed = tokio::select! {
        diagnosed = diagnose(&setup, &cancel) => diagnosed,
        _ = signals.recv() => return Err(Error::Stopped),
    };
    steps.extend(diagnosed);
    let redaction = redaction(&environment, args.full);
    let report = Report::new(Platform::current().to_string(), steps, &redaction);
    let printed = match args.format {
        DoctorFormat::Text => printer.text(Text(&report)),
        DoctorFormat::Json => printer.data(text::log_json(&text::json(Json(&report).to_string()))),
    };
    printed.map_err(Error::Print)?;
    Ok(match report.has_failures() {
        true => ExitStatus::Blocked,
        false => ExitStatus::Success,
    })
}

/// The variables whose values are never shown.
const SECRETS: [&[&str]; 7] = [
    variables::TOKEN,
    variables::ACCESS_KEY,
    variables::SECRET_KEY,
    variables::SECURITY_TOKEN,
    variables::PASSWORD,
    variables::ID_TOKEN,
    variables::KEY,
];

/// The variables whose values identify people, accounts and projects.
const NAMES: [&[&str]; 10] = [
    variables::DOMAIN_NAME,
    variables::DOMAIN_ID,
    variables::USER_NAME,
    variables::USER_ID,
    variables::PROJECT_ID,
    variables::IDP_ID,
    variables::AGENCY_NAME,
    variables::AGENCY_DOMAIN_NAME,
    variables::ROLE_DOMAIN_NAME,
    variables::ROLE_DOMAIN_ID,
];

/// What the report must not show.
fn redaction(environment: &Environment, is_full: bool) -> Redaction {
    let values = |lists: &[&[&str]]| -> Vec<String> {
        let names = lists.iter().copied().flatten();
        names.filter_map(|name| environment.read(name)).collect()
    };
    // A value that cannot be what the variable is for may be a secret that was pasted into the wrong one.
    let numbers = values(&[variables::MAX_RETRIES, variables::ROLE_DURATION]);
    let numbers = numbers
        .into_iter()
        .filter(|text| text.parse::<u64>().is_err());
    let regions = values(&[variables::REGION]);
    let regions = regions
        .into_iter()
        .filter(|text| Region::new(text.trim()).is_err());
    let secrets = values(&SECRETS).into_iter().chain(numbers).chain(regions);
    let home = ["HOME", "USERPROFILE"];
    let home = home.iter().find_map(|name| environment.read(name));
    Redaction::new(is_full, secrets.collect(), values(&NAMES), home)
}
