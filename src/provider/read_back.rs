//! Looking again until a write shows.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cloud::{Call, Error, ErrorKind};

/// Waits between one look and the next, in milliseconds; the last one goes on.
const WAITS: [u64; 4] = [500, 1_000, 2_000, 3_000];

/// Failed looks, one after the other, at which looking is given up.
const MAX_FAILURES: u32 = 3;

/// Looks until what `look` sees `is_enough`, or until `limit` is over, and answers what was seen last.
///
/// Ends early when the call is cancelled.
///
/// # Errors
/// Several looks failed, one after the other, or the call is over. One may have met a proxy or another service.
pub(super) async fn until<T, Look>(
    call: &Call,
    limit: Option<Duration>,
    mut look: impl FnMut() -> Look,
    is_enough: impl Fn(&T) -> bool,
) -> Result<T, Error>
where
    Look: Future<Output = Result<T, Error>>,
{
    let last_at = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut waits = WAITS.into_iter();
    let mut wait = Duration::ZERO;
    let mut failure_count = 0;
    loop {
        let seen = match look().await {
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
        wait = waits.next().map_or(wait, Duration::from_millis);
        let now = Instant::now();
        let next_at = last_at.map_or(now + wait, |last_at| last_at.min(now + wait));
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

    /// Looks for the `shows_at`th look, never for 0: the last one there was, and the time it took.
    async fn looks(limit: Option<Duration>, shows_at: u32) -> (bool, Duration) {
        let call = Call::within(Duration::from_secs(30), CancellationToken::new());
        let began_at = Instant::now();
        let mut count = 0;
        let look = || {
            count += 1;
            std::future::ready(Ok(count))
        };
        let last = until(&call, limit, look, |count| *count == shows_at).await;
        (last.unwrap() == shows_at, began_at.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_shows_at_once_costs_no_time() {
        assert_eq!(looks(None, 1).await, (true, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn what_shows_late_is_waited_for() {
        assert_eq!(looks(None, 4).await, (true, Duration::from_millis(3_500)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_shows_ends_within_the_limit() {
        let (seen, elapsed) = looks(Some(Duration::from_secs(10)), 0).await;
        assert!(!seen && elapsed <= Duration::from_secs(10), "{elapsed:?}");
        let (seen, elapsed) = looks(None, 0).await;
        assert!(!seen && elapsed <= Duration::from_secs(30), "{elapsed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn cancelling_ends_the_wait_at_once() {
        let cancel = CancellationToken::new();
        let call = Call::within(Duration::from_secs(30), cancel.clone());
        let began_at = Instant::now();
        let look = || {
            cancel.cancel();
            std::future::ready(Ok(()))
        };
        until(&call, None, look, |()| false).await.unwrap();
        assert_eq!(began_at.elapsed(), Duration::ZERO);
    }
}
