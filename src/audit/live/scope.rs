//! What an audit covers: everything that the service lists, or some secrets, and what the states declare.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::audit::grant::Delegation;
use crate::audit::state::{Declared, DeclaredState};
use crate::cloud::{GranteeId, ProjectLocation, ResourceId, ResourceType};

/// How long a grant counts as new.
const NEW: SignedDuration = SignedDuration::from_mins(10);

/// What to audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditScope {
    /// The secrets and secret groups to audit; all secrets of the projects if empty.
    pub only: BTreeSet<ResourceId>,
    /// Whether to audit the delegation.
    pub has_delegation: bool,
    /// The secrets and secret groups on which the states declare grants. Those that the service does not list, as it never does
    /// for secret groups, are read as well.
    pub(super) declared: BTreeMap<(ProjectLocation, ResourceId), DeclaredResource>,
    /// The delegations that the states declare.
    pub(super) delegations: BTreeSet<Delegation>,
}

/// What the states declare on one secret or secret group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeclaredResource {
    /// Secret or secret group.
    pub(super) resource_type: ResourceType,
    /// Who is granted access.
    pub(super) grantees: BTreeSet<GranteeId>,
    /// When the latest of these grants was created, if a state shows it.
    newest: Option<Timestamp>,
    /// Whether that was just before the audit, so that the service may not list it yet.
    pub(super) is_new: bool,
}

impl AuditScope {
    /// Everything that the service lists, and what the states declare.
    #[must_use]
    pub fn everything(states: &[DeclaredState]) -> Self {
        Self::these(BTreeSet::new(), states).with_delegation()
    }

    /// These secrets or secret groups only.
    #[must_use]
    pub fn these(only: BTreeSet<ResourceId>, states: &[DeclaredState]) -> Self {
        let mut scope = Self {
            only,
            ..Self::default()
        };
        for declared in states.iter().flat_map(|state| &state.declared) {
            match &declared.grant {
                Declared::Secret {
                    location,
                    resource_type,
                    resource_id,
                    grantee_id,
                    ..
                } => {
                    let key = (location.clone(), resource_id.clone());
                    let resource = scope.declared.entry(key);
                    let resource = resource.or_insert_with(|| DeclaredResource {
                        resource_type: *resource_type,
                        grantees: BTreeSet::new(),
                        newest: None,
                        is_new: false,
                    });
                    resource.grantees.insert(grantee_id.clone());
                    resource.newest = resource.newest.max(declared.created_at);
                }
                Declared::Delegation(delegation) => {
                    scope.delegations.insert(delegation.clone());
                }
            }
        }
        scope
    }

    /// The same scope at this time: what was created just before may not be listed yet, and is waited for.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        for resource in self.declared.values_mut() {
            resource.is_new = resource
                .newest
                .is_some_and(|newest| now.duration_since(newest) < NEW);
        }
        self
    }

    fn with_delegation(self) -> Self {
        Self {
            has_delegation: true,
            ..self
        }
    }

    pub(super) fn includes(&self, id: &ResourceId) -> bool {
        self.only.is_empty() || self.only.contains(id)
    }

    /// The requested and declared IDs in a project, sorted.
    pub(super) fn ids_in(&self, location: &ProjectLocation) -> BTreeSet<ResourceId> {
        let declared = self.declared.keys();
        let here = declared.filter(|(own, id)| own == location && self.includes(id));
        let declared = here.map(|(_, id)| id.clone());
        self.only.iter().cloned().chain(declared).collect()
    }

    /// Who is granted access to a resource, according to the states.
    pub(super) fn grantees_of(
        &self,
        location: &ProjectLocation,
        id: &ResourceId,
    ) -> Option<&DeclaredResource> {
        self.declared.get(&(location.clone(), id.clone()))
    }
}
