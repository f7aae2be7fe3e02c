//! Cancellation of the requests in progress.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// Issues a cancellation token to each request, and cancels all tokens issued before [`StopSource::stop`].
#[derive(Debug, Default)]
pub(super) struct StopSource {
    /// Token of the requests since the last stop.
    current: Mutex<CancellationToken>,
}

impl StopSource {
    /// The token for a request that starts now.
    pub(super) fn token(&self) -> CancellationToken {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Cancels every request in progress. Later requests are not affected.
    pub(super) fn stop(&self) {
        let fresh = CancellationToken::new();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, fresh).cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c34_stop_cancels_only_calls_in_progress() {
        let stop = StopSource::default();
        let before = stop.token();
        stop.stop();
        assert!(before.is_cancelled());
        assert!(!stop.token().is_cancelled());
    }
}
