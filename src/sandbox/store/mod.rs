//! What the pretend cloud holds, and the rules for changing it: no HTTP, no lock, no calendar of its own.

pub(super) mod error;
pub(super) mod grant;
pub(super) mod grant_table;
pub(super) mod resource;
pub(super) mod snapshot;
pub(super) mod state_view;

use std::collections::BTreeMap;
use std::convert::Infallible;

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
use resource::{Events, SandboxProject, SandboxResource, SecretState};
use snapshot::StoreSnapshot;

/// Everything the pretend cloud holds.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) tokens: Tokens,
    pub(super) identities: Identities,
    pub(super) metadata: MetadataService,
    pub(super) metadata_tokens: IssuedMetadataTokens,
    pub(super) projects: BTreeMap<ProjectId, SandboxProject>,
    pub(super) resources: BTreeMap<ResourceId, SandboxResource>,
    pub(super) directory: BTreeMap<GranteeId, StoredGrantee>,
    pub(super) members: Members,
    /// The secrets that subscribe to an event, by its name.
    pub(super) events: Events,
    pub(super) quirks: Quirks,
    grants: BTreeMap<ResourceId, EventuallyConsistent<GrantTable>>,
    delegations: BTreeMap<AccountId, EventuallyConsistent<bool>>,
}

impl Store {
    /// The account of that name; accounts are known by their projects.
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

    /// The resource of that id in the project.
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

    /// Makes a grant. A second one for the same grantee is refused unless a quirk says otherwise: what the service does
    /// is not documented, and refusing is what makes a client that does not look first fail.
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

    /// Changes the end of a grant. Unless a quirk says otherwise, no end in `terms` keeps the one it has, and a missing
    /// grant is not made.
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

    /// Deletes one grantee's grants, or, without a grantee, **every grant of the resource** unless a quirk says
    /// otherwise: the natural reading of a parameter that is optional, and the reason why a client must always send it.
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

    /// The grants of a resource as a request sees them, however late.
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

    /// The grants of a resource as they are, the oldest of each grantee; none when there is no such resource.
    pub(super) fn grants(&self, resource: &ResourceId) -> BTreeMap<GranteeId, StoredGrant> {
        let grants = self.grants.get(resource);
        grants.map_or_else(BTreeMap::new, |grants| grants.current().oldest())
    }

    /// The grants of every resource as they are.
    pub(super) fn tables(&self) -> GrantTables {
        let tables = self.grants.iter();
        let tables = tables.map(|(id, grants)| (id.clone(), grants.current().clone()));
        tables.collect()
    }

    /// How many grants a grantee has on a resource.
    pub(super) fn grant_count(&self, resource: &str, grantee: &str) -> usize {
        let grants = self.grants.get(resource);
        grants.map_or(0, |grants| grants.current().count(grantee))
    }

    /// Removes what has ended before `today`, if that is what the service does.
    pub(super) fn drop_expired(&mut self, today: Date) {
        if self.quirks.expired == Expired::Dropped {
            for grants in self.grants.values_mut() {
                grants.replace(|table| table.drop_expired(today));
            }
        }
    }

    /// Makes or replaces a grant behind the clients' back.
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

    /// Removes a grant behind the clients' back; whether there was one.
    pub(super) fn remove_grant(&mut self, resource: &ResourceId, grantee: &GranteeId) -> bool {
        let Some(grants) = self.grants.get_mut(resource) else {
            return false;
        };
        let existed = grants.current().count(grantee.as_str()) > 0;
        grants.replace(|table| table.remove(grantee));
        existed
    }

    /// Removes a secret or a group of secrets with all that was granted on it; whether it was there.
    pub(super) fn remove_resource(&mut self, id: &ResourceId) -> bool {
        self.grants.remove(id);
        for subscribers in self.events.values_mut() {
            subscribers.remove(id);
        }
        self.resources.remove(id).is_some()
    }

    /// Lets CodeArts Repo use the account's keys. Repeatable.
    pub(super) fn delegate(&mut self, account: &AccountId) {
        let delegation = self.delegations.entry(account.clone()).or_default();
        let Ok(()) = delegation.write(|assumed| {
            *assumed = true;
            Ok::<_, Infallible>(())
        });
    }

    /// Whether CodeArts Repo may use the account's keys, as a request sees it, however late.
    pub(super) fn read_delegation(&mut self, account: &AccountId, lag: ReadLag) -> bool {
        let delegation = self.delegations.get_mut(account);
        delegation.is_some_and(|assumed| *assumed.read(lag))
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

    /// What is kept from one start to the next.
    pub(super) fn snapshot(&self) -> StoreSnapshot {
        StoreSnapshot {
            projects: self.projects.clone(),
            resources: self.resources.clone(),
            grantees: self.directory.clone(),
            members: self.members.clone(),
            events: self.events.clone(),
            grants: current(&self.grants),
            delegations: current(&self.delegations),
            quirks: self.quirks.clone(),
        }
    }

    /// Takes up what was kept in place of what there is; what is secret stays.
    pub(super) fn restore(&mut self, snapshot: StoreSnapshot) {
        self.projects = snapshot.projects;
        self.resources = snapshot.resources;
        self.directory = snapshot.grantees;
        self.members = snapshot.members;
        self.events = snapshot.events;
        self.quirks = snapshot.quirks;
        self.grants = settled(snapshot.grants);
        self.delegations = settled(snapshot.delegations);
    }

    /// Changes the grants of a resource as they are, or as they were at an earlier moment, whatever came between.
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

fn current<K: Clone + Ord, T: Clone>(
    lagging: &BTreeMap<K, EventuallyConsistent<T>>,
) -> BTreeMap<K, T> {
    let values = lagging.iter();
    values
        .map(|(key, value)| (key.clone(), value.current().clone()))
        .collect()
}

/// The values, with no reader behind any of them.
fn settled<K: Ord, T: Clone + Default>(
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
