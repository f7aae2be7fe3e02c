//! `hwgrants review`: what a plan does to access, in words, and whether that is too much.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::configuration;
use super::error::Error;
use super::output::{ExitStatus, Printer};
use crate::review::{self, Format, Gate, Places, Policy, Report};

/// How `hwgrants review` is called.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan, as `terraform show -json` prints it; `-` reads standard input
    #[arg(value_name = "PLAN.json")]
    plan: Source,
    /// Which plans to block, with exit status 2; without it, those in which the rules find an error
    #[arg(long, value_enum, value_name = "CHANGE")]
    fail_on: Option<FailOn>,
    /// In which form to print the report
    #[arg(long, value_parser = format(), default_value = Format::Text.name())]
    format: Format,
    /// The folder that Terraform was run in; forms that tell files and lines look for them there
    #[arg(long, value_name = "DIR", default_value = ".")]
    chdir: PathBuf,
    /// The folder that files are named from; without it, the nearest one around `--chdir` with `.git` in it
    #[arg(long, value_name = "DIR")]
    source_root: Option<PathBuf>,
}

impl Args {
    /// Where the findings are in the configuration, if the form tells.
    fn places(&self, report: &Report) -> Result<Places, Error> {
        if !self.format.has_places() {
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

/// Where the plan is.
#[derive(Clone, Debug)]
enum Source {
    StandardInput,
    File(String),
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        match text.as_str() {
            "-" => Self::StandardInput,
            _ => Self::File(text),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardInput => f.write_str("standard input"),
            Self::File(path) => write!(f, "`{path}`"),
        }
    }
}

impl Source {
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::StandardInput => io::stdin().lock().read_to_end(&mut bytes)?,
            Self::File(path) => File::open(path)?.read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }
}

/// The words for a [`Gate`].
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FailOn {
    /// None, whatever the rules find
    Never,
    /// Those after which somebody has more access, for longer, or perhaps, and those with errors
    Broadening,
    /// Those that change any access, or leave some that Terraform forgets, and those with errors
    Any,
}

impl From<FailOn> for Gate {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Never => Self::Never,
            FailOn::Broadening => Self::Broadening,
            FailOn::Any => Self::Any,
        }
    }
}

/// Prints the report. Repeatable: it changes nothing and asks nobody.
pub(super) fn run(args: &Args, printer: Printer) -> Result<ExitStatus, Error> {
    let bytes = args.plan.read().map_err(|source| Error::ReadPlan {
        place: args.plan.to_string(),
        source,
    })?;
    let report = review::review(&bytes, &Policy::default()).map_err(|source| Error::Plan {
        place: args.plan.to_string(),
        source,
    })?;
    let places = args.places(&report)?;
    printer.data(args.format.render(&report, &places).trim_end());
    let gate = args.fail_on.map(Gate::from).unwrap_or_default();
    let Some(reason) = gate.reason(&report) else {
        return Ok(ExitStatus::Success);
    };
    if reason.has_change {
        printer.talk(match gate {
            Gate::Broadening => "blocked: it broadens access, or may",
            Gate::Never | Gate::Findings | Gate::Any => "blocked: it changes access",
        });
    }
    if reason.findings > 0 {
        printer.talk(format_args!(
            "blocked: {} found that must not be there",
            reason.findings
        ));
    }
    Ok(ExitStatus::Blocked)
}
