//! Rules about when access ends.
//!
//! A delegation has no end that could be set, so these rules pass it over.

use jiff::civil::Date;

use super::context::{ReviewContext, access};
use super::definition::{Definition, Hit, RuleCheck, Threshold};
use super::{FindingSeverity, RuleScope};
use crate::review::grant::End;

const ATTRIBUTE: Option<&str> = Some("validity_time");

/// Only an end that is not set: one that is unknown or sensitive may be a date.
pub(super) const NO_END: Definition = Definition {
    id: "no-end",
    title: "A grant has no end",
    severity: FindingSeverity::Warning,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(no_end),
};

fn no_end(context: &ReviewContext<'_>) -> Vec<Hit> {
    let endless = context
        .secrets()
        .filter(|(block, _)| block.grant.end == End::Never);
    let hits = endless.map(|(block, _)| {
        let access = access(block.grant);
        let message = format!(
            "The grant gives {access} without end. Access that nothing ends outlives the need for it. Set \
             `validity_time` to the last day on which it is needed."
        );
        block.hit(ATTRIBUTE, message)
    });
    hits.collect()
}

/// Not for grants without end, which have a rule of their own.
pub(super) const END_TOO_FAR: Definition = Definition {
    id: "end-too-far",
    title: "A grant ends too far away",
    severity: FindingSeverity::Warning,
    scope: RuleScope::Changed,
    check: RuleCheck::Days(
        Threshold {
            name: "max_days",
            days: 365,
        },
        end_too_far,
    ),
};

fn end_too_far(context: &ReviewContext<'_>, today: Date, max_days: i32) -> Vec<Hit> {
    dated(
        context,
        today,
        |days| days > max_days,
        |access, end, days| {
            format!(
                "The grant gives {access} until {end}, {days} days after {today}; {max_days} are allowed. The longer \
                 a grant runs, the likelier it outlives the need for it. Set `validity_time` to an earlier date and \
                 extend it when the time comes."
            )
        },
    )
}

/// From the day of the plan on: an end before it is `expired-declared`.
pub(super) const ENDS_SOON: Definition = Definition {
    id: "ends-soon",
    title: "A grant ends soon",
    severity: FindingSeverity::Note,
    scope: RuleScope::All,
    check: RuleCheck::Days(
        Threshold {
            name: "days",
            days: 14,
        },
        ends_soon,
    ),
};

fn ends_soon(context: &ReviewContext<'_>, today: Date, within: i32) -> Vec<Hit> {
    dated(
        context,
        today,
        |days| (0..=within).contains(&days),
        |access, end, days| {
            let when = match days {
                0 => "the day that is counted from".to_owned(),
                1 => format!("the day after {today}"),
                days => format!("{days} days after {today}"),
            };
            format!(
                "The grant gives {access} until {end}, {when}. Whoever still needs it will be refused. Set \
                 `validity_time` to a later date if it is still needed, or remove the block once it has ended."
            )
        },
    )
}

/// The date itself is not over: whether access lasts to its beginning or its end is the service's to count.
pub(super) const EXPIRED_DECLARED: Definition = Definition {
    id: "expired-declared",
    title: "A grant that has ended is still declared",
    severity: FindingSeverity::Warning,
    scope: RuleScope::All,
    check: RuleCheck::Day(expired_declared),
};

fn expired_declared(context: &ReviewContext<'_>, today: Date) -> Vec<Hit> {
    dated(
        context,
        today,
        |days| days < 0,
        |access, end, _| {
            format!(
                "The grant gave {access} until {end}, which has passed. The block gives no access, and looks as if it \
                 did. Remove it, or set `validity_time` to a later date if the access is still needed."
            )
        },
    )
}

/// A hit for each end that is known to lie as many days after the day of the plan as is asked for.
fn dated(
    context: &ReviewContext<'_>,
    today: Date,
    is_found: impl Fn(i32) -> bool,
    message: impl Fn(String, Date, i32) -> String,
) -> Vec<Hit> {
    let hits = context.secrets().filter_map(|(block, _)| {
        let end = block.grant.end.date()?;
        let days = (end - today).get_days();
        is_found(days).then(|| block.hit(ATTRIBUTE, message(access(block.grant), end, days)))
    });
    hits.collect()
}
