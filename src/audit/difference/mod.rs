//! The live grants that no state declares: pure decisions, no printing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::grant::{LiveGrant, LiveGrantKey, SecretGrant};
use super::live::{Live, Withheld};
use super::state::{Declared, DeclaredState};
use crate::cloud::{ExpiryInstant, GranteeId, GranteeType, ProjectLocation, ResourceId};

/// The outcome of an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The audited region and project.
    pub location: ProjectLocation,
    /// The counts.
    pub counts: Counts,
    /// The undeclared grants: first those that never expire, then the others from the latest expiry to the earliest, and by
    /// key.
    pub undeclared: Vec<Undeclared>,
    /// Secrets out of use whose grants the service does not list.
    pub withheld: Vec<Withheld>,
    /// The names of the blocks in the root module.
    pub taken_names: BTreeSet<String>,
}

/// How many grants there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that are live.
    pub live: usize,
    /// Those of them that a state declares.
    pub declared: usize,
    /// Those of them that none declares.
    pub undeclared: usize,
    /// Those of them that never expire.
    pub endless: usize,
}

/// A live grant that no state declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undeclared {
    /// The grant.
    pub grant: LiveGrant,
    /// Whether it has expired.
    pub is_expired: bool,
    /// Whether this might not be a separate grant: a state declares one to a user group that the service does not list,
    /// and may list as its members instead.
    pub is_perhaps_by_group: bool,
}

/// Compares what is live with what the states declare, on a day in UTC. Deterministic.
#[must_use]
pub fn difference(live: Live, states: &[DeclaredState], today: Date) -> Difference {
    let declared = states.iter().flat_map(|state| &state.declared);
    let evidence = Evidence::new(declared, &live.grants);
    let grants = once_each(live.grants);
    let count = grants.len();
    let undeclared = grants
        .into_iter()
        .filter(|(key, _)| !evidence.keys.contains(key));
    let mut undeclared: Vec<_> = undeclared
        .map(|(key, grant)| (key, evidence.undeclared(grant, today)))
        .collect();
    undeclared.sort_by_cached_key(|(key, each)| (order(&each.grant), key.clone()));
    let undeclared: Vec<_> = undeclared.into_iter().map(|(_, each)| each).collect();
    let is_endless = |each: &&Undeclared| each.grant.is_endless();
    Difference {
        location: live.location,
        counts: Counts {
            live: count,
            declared: count.saturating_sub(undeclared.len()),
            undeclared: undeclared.len(),
            endless: undeclared.iter().filter(is_endless).count(),
        },
        undeclared,
        withheld: live.withheld,
        taken_names: states
            .iter()
            .flat_map(|state| state.names.clone())
            .collect(),
    }
}

/// Those that never expire first, then those whose expiry is not understood, then the late before the early ones.
fn order(grant: &LiveGrant) -> (bool, Option<Reverse<ExpiryInstant>>) {
    (!grant.is_endless(), grant.expiry().instant().map(Reverse))
}

/// The grants by key. Of one that the service doubles, the one that gives most access.
fn once_each(grants: Vec<LiveGrant>) -> BTreeMap<LiveGrantKey, LiveGrant> {
    let mut unique: BTreeMap<LiveGrantKey, LiveGrant> = BTreeMap::new();
    for grant in grants {
        let key = grant.key();
        let is_wider = |other: &LiveGrant| order(&grant) < order(other);
        if unique.get(&key).is_none_or(is_wider) {
            unique.insert(key, grant);
        }
    }
    unique
}

/// The grants in the states.
struct Evidence<'a> {
    /// What is declared.
    keys: BTreeSet<LiveGrantKey>,
    /// Which grantee is of which kind.
    kinds: BTreeMap<&'a GranteeId, GranteeType>,
    /// Resources that are granted to a user group that the service does not list.
    with_unlisted_group: BTreeSet<(&'a ProjectLocation, &'a ResourceId)>,
}

impl<'a> Evidence<'a> {
    fn new(declared: impl Iterator<Item = &'a Declared>, live: &[LiveGrant]) -> Self {
        let live: BTreeSet<LiveGrantKey> = live.iter().map(LiveGrant::key).collect();
        let mut evidence = Self {
            keys: BTreeSet::new(),
            kinds: BTreeMap::new(),
            with_unlisted_group: BTreeSet::new(),
        };
        for each in declared {
            let key = each.key();
            if let Declared::Secret {
                location,
                resource_id,
                grantee_type,
                grantee_id,
                ..
            } = each
            {
                evidence.kinds.insert(grantee_id, *grantee_type);
                if *grantee_type == GranteeType::Group && !live.contains(&key) {
                    evidence.with_unlisted_group.insert((location, resource_id));
                }
            }
            evidence.keys.insert(key);
        }
        evidence
    }

    fn undeclared(&self, grant: LiveGrant, today: Date) -> Undeclared {
        let is_expired = grant
            .expires_on()
            .is_some_and(|expires_on| expires_on < today);
        let (grant, is_perhaps_by_group) = match grant {
            LiveGrant::Secret(grant) => {
                let resource = (&grant.location, &grant.resource_id);
                let is_perhaps_by_group = self.with_unlisted_group.contains(&resource);
                let grantee_type = self.kinds.get(&grant.grantee.id).copied();
                let grant = SecretGrant {
                    grantee_type,
                    ..grant
                };
                (LiveGrant::Secret(grant), is_perhaps_by_group)
            }
            delegation @ LiveGrant::Delegation(_) => (delegation, false),
        };
        Undeclared {
            grant,
            is_expired,
            is_perhaps_by_group,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
