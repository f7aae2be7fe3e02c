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

mod applying;
mod entry;
mod files;
mod host;
mod index;
mod key;
mod planning;
mod process_state;
mod seal;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use entry::{Entry, ProcessId};
use files::Files;
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

/// Identifies a recorded plan, for the process that applies it.
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
