//! How long an operation may take, and who can stop it.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cloud::error::{Error, ErrorKind};

/// How long after one reading the second is asked for, where two must agree: replicas that lag behind by less than this
/// take nothing out of a state.
pub const SECOND_READ_DELAY: Duration = Duration::from_millis(500);

/// The bounds of one operation: given to every method that talks to the cloud.
///
/// At the deadline the operation ends with `Timeout`. On cancellation it ends with `Cancelled`: at once while reading
/// or waiting; a write under way is given half a second to end by itself first.
#[derive(Clone, Debug)]
pub struct Call {
    /// When the operation ends, whatever its state.
    pub deadline: Instant,
    /// Stops the operation early.
    pub cancel: CancellationToken,
    /// Keeps it from sending anything once more, and leaves what is under way alone.
    closing: CancellationToken,
    /// Nothing keeps it from sending.
    is_uninterruptible: bool,
}

impl Call {
    /// A call that has `limit` from now on.
    #[must_use]
    pub fn within(limit: Duration, cancel: CancellationToken) -> Self {
        let now = Instant::now();
        // A limit beyond the clock's range is as good as none; a year stands for it.
        let deadline = now
            .checked_add(limit)
            .unwrap_or(now + Duration::from_secs(365 * 86_400));
        Self {
            deadline,
            cancel,
            closing: CancellationToken::new(),
            is_uninterruptible: false,
        }
    }

    /// A call that has `limit` from now on and that is never stopped early: it completes what an earlier request began.
    #[must_use]
    pub fn uninterruptible(limit: Duration) -> Self {
        Self {
            is_uninterruptible: true,
            ..Self::within(limit, CancellationToken::new())
        }
    }

    /// The same call, which begins nothing more after `closing`, unless it must end.
    pub(super) fn with_closing(&self, closing: &CancellationToken) -> Self {
        let mut call = self.clone();
        if !self.is_uninterruptible {
            call.closing = closing.clone();
        }
        call
    }

    /// Waits until the operation is cancelled, or must begin nothing more.
    pub(super) async fn wait_until_stopped(&self) {
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = self.closing.cancelled() => {}
        }
    }

    /// Whether nothing more may be begun: the time is up, or somebody wishes to stop.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.end_kind().is_some()
    }

    /// Why nothing more may be begun; `None` while there is time.
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
