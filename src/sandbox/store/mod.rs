//! What the cloud holds, and the rules for changing it. It knows no HTTP, no lock and no clock.

pub(super) mod encryption;
pub(super) mod error;
pub(super) mod grant;
pub(super) mod grant_table;
pub(super) mod object;
pub(super) mod resource;
pub(super) mod snapshot;
pub(super) mod state_view;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::identity::metadata_server::{IssuedMetadataTokens, MetadataService};
use crate::sandbox::consistency::{EventuallyConsistent, ReadLag};
use crate::sandbox::id::{AccountId, GranteeId, ProjectId, ResourceId};
use crate::sandbox::identity::Identities;
use crate::sandbox::identity::token::Tokens;
use crate::sandbox::quirk::{Expired, Quirks};
use error::StoreError;
use grant::{RequestedGrant, StoredGrant, StoredGrantee};
use grant_table::{GrantTable, GrantTables, Members};
use object::{Delegation, ObjectTable, StoredObject};
use resource::{Events, SandboxProject, SandboxResource, SecretState};
use snapshot::StoreSnapshot;

/// Everything that the cloud holds.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// Tokens of IAM, expired ones too.
    pub(super) tokens: Tokens,
    pub(super) identities: Identities,
    pub(super) metadata: MetadataService,
    pub(super) metadata_tokens: IssuedMetadataTokens,
    pub(super) projects: BTreeMap<ProjectId, SandboxProject>,
    pub(super) resources: BTreeMap<ResourceId, SandboxResource>,
    /// Users and groups known to CSMS. Grants may name others.
    pub(super) directory: BTreeMap<GranteeId, StoredGrantee>,
    /// Members of groups in the directory; only the quirk `groups=expanded` reads them.
    pub(super) members: Members,
    pub(super) events: Events,
    pub(super) quirks: Quirks,
    /// Private, so that every change goes through `write` or bypasses the lag on purpose.
    grants: BTreeMap<ResourceId, EventuallyConsistent<GrantTable>>,
    pub(super) objects: ObjectTable,
}

impl Store {
    /// The account of this name, found by its projects.
    pub(super) fn account_named(&self, name: &str) -> Option<AccountId> {
        let mut projects = self.projects.values();
        let project = projects.find(|project| project.account_name == name);
        project.map(|project| project.account_id.clone())
    }

    /// The name of an account.
    pub(super) fn account_name(&self, id: &AccountId) -> Option<String> {
        let mut projects = self.projects.values();
        let project = projects.find(|project| project.account_id == *id);
        project.map(|project| project.account_name.clone())
    }

    /// The events that a secret subscribes to.
    pub(super) fn events_of<'a>(&'a self, id: &'a ResourceId) -> impl Iterator<Item = &'a str> {
        let events = self.events.iter();
        events
            .filter(move |(_, subscribers)| subscribers.contains(id))
            .map(|(name, _)| name.as_str())
    }

    /// The resource with this ID in the project.
    pub(super) fn resource(
        &self,
        project: &ProjectId,
        id: &ResourceId,
    ) -> Result<&SandboxResource, StoreError> {
        let resource = self.resources.get(id).ok_or(StoreError::NoResource)?;
        if resource.project_id == *project {
            Ok(resource)
        } else {
            Err(StoreError::NoResource)
        }
    }

    /// Creates a grant. By default a second one for the same grantee is refused: the reference does not say what the service
    /// does, and this makes clients fail that do not check first.
    pub(super) fn create_grant(
        &mut self,
        project: &ProjectId,
        terms: &RequestedGrant,
        now: Timestamp,
        stale_grants: Option<&GrantTables>,
    ) -> Result<StoredGrant, StoreError> {
        self.check_grantable(project, terms)?;
        self.write(&terms.resource_id, stale_grants, |table, quirks| {
            table.create(terms, now, quirks)
        })
    }

    /// Changes the expiry of a grant. By default a request without an expiry leaves it unchanged, and a grant that does not
    /// exist is not created.
    pub(super) fn update_grant(
        &mut self,
        project: &ProjectId,
        terms: &RequestedGrant,
        now: Timestamp,
        stale_grants: Option<&GrantTables>,
    ) -> Result<StoredGrant, StoreError> {
        self.check_grantable(project, terms)?;
        self.write(&terms.resource_id, stale_grants, |table, quirks| {
            table.update(terms, now, quirks)
        })
    }

    /// Deletes the grants of one grantee. Without a grantee it deletes **every grant on the resource** by default: the parameter
    /// is documented as optional, so clients must always send it.
    pub(super) fn delete_grants(
        &mut self,
        project: &ProjectId,
        resource: &ResourceId,
        grantee: Option<&GranteeId>,
        stale_grants: Option<&GrantTables>,
    ) -> Result<(), StoreError> {
        self.resource(project, resource)?;
        self.write(resource, stale_grants, |table, quirks| {
            table.delete(grantee, quirks)
        })
    }

    /// The grants on a resource as a request with this lag sees them.
    pub(super) fn read_grants(
        &mut self,
        project: &ProjectId,
        resource: &ResourceId,
        lag: ReadLag,
    ) -> Result<GrantTable, StoreError> {
        self.resource(project, resource)?;
        let grants = self.grants.get_mut(resource);
        Ok(grants.map_or_else(GrantTable::default, |grants| grants.read(lag).clone()))
    }

    /// The current grants on a resource, the oldest of each grantee; empty if the resource does not exist.
    pub(super) fn grants(&self, resource: &ResourceId) -> BTreeMap<GranteeId, StoredGrant> {
        let grants = self.grants.get(resource);
        grants.map_or_else(BTreeMap::new, |grants| grants.current().oldest())
    }

    /// The current grants on every resource.
    pub(super) fn grant_tables(&self) -> GrantTables {
        let tables = self.grants.iter();
        let tables = tables.map(|(id, grants)| (id.clone(), grants.current().clone()));
        tables.collect()
    }

    /// The number of grants of a grantee on a resource.
    pub(super) fn grant_count(&self, resource: &str, grantee: &str) -> usize {
        let grants = self.grants.get(resource);
        grants.map_or(0, |grants| grants.current().count(grantee))
    }

    /// Removes grants whose last day is before `today`, if the quirk `expired` says so.
    pub(super) fn drop_expired(&mut self, today: Date) {
        if self.quirks.expired == Expired::Dropped {
            for grants in self.grants.values_mut() {
                grants.replace(|table| table.drop_expired(today));
            }
        }
    }

    /// Creates or replaces a grant without the API.
    pub(super) fn put_grant(
        &mut self,
        resource: &ResourceId,
        grantee: &GranteeId,
        grant: &StoredGrant,
    ) -> Result<(), StoreError> {
        if !self.resources.contains_key(resource) {
            return Err(StoreError::NoResource);
        }
        let grants = self.grants.entry(resource.clone()).or_default();
        grants.replace(|table| table.put(grantee, grant));
        Ok(())
    }

    /// Removes a grant without the API; returns whether it existed.
    pub(super) fn remove_grant(&mut self, resource: &ResourceId, grantee: &GranteeId) -> bool {
        let Some(grants) = self.grants.get_mut(resource) else {
            return false;
        };
        let existed = grants.current().count(grantee.as_str()) > 0;
        grants.replace(|table| table.remove(grantee));
        existed
    }

    /// Removes a secret or a secret group and its grants; returns whether it existed.
    pub(super) fn remove_resource(&mut self, id: &ResourceId) -> bool {
        self.grants.remove(id);
        for subscribers in self.events.values_mut() {
            subscribers.remove(id);
        }
        self.resources.remove(id).is_some()
    }

    /// Whether CodeArts Repo may use the account's keys.
    pub(super) fn is_delegated(&self, account: &AccountId) -> bool {
        self.objects
            .current::<Delegation>(account.as_str())
            .is_some()
    }

    /// What a data file keeps.
    pub(super) fn snapshot(&self) -> StoreSnapshot {
        let mut objects = self.objects.snapshot();
        let delegations = objects.remove(Delegation::KIND).unwrap_or_default();
        let delegations = delegations.into_iter();
        StoreSnapshot {
            projects: self.projects.clone(),
            resources: self.resources.clone(),
            grantees: self.directory.clone(),
            members: self.members.clone(),
            events: self.events.clone(),
            grants: current(&self.grants),
            delegations: delegations
                .map(|(account, delegation)| {
                    (AccountId::from(account.as_str()), !delegation.is_null())
                })
                .collect(),
            objects,
            quirks: self.quirks.clone(),
        }
    }

    /// Replaces the contents with those of a data file; credentials are unchanged.
    pub(super) fn restore(&mut self, snapshot: StoreSnapshot) {
        self.projects = snapshot.projects;
        self.resources = snapshot.resources;
        self.directory = snapshot.grantees;
        self.members = snapshot.members;
        self.events = snapshot.events;
        self.quirks = snapshot.quirks;
        self.grants = without_past(snapshot.grants);
        self.objects.restore(snapshot.objects);
        for (account, is_assumed) in &snapshot.delegations {
            self.objects
                .put(account.as_str(), is_assumed.then_some(&Delegation {}));
        }
    }

    /// Changes the grants on a resource. With `stale_grants` the change starts from those, and overwrites all later changes.
    fn write<R>(
        &mut self,
        resource: &ResourceId,
        stale_grants: Option<&GrantTables>,
        change: impl FnOnce(&mut GrantTable, &Quirks) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let grants = self.grants.entry(resource.clone()).or_default();
        grants.write(|table| {
            if let Some(stale_grants) = stale_grants {
                *table = stale_grants.get(resource).cloned().unwrap_or_default();
            }
            change(table, &self.quirks)
        })
    }

    /// Checks that the project has this resource with the requested kind, and that it is not scheduled for deletion.
    fn check_grantable(
        &self,
        project: &ProjectId,
        terms: &RequestedGrant,
    ) -> Result<(), StoreError> {
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

/// Current values without past ones. Unlike `read`, this does not count as a read after a write.
fn current<K: Clone + Ord, T: Clone>(
    lagging: &BTreeMap<K, EventuallyConsistent<T>>,
) -> BTreeMap<K, T> {
    let values = lagging.iter();
    values
        .map(|(key, value)| (key.clone(), value.current().clone()))
        .collect()
}

/// Values without past values.
fn without_past<K: Ord, T: Clone + Default>(
    values: BTreeMap<K, T>,
) -> BTreeMap<K, EventuallyConsistent<T>> {
    let values = values.into_iter();
    values
        .map(|(key, value)| {
            let mut lagging = EventuallyConsistent::default();
            lagging.replace(|current| *current = value.clone());
            (key, lagging)
        })
        .collect()
}
