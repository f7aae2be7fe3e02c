//! What the lines of a record say together. Pure: who has ended is told by the caller.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{CreationToken, Entry, Event, ProcessId, SealedHandover};
use super::key::{Key, KeyParts, ObjectId};

/// All entries of a record so far.
#[derive(Debug, Default)]
pub(super) struct Index {
    walks: BTreeMap<ProcessId, u32>,
    last_walk: u32,
    applying: BTreeSet<ProcessId>,
    /// Those that have planned a deletion.
    deleting: BTreeSet<ProcessId>,
    seen_by: BTreeMap<ObjectId, Vec<ProcessId>>,
    keys: BTreeMap<u128, Vec<KeyEvent>>,
    unknown: Vec<Unknown>,
    /// Objects that a creation replaces, by who has planned it.
    replaced: BTreeSet<(ObjectId, ProcessId)>,
    length: usize,
}

/// An event with what it is about.
#[derive(Clone, Debug)]
pub(super) struct KeyEvent {
    at: usize,
    pub(super) by: ProcessId,
    scope: Option<u64>,
    pub(super) event: Event,
}

#[derive(Clone, Copy, Debug)]
struct Unknown {
    by: ProcessId,
    parts: KeyParts,
    replaces: Option<ObjectId>,
}

/// The creation that is the other half of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Its number.
    pub token: CreationToken,
    /// The object that it replaces, if that is known.
    pub object: Option<ObjectId>,
}

/// Another block of the same plan that has the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicate {
    /// It is to be created.
    Creation,
    /// It is there.
    Object,
}

/// What becomes of something with a key, as far as the record tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyHandover {
    /// No object leaves it behind.
    NotLeft,
    /// An object leaves it, or has left it, to whoever is created with its key.
    Left {
        /// What the object knew, sealed.
        left: Option<String>,
        /// This run of the host has not begun to remove it.
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

    fn note_seen(&mut self, object: ObjectId, by: ProcessId) {
        let sightings = self.seen_by.entry(object).or_default();
        if !sightings.contains(&by) {
            sightings.push(by);
        }
    }

    pub(super) fn processes(&self) -> impl Iterator<Item = ProcessId> {
        self.walks.keys().copied()
    }

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

    /// Whether the walk of `process` wants something with this key to be there, for another object than the deleted
    /// one and that of `own`, now that `process` has planned the deletion.
    pub(super) fn is_wanted(
        &self,
        key: Key,
        process: ProcessId,
        deleted: ObjectId,
        own: Option<Replacement>,
    ) -> bool {
        let walk = self.walk_of(process);
        let settled_at = self.last_creation_end(key, self.position_of_deletion(key, process));
        self.planned_events(key, walk)
            .any(|noted| match noted.event {
                Event::Stays(object) => object != deleted && self.is_kept(object, walk),
                Event::Creation(token, replaces) => {
                    let is_own = own.is_some_and(|own| {
                        let is_same_object = own.object.is_some() && own.object == replaces;
                        token == own.token || is_same_object
                    });
                    !is_own && Some(noted.at) > settled_at
                }
                _ => false,
            })
    }

    /// The last place before `position` where a creation with this key has ended: what was planned before that is over.
    fn last_creation_end(&self, key: Key, position: usize) -> Option<usize> {
        let ended = |noted: &&KeyEvent| {
            matches!(noted.event, Event::Managed | Event::Passing | Event::Failed)
        };
        let ended = self.events_of(key).filter(ended).map(|noted| noted.at);
        ended.take_while(|at| *at < position).last()
    }

    /// Whether the walk of `process` creates something whose key is not known yet and may be this one.
    pub(super) fn may_be_wanted(
        &self,
        parts: KeyParts,
        process: ProcessId,
        own: Option<Replacement>,
    ) -> bool {
        let walk = self.walk_of(process);
        let own = own.and_then(|own| own.object);
        self.unknown.iter().any(|unknown| {
            let is_own = own.is_some() && unknown.replaces == own;
            self.walk_of(unknown.by) == walk && !is_own && unknown.parts.may_equal(parts)
        })
    }

    /// Whether the walk of `process` creates something with this key.
    fn is_created(&self, key: Key, process: ProcessId) -> bool {
        let mut planned = self.planned_events(key, self.walk_of(process));
        planned.any(|noted| matches!(noted.event, Event::Creation(..)))
    }

    /// Whether the walk of `process` deletes something with this key.
    pub(super) fn is_deleted(&self, key: Key, process: ProcessId) -> bool {
        let walk = self.walk_of(process);
        let mut planned = self.planned_events(key, walk);
        planned.any(|noted| matches!(noted.event, Event::Deletion(..)))
    }

    /// Whether the walk of `process` deletes anything.
    pub(super) fn deletes_anything(&self, process: ProcessId) -> bool {
        let walk = self.walk_of(process);
        self.deleting.iter().any(|by| self.walk_of(*by) == walk)
    }

    /// Other blocks with this key in the walk of `process`, with who has planned them: none of `object`.
    pub(super) fn duplicates(
        &self,
        key: Key,
        process: ProcessId,
        own: (Option<ObjectId>, Option<CreationToken>),
    ) -> Vec<(Duplicate, ProcessId)> {
        let walk = self.walk_of(process);
        let (own_object, own_token) = own;
        let surely = |noted: &&KeyEvent| {
            let Key { id, .. } = key;
            let scope = noted.scope;
            Key { id, scope }.is_certainly_equal(key)
        };
        // What has been created since is there to see.
        let settled_at = self.last_creation_end(key, self.length);
        let planned = self
            .planned_events(key, walk)
            .filter(surely)
            .filter(|noted| {
                !matches!(noted.event, Event::Creation(..)) || Some(noted.at) > settled_at
            });
        let twins = planned.filter_map(|noted| {
            let twin = match noted.event {
                Event::Stays(object) if Some(object) != own_object => {
                    self.is_kept(object, walk).then_some(Duplicate::Object)
                }
                Event::Creation(token, replaces) if Some(token) != own_token => {
                    let is_own = replaces.is_some() && replaces == own_object;
                    (!is_own).then_some(Duplicate::Creation)
                }
                _ => None,
            };
            twin.map(|twin| (twin, noted.by))
        });
        twins.collect()
    }

    /// Whether a process that has ended, and has carried out nothing, has planned the creation of this key.
    pub(super) fn was_planned(&self, key: Key, is_at_work: impl Fn(ProcessId) -> bool) -> bool {
        self.events_of(key).any(|noted| {
            matches!(noted.event, Event::Creation(..)) && self.is_plan(noted.by, &is_at_work)
        })
    }

    /// Whether such a process has planned a creation whose key was not known, and may be this one.
    pub(super) fn was_unknown(
        &self,
        parts: KeyParts,
        is_at_work: impl Fn(ProcessId) -> bool,
    ) -> bool {
        let mut unknown = self.unknown.iter();
        unknown
            .any(|unknown| unknown.parts.may_equal(parts) && self.is_plan(unknown.by, &is_at_work))
    }

    fn is_plan(&self, process: ProcessId, is_at_work: impl Fn(ProcessId) -> bool) -> bool {
        !self.applying.contains(&process) && !is_at_work(process)
    }

    /// What becomes of something with this key, by the last event that tells; none if none does.
    ///
    /// `planned` says what a deletion means that was only planned.
    pub(super) fn handover(&self, key: Key, planned: PlannedDeletion) -> Option<KeyHandover> {
        let fate = |left: &SealedHandover, is_untouched| KeyHandover::Left {
            left: left.as_deref().map(str::to_owned),
            is_untouched,
        };
        self.events_of(key)
            .rev()
            .find_map(|noted| match &noted.event {
                Event::Deletion(..) if !planned.counts(|| self.is_created(key, noted.by)) => None,
                Event::Kept(left) | Event::Deletion(_, left) => Some(fate(left, true)),
                Event::Removing(left) => Some(fate(left, false)),
                // Replaced by itself.
                Event::Stays(object) if !self.is_kept(*object, self.walk_of(noted.by)) => planned
                    .counts(|| self.is_created(key, noted.by))
                    .then(|| fate(&None, true)),
                // The object has it as before; in this run, whoever waited for the deletion still finds what it leaves.
                Event::NotRemoved if planned != PlannedDeletion::Counts => {
                    Some(KeyHandover::NotLeft)
                }
                Event::Managed | Event::Passing | Event::Removed | Event::Stays(_) => {
                    Some(KeyHandover::NotLeft)
                }
                Event::Creation(..) | Event::Creating | Event::Failed | Event::NotRemoved => None,
            })
    }

    /// The processes that are removing something with this key, as far as they have told.
    pub(super) fn removers(&self, key: Key) -> BTreeSet<ProcessId> {
        let mut removers = BTreeSet::new();
        for noted in self.events_of(key) {
            match noted.event {
                Event::Removing(_) => _ = removers.insert(noted.by),
                Event::Kept(_) | Event::Removed | Event::NotRemoved => {
                    removers.remove(&noted.by);
                }
                _ => {}
            }
        }
        removers
    }

    /// Whether an object has given up what has this key, and no other one has it since.
    pub(super) fn is_given_up(&self, key: Key) -> bool {
        let last = self
            .events_of(key)
            .rev()
            .find_map(|noted| match noted.event {
                Event::Creation(..) | Event::Creating | Event::Failed => None,
                Event::Kept(_) => Some(true),
                _ => Some(false),
            });
        last.unwrap_or(false)
    }

    /// Whether an object has what has this key as another one has left it; none if nothing tells.
    pub(super) fn is_taken_over_unchanged(&self, key: Key) -> Option<bool> {
        self.events_of(key)
            .rev()
            .find_map(|noted| match noted.event {
                Event::Passing => Some(true),
                Event::Managed | Event::Removing(_) | Event::Removed | Event::Kept(_) => {
                    Some(false)
                }
                _ => None,
            })
    }

    /// Whether a creation that began after `position` had failed before `process` left the key to it, the last time.
    pub(super) fn had_failed_before_kept(
        &self,
        key: Key,
        position: usize,
        process: ProcessId,
    ) -> bool {
        let mut has_failed = false;
        let mut had_failed = false;
        for noted in self.events_of(key).filter(|noted| noted.at >= position) {
            match noted.event {
                Event::Failed => has_failed = true,
                Event::Creating | Event::Managed | Event::Passing => has_failed = false,
                Event::Kept(_) if noted.by == process => had_failed = has_failed,
                _ => {}
            }
        }
        had_failed
    }

    /// Whether another process than this one has removed or made something with this key.
    pub(super) fn is_changed_by_others(&self, key: Key, process: ProcessId) -> bool {
        let mut about = self.events_of(key);
        about.any(|noted| {
            let is_change = matches!(
                noted.event,
                Event::Removing(_) | Event::Removed | Event::Managed | Event::Passing
            );
            is_change && noted.by != process
        })
    }

    /// How far a creation with this key has come since `position`.
    pub(super) fn creation_progress(&self, key: Key, position: usize) -> CreationProgress {
        let since = self.events_of(key).filter(|noted| noted.at >= position);
        since.fold(CreationProgress::None, |last, noted| match noted.event {
            Event::Creating => CreationProgress::Begun,
            Event::Managed | Event::Passing => CreationProgress::Done,
            Event::Failed => CreationProgress::Failed,
            _ => last,
        })
    }

    /// Where the creation of this number was planned.
    pub(super) fn position_of_creation(&self, key: Key, token: CreationToken) -> Option<usize> {
        let mut planned = self.events_of(key);
        let creation = planned
            .find(|noted| matches!(noted.event, Event::Creation(planned, _) if planned == token));
        creation.map(|noted| noted.at)
    }

    /// The last process but `process` that has planned the deletion of this key.
    pub(super) fn last_to_delete(&self, key: Key, process: ProcessId) -> Option<ProcessId> {
        let mut planned = self
            .events_of(key)
            .rev()
            .filter(|noted| noted.by != process);
        let deletion = planned.find(|noted| matches!(noted.event, Event::Deletion(..)));
        deletion.map(|noted| noted.by)
    }

    /// Where `process` has planned the deletion of this key; the beginning if it has not.
    pub(super) fn position_of_deletion(&self, key: Key, process: ProcessId) -> usize {
        let mut planned = self.events_of(key).filter(|noted| noted.by == process);
        let deletion = planned.rfind(|noted| matches!(noted.event, Event::Deletion(..)));
        deletion.map_or(0, |noted| noted.at)
    }
}
