//! The grants on one resource, and the quirks that change how they are written and listed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::grant::{GranteeKind, RequestedGrant, StoredGrant};
use crate::sandbox::id::{GranteeId, ResourceId};
use crate::sandbox::quirk::{
    DeleteUnaimed, Duplicate, GroupDelete, Groups, Quirks, UpdateMissing, UpdateWithoutEnd,
};

/// The grants on every resource.
pub(in crate::sandbox) type GrantTables = BTreeMap<ResourceId, GrantTable>;

/// The members of each group.
pub(in crate::sandbox) type Members = BTreeMap<GranteeId, BTreeSet<GranteeId>>;

/// The grants on one resource by grantee, oldest first; a grantee in the table has at least one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::sandbox) struct GrantTable(BTreeMap<GranteeId, Vec<StoredGrant>>);

impl GrantTable {
    /// The oldest grant of each grantee.
    pub(in crate::sandbox) fn oldest(&self) -> BTreeMap<GranteeId, StoredGrant> {
        let oldest = self.0.iter();
        let oldest = oldest.filter_map(|(id, grants)| Some((id.clone(), grants.first()?.clone())));
        oldest.collect()
    }

    /// The number of grants of a grantee.
    pub(in crate::sandbox) fn count(&self, grantee: &str) -> usize {
        self.0.get(grantee).map_or(0, Vec::len)
    }

    /// Creates a grant.
    pub(in crate::sandbox) fn create(
        &mut self,
        terms: &RequestedGrant,
        now: Timestamp,
        quirks: &Quirks,
    ) -> Result<StoredGrant, StoreError> {
        let grants = self.0.entry(terms.grantee_id.clone()).or_default();
        match (grants.first_mut(), quirks.duplicate) {
            (Some(_), Duplicate::Refused) => return Err(StoreError::GrantExists),
            (Some(grant), Duplicate::Merged) => {
                grant.validity_date = terms.validity_date;
                grant.updated_at = now;
                return Ok(grant.clone());
            }
            (None, _) | (Some(_), Duplicate::Doubled) => {}
        }
        let grant = StoredGrant::new(terms.grantee_kind, terms.validity_date, now);
        grants.push(grant.clone());
        Ok(grant)
    }

    /// Changes the expiry of a grantee's grants; returns the oldest.
    pub(in crate::sandbox) fn update(
        &mut self,
        terms: &RequestedGrant,
        now: Timestamp,
        quirks: &Quirks,
    ) -> Result<StoredGrant, StoreError> {
        let Some(grants) = self.0.get_mut(&terms.grantee_id) else {
            return match quirks.update_missing {
                UpdateMissing::Refuses => Err(StoreError::NoGrant),
                UpdateMissing::Creates => self.create(terms, now, quirks),
            };
        };
        let is_same = |grant: &&mut StoredGrant| grant.grantee_kind == terms.grantee_kind;
        for grant in grants.iter_mut().filter(is_same) {
            grant.validity_date = match quirks.update_without_end {
                UpdateWithoutEnd::Keeps => terms.validity_date.or(grant.validity_date),
                UpdateWithoutEnd::Clears => terms.validity_date,
            };
            grant.updated_at = now;
        }
        let oldest = grants.iter_mut().find(is_same);
        oldest.map(|grant| grant.clone()).ok_or(StoreError::NoGrant)
    }

    /// Deletes the grants of one grantee, or of all grantees if none is named.
    pub(in crate::sandbox) fn delete(
        &mut self,
        grantee: Option<&GranteeId>,
        quirks: &Quirks,
    ) -> Result<(), StoreError> {
        let Some(grantee) = grantee else {
            return match quirks.delete_unaimed {
                DeleteUnaimed::RemovesAll => {
                    self.0.clear();
                    Ok(())
                }
                DeleteUnaimed::Refused => Err(StoreError::NoGrantee),
            };
        };
        let grants = self.0.get(grantee).ok_or(StoreError::NoGrant)?;
        let is_group = |grant: &StoredGrant| grant.grantee_kind == GranteeKind::Group;
        if quirks.group_delete == GroupDelete::Refuses && grants.iter().any(is_group) {
            return Err(StoreError::GranteeIsGroup);
        }
        self.0.remove(grantee);
        Ok(())
    }

    /// The entries of ListGrants by grantee, with groups as the quirk says. A member of an expanded group is listed once, with
    /// the member's own grant if there is one.
    pub(in crate::sandbox) fn entries<'a>(
        &'a self,
        groups: Groups,
        members: &'a Members,
    ) -> Vec<(&'a GranteeId, &'a StoredGrant)> {
        let entries = self.0.iter();
        let entries = entries.flat_map(|(id, grants)| grants.iter().map(move |grant| (id, grant)));
        let is_group =
            |(_, grant): &(&GranteeId, &StoredGrant)| grant.grantee_kind == GranteeKind::Group;
        let (of_groups, of_users): (Vec<_>, Vec<_>) = entries.clone().partition(is_group);
        match groups {
            Groups::Listed => entries.collect(),
            Groups::Invisible => of_users,
            Groups::Expanded => {
                let mut listed = of_users;
                for (group, grant) in of_groups {
                    for member in members.get(group).into_iter().flatten() {
                        if !listed.iter().any(|(id, _)| *id == member) {
                            listed.push((member, grant));
                        }
                    }
                }
                listed.sort_by_key(|(id, _)| *id);
                listed
            }
        }
    }

    /// Replaces the grants of a grantee with this one.
    pub(in crate::sandbox) fn put(&mut self, grantee: &GranteeId, grant: &StoredGrant) {
        self.0.insert(grantee.clone(), vec![grant.clone()]);
    }

    /// Removes the grants of a grantee.
    pub(in crate::sandbox) fn remove(&mut self, grantee: &GranteeId) {
        self.0.remove(grantee);
    }

    /// Removes grants whose last day is before `today`.
    pub(in crate::sandbox) fn drop_expired(&mut self, today: Date) {
        self.0.retain(|_, grants| {
            grants.retain(|grant| grant.validity_date.is_none_or(|last_day| last_day >= today));
            !grants.is_empty()
        });
    }
}
