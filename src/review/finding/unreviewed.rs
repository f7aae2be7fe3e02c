//! The rule about what a review does not read.

use std::collections::BTreeMap;

use super::context::ReviewContext;
use super::definition::{Definition, Hit, RuleCheck};
use super::{FindingSeverity, RuleScope};
use crate::plan_json::grant_type::TYPE_PREFIX;
use crate::plan_json::plan::NotReviewed;
use crate::review::phrasing;

/// One finding per block, so that each can be waived by its address.
pub(super) const NOT_REVIEWED: Definition = Definition {
    id: "not-reviewed",
    title: "A change that may concern access was not reviewed",
    severity: FindingSeverity::Warning,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(not_reviewed),
};

fn not_reviewed(context: &ReviewContext<'_>) -> Vec<Hit> {
    let mut blocks: BTreeMap<(&str, &str), Vec<&NotReviewed>> = BTreeMap::new();
    for change in context.not_reviewed {
        let block = (change.address.as_str(), change.type_name.as_str());
        blocks.entry(block).or_default().push(change);
    }
    let hits = blocks
        .into_iter()
        .map(|((address, type_name), changes)| Hit {
            address: address.to_owned(),
            attribute: None,
            is_changed: true,
            message: message(type_name, &changes),
        });
    hits.collect()
}

fn message(type_name: &str, changes: &[&NotReviewed]) -> String {
    let mut operations: Vec<String> = changes.iter().map(|it| phrasing::operation(it)).collect();
    operations.dedup();
    let operations = operations.join("; ");
    let name = phrasing::clean(type_name);
    let (why, hint) = if changes.iter().all(|change| phrasing::is_read(change)) {
        (
            format!("The change is deferred to a later plan ({operations})"),
            "Review that plan as well.",
        )
    } else if type_name.starts_with(TYPE_PREFIX) {
        (
            format!("This version of `hwgrants` does not know the type `{name}` ({operations})"),
            "Review the plan with the version that serves it.",
        )
    } else {
        (
            format!(
                "The type `{name}` can give, change or revoke access, and this version of `hwgrants` does not read it \
                 ({operations})"
            ),
            "Review the change in the output of `terraform show`.",
        )
    };
    format!("{why}. {hint}")
}
