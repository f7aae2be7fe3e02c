//! Deletes the grant of the probe, and confirms that it is gone. Deletes no other grant.

use std::time::Duration;

use tokio::time::Instant;

use super::error::ProbeError;
use super::grant_client::{GrantClient, Write, WriteResponse};
use super::journal::JournalEntry;
use super::ownership;
use super::reading::{Form, Reading};
use crate::cloud::{Call, Error, ErrorKind, Expiry};

/// How often a failure counts as temporary that usually is permanent, such as a missing permission.
const MAX_PERMANENT_FAILURES: usize = 3;

/// Between two attempts to delete.
const PAUSE: Duration = Duration::from_secs(1);

/// Why it is not certain that the grant is gone.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// The grant is listed although it was deleted.
    #[error("the grant is still listed")]
    StillListed,
    /// The service did not delete the grant.
    #[error("{0}")]
    Delete(Error),
    /// The grants could not be listed.
    #[error("{0}")]
    List(ProbeError),
}

impl CleanupError {
    pub(super) fn into_probe_error(self) -> ProbeError {
        match self {
            Self::List(error) => error,
            Self::Delete(error) => ProbeError::request("deleting the grant", error),
            Self::StillListed => ProbeError::Unclear("the grant is still listed".to_owned()),
        }
    }

    /// Whether another attempt usually fails, too.
    fn is_permanent(&self) -> bool {
        let source = match self {
            Self::Delete(source) | Self::List(ProbeError::Request { source, .. }) => source,
            _ => return false,
        };
        matches!(
            source.kind(),
            ErrorKind::Permission | ErrorKind::Authentication | ErrorKind::Configuration
        )
    }
}

/// What is known of the grant before the cleanup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existence {
    /// A list has shown it. One DELETE may be sent even if the list cannot be read now.
    Seen,
    /// A request may have created it.
    Possible,
    /// The request that could have created it failed.
    Unlikely,
}

/// What is known of the grant at the end.
#[derive(Debug)]
pub(super) enum Removal {
    /// It does not exist.
    Absent {
        /// Whether it was deleted now.
        is_deleted: bool,
    },
    /// The user has a grant that is not certainly that of the probe.
    Foreign {
        /// Its expiry, as listed.
        expiry: Expiry,
    },
}

/// Reads the list until it shows a grant of the user; `None` if it does not for this long. Not interruptible.
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
        let reading = read(client).await?;
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

/// Deletes the grant until consecutive lists do not show it for this long. Not interruptible.
///
/// # Errors
/// The grant may still exist.
pub(super) async fn remove(
    client: &GrantClient<'_>,
    journal: &JournalEntry,
    absent_for: Duration,
    existence: Existence,
) -> Result<Removal, CleanupError> {
    let started_at = Instant::now();
    let mut state = State {
        may_delete_unread: existence == Existence::Seen,
        must_delete: existence != Existence::Unlikely,
        ..State::default()
    };
    let mut list_failures = 0;
    loop {
        let error = match state.advance(client, journal, absent_for).await {
            Ok(Some(removal)) => return Ok(removal),
            Ok(None) => CleanupError::StillListed,
            Err(error) => error,
        };
        let error = match state.failed.clone() {
            Some(failed) => CleanupError::Delete(failed),
            None => error,
        };
        let is_over = started_at.elapsed() >= client.pace.cleanup.max(absent_for * 2);
        let failures = match error {
            CleanupError::List(_) => {
                list_failures += 1;
                list_failures
            }
            CleanupError::Delete(_) | CleanupError::StillListed => state.attempts,
        };
        if is_over || (error.is_permanent() && failures >= MAX_PERMANENT_FAILURES) {
            return Err(error);
        }
        tokio::time::sleep(client.pace.between_reads).await;
    }
}

/// The requests of this cleanup, and what lists have shown.
#[derive(Default)]
struct State {
    may_delete_unread: bool,
    /// Whether a DELETE must be sent before lists prove anything: they may be those of a replica that does not show the grant yet.
    must_delete: bool,
    /// Number of DELETEs.
    attempts: usize,
    /// When the last DELETE was sent.
    sent_at: Option<Instant>,
    is_deleted: bool,
    /// Why the last DELETE failed.
    failed: Option<Error>,
    absent_since: Option<Instant>,
}

impl State {
    /// Reads the list once, and deletes the grant if it is that of the probe.
    async fn advance(
        &mut self,
        client: &GrantClient<'_>,
        journal: &JournalEntry,
        absent_for: Duration,
    ) -> Result<Option<Removal>, CleanupError> {
        let reading = match read(client).await {
            Ok(reading) => reading,
            Err(error) => {
                if std::mem::take(&mut self.may_delete_unread) {
                    self.delete(client).await;
                }
                self.absent_since = None;
                return Err(error);
            }
        };
        let Some(own) = reading.entry() else {
            if self.must_delete {
                self.delete_after(client, PAUSE).await;
                return Ok(None);
            }
            return Ok(self.note_absent(&reading, absent_for));
        };
        self.absent_since = None;
        if !ownership::is_of_probe(&reading, journal) {
            let expiry = ownership::expiry(own);
            return Ok(Some(Removal::Foreign { expiry }));
        }
        let pause = match self.failed {
            Some(_) => PAUSE,
            // The list may not show the deletion yet.
            None => client.pace.unchanged_for,
        };
        self.delete_after(client, pause).await;
        Ok(None)
    }

    /// Deletes the grant, unless the last DELETE was sent more recently.
    async fn delete_after(&mut self, client: &GrantClient<'_>, pause: Duration) {
        if self
            .sent_at
            .is_none_or(|sent_at| sent_at.elapsed() >= pause)
        {
            self.delete(client).await;
        }
    }

    async fn delete(&mut self, client: &GrantClient<'_>) {
        self.may_delete_unread = false;
        self.failed = match client.write(Write::Delete).await {
            Ok(response) => {
                // A definite response: from now on, lists prove whether the grant is gone.
                self.must_delete = false;
                match response {
                    WriteResponse::Refused(error) if !error.is_not_found() => Some(error),
                    WriteResponse::Refused(_) | WriteResponse::Accepted(_) => None,
                }
            }
            Err(error) => Some(error),
        };
        self.is_deleted = true;
        self.attempts += 1;
        self.sent_at = Some(Instant::now());
    }

    /// The end, if the grant has been absent for long enough.
    fn note_absent(&mut self, reading: &Reading, absent_for: Duration) -> Option<Removal> {
        // After a failed DELETE, only a list proves that the grant is gone.
        if self.failed.is_some() && matches!(reading.form, Form::PossiblyNone(_)) {
            self.absent_since = None;
            return None;
        }
        match self.absent_since {
            Some(since) if since.elapsed() >= absent_for => Some(Removal::Absent {
                is_deleted: self.is_deleted,
            }),
            Some(_) => None,
            None => {
                self.absent_since = Some(Instant::now());
                None
            }
        }
    }
}

async fn read(client: &GrantClient<'_>) -> Result<Reading, CleanupError> {
    let call = Call::uninterruptible(client.pace.request);
    let reading = client.read_within(&call).await;
    reading.map_err(CleanupError::List)
}
