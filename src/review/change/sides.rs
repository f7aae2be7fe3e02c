//! The steps of one grant, and their net effect.

use std::collections::BTreeSet;
use std::sync::Arc;

use arcstr::ArcStr;

use super::{AccessChange, Effect, Note, PlanStep};
use crate::plan_json::plan::{Action, StatusChange};
use crate::plan_json::state_name::split_address;
use crate::review::grant::{Expiry, PlannedGrant};

/// The steps of one grant.
#[derive(Debug, Default)]
pub(super) struct Sides<'a> {
    /// Steps that have the grant before the plan, with the grant.
    pub(super) before: Vec<(&'a PlanStep, &'a Arc<PlannedGrant>)>,
    /// Steps that have the grant after the plan, with the grant.
    pub(super) after: Vec<(&'a PlanStep, &'a Arc<PlannedGrant>)>,
}

impl<'a> Sides<'a> {
    /// The net effect of all steps; `None` if no step has the grant.
    pub(super) fn net(&self) -> Option<AccessChange> {
        let mut notes = BTreeSet::new();
        let revoking = self.revoking();
        let keepers = self.keepers(&revoking);
        notes.extend(keepers.iter().map(|step| Note::DeclaredInOtherState {
            address: step.address.to_string(),
        }));
        let creates_of_failed_plans = self.creates_of_failed_plans(&revoking);
        notes.extend(
            creates_of_failed_plans
                .iter()
                .map(|step| Note::RecreatedByFailedPlan {
                    address: step.address.to_string(),
                }),
        );
        let (refused, unclear): (Vec<_>, Vec<_>) = self
            .conflicting_creates()
            .into_iter()
            .partition(|(_, is_listed)| *is_listed);
        let refused: Vec<&PlanStep> = refused.into_iter().map(|(step, _)| step).collect();
        notes.extend(unclear.iter().map(|(step, _)| Note::CreateMayFail {
            address: step.address.to_string(),
        }));
        notes.extend(refused.iter().map(|step| Note::CreateFails {
            address: step.address.to_string(),
        }));
        // Of several declarations of one grant, the one that gives most access counts.
        let before = self.before.iter().max_by_key(|(_, grant)| grant.expiry);
        let after = self.after.iter().filter(|(step, _)| {
            let is_step = |other: &&PlanStep| std::ptr::eq(*other, *step);
            !creates_of_failed_plans.iter().chain(&refused).any(is_step)
        });
        // A block that writes no expiry does not keep the one that it has from the update of another block.
        let after: Vec<_> = after.collect();
        let mut written = after
            .iter()
            .filter(|(step, _)| self.writes_expiry(step))
            .peekable();
        let after = match written.peek() {
            Some(_) => written.max_by_key(|(_, grant)| grant.expiry),
            None => after.iter().max_by_key(|(_, grant)| grant.expiry),
        };
        let after = after.copied();
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
                match unclear.is_empty() {
                    true => compare(before.expiry, after.expiry, may_differ),
                    // The service keeps the expiry, or overwrites it.
                    false => Effect::ExpiryUnclear,
                }
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
        let steps = steps.iter().map(|(step, _)| step).chain(&refused);
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

    /// The steps that create the grant again after another state revokes it, if they are all of states for which planning failed:
    /// only the revocation is carried out.
    fn creates_of_failed_plans(&self, revoking: &[&PlanStep]) -> Vec<&'a PlanStep> {
        let is_failed = |step: &PlanStep| step.creates() && step.has_failed_plan;
        let is_revoked = revoking.iter().any(|step| !step.has_failed_plan);
        let after = self.after.iter().map(|(step, _)| *step);
        let creates_of_failed_plans: Vec<&PlanStep> =
            after.filter(|step| is_failed(step)).collect();
        match is_revoked && creates_of_failed_plans.len() == self.after.len() {
            true => creates_of_failed_plans,
            false => Vec::new(),
        }
    }

    /// The steps that create the grant although it exists with a different expiry, and no step revokes it for good; with whether the
    /// service lists it, so that the provider refuses to create it. The service does not list the grants of groups.
    fn conflicting_creates(&self) -> Vec<(&'a PlanStep, bool)> {
        let is_fixed = |expiry| matches!(expiry, Expiry::On(_) | Expiry::Never);
        // What another block replaces exists again.
        if self.has_before(|step| step.action == Action::Delete) {
            return Vec::new();
        }
        let after = self.after.iter();
        let conflicting_creates = after.filter_map(|(step, grant)| {
            let (kind, _) = grant.key.grantee()?;
            let kept = self.before.iter();
            let kept = kept.filter(|(other, _)| !std::ptr::eq(*other, *step));
            let mut kept = kept.map(|(_, grant)| grant.expiry).peekable();
            let is_kept = kept.peek().is_some();
            let is_other = kept.all(|kept| is_fixed(kept) && kept != grant.expiry);
            // A replacement revokes it before, or takes it over.
            let is_new = step.action == Action::Create;
            let is_clash = is_new && is_kept && is_other && is_fixed(grant.expiry);
            is_clash.then(|| (*step, &**kind == "user"))
        });
        conflicting_creates.collect()
    }

    /// Whether a step sets the expiry. The creation of a grant that exists, and that nothing revokes before, does not.
    fn writes_expiry(&self, step: &PlanStep) -> bool {
        let is_there = !self.before.is_empty() && !self.has_before(PlanStep::removes);
        match step.action {
            Action::Create => !is_there,
            Action::Replace => true,
            _ => step.is_expiry_changed,
        }
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

    /// Whether one address removes the grant and then creates it again.
    fn is_replaced(&self) -> bool {
        self.before.iter().any(|(left, _)| {
            let is_same = |right: &PlanStep| right.creates() && right.address == left.address;
            left.removes() && !left.is_created_first && self.has_after(is_same)
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
