//! Rules about the expiry of grants. A delegation never expires, so they skip it.

use std::sync::Arc;

use jiff::civil::Date;

use super::context::{ReviewContext, SecretContext};
use super::fact::{DatedExpiry, FindingFact, Hit};
use crate::plan_json::grant_type::attribute;
use crate::review::grant::{Expiry, PlannedGrant};
use crate::review::rule::RuleScope;

/// The attribute at which the rules of this file report.
const ATTRIBUTE: Option<&str> = Some(attribute::VALIDITY_TIME);

/// Grants without expiry. An unknown or sensitive expiry may be a date.
pub(super) fn no_expiry(
    context: &ReviewContext<'_>,
    scope: RuleScope,
) -> impl Iterator<Item = Hit> {
    let secrets = context.blocks_in(scope);
    let secrets = secrets.filter(|block| SecretContext::of(&block.grant.key).is_some());
    let endless = secrets.filter(|block| block.grant.expiry == Expiry::Never);
    endless.map(|block| {
        let fact = FindingFact::NoEnd(Arc::clone(block.grant));
        block.hit(ATTRIBUTE, fact)
    })
}

/// Grants that expire more than this many days after the day to count from.
pub(super) fn expires_too_late(
    context: &ReviewContext<'_>,
    today: Date,
    max_days: i32,
) -> impl Iterator<Item = Hit> {
    dated(
        context,
        today,
        move |days| days > max_days,
        move |grant, expiry| FindingFact::EndTooFar {
            grant,
            expiry,
            max_days,
        },
    )
}

/// Grants that expire within this many days from the day to count from, that day included.
pub(super) fn expires_soon(
    context: &ReviewContext<'_>,
    today: Date,
    within: i32,
) -> impl Iterator<Item = Hit> {
    dated(
        context,
        today,
        move |days| (0..=within).contains(&days),
        |grant, expiry| FindingFact::EndsSoon { grant, expiry },
    )
}

/// Grants whose expiration date has passed. On the date itself, the service decides whether access has expired.
pub(super) fn expired_declared(
    context: &ReviewContext<'_>,
    today: Date,
) -> impl Iterator<Item = Hit> {
    dated(
        context,
        today,
        |days| days < 0,
        |grant, expiry| FindingFact::ExpiredDeclared { grant, expiry },
    )
}

/// The grants whose expiration date is this many days after the day to count from.
fn dated(
    context: &ReviewContext<'_>,
    today: Date,
    is_found: impl Fn(i32) -> bool,
    fact: impl Fn(Arc<PlannedGrant>, DatedExpiry) -> FindingFact,
) -> impl Iterator<Item = Hit> {
    context.secrets().filter_map(move |(block, _)| {
        let on = block.grant.expiry.date()?;
        let days = (on - today).get_days();
        let expiry = DatedExpiry { on, today, days };
        let fact = is_found(days).then(|| fact(Arc::clone(block.grant), expiry))?;
        Some(block.hit(ATTRIBUTE, fact))
    })
}
