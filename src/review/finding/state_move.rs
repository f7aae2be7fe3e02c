//! The rule about moves between states.

use std::collections::BTreeSet;

use super::context::ReviewContext;
use super::fact::{FindingFact, Hit};
use crate::access::net::row as access_row;
use crate::plan_json::state_name::split_address;
use crate::review::change::Note;
use crate::review::section::is_grant;

/// Grants, and accesses of other types, that the plan of one state takes away and the plan of another gives.
pub(super) fn moved_between_states(context: &ReviewContext<'_>) -> Vec<Hit> {
    let grants = context.changes.iter().flat_map(|change| {
        let grant = change.after.as_ref();
        let grant = grant.filter(|grant| grant.key.is_revocable());
        let notes = change.notes.iter();
        notes.filter_map(move |note| match note {
            Note::MovedBetweenStates { from, to } => {
                Some((from.clone(), to.clone(), grant?.key.import_id(), true))
            }
            _ => None,
        })
    });
    let rows = context.access.iter();
    // What is imported is not created.
    let rows = rows.filter(|row| !is_grant(row) && row.note != Some(access_row::Note::Imported));
    let rows = rows.filter_map(|row| {
        let (from, to) = (row.moved_from.as_deref()?, &*row.address);
        let is_between = split_address(from).0 != split_address(to).0;
        is_between.then(|| (from.to_owned(), to.to_owned(), None, false))
    });
    // A resource may give several accesses.
    let moves: BTreeSet<_> = grants.chain(rows).collect();
    let hits = moves
        .into_iter()
        .map(|(from, to, import_id, is_exclusive)| Hit {
            address: to.clone(),
            attribute: None,
            is_changed: true,
            fact: FindingFact::MovedBetweenStates {
                from,
                to,
                import_id,
                is_exclusive,
            },
        });
    hits.collect()
}
