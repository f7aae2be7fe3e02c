//! Findings in words.

mod text;

use std::collections::BTreeMap;

use crate::review::finding::Finding;
use crate::review::location::{SourceLocation, SourceLocations};
use crate::review::policy::{StaleWaiver, Waiver};
use crate::review::rule::{FindingSeverity, Rule};
use crate::text as safe_text;
pub use text::{FindingText, STAYS};

/// What a rule has found, why it matters and what to do; in sentences, cleaned for printing.
#[must_use]
pub fn message(finding: &Finding) -> String {
    FindingText::of(finding).message()
}

/// What a rule has found at one block, without what all findings of the group have in common.
#[must_use]
pub fn what(finding: &Finding) -> String {
    FindingText::of(finding).what
}

/// Findings that a report shows together, because what to do about them is the same.
#[derive(Clone, Debug)]
pub struct FindingGroup<'a> {
    /// The first of them.
    pub first: &'a Finding,
    /// How many there are.
    pub count: usize,
    /// Why they matter and what to do. May be empty.
    pub advice: String,
    /// Each finding. Empty for unreviewed changes of several blocks, which a report lists elsewhere.
    pub blocks: Vec<&'a Finding>,
}

/// What the findings of one group have in common. Those of `not-reviewed` have the waiver in common as well.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    rule: Rule,
    severity: FindingSeverity,
    is_waived: bool,
    is_known: bool,
    advice: String,
    waiver: Option<String>,
}

/// The findings as a report shows them, in the order of the first of each group. What is found is not kept in words: there may
/// be very many findings.
#[must_use]
pub fn group<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<FindingGroup<'a>> {
    let mut groups: Vec<FindingGroup<'a>> = Vec::new();
    let mut indexes: BTreeMap<GroupKey, usize> = BTreeMap::new();
    for finding in findings {
        let advice = FindingText::of(finding).advice;
        let is_listed_elsewhere = finding.rule == Rule::NotReviewed;
        let key = GroupKey {
            rule: finding.rule,
            severity: finding.severity,
            is_waived: finding.is_waived(),
            is_known: finding.is_known,
            advice: if is_listed_elsewhere {
                String::new()
            } else {
                advice.clone()
            },
            waiver: is_listed_elsewhere.then(|| waiver(finding)),
        };
        let index = *indexes.entry(key).or_insert(groups.len());
        if index == groups.len() {
            groups.push(FindingGroup {
                first: finding,
                count: 0,
                advice,
                blocks: Vec::new(),
            });
        }
        if let Some(group) = groups.get_mut(index) {
            group.count += 1;
            group.blocks.push(finding);
        }
    }
    for group in &mut groups {
        if group.first.rule == Rule::NotReviewed && group.count > 1 {
            group.blocks.clear();
            group.advice = format!(
                "Changes to {} blocks were not reviewed, although their types can grant, change or revoke access. Review the \
                 changes listed as not reviewed in this report, or the `terraform show` output.",
                group.count
            );
        }
    }
    groups
}

/// How many findings there are, to follow the title of a rule; empty for one.
#[must_use]
pub fn many(count: usize) -> String {
    match count {
        1 => String::new(),
        count => format!(", {count} findings"),
    }
}

impl FindingGroup<'_> {
    /// The rule with the severity, such as `warning: Grant never expires`.
    #[must_use]
    pub fn title(&self) -> String {
        let Finding { severity, rule, .. } = self.first;
        format!("{}{severity}: {}", mark(self.first), rule.title())
    }

    /// How many findings there are, to follow the title; empty for one.
    #[must_use]
    pub fn many(&self) -> String {
        many(self.count)
    }
}

/// The block of a finding, and the attribute that is concerned.
#[must_use]
pub fn block(finding: &Finding) -> String {
    match finding.attribute {
        Some(attribute) => format!("{}, `{attribute}`", safe_text::line(&finding.address)),
        None => safe_text::line(&finding.address),
    }
}

/// What stands before the severity of a finding that does not count; empty for others.
#[must_use]
pub fn mark(finding: &Finding) -> &'static str {
    match (finding.is_waived(), finding.is_known) {
        (true, _) => "waived ",
        (false, true) => "known ",
        (false, false) => "",
    }
}

/// The heading of the findings that do not count.
#[must_use]
pub fn title_of_closed<'a>(findings: impl Iterator<Item = &'a Finding>) -> String {
    let (mut waived, mut known) = (0, 0);
    for finding in findings {
        if finding.is_waived() {
            waived += 1;
        } else {
            known += 1;
        }
    }
    match (waived, known) {
        (waived, 0) => format!("Waived findings ({waived})"),
        (0, known) => format!("Findings in the baseline ({known})"),
        (waived, known) => {
            format!("Waived findings ({waived}), findings in the baseline ({known})")
        }
    }
}

/// The waiver of a finding: until when, by whom and why; empty if there is none.
#[must_use]
pub fn waiver(finding: &Finding) -> String {
    let Some(Waiver {
        owner,
        reason,
        until,
        has_expired,
    }) = finding.waiver.as_deref()
    else {
        return String::new();
    };
    let until = if *has_expired {
        format!("expired (valid until {until})")
    } else {
        format!("valid until {until}")
    };
    let (owner, reason) = (safe_text::line(owner), safe_text::line(reason));
    format!("{until}, by {owner}, reason: {reason}")
}

/// The heading for waivers to remove from the policy.
pub const STALE: &str = "Expired or unused waivers";

/// Why a waiver should be removed from the policy.
#[must_use]
pub fn stale_waiver(stale: &StaleWaiver) -> String {
    let (rule, until) = (stale.rule.id(), stale.waiver.until);
    let address = safe_text::line(&stale.address);
    let why = match (stale.waiver.has_expired, stale.is_matched) {
        (true, true) => "has expired, but the finding is still open",
        (true, false) => "has expired and matches no finding. Remove the waiver",
        (false, _) => "matches no finding. Remove the waiver",
    };
    let owner = safe_text::line(&stale.waiver.owner);
    format!("The waiver for `{rule}` at {address} (owner: {owner}, valid until {until}) {why}.")
}

/// The file and line of a finding, such as `main.tf:12`; `None` if it is not found in the configuration.
#[must_use]
pub fn location(finding: &Finding, locations: &SourceLocations) -> Option<String> {
    let SourceLocation { file, region } = locations.in_configuration(finding)?;
    // Without a line, it is any file of the configuration: the block is no longer there.
    let line = region.as_ref()?.start.line;
    Some(format!("{}:{line}", safe_text::line(file)))
}
