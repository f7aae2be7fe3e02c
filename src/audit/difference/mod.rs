//! Live grants that no state declares, and declared grants that are not live: pure decisions, no printing.

mod declared;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::grant::{LiveGrant, LiveGrantKey, SecretGrant};
use super::live::{Live, Unread, Withheld};
use super::state::{Declared, DeclaredGrant, DeclaredState};
use crate::cloud::{ExpiryInstant, GranteeId, GranteeType, ProjectLocation, ResourceId};
use declared::Declarations;

pub use declared::{Missing, MissingReason, NotChecked, NotCheckedReason, Repeated};

/// The outcome of an audit.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The audited regions and projects, sorted.
    pub locations: Vec<ProjectLocation>,
    /// The counts.
    pub counts: Counts,
    /// The undeclared grants: first those that never expire, then the others from the latest expiry to the earliest, and by
    /// key.
    pub undeclared: Vec<Undeclared>,
    /// Declared grants that no longer exist, by address.
    pub missing: Vec<Missing>,
    /// Declared grants of which it is not known whether they exist, by reason and address.
    pub not_checked: Vec<NotChecked>,
    /// Grants that several blocks declare, by address.
    pub repeated: Vec<Repeated>,
    /// Secrets out of use whose grants the service does not list.
    pub withheld: Vec<Withheld>,
    /// What could not be read. The audit is incomplete if there is any.
    pub unread: Vec<Unread>,
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
    /// Declared ones that no longer exist.
    pub missing: usize,
    /// Declared ones that were not checked.
    pub not_checked: usize,
    /// Those that several blocks declare.
    pub repeated: usize,
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

impl Difference {
    /// Whether there is something to act on: an undeclared grant or one that no longer exists.
    #[must_use]
    pub fn has_findings(&self) -> bool {
        !self.undeclared.is_empty() || !self.missing.is_empty()
    }

    /// Whether several projects were audited, so that grants are told apart by region and project.
    #[must_use]
    pub fn has_several_projects(&self) -> bool {
        self.locations.len() > 1
    }
}

/// Compares what is live with what the states declare, on a day in UTC. Deterministic, and independent of the order of the states.
#[must_use]
pub fn difference(mut live: Live, states: &[DeclaredState], today: Date) -> Difference {
    let declared = || states.iter().flat_map(|state| &state.declared);
    let grants = once_each(std::mem::take(&mut live.grants));
    let evidence = Evidence::new(declared(), &grants);
    let declarations = Declarations::new(states);
    let (missing, not_checked) = declarations.compare(&live, &grants, today);
    let repeated = declarations.repeated();
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
        locations: live.locations.into_iter().collect(),
        counts: Counts {
            live: count,
            declared: count.saturating_sub(undeclared.len()),
            undeclared: undeclared.len(),
            endless: undeclared.iter().filter(is_endless).count(),
            missing: missing.len(),
            not_checked: not_checked.len(),
            repeated: repeated.len(),
        },
        undeclared,
        missing,
        not_checked,
        repeated,
        withheld: live.withheld,
        unread: live.unread,
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
    fn new(
        declared: impl Iterator<Item = &'a DeclaredGrant>,
        live: &BTreeMap<LiveGrantKey, LiveGrant>,
    ) -> Self {
        let mut evidence = Self {
            keys: BTreeSet::new(),
            kinds: BTreeMap::new(),
            with_unlisted_group: BTreeSet::new(),
        };
        for each in declared {
            let key = each.grant.key();
            if let Declared::Secret {
                location,
                resource_id,
                grantee_type,
                grantee_id,
                ..
            } = &each.grant
            {
                evidence.kinds.insert(grantee_id, *grantee_type);
                if *grantee_type == GranteeType::Group && !live.contains_key(&key) {
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
