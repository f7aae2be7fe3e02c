//! What the store keeps from one start of a sandbox to the next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grant::StoredGrantee;
use super::grant_table::{GrantTable, Members};
use super::resource::{Events, SandboxProject, SandboxResource};
use crate::sandbox::id::{AccountId, GranteeId, ProjectId, ResourceId};
use crate::sandbox::quirk::Quirks;

/// What the store holds, without secrets and without what only readers that lag behind would see.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct StoreSnapshot {
    pub(in crate::sandbox) projects: BTreeMap<ProjectId, SandboxProject>,
    pub(in crate::sandbox) resources: BTreeMap<ResourceId, SandboxResource>,
    pub(in crate::sandbox) grantees: BTreeMap<GranteeId, StoredGrantee>,
    pub(in crate::sandbox) members: Members,
    /// Left out where there is none, so that programs read the file that do not know it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::sandbox) events: Events,
    pub(in crate::sandbox) grants: BTreeMap<ResourceId, GrantTable>,
    pub(in crate::sandbox) delegations: BTreeMap<AccountId, bool>,
    pub(in crate::sandbox) quirks: Quirks,
}
