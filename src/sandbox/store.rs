//! What the pretend cloud holds, and the rules for changing it: no HTTP, no lock, no clock of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::id::{AccountId, GranteeId, ProjectId, ResourceId};
use super::lag::Lagging;
use super::token::Tokens;

/// A project: one account in one region.
#[derive(Clone, Debug, Serialize)]
pub struct Project {
    /// Region, which is also the project's name.
    pub region: String,
    /// Account the project belongs to.
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
    /// A group of secrets.
    Group,
}

/// State of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SecretState {
    /// Usable.
    Enabled,
    /// Switched off.
    Disabled,
    /// Scheduled for deletion: neither readable nor grantable.
    PendingDelete,
    /// Frozen by the operator.
    Frozen,
}

/// A secret or a group of secrets, without any value.
#[derive(Clone, Debug, Serialize)]
pub struct Resource {
    /// Project that owns it.
    pub project_id: ProjectId,
    /// Secret or group of secrets.
    pub kind: ResourceKind,
    /// Name, unique in the project.
    pub name: String,
    /// State; groups are always enabled.
    pub state: SecretState,
    /// When it was made.
    pub created_at: Timestamp,
}

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
#[derive(Clone, Debug, Serialize)]
pub struct Grantee {
    /// Name that the list of grants shows.
    pub name: String,
    /// User or group.
    pub kind: GranteeKind,
}

/// One grantee's access to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
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
pub(super) struct GrantTerms {
    pub(super) resource_id: ResourceId,
    pub(super) resource_kind: ResourceKind,
    pub(super) grantee_id: GranteeId,
    pub(super) grantee_kind: GranteeKind,
    pub(super) validity_date: Option<Date>,
}

/// Why the store refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreError {
    /// The project has no such resource, or not of that kind.
    NoResource,
    /// The resource is scheduled for deletion.
    ResourcePendingDelete,
    /// The resource has no such grant.
    NoGrant,
    /// The grantee already has a grant on the resource.
    GrantExists,
}

/// The grants of one resource.
pub(super) type Grants = BTreeMap<GranteeId, Grant>;

/// Everything the pretend cloud holds.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) tokens: Tokens,
    pub(super) projects: BTreeMap<ProjectId, Project>,
    pub(super) resources: BTreeMap<ResourceId, Resource>,
    pub(super) directory: BTreeMap<GranteeId, Grantee>,
    grants: BTreeMap<ResourceId, Lagging<Grants>>,
    delegations: BTreeMap<AccountId, Lagging<bool>>,
}

impl Store {
    /// The resource of that id in the project.
    pub(super) fn resource(
        &self,
        project: &ProjectId,
        id: &ResourceId,
    ) -> Result<&Resource, StoreError> {
        let resource = self.resources.get(id).ok_or(StoreError::NoResource)?;
        if resource.project_id == *project {
            Ok(resource)
        } else {
            Err(StoreError::NoResource)
        }
    }

    /// Makes a grant. A second one for the same grantee is refused: what the service does is not documented, and
    /// refusing is what makes a client that does not look first fail.
    pub(super) fn create_grant(
        &mut self,
        project: &ProjectId,
        terms: &GrantTerms,
        now: Timestamp,
    ) -> Result<Grant, StoreError> {
        self.grantable(project, terms)?;
        let grants = self.grants.entry(terms.resource_id.clone()).or_default();
        if grants.current().contains_key(&terms.grantee_id) {
            return Err(StoreError::GrantExists);
        }
        let grant = Grant::new(terms.grantee_kind, terms.validity_date, now);
        grants.write(|grants| {
            grants.insert(terms.grantee_id.clone(), grant.clone());
        });
        Ok(grant)
    }

    /// Changes the end of a grant; no end in `terms` keeps the one it has. A missing grant is not made.
    pub(super) fn update_grant(
        &mut self,
        project: &ProjectId,
        terms: &GrantTerms,
        now: Timestamp,
    ) -> Result<Grant, StoreError> {
        self.grantable(project, terms)?;
        let grants = self.grants.entry(terms.resource_id.clone()).or_default();
        let mut grant = match grants.current().get(&terms.grantee_id) {
            Some(grant) if grant.grantee_kind == terms.grantee_kind => grant.clone(),
            _ => return Err(StoreError::NoGrant),
        };
        grant.validity_date = terms.validity_date.or(grant.validity_date);
        grant.updated_at = now;
        grants.write(|grants| {
            grants.insert(terms.grantee_id.clone(), grant.clone());
        });
        Ok(grant)
    }

    /// Deletes one grant, or, without a grantee, **every grant of the resource**: the natural reading of a parameter
    /// that is optional, and the reason why a client must always send it.
    pub(super) fn delete_grants(
        &mut self,
        project: &ProjectId,
        resource: &ResourceId,
        grantee: Option<&GranteeId>,
    ) -> Result<(), StoreError> {
        self.resource(project, resource)?;
        let grants = self.grants.entry(resource.clone()).or_default();
        match grantee {
            None => grants.write(Grants::clear),
            Some(grantee) if grants.current().contains_key(grantee) => grants.write(|grants| {
                grants.remove(grantee);
            }),
            Some(_) => return Err(StoreError::NoGrant),
        }
        Ok(())
    }

    /// The grants of a resource as a request sees them, `lag_reads` reads late.
    pub(super) fn read_grants(
        &mut self,
        project: &ProjectId,
        resource: &ResourceId,
        lag_reads: u32,
    ) -> Result<Grants, StoreError> {
        self.resource(project, resource)?;
        let grants = self.grants.get_mut(resource);
        Ok(grants.map_or_else(Grants::new, |grants| grants.read(lag_reads).clone()))
    }

    /// The grants of a resource as they are; none when there is no such resource.
    pub(super) fn grants(&self, resource: &ResourceId) -> Grants {
        let grants = self.grants.get(resource);
        grants.map_or_else(Grants::new, |grants| grants.current().clone())
    }

    /// Makes or replaces a grant behind the clients' back.
    pub(super) fn put_grant(
        &mut self,
        resource: &ResourceId,
        grantee: &GranteeId,
        grant: &Grant,
    ) -> Result<(), StoreError> {
        if !self.resources.contains_key(resource) {
            return Err(StoreError::NoResource);
        }
        let grants = self.grants.entry(resource.clone()).or_default();
        grants.replace(|grants| {
            grants.insert(grantee.clone(), grant.clone());
        });
        Ok(())
    }

    /// Removes a grant behind the clients' back; whether there was one.
    pub(super) fn remove_grant(&mut self, resource: &ResourceId, grantee: &GranteeId) -> bool {
        let Some(grants) = self.grants.get_mut(resource) else {
            return false;
        };
        let existed = grants.current().contains_key(grantee);
        grants.replace(|grants| {
            grants.remove(grantee);
        });
        existed
    }

    /// Lets CodeArts Repo use the account's keys. Repeatable.
    pub(super) fn delegate(&mut self, account: &AccountId) {
        let delegation = self.delegations.entry(account.clone()).or_default();
        delegation.write(|assumed| *assumed = true);
    }

    /// Whether CodeArts Repo may use the account's keys, as a request sees it, `lag_reads` reads late.
    pub(super) fn read_delegation(&mut self, account: &AccountId, lag_reads: u32) -> bool {
        let delegation = self.delegations.get_mut(account);
        delegation.is_some_and(|assumed| *assumed.read(lag_reads))
    }

    /// Sets the delegation behind the clients' back, which is the only way to end one: there is no call for it.
    pub(super) fn set_delegation(&mut self, account: &AccountId, assumed: bool) {
        let delegation = self.delegations.entry(account.clone()).or_default();
        delegation.replace(|current| *current = assumed);
    }

    /// Whether CodeArts Repo may use the account's keys.
    pub(super) fn is_delegated(&self, account: &AccountId) -> bool {
        self.delegations
            .get(account)
            .is_some_and(|assumed| *assumed.current())
    }

    fn grantable(&self, project: &ProjectId, terms: &GrantTerms) -> Result<(), StoreError> {
        let resource = self.resource(project, &terms.resource_id)?;
        if resource.kind != terms.resource_kind {
            return Err(StoreError::NoResource);
        }
        if resource.state == SecretState::PendingDelete {
            return Err(StoreError::ResourcePendingDelete);
        }
        Ok(())
    }
}

impl SecretState {
    /// The state as CSMS spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::PendingDelete => "PENDING_DELETE",
            Self::Frozen => "FROZEN",
        }
    }
}

impl Grant {
    /// A grant made at `now`; only a user's has an id.
    pub(super) fn new(
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
