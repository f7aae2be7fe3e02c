//! The rules about changes that are not reviewed.

use std::collections::BTreeMap;

use super::context::ReviewContext;
use super::fact::{FindingFact, Hit};
use crate::access::unread::Unread;
use crate::plan_json::plan::NotReviewed;

/// One finding per block, so that each can be waived by its address.
pub(super) fn not_reviewed(context: &ReviewContext<'_>) -> Vec<Hit> {
    let mut blocks: BTreeMap<(&str, &str), Vec<NotReviewed>> = BTreeMap::new();
    for change in context.not_reviewed {
        let block = (change.address.as_str(), change.type_name.as_str());
        blocks.entry(block).or_default().push(change.clone());
    }
    let hits = blocks.into_iter().map(|((address, _), changes)| Hit {
        address: address.into(),
        attribute: None,
        is_changed: true,
        fact: FindingFact::NotReviewed(changes),
    });
    hits.collect()
}

/// One finding per block, with all reasons.
pub(super) fn not_understood(context: &ReviewContext<'_>) -> Vec<Hit> {
    let mut blocks: BTreeMap<&str, Vec<Unread>> = BTreeMap::new();
    for unread in context.not_understood {
        let reasons = blocks.entry(&unread.address).or_default();
        reasons.push(unread.clone());
    }
    let hits = blocks.into_iter().map(|(address, reasons)| Hit {
        address: address.into(),
        attribute: None,
        is_changed: true,
        fact: FindingFact::NotUnderstood(reasons),
    });
    hits.collect()
}
