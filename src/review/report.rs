//! The report as data: sorted, counted, and the same for the same plan on any day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::change::{self, AccessChange, Effect, Missing, Note, PlanStep, StepOutcome};
use super::grant::{PlannedGrant, TextPool};
use super::policy::Policy;
use super::section::{Section, is_grant};
use super::state::StateReview;
use crate::access::net::Summary;
use crate::access::net::row::Row;
use crate::access::unread::Unread;
use crate::plan_json::action_reason::ActionReason;
use crate::plan_json::completeness::Completeness;
use crate::plan_json::coverage::Coverage;
use crate::plan_json::dialect::Dialect;
use crate::plan_json::plan::{self, Action, NotReviewed, Part, Plan};
use crate::review::finding::{self, AssertionResult, Evaluation, Finding, ReviewContext};
use crate::review::policy::StaleWaiver;
use crate::review::rule::Rule;

/// The effect of a plan on access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What is reviewed, if it has a title.
    pub title: Option<String>,
    /// Whether the findings were compared with those of an earlier review.
    pub has_baseline: bool,
    /// What the plan of each state does, by name; empty for one plan without a name.
    pub states: Vec<StateReview>,
    /// The day to count from: the requested one, or the day of the plan, in UTC; `None` if neither is known.
    pub planned_on: Option<Date>,
    /// Whether that day was requested, and so may differ from the day of the plan.
    pub is_as_of: bool,
    /// Whether applying the plan carries out all that is configured.
    pub completeness: Completeness,
    /// Why Terraform replaces or destroys objects of the reviewed types, by address.
    pub reasons: BTreeMap<String, ActionReason>,
    /// The net change of each grant, unchanged ones included: by effect, then by key and address.
    pub changes: Vec<AccessChange>,
    /// How many grants each effect has; effects without any are left out.
    pub counts: BTreeMap<Effect, usize>,
    /// The grants that Terraform manages afterwards and that have expired or expire soon, earliest first; empty without a
    /// day to count from.
    pub upcoming_expiries: Vec<UpcomingExpiry>,
    /// What was changed outside of Terraform since the last apply: by effect, then by key and address.
    pub drift: Vec<AccessChange>,
    /// The changes that are deferred to a later plan, by address.
    pub deferred: Vec<Deferred>,
    /// The changes that may affect access and are not reviewed: by type, then by address.
    pub not_reviewed: Vec<NotReviewed>,
    /// The blocks that lack a mandatory argument, and what they lack; in the order of the addresses.
    pub missing_arguments: Vec<(String, Missing)>,
    /// What happens to the accesses of all reviewed types, our grants included; by address.
    pub access: Vec<Arc<Row>>,
    /// What may change access and is not understood, although its type is reviewed: by address.
    pub not_understood: Vec<Unread>,
    /// How many resources are changed whose types are not known to affect access, by type.
    pub other_types: BTreeMap<String, usize>,
    /// The findings: most severe first, then by rule, address and attribute.
    pub findings: Vec<Finding>,
    /// The waivers that have expired or cover nothing: by address and rule. Empty without a day to count from.
    pub stale_waivers: Vec<StaleWaiver>,
    /// The rules that are skipped without a day to count from; in the order of the documentation.
    pub uncounted: Vec<Rule>,
    /// What becomes of the assertions of the policy, in the order of the file.
    pub assertions: Vec<AssertionResult>,
    /// The `source` of each module call, by the address of the module without instance keys.
    pub modules: BTreeMap<String, String>,
    /// The dialect of the configuration, if the plan shows it, by the name of the state; empty for a plan without a name.
    pub dialects: BTreeMap<String, Dialect>,
}

/// A block whose change is deferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred {
    /// The block; its instances may not be known yet.
    pub address: String,
    /// The reason in the plan, such as `provider_config_unknown`.
    pub reason: String,
    /// What a later plan does.
    pub action: Action,
    /// The grant afterwards, or the one that goes, as far as it is known.
    pub grant: Option<Arc<PlannedGrant>>,
}

/// A grant that has expired or expires soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpcomingExpiry {
    /// How near.
    pub term: Term,
    /// The expiration date.
    pub on: Date,
    /// The grant.
    pub grant: Arc<PlannedGrant>,
    /// The addresses of its blocks, sorted.
    pub addresses: Arc<[ArcStr]>,
}

/// How near an expiry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// It has passed.
    Past,
    /// Today, or in this many days at most, and not within the shorter term.
    Within(i32),
}

/// The terms, in days, by which expiries are grouped.
const TERMS: [i32; 3] = [7, 30, 90];

impl Report {
    /// Works out the report of a plan, whose changes these are, under a policy.
    #[must_use]
    pub fn new(
        plan: Plan,
        access: Summary,
        steps: Vec<PlanStep>,
        drift: Vec<PlanStep>,
        policy: &Policy,
    ) -> Self {
        let planned_at = plan
            .planned_at
            .map(|at| at.to_zoned_datetime(TimeZone::UTC));
        let planned_on = policy.day(planned_at.map(|at| at.date()));
        let mut changes = net_changes(&steps);
        let mut drift = net_changes(&drift);
        // Freed as soon as it is not needed, because there may be very many steps.
        drift.retain(is_drift);
        let projects = &plan.configuration.projects;
        let context =
            ReviewContext::new(&steps, &changes, &plan.not_reviewed, projects, planned_on);
        let context = context.with_access(&access, policy);
        let evaluation = Evaluation::new(&context, policy);
        let notes = finding::notes_on_revoked(&context);
        drop(context);
        for (index, note) in notes {
            if let Some(change) = changes.get_mut(index) {
                change.notes.push(note);
                change.notes.sort();
            }
        }
        let missing = missing_arguments(&steps);
        drop(steps);
        let mut counts = BTreeMap::new();
        for change in &changes {
            *counts.entry(change.effect).or_default() += 1;
        }
        let mut deferred: Vec<Deferred> = plan.deferred.iter().map(Deferred::of).collect();
        deferred.sort_by(|left, right| left.order().cmp(&right.order()));
        deferred.dedup_by(|next, kept| next.order() == kept.order());
        let upcoming_expiries = planned_on.map(|today| upcoming_expiries(&changes, today));
        Self {
            title: None,
            has_baseline: false,
            states: Vec::new(),
            planned_on,
            is_as_of: policy.is_as_of(),
            completeness: plan.completeness,
            reasons: plan.reasons,
            changes,
            counts,
            upcoming_expiries: upcoming_expiries.unwrap_or_default(),
            drift,
            deferred,
            not_reviewed: plan.not_reviewed,
            missing_arguments: missing,
            access: access.rows,
            not_understood: access.unread,
            other_types: access.not_reviewed,
            findings: evaluation.findings,
            stale_waivers: evaluation.stale_waivers,
            uncounted: evaluation.uncounted,
            assertions: evaluation.assertions,
            modules: plan.configuration.modules,
            dialects: plan.configuration.dialects,
        }
    }

    /// The addresses of all that the report lists.
    #[must_use]
    pub fn addresses(&self) -> BTreeSet<&str> {
        let findings = self.findings.iter();
        let findings = findings.map(|finding| finding.address.as_str());
        let changes = self.changes.iter().chain(&self.drift);
        let changes = changes.flat_map(|change| change.addresses.iter().map(|address| &**address));
        let deferred = self.deferred.iter().map(|deferred| &deferred.address);
        let missing = self.missing_arguments.iter().map(|(address, _)| address);
        let not_reviewed = self.not_reviewed.iter().map(|change| &change.address);
        let not_understood = self.not_understood.iter().map(|one| &one.address);
        let listed = deferred.chain(missing);
        let listed = listed.chain(not_reviewed).chain(not_understood);
        let accesses = self.access.iter().flat_map(|row| row.addresses());
        let listed = listed.map(String::as_str);
        listed
            .chain(findings)
            .chain(changes)
            .chain(accesses)
            .collect()
    }

    /// How many grants have this effect.
    #[must_use]
    pub fn count(&self, effect: Effect) -> usize {
        self.counts.get(&effect).copied().unwrap_or_default()
    }

    /// How many accesses are in this section, our grants included.
    #[must_use]
    pub fn total(&self, section: Section) -> usize {
        let grants = self.changes.iter();
        let grants = grants.filter(|change| Section::from(*change) == section);
        grants.count() + self.others(section).count()
    }

    /// What happens to the accesses of other types than ours, in this section.
    pub fn others(&self, section: Section) -> impl Iterator<Item = &Row> {
        let rows = self.access.iter().map(|row| &**row);
        let rows = rows.filter(|row| !is_grant(row));
        rows.filter(move |row| Section::from(*row) == section)
    }

    /// How many resources have changes that are not understood.
    #[must_use]
    pub fn not_understood_count(&self) -> usize {
        let addresses = self.not_understood.iter();
        let addresses: BTreeSet<_> = addresses.map(|one| (&one.address, &one.deposed)).collect();
        addresses.len()
    }

    /// How many resources are changed whose types are not known to affect access.
    #[must_use]
    pub fn other_count(&self) -> usize {
        self.other_types.values().sum()
    }

    /// How many changes that may affect access are deferred to a later plan.
    #[must_use]
    pub fn deferred_count(&self) -> usize {
        let others = self.not_reviewed.iter();
        // Those of grants are in both lists.
        let others = others.filter(|change| {
            change.part == Part::Deferred && !matches!(change.coverage, Coverage::Grant(_))
        });
        self.deferred.len() + others.count()
    }

    /// How many blocks fail to apply because they lack a mandatory argument.
    #[must_use]
    pub fn failing_count(&self) -> usize {
        let missing = self.missing_arguments.iter();
        missing
            .filter(|(_, missing)| missing.outcome != StepOutcome::Nothing)
            .count()
    }

    /// How many grants cannot be created, because they exist with a different expiry.
    #[must_use]
    pub fn refused_count(&self) -> usize {
        let notes = self.changes.iter().flat_map(|change| &change.notes);
        notes
            .filter(|note| matches!(note, Note::CreateFails { .. }))
            .count()
    }

    /// How many changes that may affect access are not reviewed or not understood, and without a valid waiver.
    #[must_use]
    pub fn unreviewed_count(&self) -> usize {
        let waived = self.findings.iter().filter(|finding| !finding.is_open());
        let of_rule = |rule| {
            let waived = waived.clone().filter(move |finding| finding.rule == rule);
            let addresses = waived.map(|finding| finding.address.as_str());
            addresses.collect::<BTreeSet<&str>>()
        };
        let waived_changes = of_rule(Rule::NotReviewed);
        let open = self.not_reviewed.iter();
        let open = open.filter(|change| !waived_changes.contains(change.address.as_str()));
        open.count() + self.open_count(&of_rule(Rule::NotUnderstood))
    }

    /// How many resources have changes that are not understood, except at these addresses.
    fn open_count(&self, waived: &BTreeSet<&str>) -> usize {
        let unread = self.not_understood.iter();
        let open = unread.filter(|one| !waived.contains(one.address.as_str()));
        let open: BTreeSet<_> = open.map(|one| (&one.address, &one.deposed)).collect();
        open.len()
    }
}

impl Deferred {
    fn of(deferred: &plan::DeferredChange) -> Self {
        let change = &deferred.change;
        let grant = change.after.as_ref().or(change.before.as_ref());
        let mut texts = TextPool::default();
        // One that cannot be read is deferred all the same, and the next plan shows it.
        let grant = grant.and_then(|grant| PlannedGrant::read(change.kind, grant, &mut texts));
        Self {
            address: change.address.to_string(),
            reason: deferred.reason.clone(),
            action: change.action,
            grant: grant.map(Arc::new),
        }
    }

    /// What identifies it, and orders it: an object that is forgotten while another is created is listed once.
    fn order(&self) -> (&str, &str) {
        (&self.address, &self.reason)
    }
}

/// The blocks that lack mandatory arguments, by address.
fn missing_arguments(steps: &[PlanStep]) -> Vec<(String, Missing)> {
    let missing = steps.iter();
    let missing = missing
        .filter_map(|step| Some((step.address.to_string(), step.missing.as_deref()?.clone())));
    let mut missing: Vec<(String, Missing)> = missing.collect();
    missing.sort_by(|(left, _), (right, _)| left.cmp(right));
    missing
}

/// Whether anything but the address has changed: Terraform takes a `moved` block for drift, an update of nothing.
fn is_drift(change: &AccessChange) -> bool {
    let is_moved = |note: &Note| matches!(note, Note::Moved { .. });
    let is_updated = change.notes.contains(&Note::Updated);
    change.effect != Effect::Unchanged
        || change.notes.iter().any(Note::is_about_status)
        || is_updated && !change.notes.iter().any(is_moved)
}

/// The net effects of these steps, by effect.
fn net_changes(steps: &[PlanStep]) -> Vec<AccessChange> {
    let mut changes = change::net(steps);
    // Stable, so that those of one effect stay in the order of their keys.
    changes.sort_by_key(|change| change.effect);
    changes
}

/// Grants after the plan that have expired or expire within the longest term, earliest first.
fn upcoming_expiries(changes: &[AccessChange], today: Date) -> Vec<UpcomingExpiry> {
    let kept = changes.iter().filter_map(|change| {
        let grant = change.after.as_ref()?;
        let on = grant.expiry.date()?;
        Some(UpcomingExpiry {
            term: term(today, on)?,
            on,
            grant: grant.clone(),
            addresses: change.addresses.clone(),
        })
    });
    let mut upcoming_expiries: Vec<UpcomingExpiry> = kept.collect();
    upcoming_expiries.sort_by_key(|expiry| expiry.on);
    upcoming_expiries
}

/// How near an end is; `None` if it is far.
fn term(today: Date, on: Date) -> Option<Term> {
    let days = (on - today).get_days();
    if days < 0 {
        return Some(Term::Past);
    }
    let term = TERMS.into_iter().find(|term| days <= *term)?;
    Some(Term::Within(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_in_the_shortest_term_that_includes_it() {
        let today = "2026-12-01".parse().unwrap();
        for (on, expected) in [
            ("2026-11-30", Some(Term::Past)),
            ("2026-12-01", Some(Term::Within(7))),
            ("2026-12-08", Some(Term::Within(7))),
            ("2026-12-09", Some(Term::Within(30))),
            ("2026-12-31", Some(Term::Within(30))),
            ("2027-01-01", Some(Term::Within(90))),
            ("2027-03-01", Some(Term::Within(90))),
            ("2027-03-02", None),
            ("9999-12-31", None),
        ] {
            assert_eq!(term(today, on.parse().unwrap()), expected, "{on}");
        }
    }
}
