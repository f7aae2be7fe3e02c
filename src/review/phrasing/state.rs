//! The states of a review of several plans, in words.

use std::fmt::Write as _;

use super::section;
use super::summary::INCOMPLETE;
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
    if !state.is_complete {
        outcome.push_str("; the plan is incomplete");
    }
    outcome
}

/// Which plans are incomplete, and what that means; `None` if all are complete.
#[must_use]
pub fn incomplete(report: &Report) -> Option<String> {
    if report.is_complete {
        return None;
    }
    let states = report.states.iter();
    let states = states.filter(|state| !state.is_complete);
    let states: Vec<String> = states.map(|state| format!("`{}`", state.name)).collect();
    Some(match states.as_slice() {
        [] => INCOMPLETE.to_owned(),
        [state] => format!("The plan of the state {state} is incomplete: {WHY}"),
        states => format!("The plans of {} are incomplete: {WHY}", states.join(", ")),
    })
}

/// Why plans are incomplete.
const WHY: &str = "planning failed, changes were deferred, or Terraform was run with `-target`. Changes may be missing from \
                   this review.";

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
