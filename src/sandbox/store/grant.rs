//! A grant, and who can receive one.

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
    /// One person, `"0"` on the wire.
    User,
    /// A group of people, `"2"` on the wire.
    Group,
}

/// Someone who can receive a grant, as the directory of CSMS knows them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredGrantee {
    /// Name that the list of grants shows.
    pub name: String,
    /// User or group.
    pub kind: GranteeKind,
}

/// One grantee's access to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredGrant {
    /// Id of the grant; a group's grant has none.
    pub uuid: Option<String>,
    /// User or group.
    pub grantee_kind: GranteeKind,
    /// Day on which access ends; none means never.
    pub validity_date: Option<Date>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a request to create or update a grant asks for.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct RequestedGrant {
    pub(in crate::sandbox) resource_id: ResourceId,
    pub(in crate::sandbox) resource_kind: ResourceKind,
    pub(in crate::sandbox) grantee_id: GranteeId,
    pub(in crate::sandbox) grantee_kind: GranteeKind,
    pub(in crate::sandbox) validity_date: Option<Date>,
}

impl StoredGrant {
    /// A grant made at `now`; only a user's has an id.
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
