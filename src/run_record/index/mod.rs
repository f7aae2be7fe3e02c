//! The index of a record's entries. Pure: the caller says which processes have ended.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{CreationToken, Entry, Event, ProcessId};
use super::key::{Key, KeyParts, ObjectId};

mod applied;
mod planned;

/// The entries of a record that have been read.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The walk of each process, counted from 0. A process joins the last walk noted before it.
    walks: BTreeMap<ProcessId, u32>,
    last_walk: u32,
    /// Processes that have applied anything.
    applying: BTreeSet<ProcessId>,
    /// Those that have planned a deletion.
    deleting: BTreeSet<ProcessId>,
    /// The processes that have seen each object, each once.
    seen_by: BTreeMap<ObjectId, Vec<ProcessId>>,
    /// Events by key without scope, in the order of the file.
    keys: BTreeMap<u128, Vec<KeyEvent>>,
    /// Planned creations whose key was not known.
    unknown: Vec<Unknown>,
    /// Objects that a creation replaces, by who has planned it.
    replaced: BTreeSet<(ObjectId, ProcessId)>,
    /// Number of entries read: the position of the next one.
    length: usize,
}

/// An event with what it is about.
#[derive(Clone, Debug)]
pub(super) struct KeyEvent {
    /// Position of the entry. The order of the lines decides between processes.
    at: usize,
    pub(super) by: ProcessId,
    /// Scope of the key; none if it was not known yet.
    scope: Option<u64>,
    pub(super) event: Event,
}

/// A planned creation whose key was not known.
#[derive(Clone, Copy, Debug)]
struct Unknown {
    by: ProcessId,
    parts: KeyParts,
    /// The object that it replaces, if any.
    replaces: Option<ObjectId>,
}

/// The creation half of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Its number.
    pub token: CreationToken,
    /// The object that it replaces, if that is known.
    pub object: Option<ObjectId>,
}

/// Another block of the same plan with the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicate {
    /// It is to be created.
    Creation,
    /// It is there.
    Object,
}

/// Whether something with a key can be taken over from the object that had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyHandover {
    /// No object hands it over.
    NotLeft,
    /// An object hands it over, or has handed it over, to the object that is created with the same key.
    Left {
        /// The private data of the object, sealed.
        left: Option<String>,
        /// Whether this run of the host has not begun to delete it.
        is_untouched: bool,
    },
}

/// What a deletion means for what has its key, as long as it was only planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlannedDeletion {
    /// It leaves that behind.
    Counts,
    /// It does where the same plan creates the key.
    CountsIfCreated,
    /// Nothing.
    Ignored,
}

impl PlannedDeletion {
    /// Whether the deletion counts; `is_created` is asked only if that matters.
    fn counts(self, is_created: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Counts => true,
            Self::CountsIfCreated => is_created(),
            Self::Ignored => false,
        }
    }
}

/// How far a creation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreationProgress {
    /// None has begun.
    None,
    /// It is under way.
    Begun,
    /// It has succeeded.
    Done,
    /// It has failed.
    Failed,
}

impl Index {
    /// Adds the next entry of the file. The order of calls is the order of the lines.
    pub(super) fn add(&mut self, by: ProcessId, entry: Entry) {
        let at = self.length;
        self.length += 1;
        match entry {
            Entry::Joined => _ = self.walks.insert(by, self.last_walk),
            Entry::Walk(number, processes) => {
                self.last_walk = self.last_walk.max(number);
                self.walks
                    .extend(processes.into_iter().map(|process| (process, number)));
            }
            Entry::Seen(object) => self.note_seen(object, by),
            Entry::Applying => _ = self.applying.insert(by),
            Entry::Unknown(parts, replaces) => {
                self.unknown.push(Unknown {
                    by,
                    parts,
                    replaces,
                });
                self.replaced.extend(replaces.map(|object| (object, by)));
            }
            Entry::About(Key { id, scope }, event) => {
                match event {
                    Event::Stays(object) => self.note_seen(object, by),
                    Event::Deletion(object, _) => {
                        self.note_seen(object, by);
                        self.deleting.insert(by);
                    }
                    Event::Creation(_, replaces) => {
                        self.replaced.extend(replaces.map(|object| (object, by)));
                    }
                    _ => {}
                }
                let noted = KeyEvent {
                    at,
                    by,
                    scope,
                    event,
                };
                self.keys.entry(id).or_default().push(noted);
            }
        }
    }

    /// Notes a sighting. Few processes see the same object, so a list is searched.
    fn note_seen(&mut self, object: ObjectId, by: ProcessId) {
        let sightings = self.seen_by.entry(object).or_default();
        if !sightings.contains(&by) {
            sightings.push(by);
        }
    }

    pub(super) fn processes(&self) -> impl Iterator<Item = ProcessId> {
        self.walks.keys().copied()
    }

    /// The walk of a process; the first one for an unknown process.
    pub(super) fn walk_of(&self, process: ProcessId) -> u32 {
        self.walks.get(&process).copied().unwrap_or_default()
    }

    pub(super) fn last_walk(&self) -> u32 {
        self.last_walk
    }

    /// Whether a process is known here.
    pub(super) fn knows(&self, process: ProcessId) -> bool {
        self.walks.contains_key(&process)
    }

    /// The others that have met this object in the walk of `process`.
    pub(super) fn seen_by_others(
        &self,
        object: ObjectId,
        process: ProcessId,
    ) -> impl Iterator<Item = ProcessId> {
        let walk = self.walk_of(process);
        let sightings = self.seen_by.get(&object).into_iter().flatten().copied();
        sightings.filter(move |by| *by != process && self.walk_of(*by) == walk)
    }

    /// The events whose key may be this one, oldest first: an unknown scope may be any.
    fn events_of(&self, key: Key) -> impl DoubleEndedIterator<Item = &KeyEvent> {
        let noted = self.keys.get(&key.id).into_iter().flatten();
        noted.filter(move |noted| {
            let Key { id, .. } = key;
            let scope = noted.scope;
            Key { id, scope }.may_equal(key)
        })
    }

    /// What is planned about a key in a walk.
    fn planned_events(&self, key: Key, walk: u32) -> impl Iterator<Item = &KeyEvent> {
        self.events_of(key)
            .filter(move |noted| self.walk_of(noted.by) == walk)
    }

    /// Whether an object stays, and is not replaced by a creation of the same walk.
    fn is_kept(&self, object: ObjectId, walk: u32) -> bool {
        let replaced = self
            .replaced
            .range((object, ProcessId::MIN)..=(object, ProcessId::MAX));
        !replaced
            .into_iter()
            .any(|(_, by)| self.walk_of(*by) == walk)
    }
}
