//! What must be known if the probe is killed.

use std::fmt;
use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::target::ProbeTarget;
use crate::cloud::{GranteeId, InvalidId, ProjectId, ProjectLocation, Region, ResourceId};

/// Stores one [`JournalEntry`].
pub trait Journal {
    /// Replaces the entry. Returns only when a crash of the machine can no longer lose it.
    ///
    /// # Errors
    /// The entry could not be stored, so the request that it announces must not be sent.
    fn write(&mut self, entry: &JournalEntry) -> io::Result<()>;

    /// Removes the entry, because the grant does not exist.
    ///
    /// # Errors
    /// The entry could not be removed; the next run finds that nothing was left.
    fn remove(&mut self) -> io::Result<()>;
}

/// A step of the experiment that sends a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// POST with a date.
    Create,
    /// PUT with a later date.
    Extend,
    /// PUT with an earlier date.
    Shorten,
    /// PUT without a date.
    ClearExpiry,
    /// POST again.
    CreateAgain,
    /// DELETE.
    Delete,
    /// DELETE again.
    DeleteAgain,
    /// PUT after DELETE.
    UpdateDeleted,
    /// POST without a date.
    CreateWithoutExpiry,
    /// PUT with a date in the past.
    Expire,
    /// The last DELETE.
    CleanUp,
}

impl StepName {
    /// What the step does, for messages: "Step: …" and "during …".
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Create => "creating the grant",
            Self::Extend => "extending the grant",
            Self::Shorten => "shortening the grant",
            Self::ClearExpiry => "updating the grant without a date",
            Self::CreateAgain => "creating the grant a second time",
            Self::Delete => "deleting the grant",
            Self::DeleteAgain => "deleting the grant a second time",
            Self::UpdateDeleted => "updating the deleted grant",
            Self::CreateWithoutExpiry => "creating the grant without a date",
            Self::Expire => "setting a date in the past",
            Self::CleanUp => "cleaning up",
        }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

/// The grant that may exist, and how to recognize it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// Version of this format.
    version: u32,
    /// URL of CSMS.
    endpoint: String,
    region: String,
    project_id: String,
    secret_id: String,
    user_id: String,
    /// When the probe began; the grant did not exist then.
    pub(super) started_at: Timestamp,
    /// When this entry was written.
    pub(super) written_at: Timestamp,
    /// The step that was about to send a request.
    pub step: StepName,
    /// Every expiration date that the probe has set so far; null for a grant that never expires.
    pub(super) expires_on: Vec<Option<Date>>,
    /// The creation times that the service has shown so far.
    pub(super) created_at: Vec<Timestamp>,
}

/// The version of the format.
const VERSION: u32 = 1;

impl JournalEntry {
    /// The entry before the first request.
    pub(super) fn new(target: &ProbeTarget, started_at: Timestamp) -> Self {
        Self {
            version: VERSION,
            endpoint: target.endpoint.clone(),
            region: target.location.region.to_string(),
            project_id: target.location.project_id.to_string(),
            secret_id: target.secret_id.to_string(),
            user_id: target.user_id.to_string(),
            started_at,
            written_at: started_at,
            step: StepName::Create,
            expires_on: Vec::new(),
            created_at: Vec::new(),
        }
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// The text is not an entry of this version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entry: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if entry.version != VERSION {
            return Err(format!("unknown version {}", entry.version));
        }
        entry.target().map_err(|error| error.to_string())?;
        Ok(entry)
    }

    /// The entry as one line of JSON.
    ///
    /// # Errors
    /// The entry cannot be represented, which does not happen.
    pub fn text(&self) -> io::Result<String> {
        serde_json::to_string(self).map_err(io::Error::other)
    }

    /// The grant.
    ///
    /// # Errors
    /// An ID is invalid.
    pub fn target(&self) -> Result<ProbeTarget, InvalidId> {
        Ok(ProbeTarget {
            location: ProjectLocation {
                region: Region::new(self.region.as_str())?,
                project_id: ProjectId::new(self.project_id.as_str())?,
            },
            secret_id: ResourceId::new(self.secret_id.as_str())?,
            user_id: GranteeId::new(self.user_id.as_str())?,
            endpoint: self.endpoint.clone(),
        })
    }

    /// When the probe began.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }
}
