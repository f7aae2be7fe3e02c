//! What the processes of a walk plan: which keys they want, and which they delete.

use super::{Duplicate, Index, KeyEvent, Replacement};
use crate::run_record::entry::{CreationToken, Event, ProcessId};
use crate::run_record::key::{Key, KeyParts, ObjectId};

impl Index {
    /// Whether the walk of `process` wants something with this key to be there, for another object than the deleted
    /// one and that of `own`, now that `process` has planned the deletion.
    pub(in crate::run_record) fn is_wanted(
        &self,
        key: Key,
        process: ProcessId,
        deleted: ObjectId,
        own: Option<Replacement>,
    ) -> bool {
        let walk = self.walk_of(process);
        let position = self.position_of_deletion(key, process);
        let settled_at = self.last_creation_end(key, position);
        let removed_at = self.last_removal(key, position);
        self.planned_events(key, walk)
            .any(|noted| match noted.event {
                Event::Stays(object) => {
                    object != deleted && self.is_kept(object, walk) && Some(noted.at) > removed_at
                }
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

    /// The last place before `position` where something with this key was removed: no object that had it until then has it
    /// still.
    fn last_removal(&self, key: Key, position: usize) -> Option<usize> {
        let mut removed = self
            .events_of(key)
            .rev()
            .filter(|noted| noted.at < position && matches!(noted.event, Event::Removed));
        removed.next().map(|noted| noted.at)
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
    pub(in crate::run_record) fn may_be_wanted(
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

    /// Whether a block has this key, by all that is noted; none if nothing is noted about the key.
    pub(in crate::run_record) fn is_declared(&self, key: Key) -> Option<bool> {
        self.events_of(key).next()?;
        let settled_at = self.last_creation_end(key, self.length);
        let removed_at = self.last_removal(key, self.length);
        Some(self.events_of(key).any(|noted| match noted.event {
            // Planned and not carried out yet, perhaps as the other half of a replacement.
            Event::Creation(..) if Some(noted.at) > settled_at => true,
            Event::Stays(object) => {
                self.is_kept(object, self.walk_of(noted.by)) && Some(noted.at) > removed_at
            }
            Event::Kept(_) | Event::Managed | Event::Passing | Event::Failed => {
                Some(noted.at) > removed_at
            }
            _ => false,
        }))
    }

    /// Whether the record has a plan that is complete: of processes that have ended, and have carried out nothing.
    pub(in crate::run_record) fn has_plan(&self, is_at_work: impl Fn(ProcessId) -> bool) -> bool {
        let is_planned = |event: &Event| {
            matches!(
                event,
                Event::Stays(_) | Event::Creation(..) | Event::Deletion(..)
            )
        };
        let mut noted = self.keys.values().flatten();
        noted.any(|noted| is_planned(&noted.event) && self.is_plan(noted.by, &is_at_work))
    }

    /// Whether the walk of `process` creates something with this key.
    pub(super) fn is_created(&self, key: Key, process: ProcessId) -> bool {
        let mut planned = self.planned_events(key, self.walk_of(process));
        planned.any(|noted| matches!(noted.event, Event::Creation(..)))
    }

    /// Whether the walk of `process` deletes something with this key, and has not done so yet.
    pub(in crate::run_record) fn is_deleted(&self, key: Key, process: ProcessId) -> bool {
        let walk = self.walk_of(process);
        let removed_at = self.last_removal(key, self.length);
        let mut planned = self.planned_events(key, walk);
        planned
            .any(|noted| matches!(noted.event, Event::Deletion(..)) && Some(noted.at) > removed_at)
    }

    /// Whether the walk of `process` deletes anything.
    pub(in crate::run_record) fn deletes_anything(&self, process: ProcessId) -> bool {
        let walk = self.walk_of(process);
        self.deleting.iter().any(|by| self.walk_of(*by) == walk)
    }

    /// Other blocks with this key in the walk of `process`, with who has planned them: none of `object`.
    pub(in crate::run_record) fn duplicates(
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
        let removed_at = self.last_removal(key, self.length);
        let planned = self
            .planned_events(key, walk)
            .filter(surely)
            .filter(|noted| {
                !matches!(noted.event, Event::Creation(..)) || Some(noted.at) > settled_at
            })
            .filter(|noted| Some(noted.at) > removed_at);
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
    pub(in crate::run_record) fn was_planned(
        &self,
        key: Key,
        is_at_work: impl Fn(ProcessId) -> bool,
    ) -> bool {
        self.events_of(key).any(|noted| {
            matches!(noted.event, Event::Creation(..)) && self.is_plan(noted.by, &is_at_work)
        })
    }

    /// Whether such a process has planned a creation whose key was not known, and may be this one.
    pub(in crate::run_record) fn was_unknown(
        &self,
        parts: KeyParts,
        is_at_work: impl Fn(ProcessId) -> bool,
    ) -> bool {
        let mut unknown = self.unknown.iter();
        unknown
            .any(|unknown| unknown.parts.may_equal(parts) && self.is_plan(unknown.by, &is_at_work))
    }

    /// Whether what this process has planned is complete and not applied by itself: it has ended and applied nothing.
    fn is_plan(&self, process: ProcessId, is_at_work: impl Fn(ProcessId) -> bool) -> bool {
        !self.applying.contains(&process) && !is_at_work(process)
    }

    /// Where the creation of this number was planned.
    pub(in crate::run_record) fn position_of_creation(
        &self,
        key: Key,
        token: CreationToken,
    ) -> Option<usize> {
        let mut planned = self.events_of(key);
        let creation = planned
            .find(|noted| matches!(noted.event, Event::Creation(planned, _) if planned == token));
        creation.map(|noted| noted.at)
    }

    /// The last process but `process` that has planned the deletion of this key.
    pub(in crate::run_record) fn last_to_delete(
        &self,
        key: Key,
        process: ProcessId,
    ) -> Option<ProcessId> {
        let mut planned = self
            .events_of(key)
            .rev()
            .filter(|noted| noted.by != process);
        let deletion = planned.find(|noted| matches!(noted.event, Event::Deletion(..)));
        deletion.map(|noted| noted.by)
    }

    /// Where `process` has planned the deletion of this key; the beginning if it has not.
    pub(in crate::run_record) fn position_of_deletion(
        &self,
        key: Key,
        process: ProcessId,
    ) -> usize {
        let mut planned = self.events_of(key).filter(|noted| noted.by == process);
        let deletion = planned.rfind(|noted| matches!(noted.event, Event::Deletion(..)));
        deletion.map_or(0, |noted| noted.at)
    }
}
