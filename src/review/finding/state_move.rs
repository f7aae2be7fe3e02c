//! The rule about moves between states.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::ReviewContext;
use super::fact::{FindingFact, Hit, StateMove};
use crate::plan_json::state_name::split_address;
use crate::review::change::{AccessChange, Note};
use crate::review::grant::{Expiry, PlannedGrant};
use crate::review::section::is_grant;

/// Whether the grant is created with a different expiry than it has, which the provider refuses while the grant exists.
fn is_other_expiry(change: &AccessChange) -> bool {
    let known = |grant: &Option<Arc<PlannedGrant>>| {
        let expiry = grant.as_ref()?.expiry;
        matches!(expiry, Expiry::On(_) | Expiry::Never).then_some(expiry)
    };
    let both = known(&change.before).zip(known(&change.after));
    both.is_some_and(|(before, after)| before != after)
}

/// Grants that one state forgets and another cannot create, because they exist with a different expiry.
fn failing_moves(change: &AccessChange) -> impl Iterator<Item = StateMove> {
    let is_forgotten = change.notes.contains(&Note::Forgotten);
    let notes = change.notes.iter().filter(move |_| is_forgotten);
    notes.flat_map(|note| {
        let to = match note {
            Note::CreateFails { address } => Some(address.as_str()),
            _ => None,
        };
        let from = change.addresses.iter();
        let pairs = from.filter_map(move |from| Some((&**from, to?)));
        let pairs = pairs.filter(|(from, to)| split_address(from).0 != split_address(to).0);
        pairs.map(|(from, to)| StateMove {
            from: from.to_owned(),
            to: to.to_owned(),
            import_id: change
                .before
                .as_ref()
                .and_then(|grant| grant.key.import_id()),
            is_grant: true,
            is_exclusive: true,
            is_forgotten: true,
            has_failed_plan: false,
        })
    })
}

/// Grants, and accesses of other types, that the plan of one state takes away and the plan of another gives.
pub(super) fn moved_between_states(context: &ReviewContext<'_>) -> Vec<Hit> {
    let has_failed_plan = |address: &str| {
        let state = split_address(address).0;
        state.is_some_and(|state| context.failed_states.contains(state))
    };
    let grants = context.changes.iter().flat_map(|change| {
        let grant = change.after.as_ref();
        let grant = grant.filter(|grant| grant.key.is_revocable());
        let notes = change.notes.iter();
        notes.filter_map(move |note| match note {
            Note::MovedBetweenStates { from, to } => Some(StateMove {
                from: from.clone(),
                to: to.clone(),
                import_id: grant?.key.import_id(),
                // One with the same expiry is adopted.
                is_grant: true,
                is_exclusive: is_other_expiry(change),
                is_forgotten: false,
                has_failed_plan: has_failed_plan(from),
            }),
            _ => None,
        })
    });
    let rows = context.access.iter();
    // What is imported is not created, and what is forgotten is not revoked.
    let rows = rows.filter(|row| !is_grant(row) && !row.is_handed_over());
    let rows = rows.filter_map(|row| {
        let (from, to) = (row.moved_from.as_deref()?, &*row.address);
        let is_between = split_address(from).0 != split_address(to).0;
        is_between.then(|| StateMove {
            from: from.to_owned(),
            to: to.to_owned(),
            import_id: None,
            is_grant: false,
            is_exclusive: false,
            is_forgotten: false,
            has_failed_plan: has_failed_plan(from),
        })
    });
    let failing_moves = context.changes.iter().flat_map(failing_moves);
    // A resource may give several accesses.
    let moves: BTreeSet<StateMove> = grants.chain(rows).chain(failing_moves).collect();
    let hits = moves.into_iter().map(|moved| Hit {
        address: moved.to.as_str().into(),
        attribute: None,
        is_changed: true,
        fact: FindingFact::MovedBetweenStates(Box::new(moved)),
    });
    hits.collect()
}
