//! The part of the store that a data file keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grant::StoredGrantee;
use super::grant_table::{GrantTable, Members};
use super::object::ObjectSnapshot;
use super::resource::{Events, SandboxProject, SandboxResource};
use crate::sandbox::id::{AccountId, GranteeId, ProjectId, ResourceId};
use crate::sandbox::quirk::Quirks;

/// The contents of the store without credentials and without past values.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct StoreSnapshot {
    pub(in crate::sandbox) projects: BTreeMap<ProjectId, SandboxProject>,
    pub(in crate::sandbox) resources: BTreeMap<ResourceId, SandboxResource>,
    pub(in crate::sandbox) grantees: BTreeMap<GranteeId, StoredGrantee>,
    pub(in crate::sandbox) members: Members,
    /// Absent if empty, so that versions without events can read the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::sandbox) events: Events,
    /// Current grants: a lag does not survive a restart.
    pub(in crate::sandbox) grants: BTreeMap<ResourceId, GrantTable>,
    /// Apart from the other objects, so that versions without those can read the file.
    pub(in crate::sandbox) delegations: BTreeMap<AccountId, bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::sandbox) objects: ObjectSnapshot,
    pub(in crate::sandbox) quirks: Quirks,
}
