//! State whose readers may be behind its writers.

use serde::Serialize;

/// A value together with what it was before the last write.
///
/// The API reference does not say how soon a write is seen; a fault makes the first reads after it show the former
/// value. Without such a fault every read is current.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Lagging<T> {
    current: T,
    former: T,
    reads_since_write: u32,
}

impl<T: Clone> Lagging<T> {
    /// Changes the value as a request does: readers may lag behind it.
    pub(super) fn write(&mut self, change: impl FnOnce(&mut T)) {
        self.former = self.current.clone();
        self.reads_since_write = 0;
        change(&mut self.current);
    }

    /// Changes the value behind every reader's back: seen at once.
    pub(super) fn replace(&mut self, change: impl Fn(&mut T)) {
        change(&mut self.current);
        change(&mut self.former);
    }

    /// Reads as a request does: the first `lag_reads` reads after a write see the former value.
    pub(super) fn read(&mut self, lag_reads: u32) -> &T {
        let seen = if self.reads_since_write < lag_reads {
            &self.former
        } else {
            &self.current
        };
        self.reads_since_write = self.reads_since_write.saturating_add(1);
        seen
    }

    /// The value as it is.
    pub(super) fn current(&self) -> &T {
        &self.current
    }
}
