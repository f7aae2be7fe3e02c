//! The record of a plan: what joins the processes that one run of a host starts, so that each knows what the others plan and
//! have carried out.
//!
//! A host starts a process for each part of its work, several side by side or one after the other, and a process that has
//! planned has ended when the plan is carried out. Each adds lines to one file, and reads those of the others. A *walk* is one
//! plan, or one carrying out: the processes of a walk begin when those of the one before have ended. That a new walk has begun
//! shows when an object is met that an ended process has met before.
//!
//! Without a folder for the file, a record lasts as long as its process. This room knows keys and files; it must not know what
//! has the keys.

mod entry;
mod files;
mod host;
mod index;
mod key;
mod process_state;
mod seal;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use entry::{Entry, Event, ProcessId};
use files::Files;
use index::PlannedDeletion;
use process_state::ProcessState;

pub use entry::CreationToken;
pub use host::HostId;
pub use index::{CreationProgress, Duplicate, KeyHandover, Replacement};
pub use key::{Key, KeyParts, ObjectId, hash64};
pub use seal::{open, seal};

/// Entries that wait to be written at most.
const MAX_PENDING: usize = 64;

/// A record, as one process takes part in it.
#[derive(Debug)]
pub struct Record {
    /// Where it lies, if it lies anywhere, and whose it is; opened on first use.
    location: Option<(Vec<PathBuf>, HostId)>,
    state: Mutex<ProcessState>,
}

/// Where a plan is noted, for whoever carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    host: u64,
    process: ProcessId,
}

/// Whether a plan wants something to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It creates something whose key was not known, or there is no record of the plan.
    Perhaps,
}

/// An object whose deletion is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedObject {
    /// Its number.
    pub object: ObjectId,
    /// The creation that replaces it.
    pub own: Option<Replacement>,
    /// What has its key stays where the creation has the same one.
    pub stays_if_replaced: bool,
}

/// What else a plan says about a key, as far as it has been noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlannedElsewhere {
    /// Another block with the same key.
    pub duplicate: Option<Duplicate>,
    /// An object with this key is deleted.
    pub is_deleted: bool,
}

impl Record {
    /// A record that lasts as long as this process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::of(None)
    }

    /// The record of `host` in the first of these folders that can be used. If none can, the record lasts as long as this
    /// process.
    #[must_use]
    pub fn in_folders(folders: Vec<PathBuf>, host: HostId) -> Self {
        Self::of(Some((folders, host)))
    }

    fn of(place: Option<(Vec<PathBuf>, HostId)>) -> Self {
        Self {
            location: place,
            state: Mutex::default(),
        }
    }

    /// Where this process notes what it plans; none if it lasts no longer than the process.
    pub fn reference(&self) -> Option<Reference> {
        let state = self.state();
        let host = state.files.as_ref()?.host().0;
        Some(Reference {
            host,
            process: state.own_id,
        })
    }

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

    /// What becomes of something with this key that is to be created, by this and earlier plans.
    pub fn handover(&self, key: Key) -> KeyHandover {
        let was_planned_here = self.was_planned_here(key);
        let mut state = self.state();
        if let Some(fate) = state.index.handover(key, PlannedDeletion::Counts) {
            return fate;
        }
        // A plan that creates the key says by itself whether it deletes it, too: an older one has been carried out by now, or
        // never will be.
        let mut planned = match was_planned_here {
            true => PlannedDeletion::Ignored,
            false => PlannedDeletion::CountsIfCreated,
        };
        for index in state.other_records() {
            match index.handover(key, planned) {
                // What has happened since, nobody here knows.
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

    /// Whether an object has what has this key as another one has left it, because it could not take its place.
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

    /// Whether another process has removed or made something with this key, so that what this one has seen may be out of date.
    pub fn is_changed_elsewhere(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        state.index.is_changed_by_others(key, state.own_id)
    }

    /// Whether other processes that are at work are removing something with this key.
    pub fn is_being_removed_elsewhere(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        let removers = state.index.removers(key);
        let me = state.own_id;
        removers
            .into_iter()
            .any(|process| process != me && state.is_running(process))
    }

    /// How far a creation with this key has come since its deletion was planned at `reference`, perhaps as the other half of
    /// the replacement by `own`.
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

    /// Notes that a deletion leaves everything as it is, and what its object knew; whether that is so: not if the creation
    /// that it is left to has failed.
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

    /// Whether an object has left what has this key to others, and none has taken it.
    pub fn is_given_up(&self, key: Key) -> bool {
        let mut state = self.state();
        state.refresh();
        state.index.is_given_up(key)
    }

    /// Notes that a creation begins.
    pub fn note_creating(&self, key: Key) {
        self.note(key, Event::Creating);
    }

    /// Notes that something with this key is an object's now.
    pub fn note_managed(&self, key: Key) {
        self.note(key, Event::Managed);
    }

    /// Notes that an object has something with this key as another one has left it.
    pub fn note_taken_over_unchanged(&self, key: Key) {
        self.note(key, Event::Passing);
    }

    /// Notes that a creation has failed.
    pub fn note_failed(&self, key: Key) {
        self.note(key, Event::Failed);
    }

    /// Notes that a deletion begins, and what its object knows.
    pub fn note_removing(&self, key: Key, left: Option<String>) {
        self.note(key, Event::Removing(left.map(String::into_boxed_str)));
    }

    /// Notes how a deletion has ended.
    pub fn note_removed(&self, key: Key, is_removed: bool) {
        let event = if is_removed {
            Event::Removed
        } else {
            Event::NotRemoved
        };
        self.note(key, event);
    }

    fn note(&self, key: Key, event: Event) {
        let mut state = self.state();
        if !state.is_applying {
            state.is_applying = true;
            state.add(Entry::Applying);
        }
        state.add(Entry::About(key, event));
    }

    /// The state, begun.
    fn state(&self) -> MutexGuard<'_, ProcessState> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.is_begun {
            state.is_begun = true;
            state.own_id = random_id();
            if let Some((folders, host)) = &self.location {
                let me = state.own_id;
                state.files = folders.iter().find_map(|folder| {
                    let files = Files::open(folder, *host, me);
                    let failed = |error: &std::io::Error| {
                        tracing::warn!(%error, folder = %folder.display(), "cannot use this folder for the plan record");
                    };
                    files.inspect_err(failed).ok()
                });
            }
            state.refresh();
            state.add(Entry::Joined);
        }
        state
    }
}

impl Reference {
    /// Reads what [`std::fmt::Display`] has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, process) = text.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        Some(Self {
            host: number(host)?,
            process: number(process)?,
        })
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}-{:016x}", self.host, self.process)
    }
}

/// A random number, different at each call.
#[must_use]
pub fn random_id() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

#[cfg(test)]
mod tests;
