//! The report as text for people.

use std::fmt;

use super::report::{NOTE, Report};
use super::step::{Group, Outcome, Step};

/// Width of the column with the results.
const RESULT_WIDTH: usize = 9;
/// Width of the column with the names of steps.
const NAME_WIDTH: usize = 14;

/// Prints a report under headings, a line per step; below a failed one, its fix and its cause.
#[derive(Debug)]
pub struct Text<'a>(pub &'a Report);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        writeln!(f, "hwgrants {} on {}", report.version, report.platform)?;
        let mut last = None;
        for steps in report.steps.chunk_by(are_skipped_alike) {
            let group = steps.first().map(|step| step.id.group());
            if last != group {
                writeln!(f, "\n{}", group.map(Group::title).unwrap_or_default())?;
                last = group;
            }
            write_steps(f, steps)?;
        }
        let counts = report.counts();
        let first = report.steps.iter().find(|step| step.is_failed());
        let summary = match first {
            Some(step) => format!(
                "{} failed, {} skipped, {} ok. Fix `{}` first, then run `hwgrants doctor` again.",
                counts.failed,
                counts.skipped,
                counts.ok,
                step.id.name()
            ),
            None => format!(
                "No problems found: {} ok, {} skipped.",
                counts.ok, counts.skipped
            ),
        };
        writeln!(f, "\n{summary}\n\n{NOTE}")
    }
}

/// Whether two steps under one heading are skipped because of the same step, so that one line says it all.
fn are_skipped_alike(one: &Step, other: &Step) -> bool {
    matches!(one.outcome, Outcome::Skipped { requires: Some(_) })
        && one.outcome == other.outcome
        && one.endpoint == other.endpoint
        && one.id.group() == other.id.group()
}

/// Writes a step, or several that are skipped alike.
fn write_steps(f: &mut fmt::Formatter<'_>, steps: &[Step]) -> fmt::Result {
    let Some(step) = steps.first() else {
        return Ok(());
    };
    let result = match &step.outcome {
        Outcome::Ok => "ok",
        Outcome::Failed { .. } => "failed",
        Outcome::Skipped { .. } => "skipped",
    };
    let names: Vec<_> = steps.iter().map(|step| step.id.name()).collect();
    let names = names.join(", ");
    write!(f, "  {result:RESULT_WIDTH$}{names:NAME_WIDTH$}")?;
    if names.len() >= NAME_WIDTH {
        f.write_str("  ")?;
    }
    if let Some(endpoint) = &step.endpoint {
        write!(f, "{endpoint}: ")?;
    }
    writeln!(f, "{}", step.reason)?;
    if let Outcome::Failed { fix, cause } = &step.outcome {
        let indent = " ".repeat(2 + RESULT_WIDTH);
        writeln!(f, "{indent}fix: {fix}")?;
        if let Some(cause) = cause {
            writeln!(f, "{indent}cause: {cause}")?;
        }
    }
    Ok(())
}
