//! Secrets, secret groups, and the projects that own them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::id::{AccountId, ProjectId, ResourceId};

/// A project: one account in one region.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SandboxProject {
    /// Region, which is also the project's name.
    pub region: String,
    /// Account that owns the project.
    pub account_id: AccountId,
    /// Name of that account.
    pub account_name: String,
}

/// Kind of a resource that can be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ResourceKind {
    /// One secret.
    Secret,
    /// A secret group.
    Group,
}

/// State of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SecretState {
    /// Enabled.
    Enabled,
    /// Disabled.
    Disabled,
    /// Scheduled for deletion: cannot be read or granted.
    PendingDelete,
    /// Frozen by the operator.
    Frozen,
}

/// A secret without its value, or a secret group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SandboxResource {
    /// Project that owns it.
    pub project_id: ProjectId,
    /// Secret or secret group.
    pub kind: ResourceKind,
    /// Name, unique in the project.
    pub name: String,
    /// State; groups are always enabled.
    pub state: SecretState,
    /// Time of creation.
    pub created_at: Timestamp,
}

/// The secrets that subscribe to each event, by name of the event.
pub(in crate::sandbox) type Events = BTreeMap<String, BTreeSet<ResourceId>>;

impl SecretState {
    /// The state in responses of CSMS.
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::PendingDelete => "PENDING_DELETE",
            Self::Frozen => "FROZEN",
        }
    }
}
