//! How long the probe waits.

use std::time::Duration;

use crate::cloud::SECOND_READ_DELAY;

/// Pauses and limits. The defaults are for the real service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two reads of the list.
    pub between_reads: Duration,
    /// How long a write may take to become visible.
    pub visible_within: Duration,
    /// How long the list must be unchanged before the probe concludes that a request had no effect; longer if writes were slow to
    /// become visible.
    pub unchanged_for: Duration,
    /// Limit of one request, including its retries.
    pub request: Duration,
    /// How long the probe tries to delete the grant.
    pub cleanup: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            between_reads: SECOND_READ_DELAY,
            visible_within: Duration::from_secs(30),
            unchanged_for: Duration::from_secs(5),
            request: Duration::from_secs(60),
            cleanup: Duration::from_secs(120),
        }
    }
}
