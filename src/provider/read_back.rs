//! Looking again until a write shows.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::cloud::{Call, Error};

/// Waits between one look and the next, in milliseconds; the last one goes on.
const WAITS: [u64; 4] = [500, 1_000, 2_000, 3_000];

/// Looks until `look` sees what it is looking for, or until `limit` is over. None: it did not show.
///
/// Ends early, with none, when the call is cancelled.
///
/// # Errors
/// A look failed.
pub(super) async fn until<T, Look>(
    call: &Call,
    limit: Option<Duration>,
    mut look: impl FnMut() -> Look,
) -> Result<Option<T>, Error>
where
    Look: Future<Output = Result<Option<T>, Error>>,
{
    let limit = limit.and_then(|limit| Instant::now().checked_add(limit));
    let deadline = limit.map_or(call.deadline, |limit| limit.min(call.deadline));
    let mut waits = WAITS.into_iter();
    let mut wait = Duration::ZERO;
    loop {
        if let Some(seen) = look().await? {
            return Ok(Some(seen));
        }
        wait = waits.next().map_or(wait, Duration::from_millis);
        let next_at = Instant::now() + wait;
        if next_at >= deadline {
            return Ok(None);
        }
        tokio::select! {
            () = call.cancel.cancelled() => return Ok(None),
            () = sleep_until(next_at) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_util::sync::CancellationToken;

    async fn looks(limit: Option<Duration>, shows_at: u32) -> (Option<u32>, Duration) {
        let call = Call::within(Duration::from_secs(30), CancellationToken::new());
        let began_at = Instant::now();
        let mut count = 0;
        let look = || {
            count += 1;
            std::future::ready(Ok((count == shows_at).then_some(count)))
        };
        (until(&call, limit, look).await.unwrap(), began_at.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_shows_at_once_costs_no_time() {
        assert_eq!(looks(None, 1).await, (Some(1), Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn what_shows_late_is_waited_for() {
        assert_eq!(
            looks(None, 4).await,
            (Some(4), Duration::from_millis(3_500))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_shows_ends_within_the_limit() {
        let (seen, elapsed) = looks(Some(Duration::from_secs(10)), 0).await;
        assert!(
            seen.is_none() && elapsed <= Duration::from_secs(10),
            "{elapsed:?}"
        );
        let (seen, elapsed) = looks(None, 0).await;
        assert!(
            seen.is_none() && elapsed <= Duration::from_secs(30),
            "{elapsed:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn cancelling_ends_the_wait_at_once() {
        let cancel = CancellationToken::new();
        let call = Call::within(Duration::from_secs(30), cancel.clone());
        let began_at = Instant::now();
        let look = || {
            cancel.cancel();
            std::future::ready(Ok(None::<()>))
        };
        assert!(until(&call, None, look).await.unwrap().is_none());
        assert_eq!(began_at.elapsed(), Duration::ZERO);
    }
}
