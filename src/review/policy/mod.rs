//! The policy of a team: which rules apply, with which severity, scope and threshold, and the waivers.

mod assertion;
mod error;
mod pattern;
mod read;
mod setting;
mod waiver;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

pub use assertion::{Assertion, AssertionKind, GranteePattern};
pub use error::Error;
pub use pattern::Glob;
use setting::RuleSetting;
use waiver::PolicyWaiver;
pub use waiver::{StaleWaiver, Waiver};

use super::rule::Rule;

/// The policy of one review. The default has no waivers and the defaults of every rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The day to count from instead of the plan's own.
    as_of: Option<Date>,
    /// The settings of the rules in the policy.
    settings: BTreeMap<Rule, RuleSetting>,
    /// In the order of the file.
    waivers: Vec<PolicyWaiver>,
    /// `[[forbid]]`, then `[[expect]]`, each in the order of the file.
    assertions: Vec<Assertion>,
}

impl Policy {
    /// Reads a policy file, which is TOML 1.1. `docs/guides/rules.md` describes it.
    ///
    /// # Errors
    /// At the first part that is not understood: nothing is ignored, so that a typo does not disable a rule.
    pub fn read(text: &str) -> Result<Self, Error> {
        read::policy(text)
    }

    /// The same policy, which counts days from this one instead of the plan's.
    #[must_use]
    pub fn as_of(self, day: Date) -> Self {
        Self {
            as_of: Some(day),
            ..self
        }
    }

    /// The assertions, in force or not.
    #[must_use]
    pub fn assertions(&self) -> &[Assertion] {
        &self.assertions
    }

    /// Whether it has waivers, which need a day to count from.
    #[must_use]
    pub fn has_waivers(&self) -> bool {
        !self.waivers.is_empty()
    }

    /// Whether it sets the day to count from.
    pub(super) fn is_as_of(&self) -> bool {
        self.as_of.is_some()
    }

    /// The day to count from, given the plan's own.
    pub(super) fn day(&self, planned_on: Option<Date>) -> Option<Date> {
        self.as_of.or(planned_on)
    }

    /// The setting of a rule in the policy, or else its defaults.
    pub(super) fn setting(&self, rule: Rule) -> RuleSetting {
        let setting = self.settings.get(&rule);
        setting.copied().unwrap_or_else(|| RuleSetting::of(rule))
    }

    /// The waivers of a finding, expired or not, each with its index in the file.
    pub(super) fn waivers_of(
        &self,
        rule: Rule,
        address: &str,
    ) -> impl Iterator<Item = (usize, &PolicyWaiver)> {
        let waivers = self.waivers.iter().enumerate();
        waivers.filter(move |(_, waiver)| waiver.rule == rule && waiver.address.matches(address))
    }

    /// The waivers that have expired, or whose index is not among these.
    pub(super) fn stale_waivers(&self, today: Date, matched: &BTreeSet<usize>) -> Vec<StaleWaiver> {
        let stale = self
            .waivers
            .iter()
            .enumerate()
            .filter_map(|(index, waiver)| {
                let on_day = waiver.on(today);
                let is_matched = matched.contains(&index);
                (on_day.has_expired || !is_matched).then(|| StaleWaiver {
                    address: waiver.address.to_string(),
                    rule: waiver.rule,
                    waiver: on_day,
                    is_matched,
                })
            });
        let mut stale: Vec<StaleWaiver> = stale.collect();
        stale.sort();
        stale
    }
}
