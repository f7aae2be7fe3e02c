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
use super::precondition;
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
    let wait = wait.max(pace.unchanged_for);
    let listed = match cleanup::find(&client, wait).await {
        Ok(listed) => listed,
        Err(error) => {
            // A secret that does not exist has no grants; its list has another form than before.
            if let Err(ProbeError::NoSecret) = precondition::find_secret(&client).await {
                return Ok(Leftover::Nothing);
            }
            return Err(error.into_probe_error());
        }
    };
    // The request of the killed run may still be on its way.
    let absent_for = match entry.pending {
        Some(_) => wait,
        None => Duration::ZERO,
    };
    let Some(own) = listed.as_ref().and_then(|reading| reading.entry()) else {
        return Ok(Leftover::Nothing);
    };
    let expiry = ownership::expiry(own);
    Ok(
        match cleanup::remove(&client, entry, absent_for, Existence::Possible).await {
            Ok(Removal::Foreign { expiry }) => Leftover::Different { expiry },
            Ok(Removal::Absent { .. }) => Leftover::Removed { expiry },
            Err(error) => Leftover::NotRemoved(error),
        },
    )
}
