//! Stopping what is under way, and going on afterwards.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// Hands each request a token, and cancels those handed out so far.
#[derive(Debug, Default)]
pub(super) struct StopSource {
    current: Mutex<CancellationToken>,
}

impl StopSource {
    /// The token for a request that begins now.
    pub(super) fn token(&self) -> CancellationToken {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Cancels every request under way; requests that begin later are not touched.
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
    fn c34_only_what_is_under_way_is_cancelled() {
        let stop = StopSource::default();
        let before = stop.token();
        stop.stop();
        assert!(before.is_cancelled());
        assert!(!stop.token().is_cancelled());
    }
}
