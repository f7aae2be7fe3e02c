//! Changes that are not reviewed, in words.

use std::collections::BTreeMap;

use crate::plan_json::coverage::Coverage;
use crate::plan_json::plan::{NotReviewed, Part, PlannedOperation};
use crate::plan_json::value::PlanValue;
use crate::review::report::Report;
use crate::text::line as clean;

/// Why these changes are not reviewed, and what to do about it.
#[must_use]
pub fn about_not_reviewed(report: &Report) -> String {
    let changes = &report.not_reviewed;
    let mut sentences = Vec::new();
    if changes
        .iter()
        .any(|change| change.coverage == Coverage::AccessType)
    {
        sentences.push(
            "The listed resource types can grant, change or revoke access, but these changes are not part of this plan yet.",
        );
    }
    let is_invoked = |change: &&NotReviewed| change.operation == PlannedOperation::Invoke;
    if changes.iter().any(|change| is_invoked(&change)) {
        sentences.push(
            "Actions of the `hwgrants` provider can revoke access when the plan is applied. Review their arguments.",
        );
    }
    if changes
        .iter()
        .filter(|change| !is_invoked(change))
        .any(|change| change.coverage == Coverage::Unsupported)
    {
        sentences.push(
            "This version of `hwgrants` has no rules for some resource types of the `hwgrants` provider. Review their \
             listed attributes.",
        );
    }
    if changes.iter().any(|change| change.part == Part::Deferred) {
        sentences.push("Deferred changes will be part of a later plan. Review that plan as well.");
    }
    sentences.join(" ")
}

/// The heading of the list.
#[must_use]
pub fn title_of_not_reviewed(report: &Report) -> String {
    let count = report.not_reviewed.len();
    let changes = if count == 1 { "change" } else { "changes" };
    format!("Not reviewed: {count} {changes} that may affect access")
}

/// How many changes that may affect access are not reviewed, as a sentence; empty if there are none.
#[must_use]
pub fn not_reviewed(report: &Report) -> String {
    match report.not_reviewed.len() {
        0 => String::new(),
        1 => "1 change that may affect access was not reviewed.".to_owned(),
        count => format!("{count} changes that may affect access were not reviewed."),
    }
}

/// Why changes of a type are not reviewed that is not known to affect access.
pub const OTHER_TYPE: &str = "the resource type is not known to affect access";

/// Why a change is not reviewed.
#[must_use]
pub fn reason_not_reviewed(change: &NotReviewed) -> &'static str {
    match (change.part, change.operation) {
        (Part::Deferred, _) => "the change is deferred to a later plan",
        (Part::Planned | Part::Drift, PlannedOperation::Invoke) => "actions are not reviewed",
        (Part::Planned | Part::Drift, _) => "this version has no rules for the resource type",
    }
}

/// How many resources are not reviewed because their types are not known to affect access; empty if there are none.
#[must_use]
pub fn other_types(report: &Report) -> String {
    let resources = match report.other_count() {
        0 => return String::new(),
        1 => "1 resource".to_owned(),
        count => format!("{count} resources"),
    };
    match report.other_types.len() {
        1 => format!("Not reviewed: {resources} of 1 type that is not known to affect access."),
        count => {
            format!(
                "Not reviewed: {resources} of {count} types that are not known to affect access."
            )
        }
    }
}

/// The types of these changes with their counts, such as `huaweicloud_obs_bucket (2)`.
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

/// The action of such a change, and which part of the plan holds it unless it is planned.
#[must_use]
pub fn operation(change: &NotReviewed) -> String {
    let name = match change.operation {
        PlannedOperation::Create => "create",
        PlannedOperation::Update => "update",
        PlannedOperation::Delete => "delete",
        PlannedOperation::Replace => "replace",
        PlannedOperation::ForgetAndCreate => "forget and create",
        PlannedOperation::Forget => "forget",
        PlannedOperation::Invoke => "invoke",
        PlannedOperation::Unknown => "unknown action",
    };
    match change.part {
        Part::Planned => name.to_owned(),
        Part::Drift => format!("{name}, outside of Terraform"),
        Part::Deferred => format!("{name}, deferred"),
    }
}

/// The most characters of one value in words.
const LONGEST_VALUE: usize = 200;

/// The attributes of such a change, one per text, such as `bucket: null → "logs"`. Cleaned for printing.
#[must_use]
pub fn attributes(change: &NotReviewed) -> Vec<String> {
    let attributes = change.attributes.iter().map(|attribute| {
        let name = clean(&attribute.name);
        match (&attribute.before, &attribute.after) {
            // Equal marks do not show whether the value changes.
            (before @ PlanValue::Known(_), after) if before == after => {
                format!("{name}: {} (unchanged)", value(before))
            }
            (before, after) => format!("{name}: {} → {}", value(before), value(after)),
        }
    });
    attributes.collect()
}

/// A value. Known ones are in quotes, so that none passes for a mark.
fn value(value: &PlanValue) -> String {
    match value {
        PlanValue::Known(text) => {
            let text = clean(text);
            let quoted = match text.char_indices().nth(LONGEST_VALUE) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text,
            };
            format!("\"{}\"", quoted.replace('"', "\\\""))
        }
        PlanValue::Null => "null".to_owned(),
        PlanValue::Unknown => "(known after apply)".to_owned(),
        PlanValue::Sensitive => "(sensitive value)".to_owned(),
    }
}
