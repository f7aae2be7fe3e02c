//! The net effect of a whole plan on each grant: pure decisions, no printing.
//!
//! A grant is what its key says, wherever it is declared. All steps of one key are combined, so a delete and a create of
//! it are no change of access.

mod note;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;

use super::grant::{Expiry, PlannedGrant, PlannedGrantKey};
use crate::access::net::row::Row;
use crate::plan_json::grant_type::GrantType;
use crate::plan_json::plan::{Action, StatusChange};
use crate::plan_json::state_name::split_address;
use crate::plan_json::value::PlanValue;
pub use note::Note;
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

/// The steps of one grant.
#[derive(Debug, Default)]
struct Sides<'a> {
    /// Steps that have the grant before the plan, with the grant.
    before: Vec<(&'a PlanStep, &'a Arc<PlannedGrant>)>,
    /// Steps that have the grant after the plan, with the grant.
    after: Vec<(&'a PlanStep, &'a Arc<PlannedGrant>)>,
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

impl Sides<'_> {
    /// The net effect of all steps; `None` if no step has the grant.
    fn net(&self) -> Option<AccessChange> {
        // Of several declarations of one grant, the one that gives most access counts.
        let before = self.before.iter().max_by_key(|(_, grant)| grant.expiry);
        let after = self.after.iter().max_by_key(|(_, grant)| grant.expiry);
        let mut notes = BTreeSet::new();
        let revoking = self.revoking();
        let keepers = self.keepers(&revoking);
        if !keepers.is_empty() {
            notes.extend(keepers.iter().map(|step| Note::DeclaredInOtherState {
                address: step.address.to_string(),
            }));
        }
        // What one state revokes is gone, whatever another state believes to keep.
        let after = after.filter(|_| keepers.is_empty());
        let effect = match (before, after) {
            (None, None) => return None,
            (None, Some(_)) => Effect::Gains,
            (Some((_, grant)), None) => {
                if !self.has_before(PlanStep::removes) {
                    notes.insert(Note::Forgotten);
                    Effect::Unchanged
                } else if grant.key.is_revocable() {
                    Effect::Loses
                } else {
                    Effect::Stays
                }
            }
            (Some((left, before)), Some((right, after))) => {
                if before.key.is_revocable() && self.is_revoked_for_good() {
                    // The other block keeps the grant.
                    notes.extend(self.after.iter().map(|(step, _)| Note::StillDeclared {
                        address: step.address.to_string(),
                    }));
                }
                self.note_remaining(&revoking, &mut notes);
                let may_differ = left.address != right.address || right.is_expiry_changed;
                compare(before.expiry, after.expiry, may_differ)
            }
        };
        let is_interrupted = before.is_some_and(|(_, grant)| grant.key.is_revocable())
            && effect != Effect::Loses
            && self.is_replaced();
        let effect = match effect {
            Effect::Unchanged if is_interrupted => Effect::Interrupted,
            effect => effect,
        };
        let steps = if after.is_some() {
            &self.after
        } else {
            &self.before
        };
        let steps = steps.iter().map(|(step, _)| step);
        // Of a grant that is lost, those that remove it: another block may only forget it.
        let is_removing = |step: &PlanStep| match keepers.is_empty() {
            true => step.removes(),
            false => revoking
                .iter()
                .any(|revoking| revoking.address == step.address),
        };
        let steps = steps.filter(|step| effect != Effect::Loses || is_removing(step));
        let addresses: BTreeSet<&ArcStr> = steps.map(|step| &step.address).collect();
        Some(AccessChange {
            effect,
            before: before.map(|(_, grant)| Arc::clone(grant)),
            after: after.map(|(_, grant)| match before {
                Some((_, before)) if before.key != grant.key => Arc::new(PlannedGrant {
                    // The same one, and perhaps better known.
                    key: before.key.clone(),
                    ..PlannedGrant::clone(grant)
                }),
                _ => Arc::clone(grant),
            }),
            is_interrupted,
            addresses: addresses.into_iter().cloned().collect(),
            notes: notes.into_iter().collect(),
        })
    }

    /// The steps of states that destroy the grant and do not have it afterwards. The provider knows the blocks of one state only,
    /// so each of these steps revokes the grant, whatever other states do.
    fn revoking(&self) -> Vec<&PlanStep> {
        let removing = self.before.iter();
        let removing = removing.filter(|(step, grant)| {
            step.removes()
                && grant.key.is_revocable()
                && !self.has_after(|after| is_same_state(after, step))
        });
        removing.map(|(step, _)| *step).collect()
    }

    /// The steps of other states that keep the grant, if one state revokes it. A state that creates it and had none before can be
    /// applied last, so it keeps nothing.
    fn keepers(&self, revoking: &[&PlanStep]) -> Vec<&PlanStep> {
        if revoking.is_empty() {
            return Vec::new();
        }
        let after = self.after.iter().map(|(step, _)| *step);
        let keepers = after.filter(|step| {
            step.action != Action::Create || self.has_before(|other| is_same_state(other, step))
        });
        keepers.collect()
    }

    /// Whether this is so for a step that has the grant before the plan.
    fn has_before(&self, is_so: impl Fn(&PlanStep) -> bool) -> bool {
        self.before.iter().any(|(step, _)| is_so(step))
    }

    /// Whether this is so for a step that has the grant after the plan.
    fn has_after(&self, is_so: impl Fn(&PlanStep) -> bool) -> bool {
        self.after.iter().any(|(step, _)| is_so(step))
    }

    /// Whether a step removes the grant and none creates it again.
    fn is_revoked_for_good(&self) -> bool {
        self.has_before(PlanStep::removes) && !self.has_after(PlanStep::creates)
    }

    /// Whether one address removes the grant and creates it again.
    fn is_replaced(&self) -> bool {
        self.before.iter().any(|(left, _)| {
            let is_same = |right: &PlanStep| right.creates() && right.address == left.address;
            left.removes() && self.has_after(is_same)
        })
    }

    /// Notes how a remaining grant is affected by the plan.
    fn note_remaining(&self, revoking: &[&PlanStep], notes: &mut BTreeSet<Note>) {
        let mut created = self.after.iter().map(|(step, _)| step);
        if let Some(created) = created.find(|step| step.creates()) {
            notes.extend(revoking.iter().map(|left| Note::MovedBetweenStates {
                from: left.address.to_string(),
                to: created.address.to_string(),
            }));
        }
        let leaving = self.before.iter().filter(|(step, _)| step.removes());
        let mut pairs = leaving.filter_map(|(left, _)| {
            let mut coming = self.after.iter().map(|(step, _)| *step);
            let right = coming.find(|right| right.creates() && is_same_state(left, right))?;
            Some((*left, right))
        });
        if let Some((left, right)) = pairs.next()
            && left.address != right.address
        {
            let (from, to) = (left.address.to_string(), right.address.to_string());
            let is_pure =
                left.action == Action::Delete && !left.is_deposed && right.action == Action::Create;
            notes.insert(match is_pure {
                true => Note::Renamed { from, to },
                false => Note::Shifted { from, to },
            });
        }
        for (step, grant) in &self.after {
            if let Some(from) = &step.previous_address {
                let (from, to) = (from.to_string(), step.address.to_string());
                notes.insert(Note::Moved { from, to });
            }
            if step.is_import {
                notes.insert(Note::Imported);
            }
            let date = grant.expiry.date();
            match step.status_change {
                Some(StatusChange::Expired) => notes.insert(Note::Expired { on: date }),
                Some(StatusChange::Reactivated) => notes.insert(Note::Reactivated { until: date }),
                None => false,
            };
            let is_noted = step.is_expiry_changed
                || step.status_change.is_some() && !step.is_otherwise_changed;
            if step.action == Action::Update && !is_noted {
                notes.insert(Note::Updated);
            }
        }
    }
}

/// Whether two steps are in the plan of one state.
fn is_same_state(left: &PlanStep, right: &PlanStep) -> bool {
    split_address(&left.address).0 == split_address(&right.address).0
}

/// The effect of a changed expiry; `may_differ` decides if the expiries cannot be compared.
fn compare(before: Expiry, after: Expiry, may_differ: bool) -> Effect {
    match (before, after) {
        (Expiry::Unknown | Expiry::Sensitive, _) | (_, Expiry::Unknown | Expiry::Sensitive) => {
            if may_differ {
                Effect::ExpiryUnclear
            } else {
                Effect::Unchanged
            }
        }
        (Expiry::Never, Expiry::On(_)) => Effect::ExpiryAdded,
        (Expiry::On(_), Expiry::Never) => Effect::ExpiryRemoved,
        _ if before < after => Effect::Extended,
        _ if before > after => Effect::Shortened,
        _ => Effect::Unchanged,
    }
}

#[cfg(test)]
mod tests;
