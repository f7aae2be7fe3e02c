//! Lists of allowed networks, which mean the opposite when they are empty: every network is allowed.

use std::collections::BTreeMap;

use super::fact::{Fact, Facts};

/// Where one side has a list of allowed networks and the other has none: everyone is allowed where there is none.
pub(crate) fn replace(before: &mut Facts<'_>, after: &mut Facts<'_>) {
    let is_listed = |facts: &Facts<'_>| facts.iter().any(|fact| fact.rule.allowlist.is_some());
    match (is_listed(before), is_listed(after)) {
        (true, false) => allow_everyone(before, false),
        (false, true) => allow_everyone(after, true),
        (true, true) | (false, false) => {}
    }
}

/// Replaces a list of allowed networks by the access of everyone, which a list takes away: it begins if the list is removed, and
/// ends if a list is added.
fn allow_everyone(facts: &mut Facts<'_>, names_exceptions: bool) {
    let mut listed: Vec<&Fact<'_>> = facts.iter().collect();
    listed.retain(|fact| fact.rule.allowlist.is_some());
    let Some((first, everyone)) = listed
        .first()
        .and_then(|first| Some((*first, first.rule.allowlist.as_deref()?)))
    else {
        return;
    };
    let first = first.clone();
    let mut shown = everyone.to_owned();
    if names_exceptions {
        let mut by_rule: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for fact in &listed {
            by_rule
                .entry(fact.rule.index)
                .or_default()
                .push(&fact.grantee.shown);
        }
        by_rule.values_mut().for_each(|names| names.sort_unstable());
        let names: Vec<&str> = by_rule.into_values().flatten().collect();
        shown = format!("{everyone} but {}", names.join(" and "));
    }
    let everyone = first.everyone(everyone, &shown);
    facts.replace_allowlist(everyone);
}
