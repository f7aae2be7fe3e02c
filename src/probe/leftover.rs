//! Finds and removes what a run left that was killed.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::cleanup::{self, CleanupError, Existence, Removal};
use super::error::ProbeError;
use super::grant_client::GrantClient;
use super::journal::JournalEntry;
use super::lag::Lag;
use super::ownership;
use super::target::ProbeTarget;
use super::timing::Pace;
use crate::cloud::{Client, Expiry};

/// What a run has left.
#[derive(Debug)]
pub enum Leftover {
    /// The user has no grant on the secret.
    Nothing,
    /// The grant of the probe, which is deleted now.
    Removed {
        /// Its expiration date, if the service shows it.
        expiry: Expiry,
    },
    /// The user has a grant that is not certainly that of the probe. It was not deleted.
    Different {
        /// Its expiration date, if the service shows it.
        expiry: Expiry,
    },
    /// The grant of the probe, which could not be deleted.
    NotRemoved(CleanupError),
}

/// Deletes the grant that a journal announces, if it is the grant that the probe created. Not interruptible. `now`: the current time.
///
/// # Errors
/// The grants are not known for certain.
pub async fn remove_leftover(
    client: &Client,
    target: &ProbeTarget,
    entry: &JournalEntry,
    pace: Pace,
    now: Timestamp,
) -> Result<Leftover, ProbeError> {
    let cancel = CancellationToken::new();
    let client = GrantClient {
        client,
        target,
        pace,
        cancel: &cancel,
        lag: Lag::default(),
        absent_form: Some(entry.absent_form),
    };
    // A request of the killed run may take as long as any write to become visible.
    let age = Duration::try_from(now.duration_since(entry.written_at)).unwrap_or_default();
    let wait = pace.visible_within.saturating_sub(age);
    let listed = cleanup::find(&client, wait.max(pace.unchanged_for)).await;
    let listed = listed.map_err(CleanupError::into_probe_error)?;
    let Some(own) = listed.as_ref().and_then(|reading| reading.entry()) else {
        return Ok(Leftover::Nothing);
    };
    let expiry = ownership::expiry(own);
    Ok(
        match cleanup::remove(&client, entry, Duration::ZERO, Existence::Possible).await {
            Ok(Removal::Foreign { expiry }) => Leftover::Different { expiry },
            Ok(Removal::Absent { .. }) => Leftover::Removed { expiry },
            Err(error) => Leftover::NotRemoved(error),
        },
    )
}
