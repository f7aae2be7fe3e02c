//! A review of the plans of several states: one net result.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::change::{self, PlanStep};
use super::grant::TextPool;
use super::policy::Policy;
use super::report::Report;
use super::section::{Section, is_grant};
use super::state::StateReview;
use crate::access::Evidence;
use crate::access::net::{self, Summary};
use crate::plan_json::completeness::Completeness;
use crate::plan_json::plan::{Plan, ResourceChange};
use crate::plan_json::{Error, StateName};

/// The plans that are reviewed together. The report does not depend on the order in which they are added.
#[derive(Debug, Default)]
pub struct PlanSet {
    texts: TextPool,
    /// Sorted by the names of their states.
    plans: Vec<ReducedPlan>,
    /// The steps of all plans, in their order. In one list from the beginning: they may be very many, and would be in memory
    /// twice while lists are put together.
    steps: Vec<PlanStep>,
    drift: Vec<PlanStep>,
}

/// What a review needs of a plan besides its steps.
#[derive(Debug)]
struct ReducedPlan {
    state: Option<StateReview>,
    plan: Plan,
    /// How many of the steps it has.
    step_count: usize,
    drift_count: usize,
}

impl ReducedPlan {
    fn name(&self) -> Option<&StateName> {
        self.state.as_ref().map(|state| &state.name)
    }
}

impl PlanSet {
    /// Adds the plan of a state. A plan that is reviewed alone needs no name.
    ///
    /// # Errors
    /// If the expiry of a grant is not a date.
    pub fn add(&mut self, state: Option<&StateName>, plan: Plan) -> Result<(), Error> {
        let mut plan = match state {
            Some(state) => plan.qualified(state),
            None => plan,
        };
        // What is understood is not kept twice.
        let changes = std::mem::take(&mut plan.changes);
        let drift = std::mem::take(&mut plan.drift);
        let mut steps = understand(changes, &mut self.texts, PlanStep::planned)?;
        let drift = understand(drift, &mut self.texts, PlanStep::read)?;
        if let (Some(state), Completeness::Errored) = (state, plan.completeness) {
            for step in &mut steps {
                step.has_failed_plan = true;
            }
            plan.access.note_failed_plan(state.as_str());
        }
        let planned_at = plan.planned_at;
        let planned_at = planned_at.map(|at| at.to_zoned_datetime(TimeZone::UTC));
        let review = state.map(|name| StateReview {
            name: name.clone(),
            planned_on: planned_at.map(|at| at.date()),
            completeness: plan.completeness,
            counts: counts(&steps, plan.access.clone()),
        });
        let at = self.plans.partition_point(|plan| plan.name() <= state);
        let before = || self.plans.iter().take(at);
        let step_at: usize = before().map(|plan| plan.step_count).sum();
        let drift_at: usize = before().map(|plan| plan.drift_count).sum();
        let added = ReducedPlan {
            state: review,
            plan,
            step_count: steps.len(),
            drift_count: drift.len(),
        };
        self.steps.splice(step_at..step_at, steps);
        self.drift.splice(drift_at..drift_at, drift);
        self.plans.insert(at, added);
        Ok(())
    }

    /// The report on all plans.
    #[must_use]
    pub fn review(self, policy: &Policy) -> Report {
        let Self {
            texts,
            plans,
            mut steps,
            drift,
        } = self;
        // Needed no more: all texts are in the steps.
        drop(texts);
        let mut states = Vec::new();
        let mut merged = Plan::default();
        for plan in plans {
            states.extend(plan.state);
            merged.extend(plan.plan);
        }
        // First, because it frees most of what is in memory.
        let access: Summary = net::combine(std::mem::take(&mut merged.access));
        change::name_grantees(&mut steps, &drift);
        change::name_objects(&mut steps, &access.rows);
        Report {
            states,
            ..Report::new(merged, access, steps, drift, policy)
        }
    }
}

/// How many accesses are in each section of one plan.
fn counts(steps: &[PlanStep], access: Evidence) -> BTreeMap<Section, usize> {
    let changes = change::net(steps);
    let grants = changes.iter().map(Section::from);
    let rows = net::combine(access).rows;
    let others = rows.iter().filter(|row| !is_grant(row));
    let others = others.map(|row| Section::from(&**row));
    let mut counts = BTreeMap::new();
    for section in grants.chain(others) {
        *counts.entry(section).or_default() += 1;
    }
    counts
}

/// The changes understood, each by this.
fn understand(
    changes: Vec<ResourceChange>,
    texts: &mut TextPool,
    read: fn(&ResourceChange, &mut TextPool) -> Result<PlanStep, Error>,
) -> Result<Vec<PlanStep>, Error> {
    let steps = changes.into_iter().map(|change| read(&change, texts));
    steps.collect()
}
