//! What may run twice, and when.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::cloud::call::Call;
use crate::cloud::error::{Error, ErrorKind, RequestInfo};

/// Whether an operation may run twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cloud) enum RetryPolicy {
    /// A second time changes nothing, so it is repeated after any passing failure.
    Always,
    /// A second time might do more harm than the failure: repeated only when the first one was never carried out.
    UnlessCarriedOut,
}

/// The longest pause before the first repetition; each further one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The shortest pause after being told that there were too many requests.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// Repetitions for a host that no try has reached yet. Most often its name is misspelt or the network is not there,
/// which waiting does not cure: the error shall arrive within two seconds if connections are refused, and within 32 if
/// they are not answered. A host that was reached before is waited for as after any other failure.
const MAX_UNREACHED_RETRIES: u32 = 2;

/// The ends of the ranges that the pauses are drawn from, one for each repetition.
///
/// The jitter of the crate adds to a pause. Ours is drawn from the whole range, zero included, so that clients which
/// failed together come back spread over all of it.
fn backoff_ranges(max_retries: u32) -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_factor(2.0)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(usize::try_from(max_retries).unwrap_or(usize::MAX))
        .build()
}

fn may_repeat(error: &Error, repeat: RetryPolicy) -> bool {
    let may_repeat = match error.kind() {
        ErrorKind::Throttled => repeat == RetryPolicy::Always || !error.is_ambiguous(),
        ErrorKind::Unreachable => true,
        ErrorKind::Transient | ErrorKind::Timeout => repeat == RetryPolicy::Always,
        _ => false,
    };
    may_repeat && !error.is_permanent()
}

/// How long to pause before trying again; `None` if there is not enough time left.
///
/// `jitter`, from 0 to 1, chooses from the range. What `Retry-After` says is obeyed. So is the window that a message
/// names if there is time for it; if not, the window may have begun long ago, so trying earlier is worth it.
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

/// Runs an operation until it succeeds, fails for good, or its call ends; `attempt` is given the number of its try.
///
/// # Errors
/// The last failure; `Cancelled` or `Timeout` if the call ended before a try. If any try may have been carried out
/// unseen, the error is ambiguous, whatever the last try said.
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
            // What the last try said is the best explanation there is.
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
