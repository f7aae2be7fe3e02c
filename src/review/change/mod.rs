//! The net effect of a whole plan on each grant: pure decisions, no printing.
//!
//! A grant is what its key says, wherever it is declared. All that happens to one key is taken together, so a delete and
//! a create of it are no change of access.

mod step;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::grant::{Expiry, PlannedGrant, PlannedGrantKey};
use crate::plan_json::plan::{Action, StatusChange};
use crate::plan_json::value::PlanValue;
pub use step::{Missing, PlanStep, StepOutcome};

/// What becomes of one grantee's access to one resource. In the order in which a report tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// There was none.
    Gains,
    /// It has a later end.
    Extended,
    /// It has no end any more.
    EndRemoved,
    /// Its end changes, in a way that the plan does not tell.
    EndUnclear,
    /// There is none afterwards.
    Loses,
    /// It has an earlier end.
    Shortened,
    /// It has an end, and had none.
    EndSet,
    /// Terraform forgets it, and the service has no call to take it back.
    Stays,
    /// The same afterwards, and none for a moment in between.
    Interrupted,
    /// The same as before.
    Unchanged,
}

impl Effect {
    /// All of them, in the order in which a report tells them.
    pub const ALL: [Self; 10] = [
        Self::Gains,
        Self::Extended,
        Self::EndRemoved,
        Self::EndUnclear,
        Self::Loses,
        Self::Shortened,
        Self::EndSet,
        Self::Stays,
        Self::Interrupted,
        Self::Unchanged,
    ];
}

/// What a reviewer sees in the plan besides the effect, and would wonder about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Deleted at one address and created at another, for which a `moved` block would do.
    Renamed {
        /// The address that goes.
        from: String,
        /// The address that comes.
        to: String,
    },
    /// As before, but a `moved` block cannot say it, because one of the addresses keeps a grant.
    Shifted {
        /// The address that had it.
        from: String,
        /// The address that will have it.
        to: String,
    },
    /// A `moved` block has said so.
    Moved {
        /// The old address.
        from: String,
        /// The new address.
        to: String,
    },
    /// Taken into the state.
    Imported,
    /// Taken out of the state; the access itself stays.
    Forgotten,
    /// Its last day is over.
    Expired {
        /// That day, if it is known and may be shown.
        on: Option<Date>,
    },
    /// It had expired, and gives access again.
    Reactivated {
        /// Its last day, if it has one that is known and may be shown.
        until: Option<Date>,
    },
    /// Something changes that is no access, such as the reason.
    Updated,
    /// Removed from one block while another one declares it.
    StillDeclared {
        /// The other block.
        address: String,
    },
}

impl Note {
    /// Whether it says that the grant has expired, or is active again.
    #[must_use]
    pub fn is_about_status(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::Reactivated { .. })
    }
}

/// The net effect of the plan on one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessChange {
    /// What becomes of it.
    pub effect: Effect,
    /// The grant so far; `None` if there was none.
    pub before: Option<PlannedGrant>,
    /// The grant afterwards; `None` if there is none, or none that Terraform manages.
    pub after: Option<PlannedGrant>,
    /// Whether it is removed and made again, so that there is no access in between.
    pub is_interrupted: bool,
    /// The addresses of its blocks, sorted: those it has afterwards, or those that go with it.
    pub addresses: Vec<String>,
    /// What else there is to say, sorted.
    pub notes: Vec<Note>,
}

impl AccessChange {
    /// Whether anybody has more access afterwards, or may have.
    #[must_use]
    pub fn may_broaden(&self) -> bool {
        match self.effect {
            Effect::Gains | Effect::Extended | Effect::EndRemoved => true,
            // Nothing is broader than no end.
            Effect::EndUnclear => {
                self.before.as_ref().map(|grant| grant.expiry) != Some(Expiry::Never)
            }
            Effect::Loses
            | Effect::Shortened
            | Effect::EndSet
            | Effect::Stays
            | Effect::Interrupted
            | Effect::Unchanged => false,
        }
    }

    /// Whether access changes, for a moment too, or stays where this configuration no longer manages it.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.effect != Effect::Unchanged || self.notes.contains(&Note::Forgotten)
    }
}

/// What makes steps be about one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group<'a> {
    /// The key.
    Key(&'a PlannedGrantKey),
    /// The object that an address has so far: its key cannot be compared.
    Before(&'a str, bool),
    /// The object that an address will have: its key cannot be compared.
    After(&'a str),
}

/// All that happens to one grant.
#[derive(Debug, Default)]
struct Sides<'a> {
    before: Vec<(&'a PlanStep, &'a PlannedGrant)>,
    after: Vec<(&'a PlanStep, &'a PlannedGrant)>,
}

/// Names grantees that the plan does not name yet, because their grant is not made yet, as their other grants name them;
/// those that others have removed, the drift, are asked as well.
pub fn name_grantees(steps: &mut [PlanStep], drift: &[PlanStep]) {
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
            grant.grantee_name = name.clone();
        }
    }
}

/// The net effect on each grant of the plan, the unchanged ones included; in the order of their keys.
#[must_use]
pub fn net(steps: &[PlanStep]) -> Vec<AccessChange> {
    let mut groups: BTreeMap<Group<'_>, Sides<'_>> = BTreeMap::new();
    let held = steps.iter().filter_map(|step| step.before.as_ref());
    let held: BTreeSet<&PlannedGrantKey> = held
        .map(|grant| &grant.key)
        .filter(|key| key.is_known())
        .collect();
    let is_held_open = held.iter().any(|key| key.has_empty_place());
    for step in steps {
        let before_group = step.before.as_ref().map(|grant| match &grant.key {
            key if key.is_known() => Group::Key(key),
            _ => Group::Before(&step.address, step.is_deposed),
        });
        if let (Some(group), Some(grant)) = (before_group, &step.before) {
            groups.entry(group).or_default().before.push((step, grant));
        }
        let Some(grant) = &step.after else { continue };
        // A key never changes in place, so what stays has the key it had, whatever is known of it.
        let group = match before_group {
            Some(group) if !step.makes() => group,
            _ => resolve(&grant.key, &held, is_held_open)
                .map_or(Group::After(&step.address), Group::Key),
        };
        groups.entry(group).or_default().after.push((step, grant));
    }
    groups.values().filter_map(Sides::net).collect()
}

/// The key itself if it is known, or the one grant held so far that it must mean: a secret belongs to one project, so a
/// project that is not known yet says nothing new, and neither does a place that only one of the two leaves empty.
fn resolve<'a>(
    key: &'a PlannedGrantKey,
    held: &BTreeSet<&'a PlannedGrantKey>,
    is_held_open: bool,
) -> Option<&'a PlannedGrantKey> {
    let itself = key.is_known().then_some(key);
    if held.contains(key) || (itself.is_some() && !is_held_open && !key.has_empty_place()) {
        return itself;
    }
    let mut same = held.iter().filter(|held| key.is_same_secret(held));
    let one = same.next().filter(|_| same.next().is_none()).copied();
    one.or(itself)
}

impl Sides<'_> {
    fn net(&self) -> Option<AccessChange> {
        // Of several declarations of one grant, the one that gives most access counts.
        let before = self.before.iter().max_by_key(|(_, grant)| grant.expiry);
        let after = self.after.iter().max_by_key(|(_, grant)| grant.expiry);
        let mut notes = BTreeSet::new();
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
                if before.key.is_revocable() && self.is_taken_back() {
                    // What one block gives up stays for the other.
                    notes.extend(self.after.iter().map(|(step, _)| Note::StillDeclared {
                        address: step.address.clone(),
                    }));
                }
                self.note_stay(&mut notes);
                let may_differ = left.address != right.address || right.is_end_changed;
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
        let steps = steps.filter(|step| effect != Effect::Loses || step.removes());
        let addresses: BTreeSet<&str> = steps.map(|step| step.address.as_str()).collect();
        Some(AccessChange {
            effect,
            before: before.map(|(_, grant)| (*grant).clone()),
            after: after.map(|(_, grant)| PlannedGrant {
                // The same one, and perhaps better known.
                key: before.map_or(&grant.key, |(_, before)| &before.key).clone(),
                ..(*grant).clone()
            }),
            is_interrupted,
            addresses: addresses.into_iter().map(str::to_owned).collect(),
            notes: notes.into_iter().collect(),
        })
    }

    fn has_before(&self, is_so: impl Fn(&PlanStep) -> bool) -> bool {
        self.before.iter().any(|(step, _)| is_so(step))
    }

    fn has_after(&self, is_so: impl Fn(&PlanStep) -> bool) -> bool {
        self.after.iter().any(|(step, _)| is_so(step))
    }

    /// Whether a step removes the grant and none makes it again.
    fn is_taken_back(&self) -> bool {
        self.has_before(PlanStep::removes) && !self.has_after(PlanStep::makes)
    }

    /// Whether one address removes the grant and makes it again.
    fn is_replaced(&self) -> bool {
        self.before.iter().any(|(left, _)| {
            let is_same = |right: &PlanStep| right.makes() && right.address == left.address;
            left.removes() && self.has_after(is_same)
        })
    }

    /// Notes how a grant that stays gets through the plan.
    fn note_stay(&self, notes: &mut BTreeSet<Note>) {
        let leaving = self.before.iter().find(|(step, _)| step.removes());
        let coming = self.after.iter().find(|(step, _)| step.makes());
        if let (Some((left, _)), Some((right, _))) = (leaving, coming)
            && left.address != right.address
        {
            let (from, to) = (left.address.clone(), right.address.clone());
            let is_pure =
                left.action == Action::Delete && !left.is_deposed && right.action == Action::Create;
            notes.insert(if is_pure {
                Note::Renamed { from, to }
            } else {
                Note::Shifted { from, to }
            });
        }
        for (step, grant) in &self.after {
            if let Some(from) = &step.previous_address {
                let (from, to) = (from.clone(), step.address.clone());
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
            let is_told =
                step.is_end_changed || step.status_change.is_some() && !step.is_otherwise_changed;
            if step.action == Action::Update && !is_told {
                notes.insert(Note::Updated);
            }
        }
    }
}

/// What another end means; `may_differ` decides where the ends themselves cannot be compared.
fn compare(before: Expiry, after: Expiry, may_differ: bool) -> Effect {
    match (before, after) {
        (Expiry::Unknown | Expiry::Sensitive, _) | (_, Expiry::Unknown | Expiry::Sensitive) => {
            if may_differ {
                Effect::EndUnclear
            } else {
                Effect::Unchanged
            }
        }
        (Expiry::Never, Expiry::On(_)) => Effect::EndSet,
        (Expiry::On(_), Expiry::Never) => Effect::EndRemoved,
        _ if before < after => Effect::Extended,
        _ if before > after => Effect::Shortened,
        _ => Effect::Unchanged,
    }
}

#[cfg(test)]
mod tests;
