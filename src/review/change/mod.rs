//! The net effect of a whole plan on each grant: pure decisions, no printing.
//!
//! A grant is what its key says, wherever it is declared. All steps of one key are combined, so a delete and a create of
//! it are no change of access.

mod note;
mod sides;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;

use super::grant::{Expiry, PlannedGrant, PlannedGrantKey};
use crate::access::net::row::Row;
use crate::plan_json::grant_type::GrantType;
use crate::plan_json::value::PlanValue;
pub use note::Note;
use sides::Sides;
pub use step::{Missing, PlanStep, StepOutcome};

/// The net effect on the access of one grantee to one resource, in the order of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Access is gained.
    Gains,
    /// The expiry is later.
    Extended,
    /// The expiry is removed.
    ExpiryRemoved,
    /// The expiry may change, but the old or the new expiry is unknown or sensitive.
    ExpiryUnclear,
    /// Access is lost.
    Loses,
    /// The expiry is earlier.
    Shortened,
    /// An expiry is added.
    ExpiryAdded,
    /// The delegation is destroyed in Terraform, but remains in effect: the service has no API to revoke it.
    Stays,
    /// Access is the same afterwards, but briefly interrupted.
    Interrupted,
    /// Access is unchanged.
    Unchanged,
}

impl Effect {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 10] = [
        Self::Gains,
        Self::Extended,
        Self::ExpiryRemoved,
        Self::ExpiryUnclear,
        Self::Loses,
        Self::Shortened,
        Self::ExpiryAdded,
        Self::Stays,
        Self::Interrupted,
        Self::Unchanged,
    ];
}

/// The net effect of the plan on one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessChange {
    /// The net effect.
    pub effect: Effect,
    /// The grant before; `None` if there was none.
    pub before: Option<Arc<PlannedGrant>>,
    /// The grant afterwards; `None` if there is none, or none that Terraform manages.
    pub after: Option<Arc<PlannedGrant>>,
    /// Whether it is revoked and created again, so that access is briefly interrupted.
    pub is_interrupted: bool,
    /// The addresses of its blocks, sorted: those it has afterwards, or those that go with it.
    pub addresses: Arc<[ArcStr]>,
    /// Notes, sorted.
    pub notes: Vec<Note>,
}

impl AccessChange {
    /// Whether access is broadened, or may be.
    #[must_use]
    pub fn may_broaden(&self) -> bool {
        match self.effect {
            Effect::Gains | Effect::Extended | Effect::ExpiryRemoved => true,
            // Nothing is broader than access that never expires.
            Effect::ExpiryUnclear => {
                self.before.as_ref().map(|grant| grant.expiry) != Some(Expiry::Never)
            }
            Effect::Loses
            | Effect::Shortened
            | Effect::ExpiryAdded
            | Effect::Stays
            | Effect::Interrupted
            | Effect::Unchanged => false,
        }
    }

    /// Whether access changes, brief interruptions included, or remains in effect without being managed by this configuration.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.effect != Effect::Unchanged || self.notes.contains(&Note::Forgotten)
    }
}

/// What groups the steps of one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group<'a> {
    /// The key.
    Key(&'a PlannedGrantKey),
    /// The object at an address before the plan: its key cannot be compared.
    Before(&'a str, bool),
    /// The object at an address after the plan: its key cannot be compared.
    After(&'a str),
}

/// The grant of a step before or after the plan. There may be very many, so they are small, and a grant that stays is one.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    step: &'a PlanStep,
    side: Side,
    /// The key, if it can be compared with others.
    key: Option<&'a PlannedGrantKey>,
}

/// When a step has the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
    Both,
}

impl<'a> Entry<'a> {
    /// What groups it.
    fn group(&self) -> Group<'a> {
        match (self.key, self.side) {
            (Some(key), _) => Group::Key(key),
            (None, Side::Before | Side::Both) => {
                Group::Before(&self.step.address, self.step.is_deposed)
            }
            (None, Side::After) => Group::After(&self.step.address),
        }
    }
}

/// Fills in grantee names that are unknown before the grant is created, from other grants of the same grantee, drift included.
pub fn name_grantees(steps: &mut [PlanStep], drift: &[PlanStep]) {
    let is_unnamed = |grant: &Arc<PlannedGrant>| grant.grantee_name == PlanValue::Unknown;
    let mut all = steps
        .iter()
        .flat_map(|step| step.before.iter().chain(&step.after));
    if !all.any(is_unnamed) {
        return;
    }
    let named = steps.iter().chain(drift);
    let named = named.flat_map(|step| [&step.before, &step.after]);
    let mut names = BTreeMap::new();
    for grant in named.flatten() {
        if let (Some((kind, id)), PlanValue::Known(_)) = (grant.key.grantee(), &grant.grantee_name)
        {
            let grantee = (kind.clone(), id.clone());
            names.entry(grantee).or_insert(grant.grantee_name.clone());
        }
    }
    let grants = steps
        .iter_mut()
        .flat_map(|step| [&mut step.before, &mut step.after]);
    for grant in grants.flatten() {
        let grantee = grant.key.grantee();
        let name = grantee.and_then(|(kind, id)| names.get(&(kind.clone(), id.clone())));
        if let (Some(name), PlanValue::Unknown) = (name, &grant.grantee_name) {
            Arc::make_mut(grant).grantee_name = name.clone();
        }
    }
}

/// Fills in the names that the plan has for grantees and resources whose IDs are not known yet, or are known without a name.
pub fn name_objects(steps: &mut [PlanStep], access: &[Arc<Row>]) {
    let rows = access.iter().map(|row| &**row);
    let rows = rows.filter(|row| GrantType::of(row.type_name).is_some());
    let rows = rows.flat_map(|row| row.addresses().map(move |address| (address, row)));
    let rows: BTreeMap<&str, &Row> = rows.collect();
    let name = |names: &[String]| (!names.is_empty()).then(|| ArcStr::from(names.join(", ")));
    for step in steps {
        let Some(row) = rows.get(&*step.address) else {
            continue;
        };
        let (resource_name, grantee_name) = (name(row.resource.names()), name(row.grantee.names()));
        if resource_name.is_none() && grantee_name.is_none() {
            // A copy of what both sides share would only take memory.
            continue;
        }
        for grant in [&mut step.before, &mut step.after].into_iter().flatten() {
            let grant = Arc::make_mut(grant);
            grant.resource_name.clone_from(&resource_name);
            if let (Some(name), PlanValue::Unknown | PlanValue::Null) =
                (&grantee_name, &grant.grantee_name)
            {
                grant.grantee_name = PlanValue::Known(name.clone());
            }
        }
    }
}

/// The net effect on each grant of the plan, the unchanged ones included; in the order of their keys.
#[must_use]
pub fn net(steps: &[PlanStep]) -> Vec<AccessChange> {
    let held = steps.iter().filter_map(|step| step.before.as_ref());
    let held: BTreeSet<&PlannedGrantKey> = held
        .map(|grant| &grant.key)
        .filter(|key| key.is_known())
        .collect();
    let is_held_open = held.iter().any(|key| key.has_empty_location());
    // Sorted and not in a map, because there may be very many.
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(steps.len());
    for step in steps {
        let before = step.before.as_ref().map(|grant| Entry {
            step,
            side: Side::Before,
            key: Some(&grant.key).filter(|key| key.is_known()),
        });
        match (before, &step.after) {
            // An update never changes the key, so a remaining grant has the key that it had.
            (Some(before), Some(_)) if !step.creates() => entries.push(Entry {
                side: Side::Both,
                ..before
            }),
            (before, after) => {
                entries.extend(before);
                entries.extend(after.as_ref().map(|grant| Entry {
                    step,
                    side: Side::After,
                    key: resolve(&grant.key, &held, is_held_open),
                }));
            }
        }
    }
    entries.sort_by(|left, right| left.group().cmp(&right.group()));
    let groups = entries.chunk_by(|left, right| left.group() == right.group());
    let mut changes = Vec::with_capacity(groups.clone().count());
    changes.extend(groups.filter_map(|group| {
        let mut sides = Sides::default();
        for Entry { step, side, .. } in group {
            if let (Side::Before | Side::Both, Some(grant)) = (side, &step.before) {
                sides.before.push((step, grant));
            }
            if let (Side::After | Side::Both, Some(grant)) = (side, &step.after) {
                sides.after.push((step, grant));
            }
        }
        sides.net()
    }));
    changes
}

/// The key itself if it is known, or the key of the only existing grant that it can identify: a secret belongs to one project,
/// so an unknown project matches any, and so does an empty location attribute.
fn resolve<'a>(
    key: &'a PlannedGrantKey,
    held: &BTreeSet<&'a PlannedGrantKey>,
    is_held_open: bool,
) -> Option<&'a PlannedGrantKey> {
    let itself = key.is_known().then_some(key);
    if held.contains(key) || (itself.is_some() && !is_held_open && !key.has_empty_location()) {
        return itself;
    }
    let mut same = held.iter().filter(|held| key.is_same_secret(held));
    let one = same.next().filter(|_| same.next().is_none()).copied();
    one.or(itself)
}

#[cfg(test)]
mod tests;
