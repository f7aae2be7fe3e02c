//! The deadline and the cancellation of an operation.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cloud::error::{Error, ErrorKind};

/// Delay between two reads that must agree. A replica that lags by less than this cannot remove anything from a state.
pub const SECOND_READ_DELAY: Duration = Duration::from_millis(500);

/// The bounds of one operation. Every method that sends a request takes one.
///
/// The operation fails with `Timeout` at the deadline, and with `Cancelled` on cancellation: immediately while it reads
/// or waits, and after up to half a second while a write is in progress.
#[derive(Clone, Debug)]
pub struct Call {
    /// When the operation fails with `Timeout`.
    pub deadline: Instant,
    /// Cancels the operation.
    pub cancel: CancellationToken,
    /// Prevents further requests, without interrupting one in progress.
    closing: CancellationToken,
    /// Whether it ignores `closing`.
    is_uninterruptible: bool,
    /// Where pauses after throttling are noted.
    throttle: Option<ThrottleWatch>,
}

/// How long calls wait because the service throttles them. Clones share it, so that one watch can observe several calls.
#[derive(Clone, Debug, Default)]
pub struct ThrottleWatch(Arc<Mutex<Option<Instant>>>);

impl ThrottleWatch {
    /// The time until the last waiting request is sent again; `None` if no request waits.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remaining = until?.saturating_duration_since(Instant::now());
        (!remaining.is_zero()).then_some(remaining)
    }

    fn note(&self, pause: Duration) {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Instant::now().checked_add(pause));
    }
}

impl Call {
    /// A call with a deadline `limit` from now.
    #[must_use]
    pub fn within(limit: Duration, cancel: CancellationToken) -> Self {
        let now = Instant::now();
        // A limit beyond the range of the clock becomes a year.
        let deadline = now
            .checked_add(limit)
            .unwrap_or(now + Duration::from_secs(365 * 86_400));
        Self {
            deadline,
            cancel,
            closing: CancellationToken::new(),
            is_uninterruptible: false,
            throttle: None,
        }
    }

    /// A call with a deadline `limit` from now that cannot be cancelled: for completing what an earlier request began.
    #[must_use]
    pub fn uninterruptible(limit: Duration) -> Self {
        Self {
            is_uninterruptible: true,
            ..Self::within(limit, CancellationToken::new())
        }
    }

    /// The same call, whose pauses after throttling are visible in `watch`.
    #[must_use]
    pub fn watched_by(self, watch: &ThrottleWatch) -> Self {
        Self {
            throttle: Some(watch.clone()),
            ..self
        }
    }

    /// Notes that a request waits because of throttling.
    pub(super) fn note_throttled(&self, pause: Duration) {
        if let Some(watch) = &self.throttle {
            watch.note(pause);
        }
    }

    /// The same call, which sends no request after `closing` is cancelled, unless it is uninterruptible.
    pub(super) fn with_closing(&self, closing: &CancellationToken) -> Self {
        let mut call = self.clone();
        if !self.is_uninterruptible {
            call.closing = closing.clone();
        }
        call
    }

    /// Waits until the operation is cancelled or closing.
    pub(super) async fn wait_until_stopped(&self) {
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = self.closing.cancelled() => {}
        }
    }

    /// Whether no further request may be sent: the deadline has passed, or the operation was cancelled.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.end_kind().is_some()
    }

    /// Why no further request may be sent: `Cancelled` or `Timeout`; `None` while requests may be sent.
    pub(super) fn end_kind(&self) -> Option<ErrorKind> {
        if self.cancel.is_cancelled() || self.closing.is_cancelled() {
            return Some(ErrorKind::Cancelled);
        }
        self.remaining().is_zero().then_some(ErrorKind::Timeout)
    }

    /// Waits for `length`.
    ///
    /// # Errors
    /// `Cancelled` or `Timeout` if the call ends meanwhile.
    pub async fn pause(&self, length: Duration) -> Result<(), Error> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => {}
            () = tokio::time::sleep(length.min(self.remaining())) => {}
        }
        match self.end_kind() {
            Some(kind) => Err(Error::new(kind, None)),
            None => Ok(()),
        }
    }

    /// Time until the deadline.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
