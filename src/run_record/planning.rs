//! Notes and questions of a process that plans.

use super::entry::{CreationToken, Entry, Event, ProcessId};
use super::index::Index;
use super::key::{Key, KeyParts, ObjectId};
use super::{DeletedObject, MAX_PENDING, PlannedElsewhere, Record, Reference, Wanted, random_id};

impl Record {
    /// Notes that this process has seen an object.
    pub fn note_seen(&self, object: ObjectId) {
        let mut state = self.state();
        state.pending.push(Entry::Seen(object));
        if state.pending.len() > MAX_PENDING {
            state.flush();
        }
        state.note_seen(object);
    }

    /// Notes that the plan keeps an object with this key.
    pub fn plan_to_keep(&self, object: ObjectId, key: Key) -> PlannedElsewhere {
        let mut state = self.state();
        state.add(Entry::About(key, Event::Stays(object)));
        state.note_seen(object);
        state.planned_elsewhere(key, (Some(object), None))
    }

    /// Notes that the plan creates something with this key, perhaps as a replacement.
    pub fn plan_to_create(
        &self,
        key: Key,
        replaces: Option<ObjectId>,
    ) -> (CreationToken, PlannedElsewhere) {
        let token = random_id();
        let mut state = self.state();
        state.add(Entry::About(key, Event::Creation(token, replaces)));
        let others = state.planned_elsewhere(key, (replaces, Some(token)));
        (token, others)
    }

    /// What else the plan contains for the key of this creation, as far as noted.
    pub fn planned_elsewhere(&self, key: Key, token: CreationToken) -> PlannedElsewhere {
        let mut state = self.state();
        state.refresh();
        state.planned_elsewhere(key, (None, Some(token)))
    }

    /// Whether the plan keeps or creates something with this key in place of an object that it deletes, as far as noted.
    pub fn is_wanted_in_plan(&self, object: ObjectId, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        state.index.is_wanted(key, state.own_id, object, None)
    }

    /// Whether the plan deletes anything, as far as noted.
    pub fn deletes_anything(&self) -> bool {
        let mut state = self.state();
        state.refresh();
        state.index.deletes_anything(state.own_id)
    }

    /// Notes that the plan creates something whose key is not known yet.
    pub fn plan_to_create_unknown(
        &self,
        parts: KeyParts,
        replaces: Option<ObjectId>,
    ) -> CreationToken {
        self.state().add(Entry::Unknown(parts, replaces));
        random_id()
    }

    /// Notes that the plan deletes an object with this key, with its sealed private data for a handover. Returns
    /// whether the plan also keeps or creates the key, as far as noted.
    pub fn plan_to_delete(&self, object: ObjectId, key: Key, left: Option<String>) -> bool {
        let mut state = self.state();
        let left = left.map(String::into_boxed_str);
        state.add(Entry::About(key, Event::Deletion(object, left)));
        state.note_seen(object);
        state.index.is_wanted(key, state.own_id, object, None)
    }

    /// Whether the plan at `reference` keeps or creates something with this key although it deletes `deleted`.
    pub fn wanted(
        &self,
        reference: Option<Reference>,
        key: Key,
        parts: KeyParts,
        deleted: DeletedObject,
    ) -> Wanted {
        let DeletedObject {
            object,
            own,
            stays_if_replaced,
        } = deleted;
        let mut state = self.state();
        let Some(Reference { host, process }) = reference else {
            return Wanted::Perhaps;
        };
        let is_own = state
            .files
            .as_ref()
            .is_some_and(|files| files.host().0 == host);
        let other = if is_own {
            state.refresh();
            None
        } else {
            state.files.as_ref().and_then(|files| files.record_of(host))
        };
        let index = match &other {
            Some(other) => other,
            None if is_own => &state.index,
            None => return Wanted::Perhaps,
        };
        if !index.knows(process) {
            return Wanted::Perhaps;
        }
        let process = if is_own {
            state.planning_process(key, process)
        } else {
            process
        };
        let is_same_again =
            own.is_some_and(|own| index.position_of_creation(key, own.token).is_some());
        if index.is_wanted(key, process, object, own) || (stays_if_replaced && is_same_again) {
            Wanted::Yes
        } else if index.may_be_wanted(parts, process, own) {
            Wanted::Perhaps
        } else {
            Wanted::No
        }
    }

    /// Whether a plan of this host, or the last one of another host, creates this key.
    pub fn was_planned(&self, key: Key) -> bool {
        self.was_planned_here(key) || {
            let mut state = self.state();
            let last = state.other_records().first();
            last.is_some_and(|plan| plan.was_planned(key, |_| false))
        }
    }

    /// Whether a block has this key, according to the plan that is being applied or, without one, to the last plan in the
    /// same folder, and to what has been carried out since.
    pub fn is_declared(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        let working = state.running_processes();
        let conclude =
            |index: &Index, is_at_work: &dyn Fn(ProcessId) -> bool| match index.is_declared(key) {
                Some(true) => Some(true),
                // The record of an apply alone does not say what its plan declares.
                _ => index.has_plan(is_at_work).then_some(false),
            };
        let here = conclude(&state.index, &|process| working.contains(&process));
        let mut others = state.other_records().iter();
        here.or_else(|| others.find_map(|other| conclude(other, &|_| false)))
            .unwrap_or(false)
    }

    /// Whether a block has this key, as far as the processes of this host have noted; none if they have noted nothing about
    /// the key.
    pub fn is_declared_here(&self, key: Key) -> Option<bool> {
        let mut state = self.state();
        state.refresh();
        state.index.is_declared(key)
    }

    /// Whether a plan of this host creates this key.
    pub fn was_planned_here(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        let working = state.running_processes();
        let is_at_work = |process| working.contains(&process);
        state.index.was_planned(key, is_at_work)
    }

    /// Whether a plan creates something whose key was not known, and may be this one.
    pub fn was_unknown(&self, parts: KeyParts) -> bool {
        self.was_unknown_here(parts) || {
            let mut state = self.state();
            let last = state.other_records().first();
            last.is_some_and(|plan| plan.was_unknown(parts, |_| false))
        }
    }

    /// The same for the plans of this host only.
    pub fn was_unknown_here(&self, parts: KeyParts) -> bool {
        let mut state = self.state();
        state.refresh();
        let working = state.running_processes();
        state
            .index
            .was_unknown(parts, |process| working.contains(&process))
    }
}
