//! The findings of a plan under a policy: scope, severity and waivers.

use std::collections::BTreeSet;

use arcstr::ArcStr;
use sha2::{Digest as _, Sha256};

use super::assertion::AssertionResult;
use super::context::ReviewContext;
use super::fact::{FindingFact, Hit};
use super::{access, assertion, declaration, expiry, grantee, state_move, unreviewed};
use crate::review::policy::{AssertionKind, Policy, StaleWaiver, Waiver};
use crate::review::rule::{FindingSeverity, Rule, RuleScope};

/// What a rule has found in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How severe it is.
    pub severity: FindingSeverity,
    /// The rule.
    pub rule: Rule,
    /// The resource address, instance key included.
    pub address: ArcStr,
    /// The attribute that is concerned, which may be absent from the block; `None` for the block itself.
    pub attribute: Option<&'static str>,
    /// What the rule has found.
    pub fact: FindingFact,
    /// The waiver that covers it, expired or not.
    pub waiver: Option<Box<Waiver>>,
    /// Whether an earlier review has found it, too.
    pub is_known: bool,
}

impl Finding {
    /// Whether a valid waiver covers it.
    #[must_use]
    pub fn is_waived(&self) -> bool {
        let waiver = self.waiver.as_ref();
        waiver.is_some_and(|waiver| !waiver.has_expired)
    }

    /// Whether it counts: no valid waiver covers it, and no earlier review has found it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_waived() && !self.is_known
    }

    /// Its identity across plans, wherever in its file the block is.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let attribute = self.attribute.unwrap_or_default();
        let parts = [self.rule.id(), &self.address, attribute];
        // No part has a line feed in it that is not escaped.
        let digest = Sha256::digest(parts.join("\n"));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether it fails the policy check: an error that is open.
    #[must_use]
    pub fn is_blocking(&self) -> bool {
        self.severity == FindingSeverity::Error && self.is_open()
    }
}

/// The findings of a plan.
#[derive(Debug)]
pub(in crate::review) struct Evaluation {
    /// The most severe first, then by rule, address and attribute.
    pub(in crate::review) findings: Vec<Finding>,
    /// The waivers to remove from the policy, by address.
    pub(in crate::review) stale_waivers: Vec<StaleWaiver>,
    /// The enabled rules that need a day to count from, in a plan without one.
    pub(in crate::review) uncounted: Vec<Rule>,
    /// What becomes of the assertions of the policy, in the order of the file.
    pub(in crate::review) assertions: Vec<AssertionResult>,
}

impl Evaluation {
    /// Applies all enabled rules to the context.
    pub(in crate::review) fn new(context: &ReviewContext<'_>, policy: &Policy) -> Self {
        let today = context.today;
        let mut findings = Vec::new();
        let mut uncounted = Vec::new();
        let mut matched = BTreeSet::new();
        let mut rules = Rule::ALL;
        // In the order of the report, so that only the findings of one rule must be sorted.
        rules.sort_by_key(|rule| (policy.setting(*rule).severity, *rule));
        for rule in rules {
            let setting = policy.setting(rule);
            if !setting.is_enabled {
                continue;
            }
            let is_wanted = |hit: &Hit| hit.is_changed || setting.scope == RuleScope::All;
            let hits = || hits(rule, context, setting.days, setting.scope);
            let Some(counted) = hits() else {
                uncounted.push(rule);
                continue;
            };
            let first = findings.len();
            // Counted before, because a list that grows is in memory twice.
            findings.reserve_exact(counted.filter(is_wanted).count());
            for hit in hits().into_iter().flatten().filter(is_wanted) {
                let waivers = policy.waivers_of(rule, &hit.address);
                let waiver = today.and_then(|today| {
                    // The one that expires last.
                    let candidates = waivers.map(|(index, accepted)| {
                        matched.insert(index);
                        accepted.on(today)
                    });
                    candidates.max_by_key(|waiver| waiver.until)
                });
                let Hit {
                    address,
                    attribute,
                    fact,
                    is_changed: _,
                } = hit;
                let severity = setting.severity;
                findings.push(Finding {
                    severity,
                    rule,
                    address,
                    attribute,
                    fact,
                    waiver: waiver.map(Box::new),
                    is_known: false,
                });
            }
            if let Some(found) = findings.get_mut(first..) {
                found.sort_by(|left, right| order(left).cmp(&order(right)));
            }
        }
        uncounted.sort_unstable();
        let stale = today.map(|today| policy.stale_waivers(today, &matched));
        Self {
            findings,
            stale_waivers: stale.unwrap_or_default(),
            uncounted,
            assertions: assertion::results(context),
        }
    }
}

/// What a rule finds, one by one: there may be very many, and the findings are made of them.
type Hits<'a> = Box<dyn Iterator<Item = Hit> + 'a>;

/// What a rule finds; `None` if it needs a day to count from.
fn hits<'a>(
    rule: Rule,
    context: &'a ReviewContext<'_>,
    days: i32,
    scope: RuleScope,
) -> Option<Hits<'a>> {
    let today = context.today;
    Some(match rule {
        Rule::NoEnd => both(expiry::no_expiry(context, scope), access::no_end(context)),
        Rule::EndTooFar => Box::new(expiry::expires_too_late(context, today?, days)),
        Rule::EndsSoon => Box::new(expiry::expires_soon(context, today?, days)),
        Rule::GroupGrant => both(
            grantee::group_grant(context, scope),
            access::whole_group(context),
        ),
        Rule::LastGrantee => all(grantee::last_grantee(context)),
        Rule::DeclaredTwice => both(
            declaration::declared_twice(context).into_iter(),
            access::one_of_two_goes(context),
        ),
        Rule::CoveredByGroup => all(grantee::covered_by_group(context)),
        Rule::NoReason => Box::new(declaration::no_reason(context, scope)),
        Rule::DelegationStays => all(declaration::delegation_stays(context)),
        Rule::OtherProject => Box::new(declaration::other_project(context)),
        Rule::ExpiredDeclared => Box::new(expiry::expired_declared(context, today?)),
        Rule::MissingArgument => all(declaration::missing_argument(context)),
        Rule::NotReviewed => all(unreviewed::not_reviewed(context)),
        Rule::NotUnderstood => all(unreviewed::not_understood(context)),
        Rule::PublicAccess => all(access::public(context)),
        Rule::OtherAccount => all(access::other_account(context)),
        Rule::NotAsConfigured => all(access::not_as_configured(context)),
        Rule::NewDelegation => all(declaration::new_delegation(context)),
        Rule::SecretGroup => Box::new(grantee::secret_group(context)),
        Rule::UserAndGroup => all(grantee::user_and_group(context)),
        Rule::Renamed => all(declaration::renamed(context)),
        Rule::MovedBetweenStates => all(state_move::moved_between_states(context)),
        Rule::ForbiddenAccess => all(assertion::hits(context, AssertionKind::Forbid)),
        Rule::ExpectedAccess => all(assertion::hits(context, AssertionKind::Expect)),
    })
}

/// What a rule finds, all of it found.
fn all<'a>(hits: Vec<Hit>) -> Hits<'a> {
    Box::new(hits.into_iter())
}

/// What a rule finds in our grants and in the accesses of other types.
fn both<'a>(grants: impl Iterator<Item = Hit> + 'a, others: Vec<Hit>) -> Hits<'a> {
    Box::new(grants.chain(others))
}

/// The sort key of the findings of a rule.
fn order(finding: &Finding) -> (&str, Option<&str>) {
    (&finding.address, finding.attribute)
}
