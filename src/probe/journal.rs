//! What must be known if the probe is killed.

use std::fmt;
use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reading::Form;
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
            Self::Extend => "setting a later expiration date",
            Self::Shorten => "setting an earlier expiration date",
            Self::ClearExpiry => "updating the grant without specifying an expiration date",
            Self::CreateAgain => "creating the grant a second time",
            Self::Delete => "deleting the grant",
            Self::DeleteAgain => "deleting the grant a second time",
            Self::UpdateDeleted => "updating the deleted grant",
            Self::CreateWithoutExpiry => "creating a grant without an expiration date",
            Self::Expire => "setting an expiration date in the past",
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The write that was about to be sent, if its effect was not seen; it may create the grant, or replace it.
    pub(super) pending: Option<PendingWrite>,
    /// Each `create_time` that the service has shown for the grant, as it was sent.
    pub(super) created_at: Vec<Value>,
    /// How far the service's clock is ahead of ours, in seconds.
    pub(super) clock_ahead: Option<i64>,
    /// Whether the service shows expiration dates, if that is known.
    pub(super) shows_dates: Option<bool>,
    /// The form of the list before the grant was created.
    pub(super) absent_form: Form,
    /// Whether the service shows no creation time. Not stored: the next run cannot recognize such a grant.
    #[serde(skip)]
    pub(super) hides_created_at: bool,
}

/// A write whose effect was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PendingWrite {
    /// The expiration date in the request.
    pub(super) expires_on: Option<Date>,
}

/// The version of the format.
const VERSION: u32 = 1;

impl JournalEntry {
    /// The entry before the first request.
    pub(super) fn new(target: &ProbeTarget, started_at: Timestamp, absent_form: Form) -> Self {
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
            pending: None,
            created_at: Vec::new(),
            clock_ahead: None,
            shows_dates: None,
            absent_form,
            hides_created_at: false,
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
