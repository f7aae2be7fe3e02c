//! Declared grants: which of them are missing, which cannot be checked, and which are declared more than once.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::audit::grant::{Delegation, LiveGrant, LiveGrantKey};
use crate::audit::live::{DelegationReading, Live, ReadOutcome, ResourceReading};
use crate::audit::state::{Declared, DeclaredExpiry, DeclaredGrant, DeclaredState};
use crate::cloud::{GranteeType, Region, ResourceType};

/// A declared grant that no longer exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The addresses that declare it, sorted.
    pub addresses: Vec<String>,
    /// The grant; none if its IDs may not be printed.
    pub grant: Option<Declared>,
    /// The name of the secret, if the service tells it; text of others, not cleaned.
    pub resource_name: Option<String>,
    /// Why it is known to be missing.
    pub reason: MissingReason,
}

/// Why a declared grant is known to be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingReason {
    /// Its secret, secret group or region was read, and it is not there.
    NotListed,
    /// Its secret does not exist.
    NoSecret,
    /// Its secret group does not exist, or has no grants.
    NoSecretGroup,
}

/// A declared grant of which it is not known whether it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotChecked {
    /// Why.
    pub reason: NotCheckedReason,
    /// The addresses that declare it, sorted.
    pub addresses: Vec<String>,
    /// The grant; none if its IDs may not be printed.
    pub grant: Option<Declared>,
}

/// Why a declared grant was not checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotCheckedReason {
    /// Its secret or delegation could not be read.
    Unread(String),
    /// Its project could not be read.
    ProjectUnread(String),
    /// The service does not list grants on secrets in this state.
    Withheld(String),
    /// It is in another project or region.
    OtherProject,
    /// It is in another account.
    OtherAccount,
    /// Its secret, or the delegation, was left out of the audit.
    NotRequested,
    /// It is to a user group, which the service may list as the members of the group.
    UserGroup,
    /// It has expired, and the service may no longer list it.
    Expired,
    /// Its expiry in the state is not a date, so it may have expired.
    ExpiryUnclear,
    /// The list has a length at which it may be cut off.
    ListLength(usize),
}

/// A grant that several blocks declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The addresses, sorted.
    pub addresses: Vec<String>,
    /// The grant; none if its IDs may not be printed.
    pub grant: Option<Declared>,
}

/// The declared grants by key.
pub(super) struct Declarations<'a>(BTreeMap<LiveGrantKey, Vec<&'a DeclaredGrant>>);

impl<'a> Declarations<'a> {
    pub(super) fn new(states: &'a [DeclaredState]) -> Self {
        let mut by_key: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for declared in states.iter().flat_map(|state| &state.declared) {
            let key = declared.grant.key();
            by_key.entry(key).or_default().push(declared);
        }
        for declared in by_key.values_mut() {
            declared.sort_by(|a, b| a.address.cmp(&b.address));
        }
        Self(by_key)
    }

    /// The grants that are declared and not live: those that no longer exist, and those that were not checked.
    pub(super) fn compare(
        &self,
        live: &Live,
        grants: &BTreeMap<LiveGrantKey, LiveGrant>,
        today: Date,
    ) -> (Vec<Missing>, Vec<NotChecked>) {
        let (mut missing, mut not_checked) = (Vec::new(), Vec::new());
        for (key, declared) in &self.0 {
            if grants.contains_key(key) {
                continue;
            }
            let Some(first) = declared.first() else {
                continue;
            };
            let (addresses, grant) = (addresses(declared), printable(declared));
            match absence(&first.grant, declared, live, today) {
                Ok(reason) => missing.push(Missing {
                    addresses,
                    grant,
                    resource_name: resource_name(&first.grant, live),
                    reason,
                }),
                Err(reason) => not_checked.push(NotChecked {
                    reason,
                    addresses,
                    grant,
                }),
            }
        }
        missing.sort_by(|a, b| a.addresses.cmp(&b.addresses));
        not_checked.sort_by(|a, b| (&a.reason, &a.addresses).cmp(&(&b.reason, &b.addresses)));
        (missing, not_checked)
    }

    /// The grants that several blocks declare. An object that is still to be destroyed is no second block.
    pub(super) fn repeated(&self) -> Vec<Repeated> {
        let mut repeated = Vec::new();
        for declared in self.0.values() {
            let blocks = declared.iter().copied().filter(|each| !each.is_deposed);
            let blocks: Vec<_> = blocks.collect();
            if blocks.len() > 1 {
                repeated.push(Repeated {
                    addresses: addresses(&blocks),
                    grant: printable(&blocks),
                });
            }
        }
        repeated.sort_by(|a, b| a.addresses.cmp(&b.addresses));
        repeated
    }
}

fn addresses(declared: &[&DeclaredGrant]) -> Vec<String> {
    declared.iter().map(|each| each.address.clone()).collect()
}

/// The grant, unless one of the states marks its IDs as sensitive.
fn printable(declared: &[&DeclaredGrant]) -> Option<Declared> {
    let first = declared.first()?;
    let is_sensitive = declared.iter().any(|each| each.is_sensitive);
    (!is_sensitive).then(|| first.grant.clone())
}

fn resource_name(grant: &Declared, live: &Live) -> Option<String> {
    reading(grant, live)?.name.clone()
}

fn reading<'a>(grant: &Declared, live: &'a Live) -> Option<&'a ResourceReading> {
    match grant {
        Declared::Secret {
            location,
            resource_id,
            ..
        } => live.resources.get(&(location.clone(), resource_id.clone())),
        Declared::Delegation(_) => None,
    }
}

/// Why a grant that is not live is known to be missing, or else why that is not known.
fn absence(
    grant: &Declared,
    declared: &[&DeclaredGrant],
    live: &Live,
    today: Date,
) -> Result<MissingReason, NotCheckedReason> {
    match grant {
        Declared::Secret {
            location,
            resource_type,
            grantee_type,
            ..
        } => {
            if !live.locations.contains(location) {
                return Err(NotCheckedReason::OtherProject);
            }
            if let Some(reason) = live.failed.get(location) {
                return Err(NotCheckedReason::ProjectUnread(reason.clone()));
            }
            let Some(reading) = reading(grant, live) else {
                return Err(NotCheckedReason::NotRequested);
            };
            let is_group = *grantee_type == GranteeType::Group;
            match &reading.outcome {
                ReadOutcome::Unread(reason) => Err(NotCheckedReason::Unread(reason.clone())),
                ReadOutcome::Withheld(state) => Err(NotCheckedReason::Withheld(state.clone())),
                ReadOutcome::NotFound if *resource_type == ResourceType::Secret => {
                    Ok(MissingReason::NoSecret)
                }
                // "Not found" also means that a secret group has no grants that are listed.
                ReadOutcome::NotFound if is_group => Err(NotCheckedReason::UserGroup),
                ReadOutcome::NotFound => {
                    expiry(declared, today).map_or(Ok(MissingReason::NoSecretGroup), Err)
                }
                ReadOutcome::Listed { .. } if is_group => Err(NotCheckedReason::UserGroup),
                ReadOutcome::Listed { suspicious_length } => {
                    let length = suspicious_length.map(NotCheckedReason::ListLength);
                    let reason = expiry(declared, today).or(length);
                    reason.map_or(Ok(MissingReason::NotListed), Err)
                }
            }
        }
        Declared::Delegation(delegation) => match live.delegations.get(&delegation.region) {
            Some(DelegationReading::Read(tenant_id)) if *tenant_id == delegation.tenant_id => {
                Ok(MissingReason::NotListed)
            }
            Some(DelegationReading::Read(_)) => Err(NotCheckedReason::OtherAccount),
            Some(DelegationReading::Unread(reason)) => {
                Err(NotCheckedReason::Unread(reason.clone()))
            }
            None => Err(unread_region(delegation, live)),
        },
    }
}

/// Why the delegation in a region was not read.
fn unread_region(delegation: &Delegation, live: &Live) -> NotCheckedReason {
    let is_here = |region: &Region| *region == delegation.region;
    let mut failed = live.failed.iter();
    let failed = failed.find(|(location, _)| is_here(&location.region));
    let mut locations = live.locations.iter();
    match failed {
        Some((_, reason)) => NotCheckedReason::ProjectUnread(reason.clone()),
        None if locations.any(|location| is_here(&location.region)) => {
            NotCheckedReason::NotRequested
        }
        None => NotCheckedReason::OtherProject,
    }
}

/// Why the expiry of a grant that is not listed leaves open whether the grant was revoked. The time zone of the service is not
/// documented, so access may end on the last day itself.
fn expiry(declared: &[&DeclaredGrant], today: Date) -> Option<NotCheckedReason> {
    let mut reasons = declared.iter().filter_map(|each| match each.expiry {
        DeclaredExpiry::None => None,
        DeclaredExpiry::On(date) => (date <= today).then_some(NotCheckedReason::Expired),
        DeclaredExpiry::Unclear => Some(NotCheckedReason::ExpiryUnclear),
    });
    reasons.next()
}
