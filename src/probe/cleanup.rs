//! Deletes the grant of the probe, and confirms that it is gone.

use std::time::Duration;

use tokio::time::Instant;

use super::error::ProbeError;
use super::grant_client::{GrantClient, Write, WriteResponse};
use super::reading::Reading;
use crate::cloud::{Call, Error};

/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// Why it is not certain that the grant is gone.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// The grant is listed although it was deleted.
    #[error("the grant is still listed")]
    StillListed,
    /// The service did not delete the grant.
    #[error("DeleteGrant failed: {0}")]
    Delete(Error),
    /// The grants could not be listed.
    #[error(transparent)]
    List(ProbeError),
}

/// Deletes the grant until two consecutive lists do not show it, `absent_for` apart or more. Not interruptible.
///
/// # Errors
/// The grant may still exist.
pub(super) async fn remove(
    client: &GrantClient<'_>,
    absent_for: Duration,
) -> Result<(), CleanupError> {
    let started_at = Instant::now();
    loop {
        let error = match attempt(client, absent_for).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if started_at.elapsed() >= client.pace.cleanup {
            return Err(error);
        }
        tokio::time::sleep(PAUSE.min(client.pace.cleanup)).await;
    }
}

/// Reads the list until it shows the grant; `None` if it does not for this long. Not interruptible.
///
/// # Errors
/// The grants are not known for certain.
pub(super) async fn find(
    client: &GrantClient<'_>,
    absent_for: Duration,
) -> Result<Option<Reading>, CleanupError> {
    let started_at = Instant::now();
    let mut count = 0;
    loop {
        let call = Call::uninterruptible(client.pace.request);
        let reading = client.read_within(&call).await;
        let reading = reading.map_err(CleanupError::List)?;
        count += 1;
        if reading.is_listed() {
            return Ok(Some(reading));
        }
        if count > 1 && started_at.elapsed() >= absent_for {
            return Ok(None);
        }
        tokio::time::sleep(client.pace.between_reads).await;
    }
}

async fn attempt(client: &GrantClient<'_>, absent_for: Duration) -> Result<(), CleanupError> {
    let deleted = client.write(Write::Delete).await;
    // Whatever the response, only the list shows whether the grant is gone.
    let failed = match deleted {
        Ok(WriteResponse::Accepted(_)) => None,
        Ok(WriteResponse::Refused(error)) | Err(error) => Some(error),
    };
    let begun_at = Instant::now();
    let mut absent_since: Option<Instant> = None;
    loop {
        let call = Call::uninterruptible(client.pace.request);
        let reading = client.read_within(&call).await;
        let reading = reading.map_err(CleanupError::List)?;
        match (reading.is_listed(), absent_since) {
            (false, Some(since)) if since.elapsed() >= absent_for => return Ok(()),
            (false, None) => absent_since = Some(Instant::now()),
            (false, Some(_)) => {}
            (true, _) if failed.is_some() || begun_at.elapsed() >= client.pace.visible_within => {
                return Err(failed.map_or(CleanupError::StillListed, CleanupError::Delete));
            }
            (true, _) => absent_since = None,
        }
        tokio::time::sleep(client.pace.between_reads).await;
    }
}
