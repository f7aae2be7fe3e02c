//! How far the reading of the live grants has come, for whoever waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cloud::ThrottleWatch;

/// The progress of an audit. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct AuditProgress {
    counts: Arc<ReadCounts>,
    /// How long requests wait because the service throttles them.
    pub throttle: ThrottleWatch,
}

#[derive(Debug, Default)]
struct ReadCounts {
    project: AtomicUsize,
    projects: AtomicUsize,
    read: AtomicUsize,
    total: AtomicUsize,
}

impl AuditProgress {
    /// The number of the project that is read, from 1, and how many projects there are.
    #[must_use]
    pub fn project(&self) -> (usize, usize) {
        let [project, projects] = [&self.counts.project, &self.counts.projects]
            .map(|count| count.load(Ordering::Relaxed));
        (project, projects)
    }

    /// How many secrets and secret groups of the project were read.
    #[must_use]
    pub fn read(&self) -> usize {
        self.counts.read.load(Ordering::Relaxed)
    }

    /// How many secrets and secret groups of the project there are to read; zero until they are listed.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.total.load(Ordering::Relaxed)
    }

    /// Notes that the next one of so many projects is read.
    pub(super) fn begin_project(&self, projects: usize) {
        self.counts.project.fetch_add(1, Ordering::Relaxed);
        self.counts.projects.store(projects, Ordering::Relaxed);
        self.counts.read.store(0, Ordering::Relaxed);
        self.counts.total.store(0, Ordering::Relaxed);
    }

    /// Notes that so many secrets and secret groups are to be read.
    pub(super) fn found(&self, count: usize) {
        self.counts.total.store(count, Ordering::Relaxed);
    }

    /// Notes that one more was read.
    pub(super) fn note_read(&self) {
        self.counts.read.fetch_add(1, Ordering::Relaxed);
    }
}
