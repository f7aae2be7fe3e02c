//! What may run twice, and when.

use std::time::Duration;

use tokio::time::Instant;

use super::call::Call;
use super::error::{Error, ErrorKind, Exchange};

/// Whether an operation may run twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// A second time changes nothing, so it is repeated after any passing failure.
    Freely,
    /// A second time might do more harm than the failure: repeated only when the first one was never carried out.
    UnlessCarriedOut,
}

/// The pause before the first repetition; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The shortest pause after being told that there were too many requests.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// How long to pause before trying again; `None` to give up.
///
/// `retries` counts the repetitions so far. `jitter`, from 0 to 1, scales the pause, so that clients which failed
/// together do not come back together.
fn pause(
    error: &Error,
    repeat: Repeat,
    retries: u32,
    max_retries: u32,
    jitter: f64,
) -> Option<Duration> {
    let may_repeat = match error.kind() {
        ErrorKind::Throttled | ErrorKind::Unreachable => true,
        ErrorKind::Transient | ErrorKind::Timeout => repeat == Repeat::Freely,
        _ => false,
    };
    if !may_repeat || error.is_permanent() || retries >= max_retries {
        return None;
    }
    let factor = 2_u32.saturating_pow(retries);
    let pause = FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE);
    let least = match error.kind() {
        ErrorKind::Throttled => THROTTLED_PAUSE,
        _ => Duration::ZERO,
    };
    let asked = error.retry_after().unwrap_or_default();
    Some(pause.mul_f64(jitter.clamp(0.0, 1.0)).max(least).max(asked))
}

/// Runs an operation until it succeeds, fails for good, or its call ends; `attempt` is given the number of its try.
///
/// # Errors
/// The last failure; `Cancelled` or `Timeout` if the call ended before a try. If any try may have been carried out
/// unseen, the error is ambiguous, whatever the last try said.
pub(super) async fn run<T, F>(
    call: &Call,
    exchange: &Exchange,
    repeat: Repeat,
    max_retries: u32,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let started_at = Instant::now();
    let mut tries = 0;
    let mut is_ambiguous = false;
    let mut last: Option<Error> = None;
    loop {
        if let Some(kind) = call.ended() {
            // What the last try said is the best explanation there is.
            let error = last.unwrap_or_else(|| Error::new(kind, None).during(exchange));
            return Err(error.ended(kind).after(tries, started_at.elapsed()));
        }
        tries += 1;
        let error = match attempt(tries).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        is_ambiguous |= error.is_ambiguous();
        let error = error
            .ambiguous(is_ambiguous)
            .after(tries, started_at.elapsed());
        let Some(pause) = pause(&error, repeat, tries - 1, max_retries, fastrand::f64()) else {
            return Err(error);
        };
        if call.remaining() <= pause {
            return Err(error);
        }
        tracing::debug!(
            operation = exchange.operation,
            tries,
            kind = ?error.kind(),
            pause_ms = pause.as_millis(),
            "the request will be repeated"
        );
        tokio::select! {
            biased;
            () = call.cancel.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
        last = Some(error);
    }
}

#[cfg(test)]
mod tests;
