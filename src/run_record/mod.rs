//! The record of a plan: a file through which the processes that one run of a host starts share what they plan and have
//! carried out.
//!
//! A host starts several processes, concurrently and one after the other, and the processes that plan have ended when
//! the plan is applied. Each appends lines to one file and reads those of the others. A *walk* is one plan or one
//! apply: its processes start after those of the previous walk have ended. A new walk is detected when a process sees
//! an object that an ended process has seen before.
//!
//! Without a folder for the file, a record lasts as long as its process. This module knows keys and files, but not what
//! the keys identify.
//!
//! ```
//! use hwgrants::run_record::{DeletedObject, HostId, Key, KeyParts, Record, Wanted};
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let folders = vec![folder.path().join("records")];
//! let key = Key::new(["cn-north-4", "s-1", "u-1"], Some("project"));
//! let parts = KeyParts::new([Some("cn-north-4"), Some("s-1"), Some("u-1")]);
//!
//! // One process plans to delete object 1 with this key, another one to create something with the same key.
//! let deleting = Record::in_folders(folders.clone(), HostId::from_name("plan"));
//! deleting.plan_to_delete(1, key, None);
//! let reference = deleting.reference();
//! Record::in_folders(folders.clone(), HostId::from_name("plan")).plan_to_create(key, None);
//!
//! // The process that applies the deletion learns that what it deletes is wanted.
//! let applying = Record::in_folders(folders, HostId::from_name("apply"));
//! let deleted = DeletedObject { object: 1, own: None, stays_if_replaced: false };
//! assert_eq!(applying.wanted(reference, key, parts, deleted), Wanted::Yes);
//! ```

mod applying;
mod encryption;
mod entry;
mod files;
mod host_process;
mod index;
mod key;
mod planning;
mod process_state;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use entry::{Entry, ProcessId};
use files::Files;
use process_state::ProcessState;

pub use encryption::{open, seal};
pub use entry::CreationToken;
pub use host_process::{HostId, parent_arguments};
pub use index::{CreationProgress, Duplicate, KeyHandover, Replacement};
pub use key::{Key, KeyParts, ObjectId, hash64};

/// The most entries that are buffered before they are written.
const MAX_PENDING: usize = 64;

/// One process's access to the record.
#[derive(Debug)]
pub struct Record {
    /// The candidate folders and the host; `None` for a record in memory. Opened on first use.
    location: Option<(Vec<PathBuf>, HostId)>,
    /// Begun on first use: a process that neither plans nor applies opens no file.
    state: Mutex<ProcessState>,
    /// Whether this process may carry out several walks, without being told where one ends.
    spans_walks: bool,
}

/// Identifies a recorded plan, for the process that applies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The run of the host that has planned.
    host: u64,
    /// The process of that run that has planned.
    process: ProcessId,
}

/// Whether a plan keeps or creates something with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Unknown: the plan creates something whose key was not known yet, or is not recorded.
    Perhaps,
}

/// An object that is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedObject {
    /// Its number.
    pub object: ObjectId,
    /// The creation that replaces it.
    pub own: Option<Replacement>,
    /// Whether it is kept if the replacement has the same key.
    pub stays_if_replaced: bool,
}

/// What else the plan contains for a key, as far as noted.
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

    /// The record of `host` in the first usable folder. If there is none, the record lasts as long as this process.
    #[must_use]
    pub fn in_folders(folders: Vec<PathBuf>, host: HostId) -> Self {
        Self::of(Some((folders, host)))
    }

    /// Whether this process may carry out several walks, without being told where one ends.
    #[must_use]
    pub fn spans_walks(&self) -> bool {
        self.spans_walks
    }

    fn of(location: Option<(Vec<PathBuf>, HostId)>) -> Self {
        Self {
            location,
            state: Mutex::default(),
            spans_walks: false,
        }
    }

    /// The same record for a process that may carry out several walks without being told where one ends. What it has
    /// planned itself is then no duplicate: it may be the same block, planned again.
    #[must_use]
    pub fn spanning_walks(mut self, spans_walks: bool) -> Self {
        self.spans_walks = spans_walks;
        self
    }

    /// Joins the processes of the walk. Otherwise the first entry does, and a process that has ended by then is taken for
    /// one of an earlier walk.
    pub fn begin(&self) {
        drop(self.state());
    }

    /// The reference of this process's plan; `None` if the record is in memory only.
    pub fn reference(&self) -> Option<Reference> {
        let state = self.state();
        let host = state.files.as_ref()?.host().0;
        Some(Reference {
            host,
            process: state.own_id,
        })
    }

    /// The state, begun.
    fn state(&self) -> MutexGuard<'_, ProcessState> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.is_begun {
            state.is_begun = true;
            state.spans_walks = self.spans_walks;
            state.own_id = random_id();
            if let Some((folders, host)) = &self.location {
                let me = state.own_id;
                state.files = folders.iter().find_map(|folder| {
                    let files = Files::open(folder, *host, me);
                    let failed = |error: &std::io::Error| {
                        tracing::warn!(%error, folder = %folder.display(), "cannot store the plan record in this directory");
                    };
                    files.inspect_err(failed).ok()
                });
            }
            state.begin();
            state.add(Entry::Joined);
        }
        state
    }
}

impl Reference {
    /// Parses the text of [`std::fmt::Display`].
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
