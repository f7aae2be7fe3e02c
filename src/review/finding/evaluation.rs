//! What comes of the rules under a policy: which hits are findings, how bad they are, and what waivers cover.

use std::collections::BTreeSet;

use super::context::ReviewContext;
use super::definition::{Hit, RuleCheck};
use super::{Finding, FindingSeverity, Rule, RuleScope, StaleWaiver};
use crate::review::policy::Policy;

/// What the rules say of a plan.
#[derive(Debug)]
pub(in crate::review) struct Evaluation {
    /// The worst first, then by rule, address and attribute.
    pub(in crate::review) findings: Vec<Finding>,
    /// What should go from the policy, in the order of their addresses.
    pub(in crate::review) stale_waivers: Vec<StaleWaiver>,
    /// The rules that are on and need a day to count from, in a plan without one.
    pub(in crate::review) uncounted: Vec<Rule>,
}

impl Evaluation {
    /// Asks all rules that are on about what is in the context.
    pub(in crate::review) fn new(context: &ReviewContext<'_>, policy: &Policy) -> Self {
        let today = context.today;
        let mut findings = Vec::new();
        let mut uncounted = Vec::new();
        let mut matched = BTreeSet::new();
        for rule in Rule::ALL {
            let setting = policy.setting(rule);
            if !setting.is_enabled {
                continue;
            }
            let Some(hits) = hits(rule, context, setting.days) else {
                uncounted.push(rule);
                continue;
            };
            let in_scope = hits
                .into_iter()
                .filter(|hit| hit.is_changed || setting.scope == RuleScope::All);
            for hit in in_scope {
                let waivers = policy.waivers_of(rule, &hit.address);
                let waiver = today.and_then(|today| {
                    // Of those that hold, or else of those that held, the one that does so last.
                    let candidates = waivers.map(|(index, accepted)| {
                        matched.insert(index);
                        accepted.on(today)
                    });
                    candidates.max_by_key(|waiver| waiver.until)
                });
                let Hit {
                    address,
                    attribute,
                    message,
                    is_changed: _,
                } = hit;
                let severity = setting.severity;
                findings.push(Finding {
                    severity,
                    rule,
                    address,
                    attribute,
                    message,
                    waiver,
                });
            }
        }
        findings.sort_by(|left, right| order(left).cmp(&order(right)));
        let stale = today.map(|today| policy.stale_waivers(today, &matched));
        Self {
            findings,
            stale_waivers: stale.unwrap_or_default(),
            uncounted,
        }
    }
}

/// What a rule finds; `None` if it needs a day to count from.
fn hits(rule: Rule, context: &ReviewContext<'_>, days: i32) -> Option<Vec<Hit>> {
    Some(match &rule.definition().check {
        RuleCheck::Plan(check) => check(context),
        RuleCheck::Day(check) => check(context, context.today?),
        RuleCheck::Days(_, check) => check(context, context.today?, days),
    })
}

/// What findings are sorted by.
fn order(finding: &Finding) -> (FindingSeverity, Rule, &str, Option<&str>) {
    (
        finding.severity,
        finding.rule,
        &finding.address,
        finding.attribute,
    )
}
