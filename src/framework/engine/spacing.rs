//! Delays responses that some clients cannot process in quick succession.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Prefix of the client versions that can lose their whole state if several creations fail at once and each returns an
/// object: Terraform 1.16.0-rc2 panics while it writes the state.
const AFFECTED_VERSIONS: &str = "1.16.";

/// Minimum interval between such responses.
const MIN_INTERVAL: Duration = Duration::from_millis(300);

/// Spaces the responses of failed creations that return an object, for clients that need it.
#[derive(Debug, Default)]
pub(super) struct Spacing {
    is_needed: AtomicBool,
    /// When the next response may be sent; none before the first. Its lock is held while one waits, so that responses
    /// queue.
    next_at: Mutex<Option<Instant>>,
}

impl Spacing {
    /// Records the version of the client.
    pub(super) fn set_client_version(&self, version: &str) {
        self.is_needed
            .store(version.starts_with(AFFECTED_VERSIONS), Ordering::Relaxed);
    }

    /// Waits until such a response may be sent; returns immediately for other clients.
    pub(super) async fn wait(&self) {
        if !self.is_needed.load(Ordering::Relaxed) {
            return;
        }
        let mut next_at = self.next_at.lock().await;
        if let Some(at) = *next_at {
            sleep_until(at).await;
        }
        *next_at = Some(Instant::now() + MIN_INTERVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spread(version: &str) -> Duration {
        let spacing = Spacing::default();
        spacing.set_client_version(version);
        let began_at = Instant::now();
        let waits = (0..10).map(|_| spacing.wait());
        futures_util::future::join_all(waits).await;
        began_at.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn responses_are_spaced_only_for_affected_client_versions() {
        assert_eq!(spread("1.16.0-rc2").await, 9 * MIN_INTERVAL);
        for version in ["1.15.5", "1.1.6", "1.17.0", ""] {
            assert_eq!(spread(version).await, Duration::ZERO, "{version}");
        }
    }
}
