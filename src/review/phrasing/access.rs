//! Accesses of all reviewed types in words.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::finding::FindingText;
use super::grant::{PhrasedGrant, action_reason};
use crate::access::net::row::{Change, Note, Party, Row};
use crate::access::unread::Unread;
use crate::review::finding::{AssertionOutcome, AssertionResult};
use crate::review::policy::{Assertion, AssertionKind, GranteePattern};
use crate::review::report::Report;
use crate::review::rule::Rule;
use crate::text::line as clean;

impl PhrasedGrant {
    /// An access of another type than ours.
    #[must_use]
    pub fn of_row(report: &Report, row: &Row) -> Self {
        let who = party(&row.grantee);
        let to = party(&row.resource);
        let change = match row.note {
            Some(Note::RevokedOutside) => Change::Lost,
            _ => row.change,
        };
        let expiry = match (change, &row.until.before) {
            (Change::Lost, None) if row.until.after.is_empty() => "revoked".to_owned(),
            _ if row.until.after.is_empty() && row.until.before.is_none() => String::new(),
            (Change::Lost, _) if &*row.until.after == "never" => {
                "revoked (had no expiration date)".to_owned()
            }
            (Change::Lost, _) => format!("revoked (was {})", end(&row.until.after)),
            (_, Some(before)) if &**before == "never" => {
                format!("{} (previously none)", end(&row.until.after))
            }
            (_, Some(before)) => format!("{} (was {})", end(&row.until.after), end(before)),
            (_, None) => end(&row.until.after),
        };
        let reasons = row.addresses();
        let reasons = reasons.filter_map(|address| report.reasons.get(address));
        let is_kept = row.change == Change::Kept || row.is_handed_over();
        let reasons = reasons.map(|reason| action_reason(*reason, is_kept));
        let level = match &row.level.before {
            Some(before) => format!("{} (was {})", clean(&row.level.after), clean(before)),
            None => clean(&row.level.after),
        };
        Self {
            who,
            name: clean(&row.grantee.names().join(", ")),
            to,
            level,
            expiry,
            blocks: row.addresses().map(clean).collect(),
            notes: row
                .note
                .iter()
                .map(|note| clean(&note.to_string()))
                .chain(reasons)
                .collect(),
            ..Self::default()
        }
    }
}

/// A grantee or a resource; with its name, if the plan has one beside the ID.
fn party(party: &Party) -> String {
    let text = clean(party.text());
    match party.names() {
        [name] if party.id().is_some() => {
            let id = clean(party.id().unwrap_or_default());
            match text.strip_suffix(&id) {
                Some(kind) => format!("{kind}{} ({id})", clean(name)),
                None => format!("{} ({text})", clean(name)),
            }
        }
        _ => text,
    }
}

/// When an access ends.
fn end(end: &str) -> String {
    match end {
        "never" => "never expires".to_owned(),
        "" => "no expiry".to_owned(),
        end => clean(end),
    }
}

/// An access, such as `user 2026 access to bucket site (Allow GetObject)`.
fn access(row: &Row) -> String {
    let level = match &*row.level.after {
        "" => String::new(),
        level => format!(" ({})", clean(level)),
    };
    let until = match &*row.until.after {
        "" => String::new(),
        "never" => ", without an expiration date".to_owned(),
        until if is_duration(until) => format!(", for {}", clean(until)),
        until => format!(", until {}", clean(until)),
    };
    format!(
        "{} access to {}{level}{until}",
        party(&row.grantee),
        party(&row.resource)
    )
}

/// Whether an end is a duration, such as `30 days` or `PT1H`, and no date.
fn is_duration(end: &str) -> bool {
    let units = [" day", " days", " seconds"];
    end.starts_with("PT") || units.iter().any(|unit| end.ends_with(unit))
}

/// How many accesses a message names.
const MOST: usize = 3;

/// Accesses, which are at least one.
fn accesses(rows: &[Arc<Row>]) -> String {
    let mut named: Vec<String> = rows.iter().take(MOST).map(|row| access(row)).collect();
    named.dedup();
    let more = match rows.len().saturating_sub(MOST) {
        0 => String::new(),
        count => format!("; and {count} more"),
    };
    format!("{}{more}", named.join("; "))
}

/// What a rule has found about the accesses of one resource.
pub(super) fn finding(rule: Rule, rows: &[Arc<Row>]) -> FindingText {
    let accesses = accesses(rows);
    let gives = if rows.iter().any(|row| row.is_certain()) {
        "gives"
    } else {
        "may give"
    };
    let is_one = {
        let grantees: BTreeSet<&str> = rows.iter().map(|row| row.grantee.text()).collect();
        grantees.len() == 1
    };
    let given = |advice: &str| FindingText::new(format!("The plan {gives} {accesses}."), advice);
    match rule {
        Rule::PublicAccess => given(
            "Everyone who reaches the service can use this access. Restrict it to the accounts, users or networks that need it.",
        ),
        Rule::OtherAccount if is_one => given(
            "The other account decides which of its users get this access, and the plan does not show who they are. Make sure \
             that the account is the intended one, and give it only what it needs.",
        ),
        Rule::OtherAccount => given(
            "Each of these accounts decides which of its users get this access, and the plan does not show who they are. Make \
             sure that the accounts are the intended ones, and give them only what they need.",
        ),
        Rule::NoEnd => given(
            "Access without an expiration date often outlives its purpose. Set an expiration date, unless the access is needed \
             permanently.",
        ),
        Rule::GroupGrant if !is_one => given(
            "All current and future members of these groups get this access, and this entry does not show who they are. Review \
             the members of the groups as well.",
        ),
        Rule::GroupGrant => given(
            "All current and future members of the group get this access, and this entry does not show who they are. Review the \
             members of the group as well.",
        ),
        Rule::DeclaredTwice => {
            let others = rows.iter().filter_map(|row| match &row.note {
                Some(Note::AlsoDeclared(address)) => Some(format!("`{}`", clean(address))),
                _ => None,
            });
            let others: Vec<String> = others.take(MOST).collect();
            FindingText::new(
                format!(
                    "The plan destroys one of two blocks that declare the same access: {accesses}. The service has the access \
                     only once, so destroying it here also revokes it for {}.",
                    others.join(", ")
                ),
                "Remove this block from the state with a `removed` block that sets `destroy = false`.",
            )
        }
        Rule::NotAsConfigured => {
            let notes = rows.iter().filter_map(|row| row.note.as_ref());
            let mut notes: Vec<String> = notes.map(|note| clean(&note.to_string())).collect();
            notes.dedup();
            FindingText::new(
                format!(
                    "The plan does not do what the configuration says about this access: {accesses} ({}).",
                    notes.join("; ")
                ),
                "Applying the plan leaves the access as it is. Change the access outside of Terraform, or correct the \
                 configuration.",
            )
        }
        _ => FindingText::new(format!("The plan changes {accesses}."), ""),
    }
}

/// Why a change of a reviewed type is not understood; at least one reason.
pub(super) fn not_understood(reasons: &[Unread]) -> FindingText {
    let name = reasons.first().map(|one| clean(&one.type_name));
    let mut reasons: Vec<String> = reasons
        .iter()
        .map(|one| clean(&one.reason.to_string()))
        .collect();
    reasons.dedup();
    FindingText::new(
        format!(
            "The resource type `{}` can grant, change or revoke access, but this change could not be read: {}.",
            name.unwrap_or_default(),
            reasons.join("; ")
        ),
        "Its effect on access is not known. Review the change in the `terraform show` output.",
    )
}

/// How the plan violates an assertion.
pub(super) fn violation(assertion: &Assertion, rows: &[Arc<Row>], is_certain: bool) -> FindingText {
    let accesses = accesses(rows);
    let what = match (assertion.kind, is_certain) {
        (AssertionKind::Forbid, true) => {
            format!("The plan gives {accesses}, which the policy forbids.")
        }
        (AssertionKind::Forbid, false) => format!(
            "The plan may give access that the policy forbids: {accesses}. The plan does not show whether it does."
        ),
        (AssertionKind::Expect, true) => format!(
            "The plan takes away, narrows or shortens access that the policy expects to remain: {accesses}."
        ),
        (AssertionKind::Expect, false) => format!(
            "The plan may take away access that the policy expects to remain: {accesses}. The plan does not show whether it does."
        ),
    };
    FindingText {
        what,
        advice: format!(
            "Assertion: {}. Reason: {}. Owner: {}. Change the configuration, or ask the owner to change the policy.",
            assertion_text(assertion),
            clean(&assertion.reason),
            clean(&assertion.owner)
        ),
    }
}

/// What an assertion is about.
#[must_use]
pub fn assertion_text(assertion: &Assertion) -> String {
    let kind = match assertion.kind {
        AssertionKind::Forbid => "forbid",
        AssertionKind::Expect => "expect",
    };
    let grantee = match &assertion.grantee {
        GranteePattern::Any => None,
        GranteePattern::Public => Some("public".to_owned()),
        GranteePattern::Matching(pattern) => Some(pattern.to_string()),
    };
    let resource = assertion.resource.as_ref().map(ToString::to_string);
    let level = assertion.level.as_ref().map(ToString::to_string);
    let parts = [
        ("grantee", grantee),
        ("resource", resource),
        ("level", level),
    ];
    let parts = parts.into_iter().filter_map(|(name, pattern)| {
        let pattern = pattern?;
        Some(format!("{name} `{}`", clean(&pattern)))
    });
    format!("{kind} {}", parts.collect::<Vec<_>>().join(", "))
}

/// What becomes of an assertion.
#[must_use]
pub fn assertion(result: &AssertionResult) -> String {
    let outcome = match result.outcome {
        AssertionOutcome::Violated => "violated",
        AssertionOutcome::MayBeViolated => "may be violated: the plan does not show whether it is",
        AssertionOutcome::Holds => "holds",
        AssertionOutcome::NotMentioned => "holds: the plan changes no such access",
        AssertionOutcome::Expired => "has expired and is not checked. Remove it from the policy",
    };
    format!("{}: {outcome}", assertion_text(&result.assertion))
}

/// The heading for the assertions of a policy.
pub const ASSERTIONS: &str = "Assertions";
