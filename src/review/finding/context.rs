//! The input of the rules: the blocks that declare a grant after the plan, and the net changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arcstr::ArcStr;
use jiff::civil::Date;

use super::fact::{FindingFact, Hit};
use crate::access::net::Summary;
use crate::access::net::row::Row;
use crate::access::unread::Unread;
use crate::plan_json::plan::NotReviewed;
use crate::plan_json::value::PlanValue;
use crate::review::change::{AccessChange, Effect, Missing, Note, PlanStep};
use crate::review::grant::{PlannedGrant, PlannedGrantKey, SecretKey};
use crate::review::policy::{Assertion, Policy};
use crate::review::rule::RuleScope;

/// What rules know about a plan.
#[derive(Debug)]
pub(in crate::review) struct ReviewContext<'a> {
    /// What Terraform manages afterwards: each block with the grant it declares, sorted by address.
    pub(super) blocks: Vec<GrantBlock<'a>>,
    /// The steps of blocks that lack a mandatory argument, with it, sorted by address.
    pub(super) missing: Vec<(&'a PlanStep, &'a Missing)>,
    /// The net change of each grant.
    pub(super) changes: &'a [AccessChange],
    /// The changes that may affect access and are not reviewed.
    pub(super) not_reviewed: &'a [NotReviewed],
    /// What happens to the accesses of all reviewed types.
    pub(super) access: &'a [Arc<Row>],
    /// What may change access and is not understood.
    pub(super) not_understood: &'a [Unread],
    /// The states, of several, for which planning failed.
    pub(super) failed_states: &'a BTreeSet<String>,
    /// The assertions of the policy, in force or not.
    pub(super) assertions: &'a [Assertion],
    /// The project of each block's provider configuration, by the address of the block without instance keys.
    pub(super) projects: &'a BTreeMap<String, PlanValue>,
    /// The day to count from, if it is known.
    pub(super) today: Option<Date>,
}

/// A block, with the grant that it declares.
#[derive(Clone, Copy, Debug)]
pub(super) struct GrantBlock<'a> {
    /// Where it is declared, instance key included.
    pub(super) address: &'a ArcStr,
    /// What it declares.
    pub(super) grant: &'a Arc<PlannedGrant>,
    /// Whether the plan changes this access.
    pub(super) is_changed: bool,
}

impl<'a> ReviewContext<'a> {
    /// The context of a plan with these steps and their net changes.
    pub(in crate::review) fn new(
        steps: &'a [PlanStep],
        changes: &'a [AccessChange],
        not_reviewed: &'a [NotReviewed],
        projects: &'a BTreeMap<String, PlanValue>,
        today: Option<Date>,
    ) -> Self {
        let changed = changes
            .iter()
            .filter(|change| change.effect != Effect::Unchanged);
        let changed: BTreeSet<&str> = changed.flat_map(addresses).collect();
        let declared = steps.iter().filter_map(|step| {
            let address = &step.address;
            Some(GrantBlock {
                address,
                grant: step.after.as_ref()?,
                is_changed: changed.contains(address.as_str()),
            })
        });
        let mut blocks: Vec<GrantBlock<'_>> = declared.collect();
        blocks.sort_by_key(|block| block.address);
        let missing = steps.iter();
        let missing = missing.filter_map(|step| Some((step, step.missing.as_deref()?)));
        let mut missing: Vec<(&PlanStep, &Missing)> = missing.collect();
        missing.sort_by_key(|(step, _)| &step.address);
        Self {
            blocks,
            missing,
            changes,
            not_reviewed,
            access: &[],
            not_understood: &[],
            failed_states: const { &BTreeSet::new() },
            assertions: &[],
            projects,
            today,
        }
    }

    /// With what happens to the accesses of all reviewed types, and what the policy says about them.
    pub(in crate::review) fn with_access(self, access: &'a Summary, policy: &'a Policy) -> Self {
        Self {
            access: &access.rows,
            not_understood: &access.unread,
            failed_states: &access.failed_states,
            assertions: policy.assertions(),
            ..self
        }
    }

    /// The blocks in the scope of a rule.
    pub(super) fn blocks_in(&self, scope: RuleScope) -> impl Iterator<Item = &GrantBlock<'a>> {
        let blocks = self.blocks.iter();
        blocks.filter(move |block| block.is_changed || scope == RuleScope::All)
    }

    /// Whether a grant is known to have expired before the day to count from.
    pub(super) fn has_expired(&self, grant: &PlannedGrant) -> bool {
        let dates = grant.expiry.date().zip(self.today);
        dates.is_some_and(|(expiry, today)| expiry < today)
    }

    /// The blocks that grant access to a secret or a secret group.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&GrantBlock<'a>, SecretContext<'a>)> {
        self.blocks
            .iter()
            .filter_map(|block| Some((block, SecretContext::of(&block.grant.key)?)))
    }
}

/// The blocks of a grant, also those that still declare it although the plan destroys another of its blocks.
fn addresses(change: &AccessChange) -> impl Iterator<Item = &str> {
    let still = change.notes.iter().filter_map(|note| match note {
        Note::StillDeclared { address } | Note::DeclaredInOtherState { address } => {
            Some(address.as_str())
        }
        _ => None,
    });
    change
        .addresses
        .iter()
        .map(|address| &**address)
        .chain(still)
}

impl GrantBlock<'_> {
    /// A finding at this block.
    pub(super) fn hit(&self, attribute: Option<&'static str>, fact: FindingFact) -> Hit {
        Hit {
            address: ArcStr::clone(self.address),
            attribute,
            is_changed: self.is_changed,
            fact,
        }
    }
}

/// The secret, or secret group, that a grant is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct SecretContext<'a>(&'a SecretKey);

/// Region, resource type and ID of a secret, all known.
pub(super) type SecretGroupKey<'a> = (&'a str, &'a str, &'a str);

impl<'a> SecretContext<'a> {
    /// The secret of this key; `None` for a delegation.
    pub(super) fn of(key: &'a PlannedGrantKey) -> Option<Self> {
        match key {
            PlannedGrantKey::Csms { secret, .. } => Some(Self(secret)),
            PlannedGrantKey::RepoKms { .. } => None,
        }
    }

    /// Whether it is a secret group.
    pub(super) fn is_group(self) -> bool {
        matches!(&self.0.resource_type, PlanValue::Known(kind) if &**kind == "GROUP")
    }

    /// The project, as far as it is known.
    pub(super) fn project(self) -> &'a PlanValue {
        &self.0.project_id
    }

    /// The secret without its project; `None` if the plan does not identify it.
    pub(super) fn group_key(self) -> Option<SecretGroupKey<'a>> {
        match (&self.0.region, &self.0.resource_type, &self.0.resource_id) {
            (PlanValue::Known(region), PlanValue::Known(kind), PlanValue::Known(id)) => {
                Some((region, kind, id))
            }
            _ => None,
        }
    }

    /// Whether two secrets with equal group keys are the same one. A secret belongs to one project, so an unknown
    /// project matches any; a sensitive project is not compared, because the result would disclose it.
    pub(super) fn is_in_project_of(self, other: Self) -> bool {
        match (&self.0.project_id, &other.0.project_id) {
            (PlanValue::Known(left), PlanValue::Known(right)) => left == right,
            (
                PlanValue::Known(_) | PlanValue::Unknown,
                PlanValue::Known(_) | PlanValue::Unknown,
            ) => true,
            _ => false,
        }
    }

    /// Whether no known value distinguishes the two.
    pub(super) fn may_be(self, other: Self) -> bool {
        let may_equal = |left: &PlanValue, right: &PlanValue| match (left, right) {
            (PlanValue::Known(left), PlanValue::Known(right)) => left == right,
            _ => true,
        };
        may_equal(&self.0.region, &other.0.region)
            && may_equal(&self.0.project_id, &other.0.project_id)
            && may_equal(&self.0.resource_type, &other.0.resource_type)
            && may_equal(&self.0.resource_id, &other.0.resource_id)
    }
}

/// The address of the block in the configuration, which has no instance keys. A key may hold brackets and quotes.
pub(super) fn without_keys(address: &str) -> String {
    let mut kept = String::with_capacity(address.len());
    let (mut is_key, mut is_quoted, mut is_escaped) = (false, false, false);
    for c in address.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if is_key => is_quoted = !is_quoted,
            '[' if !is_quoted => is_key = true,
            ']' if !is_quoted => is_key = false,
            c if !is_key => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_keys_are_removed_from_addresses() {
        for (address, expected) in [
            ("csms_grant.a", "csms_grant.a"),
            ("csms_grant.a[0]", "csms_grant.a"),
            (
                r#"module.team["a.b"].csms_grant.each["x]\"[y"]"#,
                "module.team.csms_grant.each",
            ),
            (
                r#"module.m["\\"].module.n[1].csms_grant.a"#,
                "module.m.module.n.csms_grant.a",
            ),
        ] {
            assert_eq!(without_keys(address), expected);
        }
    }
}
