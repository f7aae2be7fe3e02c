//! How the events of a plan are related: what moves, what is adopted, and which resources give one access.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::row::Note;
use crate::access::Evidence;
use crate::access::event::{Event, Held, Origin, Step, Unaffected};
use crate::access::hash::KeyHash;

/// A resource that gives an access afterwards, to which something else happens, too.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) origin: Arc<Origin>,
    pub(super) terms: KeyHash,
    /// Whether it comes from another resource.
    pub(super) is_new: bool,
    /// Whether that is a resource of another state.
    pub(super) is_from_other_state: bool,
    /// Whether Terraform no longer manages it.
    pub(super) is_unmanaged: bool,
}

impl Holder {
    /// A resource that keeps the access.
    fn new(origin: &Arc<Origin>, terms: KeyHash) -> Self {
        Self {
            origin: Arc::clone(origin),
            terms,
            is_new: false,
            is_from_other_state: false,
            is_unmanaged: false,
        }
    }
}

/// What is forgotten at one address and imported at another with the same terms, by key.
pub(super) fn adopted(evidence: &Evidence, events: &[&Event]) -> BTreeMap<KeyHash, Event> {
    let imported = evidence.unaffected.iter();
    let imported = imported.filter(|one| one.note == Note::Imported);
    let imported: BTreeMap<KeyHash, &Unaffected> = imported.map(|one| (one.net_key, one)).collect();
    let forgotten = events.iter().filter(|event| {
        event.step == Step::Kept && event.note == Some(Note::Forgotten) && {
            let imported = imported.get(&event.net_key);
            imported.is_some_and(|imported| {
                let (origin, access) = (&event.origin, &event.access);
                imported.access.terms == access.terms
                    && !imported.origin.is_same(origin)
                    && imported
                        .origin
                        .may_share(origin, access, &evidence.providers)
            })
        }
    });
    let mut adopted = BTreeMap::new();
    for event in forgotten {
        adopted
            .entry(event.net_key)
            .or_insert_with(|| (*event).clone());
    }
    adopted
}

/// Which accesses move: what begins at one address and ends at another, in order. By what begins, what ends.
pub(super) fn partners(events: &[&Event], evidence: &Evidence) -> BTreeMap<usize, usize> {
    let providers = &evidence.providers;
    let is_failed = |origin: &Origin| {
        let state = origin.state.as_deref();
        state.is_some_and(|state| evidence.failed_states.contains(state))
    };
    let of_step = |step: Step| {
        let all = events.iter().enumerate();
        all.filter(move |(_, event)| event.step == step)
    };
    let mut lost: BTreeMap<KeyHash, VecDeque<usize>> = BTreeMap::new();
    // Destroying or forgetting the one revokes nothing, and the other makes it managed again.
    let is_kept = |event: &Event| match event.note {
        Some(Note::DestroyKeeps) => true,
        Some(Note::Forgotten) => event.origin.is_single_in_cloud(),
        _ => false,
    };
    let kept = of_step(Step::Kept).filter(|(_, event)| is_kept(event));
    for (index, event) in of_step(Step::Lost).chain(kept) {
        lost.entry(event.net_key).or_default().push_back(index);
    }
    let kept = other_holders(events, evidence, &lost);
    let mut pairs = BTreeMap::new();
    // What a third state keeps is revoked there, too, so it does not move.
    let is_kept_by_another = |from: &Origin, to: &Origin, event: &Event| {
        let mut kept = kept.get(&event.net_key).into_iter().flatten();
        kept.any(|other| {
            other.state != from.state
                && other.state != to.state
                && other.may_share(from, &event.access, providers)
        })
    };
    // Renames in one state first: only what is left over moves between states.
    for is_between in [false, true] {
        for (gained, event) in of_step(Step::Gained) {
            if pairs.contains_key(&gained) {
                continue;
            }
            let may_move = |index: &usize| {
                let lost = events.get(*index);
                // What ends and begins at one object is in another region or project.
                lost.is_some_and(|lost| {
                    let (from, to) = (&lost.origin, &event.origin);
                    // A plan that Terraform does not carry out makes up for nothing.
                    let is_planned = !is_failed(to) || is_failed(from);
                    let is_forgotten = lost.note == Some(Note::Forgotten);
                    (from.state != to.state) == is_between
                        && (!is_between || is_planned && !is_kept_by_another(from, to, event))
                        && (!is_forgotten || lost.access.terms == event.access.terms)
                        && !to.is_same(from)
                        && to.may_share(from, &event.access, providers)
                })
            };
            let lost = lost.get_mut(&event.net_key);
            let moved = lost.and_then(|lost| {
                let position = lost.iter().position(may_move)?;
                lost.remove(position)
            });
            pairs.extend(moved.map(|lost| (gained, lost)));
        }
    }
    pairs
}

/// The resources that have accesses with these keys before and afterwards, by key.
fn other_holders<'a, T>(
    events: &[&'a Event],
    evidence: &'a Evidence,
    keys: &BTreeMap<KeyHash, T>,
) -> BTreeMap<KeyHash, Vec<&'a Origin>> {
    let held = evidence.held.iter();
    let held = held.flat_map(|held| held.accesses.iter().map(|(key, _)| (*key, &*held.origin)));
    let is_kept = |event: &&&Event| matches!(event.step, Step::Changed | Step::Interrupted);
    let changed = events.iter().filter(is_kept);
    let changed = changed.map(|event| (event.net_key, &*event.origin));
    let mut kept: BTreeMap<KeyHash, Vec<&Origin>> = BTreeMap::new();
    for (key, origin) in held.chain(changed) {
        if keys.contains_key(&key) {
            kept.entry(key).or_default().push(origin);
        }
    }
    kept
}

/// The accesses that are there afterwards without a change, by key: those to which something else happens, too.
pub(super) fn held(
    unchanged: &[Held],
    events: &[&Event],
    partners: &BTreeMap<usize, usize>,
) -> BTreeMap<KeyHash, Vec<Holder>> {
    let changed = events
        .iter()
        .filter(|event| matches!(event.step, Step::Gained | Step::Lost | Step::Kept));
    let changed: BTreeSet<KeyHash> = changed.map(|event| event.net_key).collect();
    let mut held: BTreeMap<KeyHash, Vec<Holder>> = BTreeMap::new();
    let mut hold = |key: KeyHash, holder: Holder| {
        if changed.contains(&key) {
            held.entry(key).or_default().push(holder);
        }
    };
    for object in unchanged {
        for (key, terms) in &object.accesses {
            hold(*key, Holder::new(&object.origin, *terms));
        }
    }
    let moving: BTreeSet<usize> = partners.values().copied().collect();
    for (index, event) in events.iter().enumerate() {
        let partner = partners.get(&index);
        let is_there = match event.step {
            Step::Kept => !moving.contains(&index),
            Step::Interrupted | Step::Changed => true,
            _ => partner.is_some(),
        };
        if is_there {
            let after = event.after.as_deref().unwrap_or(&event.access);
            let lost = partner.and_then(|partner| events.get(*partner));
            let holder = Holder {
                is_new: partner.is_some(),
                is_from_other_state: lost
                    .is_some_and(|lost| lost.origin.state != event.origin.state),
                is_unmanaged: matches!(event.note, Some(Note::Forgotten | Note::DestroyKeeps)),
                ..Holder::new(&event.origin, after.terms.hash())
            };
            hold(event.net_key, holder);
        }
    }
    held
}
