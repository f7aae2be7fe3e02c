//! All grants and delegations, as people read them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Store;
use super::encryption::RepoEncryption;
use super::grant::StoredGrant;
use super::resource::{SandboxProject, SandboxResource};
use crate::sandbox::id::{AccountId, GranteeId, ProjectId, ResourceId};

/// All grants and delegations, without secrets.
///
/// **Shape** in JSON: objects by id, with names; times in RFC 3339.
#[derive(Clone, Debug, Serialize)]
pub struct StateView {
    /// Projects by id.
    pub projects: BTreeMap<ProjectId, SandboxProject>,
    /// Secrets and secret groups by id.
    pub resources: BTreeMap<ResourceId, GrantedResource>,
    /// Whether CodeArts Repo may use the keys of each account that has secrets or a delegation.
    pub repo_delegations: BTreeMap<AccountId, bool>,
    /// How the repositories of each account are encrypted, by `account/region`; only where it was set.
    pub repo_encryption: BTreeMap<String, RepoEncryption>,
}

/// A secret or secret group and its grants.
#[derive(Clone, Debug, Serialize)]
pub struct GrantedResource {
    /// Secret or secret group.
    #[serde(flatten)]
    pub resource: SandboxResource,
    /// Its grants by grantee.
    pub grants: BTreeMap<GranteeId, NamedGrant>,
}

/// A grant and the name of its grantee.
#[derive(Clone, Debug, Serialize)]
pub struct NamedGrant {
    /// Name in the directory; none if the directory does not have the id.
    pub grantee_name: Option<String>,
    /// The grant.
    #[serde(flatten)]
    pub grant: StoredGrant,
}

impl StateView {
    /// The current state of the store.
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
            repo_encryption: store.objects.all(),
        }
    }
}
