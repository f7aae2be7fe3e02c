//! Values whose reads may be stale, as in a service with eventual consistency.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Most past values kept; a reader with a longer lag sees the oldest one.
const MAX_PAST_COUNT: usize = 256;

/// Longest time that past values are kept, and so the longest lag.
pub(super) const MAX_LAG: Duration = Duration::from_mins(10);

/// How stale a read is; with both fields, the staler of the two values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadLag {
    /// This many reads after each write see the value before it.
    pub(super) reads: u32,
    /// Every read sees the value as it was this long ago.
    pub(super) span: Duration,
}

/// A value and its past values.
///
/// The API reference does not say how soon a write is visible. Reads are current unless a fault makes them stale. Time is
/// tokio's, which tests can pause.
#[derive(Clone, Debug, Default)]
pub(super) struct EventuallyConsistent<T> {
    current: T,
    /// Oldest first.
    past: VecDeque<PastValue<T>>,
    /// Reads that have been answered since the last write, by any client.
    reads_since_write: u32,
}

/// A value that a write has replaced.
#[derive(Clone, Debug)]
struct PastValue<T> {
    value: T,
    /// When the next value took its place: a reader with a longer lag still sees this one.
    replaced_at: Instant,
}

impl ReadLag {
    /// The larger of each field.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            reads: self.reads.max(other.reads),
            span: self.span.max(other.span),
        }
    }
}

impl<T: Clone> EventuallyConsistent<T> {
    /// Changes the value as a request does, so that reads may be stale. A change that fails has no effect.
    pub(super) fn write<R, E>(
        &mut self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut changed = self.current.clone();
        let result = change(&mut changed)?;
        let replaced_at = Instant::now();
        self.prune(replaced_at);
        self.past.push_back(PastValue {
            value: std::mem::replace(&mut self.current, changed),
            replaced_at,
        });
        self.reads_since_write = 0;
        Ok(result)
    }

    /// Changes the current and all past values, so that every reader sees the change at once.
    pub(super) fn replace(&mut self, change: impl Fn(&mut T)) {
        change(&mut self.current);
        for past in &mut self.past {
            change(&mut past.value);
        }
    }

    /// Reads the value as a request with this lag does.
    pub(super) fn read(&mut self, lag: ReadLag) -> &T {
        let current = self.past.len();
        let by_reads = if self.reads_since_write < lag.reads {
            current.saturating_sub(1)
        } else {
            current
        };
        let now = Instant::now();
        let is_seen = |past: &PastValue<T>| now.duration_since(past.replaced_at) >= lag.span;
        let by_span = self.past.partition_point(is_seen);
        self.reads_since_write = self.reads_since_write.saturating_add(1);
        let seen = self.past.get(by_reads.min(by_span));
        seen.map_or(&self.current, |past| &past.value)
    }

    /// The current value.
    pub(super) fn current(&self) -> &T {
        &self.current
    }

    /// Drops past values that are too old, and makes room for one more.
    fn prune(&mut self, now: Instant) {
        let is_old = |past: &PastValue<T>| now.duration_since(past.replaced_at) > MAX_LAG;
        let old = self.past.partition_point(is_old);
        let excess = (self.past.len() + 1).saturating_sub(MAX_PAST_COUNT);
        self.past.drain(..old.max(excess));
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn set(value: &mut EventuallyConsistent<u32>, to: u32) {
        let written: Result<(), Infallible> = value.write(|value| {
            *value = to;
            Ok(())
        });
        assert_eq!(written, Ok(()));
    }

    fn after(span: Duration) -> ReadLag {
        ReadLag { reads: 0, span }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_sees_exactly_the_writes_older_than_its_lag() {
        let second = Duration::from_secs(1);
        let mut value = EventuallyConsistent::default();
        for to in 1..=3 {
            set(&mut value, to);
            tokio::time::advance(second).await;
        }
        // Written 3, 2 and 1 seconds ago.
        for (lag, seen) in [
            (0, 3),
            (999, 3),
            (1_000, 3),
            (1_001, 2),
            (2_500, 1),
            (3_001, 0),
        ] {
            let lag = after(Duration::from_millis(lag));
            assert_eq!(*value.read(lag), seen, "{lag:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_longer_of_two_lags_applies() {
        let mut value = EventuallyConsistent::default();
        set(&mut value, 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        set(&mut value, 2);
        let late = ReadLag {
            reads: 1,
            ..ReadLag::default()
        };
        let saturating_add = late.max(after(Duration::from_secs(2)));
        assert_eq!(*value.read(saturating_add), 0);
        set(&mut value, 3);
        assert_eq!(*value.read(late), 2);
        assert_eq!(*value.read(late), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_history_is_bounded_in_count_and_age() {
        let forever = after(Duration::MAX);
        let mut value = EventuallyConsistent::default();
        for to in 1..=1_000 {
            set(&mut value, to);
        }
        assert_eq!(value.past.len(), MAX_PAST_COUNT);
        assert_eq!(*value.read(forever), 1_000 - 256);
        tokio::time::advance(MAX_LAG + Duration::from_millis(1)).await;
        set(&mut value, 1_001);
        assert_eq!(*value.read(forever), 1_000);
        assert_eq!(value.past.len(), 1);
    }

    #[test]
    fn a_failed_write_changes_nothing() {
        let mut value = EventuallyConsistent::default();
        set(&mut value, 1);
        let failed: Result<(), &str> = value.write(|value| {
            *value = 2;
            Err("no")
        });
        assert_eq!(failed, Err("no"));
        assert_eq!(*value.current(), 1);
        assert_eq!(value.past.len(), 1);
    }
}
