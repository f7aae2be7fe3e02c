//! Which requests are retried, and when.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::cloud::deadline::Call;
use crate::cloud::error::{Error, ErrorKind, RequestInfo};

/// Which failures a request may be retried after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum RetryPolicy {
    /// Idempotent: retried after any temporary failure.
    Always,
    /// Not idempotent: retried only if it was provably not carried out.
    UnlessCarriedOut,
}

/// The longest pause before the first retry; it doubles for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest range that a pause is drawn from; `Retry-After` may demand a longer pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The shortest pause after throttling.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// Retries for a host that no attempt has reached yet. Usually its name is wrong or there is no network, and a retry
/// does not help: the error is reported within 2 s if connections are refused, and within 32 s if they time out. A host
/// that was reached before gets the usual number of retries.
const MAX_UNREACHED_RETRIES: u32 = 2;

/// The upper ends of the ranges that the pauses are drawn from, one per retry.
///
/// The crate's jitter adds to a pause. Ours draws from the whole range, so that clients that failed together spread
/// over it.
fn backoff_ranges(max_retries: u32) -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_factor(2.0)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(usize::try_from(max_retries).unwrap_or(usize::MAX))
        .build()
}

/// Whether a retry is safe and may succeed. A throttled or unreachable request was not carried out.
fn may_repeat(error: &Error, repeat: RetryPolicy) -> bool {
    let may_repeat = match error.kind() {
        ErrorKind::Throttled => repeat == RetryPolicy::Always || !error.is_ambiguous(),
        ErrorKind::Unreachable => true,
        ErrorKind::Transient | ErrorKind::Timeout => repeat == RetryPolicy::Always,
        _ => false,
    };
    may_repeat && !error.is_permanent()
}

/// The pause before the next attempt; `None` if there is not enough time left.
///
/// `jitter`, from 0 to 1, selects from the range. `Retry-After` is obeyed, and so is the throttling window of a message
/// if there is time for it; otherwise an earlier attempt may succeed, because the window may have begun long ago.
fn pause(error: &Error, range: Duration, jitter: f64, remaining: Duration) -> Option<Duration> {
    let drawn = range.mul_f64(jitter.clamp(0.0, 1.0));
    let least = match error.kind() {
        ErrorKind::Throttled => drawn.max(THROTTLED_PAUSE),
        _ => drawn,
    };
    let later = |time: Duration| [time.saturating_add(drawn), time].map(|time| time.max(least));
    let candidates = match (error.retry_after(), error.window()) {
        (Some(asked), _) => later(asked).to_vec(),
        (None, Some(window)) => [&later(window)[..], &[least]].concat(),
        (None, None) => vec![least],
    };
    candidates.into_iter().find(|pause| *pause < remaining)
}

/// Runs an operation until it succeeds, fails permanently, or its call ends. `attempt` gets its number, from 1.
///
/// # Errors
/// The last error; `Cancelled` or `Timeout` if the call ended before an attempt. The error is ambiguous if any
/// attempt may have been carried out, whatever the last one failed with.
pub(in crate::cloud) async fn with_retry<T, F>(
    call: &Call,
    exchange: &RequestInfo,
    repeat: RetryPolicy,
    max_retries: u32,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let started_at = Instant::now();
    let mut ranges = backoff_ranges(max_retries);
    let mut tries = 0;
    let mut is_reached = false;
    let mut is_ambiguous = false;
    let mut last: Option<Error> = None;
    loop {
        if let Some(kind) = call.end_kind() {
            // The error of the last attempt explains the most.
            let error = last.unwrap_or_else(|| Error::new(kind, None).with_request(exchange));
            return Err(error
                .with_kind(kind)
                .with_attempts(tries, started_at.elapsed()));
        }
        let error = match attempt(tries + 1).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if error.is_unsent() {
            let kind = error.kind();
            let error = last.map_or(error, |last| last.with_kind(kind));
            return Err(error
                .with_ambiguity(is_ambiguous)
                .with_attempts(tries, started_at.elapsed()));
        }
        tries += 1;
        is_ambiguous |= error.is_ambiguous();
        is_reached |= error.kind() != ErrorKind::Unreachable;
        let error = error
            .with_ambiguity(is_ambiguous)
            .with_attempts(tries, started_at.elapsed());
        let has_patience = is_reached || tries <= MAX_UNREACHED_RETRIES;
        if !may_repeat(&error, repeat) || !has_patience {
            return Err(error);
        }
        let pause = ranges
            .next()
            .and_then(|range| pause(&error, range, fastrand::f64(), call.remaining()));
        let Some(pause) = pause else {
            return Err(error);
        };
        tracing::debug!(
            operation = exchange.operation,
            tries,
            kind = ?error.kind(),
            pause_ms = pause.as_millis(),
            "retrying the request"
        );
        if error.kind() == ErrorKind::Throttled {
            call.note_throttled(pause);
        }
        tokio::select! {
            biased;
            () = call.wait_until_stopped() => {}
            () = tokio::time::sleep(pause) => {}
        }
        last = Some(error);
    }
}

#[cfg(test)]
mod tests;
