//! What a person wants to see after an apply: who may use what.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Store;
use super::grant::StoredGrant;
use super::resource::{SandboxProject, SandboxResource};
use crate::sandbox::id::{AccountId, GranteeId, ProjectId, ResourceId};

/// Everything granted, in a form for people: times in RFC 3339, names beside ids, nothing secret.
#[derive(Clone, Debug, Serialize)]
pub struct StateView {
    /// Projects by id.
    pub projects: BTreeMap<ProjectId, SandboxProject>,
    /// Secrets and groups of secrets by id.
    pub resources: BTreeMap<ResourceId, GrantedResource>,
    /// For each account with secrets or a delegation, whether CodeArts Repo may use its keys.
    pub repo_delegations: BTreeMap<AccountId, bool>,
}

/// A secret or group of secrets and its grants.
#[derive(Clone, Debug, Serialize)]
pub struct GrantedResource {
    /// The resource.
    #[serde(flatten)]
    pub resource: SandboxResource,
    /// Its grants by grantee.
    pub grants: BTreeMap<GranteeId, NamedGrant>,
}

/// A grant and the name of who holds it.
#[derive(Clone, Debug, Serialize)]
pub struct NamedGrant {
    /// Name in the directory; none for an id the directory does not know.
    pub grantee_name: Option<String>,
    /// The grant.
    #[serde(flatten)]
    pub grant: StoredGrant,
}

impl StateView {
    /// What the store holds now.
    pub(in crate::sandbox) fn of(store: &Store) -> Self {
        let named = |(id, grant): (GranteeId, StoredGrant)| {
            let grantee_name = store.directory.get(&id).map(|known| known.name.clone());
            let named = NamedGrant {
                grantee_name,
                grant,
            };
            (id, named)
        };
        let granted = |(id, resource): (&ResourceId, &SandboxResource)| {
            let granted = GrantedResource {
                resource: resource.clone(),
                grants: store.grants(id).into_iter().map(named).collect(),
            };
            (id.clone(), granted)
        };
        let owners = store
            .resources
            .values()
            .map(|resource| &resource.project_id);
        let owners: BTreeSet<&ProjectId> = owners.collect();
        let accounts = store
            .projects
            .iter()
            .filter(|(id, project)| owners.contains(id) || store.is_delegated(&project.account_id));
        Self {
            projects: store.projects.clone(),
            resources: store.resources.iter().map(granted).collect(),
            repo_delegations: accounts
                .map(|(_, project)| &project.account_id)
                .map(|account| (account.clone(), store.is_delegated(account)))
                .collect(),
        }
    }
}
