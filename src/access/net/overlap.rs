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
    /// Of the access afterwards.
    terms: KeyHash,
    /// Whether planning failed for its state.
    is_failed: bool,
    /// Whether it moves without being revoked.
    is_handed_over: bool,
}

/// What the rows say of accesses that several resources have.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeMap<KeyHash, Vec<Claim>>);

impl Claims {
    /// Notes what a row says of an event.
    pub(super) fn add_event(
        &mut self,
        index: usize,
        event: &Event,
        row: &Row,
        failed: &BTreeSet<String>,
    ) {
        let after = event.after.as_deref().unwrap_or(&event.access);
        let claim = Claim {
            terms: after.terms.hash(),
            ..Claim::new(index, &event.origin, &event.access, row.change, failed)
        };
        self.add(event.net_key, claim, row);
    }

    /// Notes what a row says of an access that is not affected.
    pub(super) fn add_unaffected(
        &mut self,
        index: usize,
        one: &Unaffected,
        row: &Row,
        failed: &BTreeSet<String>,
    ) {
        let claim = Claim::new(index, &one.origin, &one.access, row.change, failed);
        self.add(one.net_key, claim, row);
    }

    fn add(&mut self, key: KeyHash, claim: Claim, row: &Row) {
        let claim = Claim {
            is_handed_over: row.is_handed_over(),
            ..claim
        };
        // What is not planned is not done.
        let is_planned = !matches!(row.note, Some(Note::NotPlanned | Note::LevelNotPlanned(_)));
        if is_planned && !row.is_drift() {
            self.0.entry(key).or_default().push(claim);
        }
    }

    /// The rows that are not true, because of another one about the same access.
    pub(super) fn overruled(
        &self,
        providers: &BTreeMap<String, String>,
    ) -> impl Iterator<Item = usize> {
        let groups = self.0.values();
        groups.flat_map(move |claims| {
            let losers = claims.iter().filter(move |loser| {
                claims.iter().any(|winner| {
                    !winner.origin.is_same(&loser.origin)
                        && winner
                            .origin
                            .may_share(&loser.origin, &winner.access, providers)
                        && winner.overrules(loser)
                })
            });
            losers.map(|loser| loser.index)
        })
    }
}

impl Claim {
    fn new(
        index: usize,
        origin: &Arc<Origin>,
        access: &Access,
        change: Change,
        failed: &BTreeSet<String>,
    ) -> Self {
        let state = origin.state.as_deref();
        Self {
            index,
            change,
            origin: Arc::clone(origin),
            access: access.clone(),
            terms: access.terms.hash(),
            is_failed: state.is_some_and(|state| failed.contains(state)),
            is_handed_over: false,
        }
    }

    /// Whether the other one is not true if this one is.
    fn overrules(&self, other: &Self) -> bool {
        use Change::{Changed, Gained, Interrupted, Kept, Lost, MayLose, Moved, Unaffected};
        match (self.change, other.change) {
            // Whoever revokes it does so for all.
            (Lost, Kept | Unaffected | Changed | Interrupted | MayLose) => true,
            (Lost, Moved) => other.is_handed_over,
            (Lost, Gained) => other.is_failed && !self.is_failed,
            (Changed, Interrupted | Unaffected | Kept) => true,
            (MayLose, Interrupted | Unaffected | Kept) => true,
            (Interrupted, Unaffected | Kept) => true,
            // Another resource manages it.
            (Moved | Unaffected, Kept) => true,
            // It exists already.
            (Unaffected | Interrupted | MayLose | Changed | Moved | Kept, Gained) => {
                self.terms == other.terms || self.origin.declaration.is_kept_in_state
            }
            _ => false,
        }
    }
}
