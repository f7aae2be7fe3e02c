//! `hwgrants review`: what a plan does to access, in words, and whether that is too much.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use super::error::Error;
use super::output::{ExitStatus, Printer};
use crate::review::text::Text;
use crate::review::{self, Gate};

/// How `hwgrants review` is called.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The plan, as `terraform show -json` prints it; `-` reads standard input
    #[arg(value_name = "PLAN.json")]
    plan: Source,
    /// Which plans to block, with exit status 2
    #[arg(long, value_enum, default_value_t = FailOn::Never, value_name = "CHANGE")]
    fail_on: FailOn,
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
    /// None
    Never,
    /// Those after which somebody has more access, for longer, or perhaps
    Broadening,
    /// Those that change any access, or leave some that Terraform forgets
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
    let report = review::review(&bytes).map_err(|source| Error::Plan {
        place: args.plan.to_string(),
        source,
    })?;
    printer.data(Text(&report).to_string().trim_end());
    if Gate::from(args.fail_on).is_blocking(&report) {
        let words = match args.fail_on {
            FailOn::Never | FailOn::Any => "it changes access",
            FailOn::Broadening => "it broadens access, or may",
        };
        printer.talk(format_args!("blocked: {words}"));
        return Ok(ExitStatus::Blocked);
    }
    Ok(ExitStatus::Success)
}
