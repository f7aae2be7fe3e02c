//! Accesses that several resources have, although the cloud has each of them only once: of what the resources say, one thing is
//! true in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::row::{Change, Note, Row};
use crate::access::Evidence;
use crate::access::event::{Access, Event, Origin, Unaffected};
use crate::access::hash::KeyHash;

/// The keys of accesses that several resources have, of types of which the cloud has each access once.
pub(super) fn shared_keys(evidence: &Evidence) -> BTreeSet<KeyHash> {
    let events = evidence.events.iter().flatten();
    let events = events.map(|event| (event.net_key, &event.origin));
    let unaffected = evidence.unaffected.iter();
    let unaffected = unaffected.map(|one| (one.net_key, &one.origin));
    let all = events.chain(unaffected);
    let all = all.filter(|(_, origin)| origin.is_single_in_cloud());
    // Sorted and not in a map, because there may be very many.
    let mut all: Vec<(KeyHash, &Arc<Origin>)> = all.collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    let groups = all.chunk_by(|(one, _), (other, _)| one == other);
    let groups = groups.filter_map(|group| {
        let (key, first) = group.first()?;
        let is_other = |(_, origin): &(KeyHash, &Arc<Origin>)| !origin.is_same(first);
        group.iter().any(is_other).then_some(*key)
    });
    groups.collect()
}

/// What a row says of an access that several resources have.
#[derive(Debug)]
struct Claim {
    /// Which row.
    index: usize,
    change: Change,
    origin: Arc<Origin>,
    access: Access,
    /// Level and end before and afterwards.
    terms: [KeyHash; 2],
    /// Whether planning failed for its state.
    is_failed: bool,
    /// Whether it moves without being revoked.
    is_handed_over: bool,
    /// Whether access may be broader afterwards.
    may_broaden: bool,
}

/// What the rows say of accesses that several resources have.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    /// The keys of these accesses.
    shared: &'a BTreeSet<KeyHash>,
    /// The states, of several, for which planning failed.
    failed_states: &'a BTreeSet<String>,
    by_key: BTreeMap<KeyHash, Vec<Claim>>,
}

impl<'a> Claims<'a> {
    /// No claims yet about the accesses with these keys.
    pub(super) fn new(shared: &'a BTreeSet<KeyHash>, failed_states: &'a BTreeSet<String>) -> Self {
        Self {
            shared,
            failed_states,
            by_key: BTreeMap::new(),
        }
    }

    /// Adds what a row says of an event, if several resources have the access.
    pub(super) fn add_event(&mut self, index: usize, event: &Event, row: &Row) {
        let after = event.after.as_deref().unwrap_or(&event.access);
        self.add(
            index,
            event.net_key,
            &event.origin,
            [&event.access, after],
            row,
        );
    }

    /// Adds what a row says of an access that is not affected, if several resources have it.
    pub(super) fn add_unaffected(&mut self, index: usize, one: &Unaffected, row: &Row) {
        let access = [&one.access, &one.access];
        self.add(index, one.net_key, &one.origin, access, row);
    }

    fn add(
        &mut self,
        index: usize,
        key: KeyHash,
        origin: &Arc<Origin>,
        sides: [&Access; 2],
        row: &Row,
    ) {
        let is_planned = !matches!(row.note, Some(Note::NotPlanned | Note::LevelNotPlanned(_)));
        if !self.shared.contains(&key) || !is_planned || row.is_drift() {
            return;
        }
        let state = origin.state.as_deref();
        let [before, _] = sides;
        self.by_key.entry(key).or_default().push(Claim {
            index,
            change: row.change,
            origin: Arc::clone(origin),
            access: before.clone(),
            terms: sides.map(|access| access.terms.hash()),
            is_failed: state.is_some_and(|state| self.failed_states.contains(state)),
            is_handed_over: row.is_handed_over(),
            may_broaden: row.may_broaden(),
        });
    }

    /// The numbers of the rows that are not true, because of another one about the same access.
    pub(super) fn untrue_rows(
        &self,
        providers: &BTreeMap<String, String>,
    ) -> impl Iterator<Item = usize> {
        let groups = self.by_key.values();
        groups.flat_map(move |claims| {
            let losers = claims.iter().filter(move |loser| {
                claims.iter().any(|winner| {
                    let (one, other) = (&winner.origin, &loser.origin);
                    !one.is_same(other)
                        && one.may_share(other, &winner.access, providers)
                        && winner.overrules(loser)
                })
            });
            losers.map(|loser| loser.index)
        })
    }
}

impl Claim {
    /// Whether the other one is not true if this one is.
    ///
    /// Of types of other providers, which may have several levels of access, only one about the same level and end: in which order
    /// Terraform applies changes is not known, so a change that may broaden access is never left out for one that revokes access.
    fn overrules(&self, other: &Self) -> bool {
        use Change::{Changed, Gained, Interrupted, Kept, Lost, MayLose, Moved, Unaffected};
        let is_ours = self.origin.declaration.is_kept_in_state;
        let mut terms = self.terms.iter();
        if !is_ours && !terms.any(|terms| other.terms.contains(terms)) {
            return false;
        }
        match (self.change, other.change) {
            // Whoever revokes it does so for all.
            (Lost, Changed) => is_ours || !other.may_broaden,
            (Lost, Kept | Unaffected | Interrupted | MayLose) => true,
            (Lost, Moved) => other.is_handed_over,
            // The plan that creates it again is not applied.
            (Lost, Gained) => is_ours && other.is_failed && !self.is_failed,
            (Changed | MayLose, Interrupted | Unaffected | Kept) => true,
            (Interrupted, Unaffected | Kept) => true,
            // Another resource manages it.
            (Moved | Unaffected, Kept) => true,
            // It exists already.
            (Unaffected | Interrupted | MayLose | Changed | Moved | Kept, Gained) => true,
            _ => false,
        }
    }
}
