//! The states of a review of several plans, in words.

use std::fmt::Write as _;

use super::section;
use crate::plan_json::completeness::Completeness;
use crate::plan_json::state_name::split_address;
use crate::review::change::Note;
use crate::review::report::Report;
use crate::review::section::Section;
use crate::review::state::StateReview;
use crate::text;

/// The heading of the states.
pub const STATES: &str = "Changes by state (each plan by itself)";

/// What the plan of a state does by itself.
#[must_use]
pub fn outcome(state: &StateReview) -> String {
    let counts = state.counts.iter();
    let counts = counts.filter(|(section, _)| **section != Section::Unchanged);
    let counts = counts.map(|(section, count)| format!("{count} {}", section::outcome(*section)));
    let counts: Vec<String> = counts.collect();
    let mut outcome = match counts.as_slice() {
        [] => "no change".to_owned(),
        counts => counts.join(", "),
    };
    outcome.push_str(match state.completeness {
        Completeness::Complete => "",
        Completeness::Partial => "; the plan is limited by `-target` or a similar option",
        Completeness::Deferred => "; the plan defers changes",
        Completeness::Errored => "; planning failed",
    });
    outcome
}

/// Which plans are incomplete, why, and what that means; `None` if all are complete.
#[must_use]
pub fn incomplete(report: &Report) -> Option<String> {
    let causes = [
        Completeness::Errored,
        Completeness::Deferred,
        Completeness::Partial,
    ];
    let sentences = causes.into_iter().filter_map(|cause| {
        let states = report.states.iter();
        let states = states.filter(|state| state.completeness == cause);
        let states: Vec<String> = states.map(|state| format!("`{}`", state.name)).collect();
        let plan = match states.as_slice() {
            [] if report.states.is_empty() && report.completeness == cause => "The plan".to_owned(),
            [] => return None,
            [state] => format!("The plan of the state {state}"),
            states => format!("The plans of {}", states.join(", ")),
        };
        let is = if states.len() < 2 { "is" } else { "are" };
        Some(match cause {
            Completeness::Complete => return None,
            Completeness::Errored => format!(
                "{plan} {is} incomplete because planning failed, and Terraform will not apply it, so none of its changes takes \
                 effect. Correct the error that Terraform reported, and plan again."
            ),
            Completeness::Deferred => format!(
                "{plan} {is} incomplete because changes are deferred to a later plan. Review that plan as well."
            ),
            Completeness::Partial => format!(
                "{plan} {is} incomplete because Terraform was run with `-target` or a similar option."
            ),
        })
    });
    let sentences: Vec<String> = sentences.collect();
    (!sentences.is_empty()).then(|| {
        format!(
            "{} Changes missing from the plan are not reviewed.",
            sentences.join(" ")
        )
    })
}

/// The `moved` blocks of renames; of several plans, with the name of the state before them.
#[must_use]
pub fn moved_blocks(report: &Report) -> Vec<String> {
    let notes = report.changes.iter().flat_map(|change| &change.notes);
    let blocks = notes.filter_map(|note| match note {
        Note::Renamed { from, to } => {
            let (state, from) = split_address(from);
            let (from, to) = (text::line(from), text::line(split_address(to).1));
            let mut block = String::new();
            if let Some(state) = state {
                // Writing to a text never fails.
                let _ = writeln!(block, "# State {state}");
            }
            let _ = write!(block, "moved {{\n  from = {from}\n  to   = {to}\n}}");
            Some(block)
        }
        _ => None,
    });
    blocks.collect()
}
