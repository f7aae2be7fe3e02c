//! What the processes have carried out: creations, deletions, and objects handed over from one to the other.

use std::collections::BTreeSet;

use super::{CreationProgress, Index, KeyHandover, PlannedDeletion};
use crate::run_record::entry::{Event, ProcessId, SealedHandover};
use crate::run_record::key::Key;

impl Index {
    /// What becomes of something with this key, by the last event that tells; none if none does.
    ///
    /// `planned` says what a deletion means that was only planned.
    pub(in crate::run_record) fn handover(
        &self,
        key: Key,
        planned: PlannedDeletion,
    ) -> Option<KeyHandover> {
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
                // The object still has it; in this run, a creation that waited for the deletion still finds its
                // handover.
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
    pub(in crate::run_record) fn removers(&self, key: Key) -> BTreeSet<ProcessId> {
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
    pub(in crate::run_record) fn is_given_up(&self, key: Key) -> bool {
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
    pub(in crate::run_record) fn is_taken_over_unchanged(&self, key: Key) -> Option<bool> {
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
    pub(in crate::run_record) fn had_failed_before_kept(
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
    pub(in crate::run_record) fn is_changed_by_others(&self, key: Key, process: ProcessId) -> bool {
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
    pub(in crate::run_record) fn creation_progress(
        &self,
        key: Key,
        position: usize,
    ) -> CreationProgress {
        let since = self.events_of(key).filter(|noted| noted.at >= position);
        since.fold(CreationProgress::None, |last, noted| match noted.event {
            Event::Creating => CreationProgress::Begun,
            Event::Managed | Event::Passing => CreationProgress::Done,
            Event::Failed => CreationProgress::Failed,
            _ => last,
        })
    }
}
