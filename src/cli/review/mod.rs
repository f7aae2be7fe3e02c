//! `hwgrants review`: what a plan does to access, in words, and whether that is too much.

mod out;
mod saved;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use clap::ColorChoice;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;

use self::out::Out;
use super::configuration;
use super::error::Error;
use super::input::Input;
use super::output::{ExitStatus, Printer};
use crate::review::text::TextReport;
use crate::review::{Format, Gate, Places, Policy, Report};
use crate::text;

/// What the command does, behind the flags.
const EXAMPLES: &str = "\
It reads `csms_grant` and `repo_kms_grant`. Changes of other types that may concern access are listed as not reviewed, by \
type and address: `--fail-on unreviewed` and `--fail-on any` count them.

It needs no account and changes nothing. Exit code 0: the policy check passes. Exit code 2: it fails, because of a change \
that `--fail-on` names or of a finding of severity `error`. Exit code 1: there is no report.

Examples:
  A saved plan, in the folder it was made in:
    terraform plan -out=plan.out
    hwgrants review plan.out

  In a pipeline, for a comment, for the list of tests and to keep, by a policy:
    terraform show -json plan.out > plan.json
    hwgrants review plan.json --policy policy.toml --fail-on any \\
      --out markdown=review.md --out junit=review.xml --out html=review.html";

/// How `hwgrants review` is called.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ReviewArgs {
    /// The plan: the file of `terraform plan -out`, or what `terraform show -json` prints of it; `-` reads the latter
    /// from standard input
    #[arg(value_name = "PLAN")]
    plan: Input,
    /// Which plans fail the policy check, with exit code 2; without it, those in which the rules find an error
    #[arg(long, value_enum, value_name = "CHANGE")]
    fail_on: Option<ReviewFailOn>,
    /// How strict the rules are and what is waived; without it, as `docs/rules` gives them
    #[arg(long, value_name = "POLICY.toml")]
    policy: Option<PathBuf>,
    /// Count days from this one instead of the day on which the plan was made
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<Date>,
    /// In which form to print the report
    #[arg(long, value_parser = format(), default_value = Format::Text.name())]
    format: Format,
    /// Write the report to a file as well, in that form; may be given several times
    #[arg(long, value_name = "FORMAT=FILE")]
    out: Vec<Out>,
    /// When to print text with colours
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
    /// The folder that Terraform was run in: a saved plan is read there, and forms that tell files and lines look for them
    /// there
    #[arg(long, value_name = "DIR", default_value = ".")]
    chdir: PathBuf,
    /// The folder that files are named from; without it, the nearest one around `--chdir` with `.git` in it
    #[arg(long, value_name = "DIR")]
    source_root: Option<PathBuf>,
}

impl ReviewArgs {
    /// Where the findings are in the configuration, if a form that is asked for tells.
    fn places(&self, report: &Report) -> Result<Places, Error> {
        let mut formats = self.out.iter().map(|out| out.format);
        if !self.format.has_places() && !formats.any(Format::has_places) {
            return Ok(Places::default());
        }
        configuration::places(report, &self.chdir, self.source_root.as_deref()).map_err(|source| {
            Error::ReadConfiguration {
                folder: self.chdir.clone(),
                source,
            }
        })
    }
}

/// The parser of a [`Format`] by its name.
fn format() -> impl TypedValueParser<Value = Format> {
    let by_name = |name: String| Format::ALL.into_iter().find(|format| format.name() == name);
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .try_map(move |name| by_name(name).ok_or("no such form"))
}

/// The words for a [`Gate`].
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ReviewFailOn {
    /// None, whatever the rules find
    Never,
    /// Those with changes that may concern access and were not reviewed, and those with errors
    Unreviewed,
    /// Those in which a reviewed grant gives more access, for longer, or may do so, and those with errors; changes that
    /// were not reviewed do not count
    Broadening,
    /// Those that change any access, or leave some that Terraform forgets, those with changes that were not reviewed, and
    /// those with errors
    Any,
}

impl From<ReviewFailOn> for Gate {
    fn from(fail_on: ReviewFailOn) -> Self {
        match fail_on {
            ReviewFailOn::Never => Self::Never,
            ReviewFailOn::Unreviewed => Self::Unreviewed,
            ReviewFailOn::Broadening => Self::Broadening,
            ReviewFailOn::Any => Self::Any,
        }
    }
}

/// The policy to review by.
fn policy(args: &ReviewArgs) -> Result<Policy, Error> {
    let policy = args
        .policy
        .as_deref()
        .map(read_policy)
        .transpose()?
        .unwrap_or_default();
    Ok(match args.as_of {
        Some(day) => policy.as_of(day),
        None => policy,
    })
}

fn read_policy(path: &Path) -> Result<Policy, Error> {
    let place = format!("`{}`", path.display());
    let text = fs::read_to_string(path).map_err(|source| Error::Read {
        place: place.clone(),
        source,
    })?;
    Policy::read(&text).map_err(|source| Error::Policy { place, source })
}

/// Prints the report. Repeatable: it changes nothing and asks nobody.
pub(super) async fn run(args: &ReviewArgs, printer: Printer) -> Result<ExitStatus, Error> {
    let policy = policy(args)?;
    let report = source::review(&args.plan, &args.chdir, &policy).await?;
    if report.planned_on.is_none() && policy.has_waivers() {
        return Err(Error::NoDay {
            place: args.plan.to_string(),
        });
    }
    let places = args.places(&report)?;
    for out in &args.out {
        let text = out.format.render(&report, &places);
        out.write(&text).map_err(|source| Error::WriteReport {
            path: out.path.clone(),
            source,
        })?;
    }
    let printed = match args.format {
        Format::Text if printer.is_coloured(args.color) => format!("{:#}", TextReport(&report)),
        format => format.render(&report, &places),
    };
    printer.data(printed.trim_end()).map_err(Error::Print)?;
    let gate = args.fail_on.map(Gate::from).unwrap_or_default();
    let Some(reason) = gate.reason(&report) else {
        return Ok(ExitStatus::Success);
    };
    if reason.has_change {
        printer.talk(match gate {
            Gate::Broadening => format!("{FAILED}: access is broadened, or may be"),
            Gate::Never | Gate::Findings | Gate::Unreviewed | Gate::Any => {
                format!("{FAILED}: access changes")
            }
        });
    }
    match reason.unreviewed {
        0 => {}
        1 => printer.talk(format!("{FAILED}: 1 change was not reviewed")),
        count => printer.talk(format!("{FAILED}: {count} changes were not reviewed")),
    }
    if reason.findings > 0 {
        printer.talk(errors(&report));
    }
    Ok(ExitStatus::Blocked)
}

/// How each line begins that says why a plan fails.
const FAILED: &str = "policy check failed";

/// How many findings are named on standard error; the report has them all.
const NAMED: usize = 10;

/// The findings for which the policy check fails, a line each.
fn errors(report: &Report) -> String {
    let blocking = report.findings.iter();
    let mut blocking = blocking.filter(|finding| finding.is_blocking());
    let named = blocking.by_ref().take(NAMED).map(|finding| {
        let (rule, address) = (finding.rule.id(), text::line(&finding.address));
        let expired = finding.waiver.as_ref().map(|waiver| waiver.until);
        let expired = expired.map(|until| format!(" (waived until {until}, which has passed)"));
        let expired = expired.unwrap_or_default();
        format!("{FAILED}: `{rule}` at `{address}`{expired}")
    });
    let mut lines: Vec<String> = named.collect();
    match blocking.count() {
        0 => {}
        more => lines.push(format!("{FAILED}: and {more} more, see the report")),
    }
    lines.join("\n")
}
