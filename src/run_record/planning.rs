//! Notes and questions of a process that plans.

use super::entry::{CreationToken, Entry, Event};
use super::key::{Key, KeyParts, ObjectId};
use super::{DeletedObject, MAX_PENDING, PlannedElsewhere, Record, Reference, Wanted, random_id};

impl Record {
    /// Notes that an object has been met.
    pub fn note_seen(&self, object: ObjectId) {
        let mut state = self.state();
        state.pending.push(Entry::Seen(object));
        if state.pending.len() > MAX_PENDING {
            state.flush();
        }
        state.note_seen(object);
    }

    /// Notes the plan that an object stays, with this key.
    pub fn plan_to_keep(&self, object: ObjectId, key: Key) -> PlannedElsewhere {
        let mut state = self.state();
        state.add(Entry::About(key, Event::Stays(object)));
        state.note_seen(object);
        state.planned_elsewhere(key, (Some(object), None))
    }

    /// Notes the plan to create something with this key, in place of an object or of none.
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

    /// What else the plan says about the key of this creation by now.
    pub fn planned_elsewhere(&self, key: Key, token: CreationToken) -> PlannedElsewhere {
        let mut state = self.state();
        state.refresh();
        state.planned_elsewhere(key, (None, Some(token)))
    }

    /// Whether the plan deletes anything, as far as it has been noted.
    pub fn deletes_anything(&self) -> bool {
        let mut state = self.state();
        state.refresh();
        state.index.deletes_anything(state.own_id)
    }

    /// Notes the plan to create something whose key is not known yet.
    pub fn plan_to_create_unknown(
        &self,
        parts: KeyParts,
        replaces: Option<ObjectId>,
    ) -> CreationToken {
        self.state().add(Entry::Unknown(parts, replaces));
        random_id()
    }

    /// Notes the plan to delete an object with this key, which leaves this behind; whether the plan wants the key to be there
    /// all the same, as far as it has been noted.
    pub fn plan_to_delete(&self, object: ObjectId, key: Key, left: Option<String>) -> bool {
        let mut state = self.state();
        let left = left.map(String::into_boxed_str);
        state.add(Entry::About(key, Event::Deletion(object, left)));
        state.note_seen(object);
        state.index.is_wanted(key, state.own_id, object, None)
    }

    /// Whether the plan noted at `reference` wants something with this key to be there although `deleted` is deleted.
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

    /// Whether a plan of this host, or the last one of another host, has noted the creation of this key.
    pub fn was_planned(&self, key: Key) -> bool {
        self.was_planned_here(key) || {
            let mut state = self.state();
            let last = state.other_records().first();
            last.is_some_and(|plan| plan.was_planned(key, |_| false))
        }
    }

    /// Whether a plan of this host has noted the creation of this key.
    pub fn was_planned_here(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        let working = state.running_processes();
        let is_at_work = |process| working.contains(&process);
        state.index.was_planned(key, is_at_work)
    }

    /// Whether a plan has noted a creation whose key was not known, and which may be this one.
    pub fn was_unknown(&self, parts: KeyParts) -> bool {
        self.was_unknown_here(parts) || {
            let mut state = self.state();
            let last = state.other_records().first();
            last.is_some_and(|plan| plan.was_unknown(parts, |_| false))
        }
    }

    /// The same, only of the plans of this host.
    pub fn was_unknown_here(&self, parts: KeyParts) -> bool {
        let mut state = self.state();
        state.refresh();
        let working = state.running_processes();
        state
            .index
            .was_unknown(parts, |process| working.contains(&process))
    }
}
