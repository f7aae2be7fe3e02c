//! Words for the changes that a review does not read.

use std::collections::BTreeMap;

use super::clean;
use crate::plan_json::coverage::Coverage;
use crate::plan_json::plan::{NotReviewed, Part, PlannedOperation};
use crate::review::finding::{Finding, Rule};
use crate::review::report::Report;

/// Why these changes are not reviewed, and what to do about it.
#[must_use]
pub fn about_not_reviewed(report: &Report) -> String {
    let changes = &report.not_reviewed;
    let mut sentences = Vec::new();
    if !changes.iter().all(is_read) {
        sentences.push(
            "These types can give, change or revoke access, and this version of `hwgrants` does not read them. Review \
             the changes in the output of `terraform show`.",
        );
    }
    if changes.iter().any(|change| change.part == Part::Deferred) {
        sentences.push("A deferred change is made by a later plan: review that one as well.");
    }
    sentences.join(" ")
}

/// The heading of the list.
#[must_use]
pub fn title_of_not_reviewed(report: &Report) -> String {
    let count = report.not_reviewed.len();
    let changes = if count == 1 { "change" } else { "changes" };
    format!("Not reviewed: {count} {changes} that may concern access")
}

/// How many changes that may concern access are not reviewed, as a sentence; empty if there are none.
#[must_use]
pub fn not_reviewed(report: &Report) -> String {
    match report.not_reviewed.len() {
        0 => String::new(),
        1 => "1 change that may concern access was not reviewed.".to_owned(),
        count => format!("{count} changes that may concern access were not reviewed."),
    }
}

/// The types of these changes and how many each has, such as `huaweicloud_obs_bucket (2)`.
#[must_use]
pub fn types_not_reviewed(report: &Report) -> String {
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for change in &report.not_reviewed {
        *types.entry(&change.type_name).or_default() += 1;
    }
    let types = types
        .into_iter()
        .map(|(name, count)| format!("{} ({count})", clean(name)));
    types.collect::<Vec<_>>().join(", ")
}

/// What happens in such a change, and where the plan says so unless it is what the plan does.
#[must_use]
pub fn operation(change: &NotReviewed) -> String {
    let name = match change.operation {
        PlannedOperation::Create => "create",
        PlannedOperation::Update => "update",
        PlannedOperation::Delete => "delete",
        PlannedOperation::Replace => "replace",
        PlannedOperation::ForgetAndCreate => "forget and create",
        PlannedOperation::Forget => "forget",
        PlannedOperation::Unknown => "unknown action",
    };
    match change.part {
        Part::Planned => name.to_owned(),
        Part::Drift => format!("{name}, outside of Terraform"),
        Part::Deferred => format!("{name}, deferred"),
    }
}

/// Whether its type is one that is read, so that it is not reviewed only because it is deferred.
#[must_use]
pub(in crate::review) fn is_read(change: &NotReviewed) -> bool {
    matches!(Coverage::of(&change.type_name), Coverage::Read(_))
}

/// Findings that are told as one: those of `not-reviewed` with one severity and one waiver, because their blocks are
/// listed elsewhere. Every other finding stands alone.
#[derive(Clone, Copy, Debug)]
pub struct Condensed<'a> {
    /// The first of them.
    pub first: &'a Finding,
    /// How many there are.
    pub count: usize,
}

/// The findings as they are told, in the order of the first of each.
#[must_use]
pub fn condense<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Condensed<'a>> {
    let mut told: Vec<Condensed<'a>> = Vec::new();
    // Those that more can join: as many as there are waivers.
    let mut open: Vec<usize> = Vec::new();
    for first in findings {
        if first.rule == Rule::NotReviewed {
            let is_alike = |other: &Finding| {
                (other.severity, &other.waiver) == (first.severity, &first.waiver)
            };
            let alike = open.iter().find(|index| {
                let other = told.get(**index);
                other.is_some_and(|other| is_alike(other.first))
            });
            if let Some(alike) = alike.and_then(|index| told.get_mut(*index)) {
                alike.count += 1;
                continue;
            }
            open.push(told.len());
        }
        told.push(Condensed { first, count: 1 });
    }
    told
}

impl Condensed<'_> {
    /// What is so and what to do about it.
    #[must_use]
    pub fn message(&self) -> String {
        match self.count {
            1 => self.first.message.clone(),
            count => format!(
                "This concerns {count} blocks, which are listed below as not reviewed. Their types can give, change or \
                 revoke access. Review the changes in the output of `terraform show`."
            ),
        }
    }

    /// How many blocks there are besides the first, in words; empty if there are none.
    #[must_use]
    pub fn more(&self) -> String {
        match self.count {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        }
    }
}
