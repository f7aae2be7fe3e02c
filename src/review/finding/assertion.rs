//! What becomes of the assertions of a policy in a plan.

use std::sync::Arc;

use super::access::by_block;
use super::context::ReviewContext;
use super::fact::{FindingFact, Hit};
use crate::access::net::row::Row;
use crate::review::policy::{Assertion, AssertionKind};

/// What becomes of one assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionResult {
    /// The assertion.
    pub assertion: Assertion,
    /// What becomes of it.
    pub outcome: AssertionOutcome,
}

/// What a plan does to an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssertionOutcome {
    /// The plan violates it.
    Violated,
    /// The plan may violate it: it does not show whether it does.
    MayBeViolated,
    /// The plan has accesses that it is about, and does not violate it.
    Holds,
    /// The plan has no change of an access that it is about.
    NotMentioned,
    /// It no longer applies on the day to count from.
    Expired,
}

/// A finding at each block at which the plan violates an assertion of this kind, or may violate it: of several assertions
/// at one block, the first.
pub(super) fn hits(context: &ReviewContext<'_>, kind: AssertionKind) -> Vec<Hit> {
    let in_force = context.assertions.iter();
    let in_force = in_force.filter(|one| one.is_in_force(context.today));
    let assertions = in_force.filter(|one| one.kind == kind);
    let mut hits: Vec<Hit> = Vec::new();
    for assertion in assertions {
        let violations = violations(context, assertion);
        for (address, rows) in by_block(violations) {
            if hits.iter().any(|hit| hit.address == address) {
                continue;
            }
            let is_certain = rows.iter().any(|row| is_certain(assertion, row));
            hits.push(Hit {
                address,
                attribute: None,
                is_changed: true,
                fact: FindingFact::Asserted {
                    assertion: Box::new(assertion.clone()),
                    rows: rows.into(),
                    is_certain,
                },
            });
        }
    }
    hits
}

/// What becomes of each assertion.
pub(super) fn results(context: &ReviewContext<'_>) -> Vec<AssertionResult> {
    let results = context.assertions.iter().map(|assertion| {
        let mut violations = violations(context, assertion).peekable();
        let mut mentions = context.access.iter();
        let outcome = if !assertion.is_in_force(context.today) {
            AssertionOutcome::Expired
        } else if violations.peek().is_some() {
            if violations.any(|row| is_certain(assertion, row)) {
                AssertionOutcome::Violated
            } else {
                AssertionOutcome::MayBeViolated
            }
        } else if mentions.any(|row| assertion.is_about(row) == Some(true)) {
            AssertionOutcome::Holds
        } else {
            AssertionOutcome::NotMentioned
        };
        AssertionResult {
            assertion: assertion.clone(),
            outcome,
        }
    });
    results.collect()
}

/// The accesses by which the plan violates an assertion, or may violate it.
fn violations<'a>(
    context: &'a ReviewContext<'_>,
    assertion: &'a Assertion,
) -> impl Iterator<Item = &'a Arc<Row>> {
    let rows = context.access.iter();
    rows.filter(|row| {
        let is_against = match assertion.kind {
            AssertionKind::Forbid => row.may_broaden(),
            AssertionKind::Expect => row.may_narrow(),
        };
        is_against && assertion.is_about(row) != Some(false)
    })
}

/// Whether a violation is certain.
fn is_certain(assertion: &Assertion, row: &Row) -> bool {
    row.is_certain() && assertion.is_about(row) == Some(true)
}
