//! Reads the list repeatedly until it shows a write.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cloud::{Call, Error, ErrorKind};

/// Intervals between readings, in milliseconds. The last one repeats.
const INTERVALS: [u64; 4] = [500, 1_000, 2_000, 3_000];

/// Number of consecutive failed readings after which reading fails.
const MAX_FAILURES: u32 = 3;

/// Reads until the result `is_enough` or `limit` has passed, and returns the last result. Without a limit, reads until
/// the deadline of the call.
///
/// Returns early if the call is cancelled.
///
/// # Errors
/// Three consecutive readings failed, or the call timed out or was cancelled. A single failure may be due to a proxy or
/// to another service.
pub(super) async fn until<T, Read>(
    call: &Call,
    limit: Option<Duration>,
    mut read: impl FnMut() -> Read,
    is_enough: impl Fn(&T) -> bool,
) -> Result<T, Error>
where
    Read: Future<Output = Result<T, Error>>,
{
    let last_at = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut intervals = INTERVALS.into_iter();
    let mut interval = Duration::ZERO;
    let mut failure_count = 0;
    loop {
        let seen = match read().await {
            Err(error) => {
                failure_count += 1;
                let is_over = matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Timeout);
                if is_over || failure_count == MAX_FAILURES {
                    return Err(error);
                }
                Err(error)
            }
            Ok(seen) => {
                failure_count = 0;
                Ok(seen)
            }
        };
        if seen.as_ref().is_ok_and(&is_enough) {
            return seen;
        }
        interval = intervals.next().map_or(interval, Duration::from_millis);
        let now = Instant::now();
        let next_at = last_at.map_or(now + interval, |last_at| last_at.min(now + interval));
        if last_at.is_some_and(|last_at| last_at <= now) || next_at >= call.deadline {
            return seen;
        }
        tokio::select! {
            () = call.cancel.cancelled() => return seen,
            () = sleep_until(next_at) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_util::sync::CancellationToken;

    /// Reads until the reading with number `shows_at`, or without success if it is 0. Returns whether it was reached,
    /// and the elapsed time.
    async fn reads(limit: Option<Duration>, shows_at: u32) -> (bool, Duration) {
        let call = Call::within(Duration::from_secs(30), CancellationToken::new());
        let began_at = Instant::now();
        let mut count = 0;
        let read = || {
            count += 1;
            std::future::ready(Ok(count))
        };
        let last = until(&call, limit, read, |count| *count == shows_at).await;
        (last.unwrap() == shows_at, began_at.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_is_visible_immediately_costs_no_time() {
        assert_eq!(reads(None, 1).await, (true, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn reading_continues_until_the_write_appears() {
        assert_eq!(reads(None, 4).await, (true, Duration::from_millis(3_500)));
    }

    #[tokio::test(start_paused = true)]
    async fn reading_stops_within_the_limit_if_the_write_never_appears() {
        let (seen, elapsed) = reads(Some(Duration::from_secs(10)), 0).await;
        assert!(!seen && elapsed <= Duration::from_secs(10), "{elapsed:?}");
        let (seen, elapsed) = reads(None, 0).await;
        assert!(!seen && elapsed <= Duration::from_secs(30), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn cancellation_ends_the_wait_immediately() {
        let cancel = CancellationToken::new();
        let call = Call::within(Duration::from_secs(30), cancel.clone());
        let began_at = Instant::now();
        let read = || {
            cancel.cancel();
            std::future::ready(Ok(()))
        };
        until(&call, None, read, |()| false).await.unwrap();
        assert_eq!(began_at.elapsed(), Duration::ZERO);
    }
}
