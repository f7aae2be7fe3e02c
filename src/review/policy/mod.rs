//! What a team wants looked at, and how strictly: the rules' switches, severities and thresholds, and the waivers.

mod error;
mod pattern;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

pub use error::Error;
use pattern::Pattern;

use super::finding::{FindingSeverity, Rule, RuleScope, StaleWaiver, Waiver};

/// The rules of one review. The default is that of a team without a policy: no waivers, all rules as they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The day to count from instead of the plan's own.
    as_of: Option<Date>,
    /// The settings of the rules that the policy names.
    settings: BTreeMap<Rule, RuleSetting>,
    /// In the order of the file.
    waivers: Vec<Accepted>,
}

/// How one rule is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuleSetting {
    pub(super) is_enabled: bool,
    pub(super) severity: FindingSeverity,
    pub(super) scope: RuleScope,
    /// Its threshold; of no meaning for a rule without one.
    pub(super) days: i32,
}

impl RuleSetting {
    /// How a rule is applied that no policy speaks of.
    fn of(rule: Rule) -> Self {
        Self {
            is_enabled: true,
            severity: rule.severity(),
            scope: rule.scope(),
            days: rule
                .threshold()
                .map(|threshold| threshold.days)
                .unwrap_or_default(),
        }
    }
}

/// A waiver, on no day in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    address: Pattern,
    rule: Rule,
    owner: String,
    reason: String,
    /// The last day on which it holds.
    until: Date,
}

impl Accepted {
    /// The waiver as it stands on a day.
    pub(super) fn on(&self, today: Date) -> Waiver {
        Waiver {
            owner: self.owner.clone(),
            reason: self.reason.clone(),
            until: self.until,
            has_expired: self.until < today,
        }
    }
}

impl Policy {
    /// Reads a policy file, which is TOML 1.1. `docs/rules/README.md` describes it.
    ///
    /// # Errors
    /// At the first thing in it that is not understood: nothing is ignored, so that a slip does not switch a rule off.
    pub fn read(text: &str) -> Result<Self, Error> {
        read::policy(text)
    }

    /// The same policy, counting days from this one, whatever day the plan gives.
    #[must_use]
    pub fn as_of(self, day: Date) -> Self {
        Self {
            as_of: Some(day),
            ..self
        }
    }

    /// Whether there is anything in it that cannot be decided without a day.
    #[must_use]
    pub fn has_waivers(&self) -> bool {
        !self.waivers.is_empty()
    }

    /// Whether it gives the day to count from.
    pub(super) fn is_as_of(&self) -> bool {
        self.as_of.is_some()
    }

    /// The day to count from, given the plan's own.
    pub(super) fn day(&self, planned_on: Option<Date>) -> Option<Date> {
        self.as_of.or(planned_on)
    }

    pub(super) fn setting(&self, rule: Rule) -> RuleSetting {
        let setting = self.settings.get(&rule);
        setting.copied().unwrap_or_else(|| RuleSetting::of(rule))
    }

    /// The waivers of a finding, expired or not, each with its place in the file.
    pub(super) fn waivers_of(
        &self,
        rule: Rule,
        address: &str,
    ) -> impl Iterator<Item = (usize, &Accepted)> {
        let waivers = self.waivers.iter().enumerate();
        waivers.filter(move |(_, waiver)| waiver.rule == rule && waiver.address.matches(address))
    }

    /// The waivers that have expired, or whose place is not among these.
    pub(super) fn stale_waivers(&self, today: Date, matched: &BTreeSet<usize>) -> Vec<StaleWaiver> {
        let stale = self
            .waivers
            .iter()
            .enumerate()
            .filter_map(|(index, accepted)| {
                let waiver = accepted.on(today);
                let is_matched = matched.contains(&index);
                (waiver.has_expired || !is_matched).then(|| StaleWaiver {
                    address: accepted.address.to_string(),
                    rule: accepted.rule,
                    waiver,
                    is_matched,
                })
            });
        let mut stale: Vec<StaleWaiver> = stale.collect();
        stale.sort();
        stale
    }
}
