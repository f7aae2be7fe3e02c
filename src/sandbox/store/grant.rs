//! Grants and grantees.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::resource::ResourceKind;
use crate::sandbox::id::{GranteeId, ResourceId};

/// Kind of a grantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GranteeKind {
    /// A user, `"0"` in requests.
    User,
    /// A user group, `"2"` in requests.
    Group,
}

/// A user or a group in the directory of CSMS.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredGrantee {
    /// Name in ListGrants.
    pub name: String,
    /// User or group.
    pub kind: GranteeKind,
    /// Whether it is a user that is disabled.
    #[serde(default)]
    pub is_disabled: bool,
}

impl StoredGrantee {
    /// A user or a group with this name, which is not disabled.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: GranteeKind) -> Self {
        Self {
            name: name.into(),
            kind,
            is_disabled: false,
        }
    }
}

/// One grantee's access to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredGrant {
    /// ID of the grant; none for groups.
    pub uuid: Option<String>,
    /// User or group.
    pub grantee_kind: GranteeKind,
    /// Last day of access; none means that the grant never expires.
    pub validity_date: Option<Date>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

/// The grant in a request to create or update it.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct RequestedGrant {
    pub(in crate::sandbox) resource_id: ResourceId,
    /// Must be the kind of the resource: a group's ID with `SECRET` is unknown.
    pub(in crate::sandbox) resource_kind: ResourceKind,
    pub(in crate::sandbox) grantee_id: GranteeId,
    pub(in crate::sandbox) grantee_kind: GranteeKind,
    /// Last day of access. None creates a grant that never expires; what it does in an update depends on a quirk.
    pub(in crate::sandbox) validity_date: Option<Date>,
}

impl StoredGrant {
    /// A grant created at `now`; only grants of users have an id.
    pub(in crate::sandbox) fn new(
        grantee_kind: GranteeKind,
        validity_date: Option<Date>,
        now: Timestamp,
    ) -> Self {
        let uuid = match grantee_kind {
            GranteeKind::User => Some(Uuid::new_v4().to_string()),
            GranteeKind::Group => None,
        };
        Self {
            uuid,
            grantee_kind,
            validity_date,
            created_at: now,
            updated_at: now,
        }
    }
}
