//! What the probe works on: one grant, and the dates that it sets.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

use crate::cloud::{GrantTerms, GranteeId, GranteeType, ProjectLocation, ResourceId, ResourceType};

/// The grant to create, change and delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeTarget {
    /// Region and project of the secret.
    pub location: ProjectLocation,
    /// The secret.
    pub secret_id: ResourceId,
    /// The user, who has no grant on the secret.
    pub user_id: GranteeId,
    /// URL of CSMS, so that a journal about a sandbox is not applied to an account.
    pub endpoint: String,
}

impl ProbeTarget {
    /// The terms of the grant with this expiration date.
    pub(super) fn terms(&self, expires_on: Option<Date>) -> GrantTerms {
        GrantTerms {
            resource_id: self.secret_id.clone(),
            resource_type: ResourceType::Secret,
            grantee_id: self.user_id.clone(),
            grantee_type: GranteeType::User,
            expires_on,
        }
    }
}

/// The expiration dates that the probe sets: all different, and within a week, so that access ends soon if the grant cannot be
/// deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeDates {
    /// The current date in UTC.
    pub today: Date,
    /// Of the first grant.
    pub created: Date,
    /// Later than the first.
    pub extended: Date,
    /// Earlier than the first.
    pub shortened: Date,
    /// Of the second creation.
    pub duplicate: Date,
    /// Already over, in every time zone.
    pub past: Date,
}

impl ProbeDates {
    /// The dates of an experiment at this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        let today = Offset::UTC.to_datetime(now).date();
        let after = |days: i64| today.saturating_add(days.days());
        Self {
            today,
            created: after(4),
            extended: after(6),
            shortened: after(3),
            duplicate: after(5),
            past: after(-2),
        }
    }
}
