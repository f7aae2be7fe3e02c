//! Notes and questions of a process that carries out a plan.

use super::entry::{Entry, Event};
use super::index::{CreationProgress, KeyHandover, PlannedDeletion, Replacement};
use super::key::Key;
use super::{Record, Reference};

impl Record {
    /// Whether a creation with this key can take over what another object had, according to this and earlier plans.
    pub fn handover(&self, key: Key) -> KeyHandover {
        let was_planned_here = self.was_planned_here(key);
        let mut state = self.state();
        if let Some(fate) = state.index.handover(key, PlannedDeletion::Counts) {
            return fate;
        }
        // A plan that creates the key also records whether it deletes it; older plans have been applied by now, or
        // never will be.
        let mut planned = match was_planned_here {
            true => PlannedDeletion::Ignored,
            false => PlannedDeletion::CountsIfCreated,
        };
        for index in state.other_records() {
            match index.handover(key, planned) {
                // What happened since then is unknown here.
                Some(KeyHandover::Left { left, .. }) => {
                    return KeyHandover::Left {
                        left,
                        is_untouched: false,
                    };
                }
                Some(KeyHandover::NotLeft) => return KeyHandover::NotLeft,
                None if index.was_planned(key, |_| false) => planned = PlannedDeletion::Ignored,
                None => {}
            }
        }
        KeyHandover::NotLeft
    }

    /// Whether an object was taken over but not updated, so that it still has the terms of the object before it.
    pub fn is_taken_over_unchanged(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        let here = state.index.is_taken_over_unchanged(key);
        here.or_else(|| {
            state
                .other_records()
                .iter()
                .find_map(|other| other.is_taken_over_unchanged(key))
        })
        .unwrap_or(false)
    }

    /// Whether another process has deleted or created something with this key, so that what this process has read may
    /// be stale.
    pub fn is_changed_elsewhere(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        state.index.is_changed_by_others(key, state.own_id)
    }

    /// Whether another running process is deleting something with this key.
    pub fn is_being_removed_elsewhere(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        let removers = state.index.removers(key);
        let me = state.own_id;
        removers
            .into_iter()
            .any(|process| process != me && state.is_running(process))
    }

    /// How far a creation with this key has come since its deletion was planned at `reference`, perhaps as a
    /// replacement (`own`).
    pub fn creation_progress(
        &self,
        reference: Option<Reference>,
        key: Key,
        own: Option<Replacement>,
    ) -> CreationProgress {
        let mut state = self.state();
        state.refresh();
        let position = state.position_of_plan(reference, key, own);
        state.index.creation_progress(key, position)
    }

    /// Notes that a deletion changes nothing and hands its object over. Returns false if the creation that would take
    /// it over has failed already.
    pub fn hand_over(
        &self,
        reference: Option<Reference>,
        key: Key,
        own: Option<Replacement>,
        left: Option<String>,
    ) -> bool {
        self.note(key, Event::Kept(left.map(String::into_boxed_str)));
        let state = self.state();
        let position = state.position_of_plan(reference, key, own);
        let has_failed = state
            .index
            .had_failed_before_kept(key, position, state.own_id);
        drop(state);
        if has_failed {
            self.note(key, Event::NotRemoved);
        }
        !has_failed
    }

    /// Whether an object with this key was handed over and not taken over yet.
    pub fn is_given_up(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        state.index.is_given_up(key)
    }

    /// Notes the start of a creation.
    pub fn note_creating(&self, key: Key) {
        self.note(key, Event::Creating);
    }

    /// Notes that an object with this key is created, updated or taken over.
    pub fn note_managed(&self, key: Key) {
        self.note(key, Event::Managed);
    }

    /// Notes that an object was taken over but could not be updated.
    pub fn note_taken_over_unchanged(&self, key: Key) {
        self.note(key, Event::Passing);
    }

    /// Notes a failed creation.
    pub fn note_failed(&self, key: Key) {
        self.note(key, Event::Failed);
    }

    /// Notes the start of a deletion, with the sealed private data of the object.
    pub fn note_removing(&self, key: Key, left: Option<String>) {
        self.note(key, Event::Removing(left.map(String::into_boxed_str)));
    }

    /// Notes the result of a deletion.
    pub fn note_removed(&self, key: Key, is_removed: bool) {
        let event = if is_removed {
            Event::Removed
        } else {
            Event::NotRemoved
        };
        self.note(key, event);
    }

    /// Adds an event. The first one marks this process as applying, so that its own plans do not count as plans to be
    /// applied.
    fn note(&self, key: Key, event: Event) {
        let mut state = self.state();
        if !state.is_applying {
            state.is_applying = true;
            state.add(Entry::Applying);
        }
        state.add(Entry::About(key, event));
    }
}
