//! The state of one process in a record: its id, its files, and the entries that it has read.

use std::collections::BTreeSet;

use super::entry::{CreationToken, Entry, ProcessId};
use super::files::{self, Files};
use super::index::{Duplicate, Index, Replacement};
use super::key::{Key, ObjectId};
use super::{PlannedElsewhere, Reference};

/// Bytes of most lines.
const LINE: usize = 128;

/// The state of one process.
#[derive(Debug, Default)]
pub(super) struct ProcessState {
    /// Random; zero until the record has begun.
    pub(super) own_id: ProcessId,
    pub(super) index: Index,
    /// None for a record in memory, without a usable folder, and after a failed write.
    pub(super) files: Option<Files>,
    pub(super) is_begun: bool,
    /// Whether this process may carry out several walks, without being told where one ends.
    pub(super) spans_walks: bool,
    /// Whether this process has applied anything.
    pub(super) is_applying: bool,
    /// Entries that are not written yet.
    pub(super) pending: Vec<Entry>,
    /// Processes that were seen to have ended: they never run again, so their lock files are not tried twice.
    ended: BTreeSet<ProcessId>,
    /// Processes that had ended when this one began: all others are of the same walk, even if they end before this one.
    predecessors: BTreeSet<ProcessId>,
    /// The records of other hosts, read on first use.
    other_records: Option<Vec<Index>>,
}

impl Drop for ProcessState {
    fn drop(&mut self) {
        self.flush();
    }
}

impl ProcessState {
    /// Writes pending entries. Other processes do without them if that fails.
    pub(super) fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.write_entries(pending);
        }
    }

    /// Adds an entry, and reads what others have added before.
    pub(super) fn add(&mut self, entry: Entry) {
        let mut entries = std::mem::take(&mut self.pending);
        entries.push(entry);
        self.write_entries(entries);
    }

    /// Writes entries at once and adds them to the index, in the order of the file. If writing fails, the record is
    /// discarded.
    fn write_entries(&mut self, entries: Vec<Entry>) {
        let Some(files) = &mut self.files else {
            self.add_to_index(entries);
            return;
        };
        let mut lines = String::with_capacity(entries.len() * LINE);
        for entry in &entries {
            entry.write(self.own_id, &mut lines);
        }
        match files.add(&lines) {
            // Nothing else was written in between, so reading is unnecessary.
            Ok(true) => self.add_to_index(entries),
            Ok(false) => self.refresh(),
            Err(error) => {
                tracing::warn!(%error, "cannot write the plan record; discarding it");
                self.refresh();
                if let Some(files) = self.files.take() {
                    files.discard();
                }
                self.add_to_index(entries);
            }
        }
    }

    /// Adds entries of this process without reading them back.
    fn add_to_index(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.index.add(self.own_id, entry);
        }
    }

    /// Reads what the processes before this one have added.
    pub(super) fn begin(&mut self) {
        self.refresh();
        let before: Vec<_> = self.index.processes().collect();
        self.predecessors = before
            .into_iter()
            .filter(|process| !self.is_running(*process))
            .collect();
    }

    /// Reads what was added since the last time. If that fails, answers rest on what was read before.
    pub(super) fn refresh(&mut self) {
        let Some(files) = &mut self.files else {
            return;
        };
        match files.read_new() {
            Ok(news) => files::read_into(&mut self.index, &news),
            Err(error) => tracing::warn!(%error, "cannot read the plan record"),
        }
    }

    /// Notes that this process has met an object: if one that has ended has met it in this walk, another walk has begun.
    pub(super) fn note_seen(&mut self, object: ObjectId) {
        loop {
            let others: Vec<_> = self.index.seen_by_others(object, self.own_id).collect();
            if !others.into_iter().any(|process| !self.is_running(process)) {
                return;
            }
            let (own, last) = (self.index.walk_of(self.own_id), self.index.last_walk());
            if own < last {
                self.add(Entry::Walk(last, vec![self.own_id]));
                continue;
            }
            let members: Vec<_> = self
                .index
                .processes()
                .filter(|process| self.index.walk_of(*process) == own)
                .collect();
            let members = members
                .into_iter()
                .filter(|process| self.is_running(*process))
                .collect();
            self.add(Entry::Walk(last + 1, members));
            return;
        }
    }

    /// Where the deletion of this key was planned, by itself or as the other half of a replacement; the beginning if that is
    /// not known here.
    pub(super) fn position_of_plan(
        &self,
        reference: Option<Reference>,
        key: Key,
        own: Option<Replacement>,
    ) -> usize {
        let host = self.files.as_ref().map(|files| files.host().0);
        let of_creation = own.and_then(|own| self.index.position_of_creation(key, own.token));
        of_creation.unwrap_or_else(|| match reference {
            Some(Reference { host: at, process }) if Some(at) == host => {
                let planner = self.planning_process(key, process);
                self.index.position_of_deletion(key, planner)
            }
            _ => 0,
        })
    }

    /// The process whose plan a deletion of `process` belongs to. A host plans the deletion of an object that is
    /// replaced (created before destroyed) again during the apply, in the same process.
    pub(super) fn planning_process(&self, key: Key, process: ProcessId) -> ProcessId {
        if process == self.own_id && !self.spans_walks {
            self.index.last_to_delete(key, process).unwrap_or(process)
        } else {
            process
        }
    }

    /// What is planned for this key, apart from `own`. The creation of a duplicate counts only while the process that has
    /// planned it runs, because the apply plans it again in another process. A duplicate that exists counts for the whole
    /// walk: a host ends the process of a provider configuration once its last object is planned.
    pub(super) fn planned_elsewhere(
        &mut self,
        key: Key,
        own: (Option<ObjectId>, Option<CreationToken>),
    ) -> PlannedElsewhere {
        let twins = self.index.duplicates(key, self.own_id, own);
        // Zero is no process.
        let not_counted = if self.spans_walks { self.own_id } else { 0 };
        PlannedElsewhere {
            // If both exist, the creation is the one to report.
            duplicate: twins
                .into_iter()
                .filter(|(_, by)| *by != not_counted)
                .filter(|(twin, by)| match twin {
                    Duplicate::Object => !self.predecessors.contains(by),
                    Duplicate::Creation => self.is_running(*by),
                })
                .map(|(twin, _)| twin)
                .min_by_key(|twin| *twin == Duplicate::Object),
            is_deleted: self.index.is_deleted(key, self.own_id),
        }
    }

    /// The processes that are at work.
    pub(super) fn running_processes(&mut self) -> BTreeSet<ProcessId> {
        let all: Vec<_> = self.index.processes().collect();
        all.into_iter()
            .filter(|process| self.is_running(*process))
            .collect()
    }

    /// Whether a process holds its lock. Without files there are no other processes.
    pub(super) fn is_running(&mut self, process: ProcessId) -> bool {
        if process == self.own_id {
            return true;
        }
        if self.ended.contains(&process) {
            return false;
        }
        let is_alive = self
            .files
            .as_ref()
            .is_some_and(|files| files.is_alive(process));
        if !is_alive {
            self.ended.insert(process);
        }
        is_alive
    }

    /// The records of other hosts, newest first, as they were on first use.
    pub(super) fn other_records(&mut self) -> &[Index] {
        let files = &self.files;
        self.other_records
            .get_or_insert_with(|| files.as_ref().map(Files::other_records).unwrap_or_default())
    }
}
