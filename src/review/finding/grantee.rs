//! Rules about who has access, and who besides.

use std::collections::BTreeMap;

use super::context::{GrantBlock, ReviewContext, SecretContext, SecretGroupKey, access};
use super::definition::{Definition, Hit, RuleCheck};
use super::{FindingSeverity, RuleScope};
use crate::plan_json::value::PlanValue;
use crate::review::change::{AccessChange, Effect, Note};
use crate::review::grant::{End, PlannedGrant};
use crate::review::phrasing;

/// Only where the plan says that the grantee is a group.
pub(super) const GROUP_GRANT: Definition = Definition {
    id: "group-grant",
    title: "A whole group is granted",
    severity: FindingSeverity::Warning,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(group_grant),
};

fn group_grant(context: &ReviewContext<'_>) -> Vec<Hit> {
    let groups = context
        .blocks
        .iter()
        .filter(|block| kind(block.grant) == Some("group"));
    let hits = groups.map(|block| {
        let access = access(block.grant);
        let message = format!(
            "The grant gives {access}, and with it all members, also those who join later, whom no plan shows. Grant \
             it to the users who need it, or make sure that the group is kept as strictly as the secret."
        );
        block.hit(Some("grantee_type"), message)
    });
    hits.collect()
}

/// Whether the grantee is a `user` or a `group`, if the plan says so.
fn kind(grant: &PlannedGrant) -> Option<&str> {
    grant.key.grantee().map(|(kind, _)| kind.as_str())
}

/// Not if one that is left may be of the same secret, nor if one stays that Terraform forgets. A grant that has ended is
/// nobody's access, neither to lose nor to keep.
pub(super) const LAST_GRANTEE: Definition = Definition {
    id: "last-grantee",
    title: "The last grant of a secret in the plan is removed",
    severity: FindingSeverity::Warning,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(last_grantee),
};

fn last_grantee(context: &ReviewContext<'_>) -> Vec<Hit> {
    let forgotten = context
        .changes
        .iter()
        .filter(|change| change.notes.contains(&Note::Forgotten));
    let forgotten = forgotten.filter_map(|change| change.before.as_ref());
    let left = context
        .blocks
        .iter()
        .map(|block| block.grant)
        .chain(forgotten);
    let left = left.filter(|grant| !context.has_ended(grant));
    let left = Shelves::new(left.filter_map(|grant| SecretContext::of(&grant.key)));
    let lost = context
        .changes
        .iter()
        .filter(|change| change.effect == Effect::Loses);
    let lost = lost.filter_map(|change| {
        let grant = change
            .before
            .as_ref()
            .filter(|grant| !context.has_ended(grant))?;
        let secret = SecretContext::of(&grant.key)?;
        let is_last = matches!(secret.project(), PlanValue::Known(_)) && !left.may_hold(secret)?;
        is_last.then(|| last_hits(change, grant))
    });
    lost.flatten().collect()
}

fn last_hits(change: &AccessChange, grant: &PlannedGrant) -> Vec<Hit> {
    let (who, what, _) = phrasing::who_and_what(grant);
    let message = format!(
        "With this block, {who} loses access to {what}, and the plan has no other `csms_grant` of it. Whatever reads it \
         through this one will be refused. Make sure that nothing does, or that it has access in a way that is not in \
         the plan."
    );
    let hits = change.addresses.iter().map(|address| Hit {
        address: address.clone(),
        // The block goes, so it has no attribute to look at.
        attribute: None,
        is_changed: true,
        message: message.clone(),
    });
    hits.collect()
}

/// The secrets that somebody has access to, to be asked for one.
struct Shelves<'a> {
    known: BTreeMap<SecretGroupKey<'a>, Vec<SecretContext<'a>>>,
    /// Those of which the plan does not show what they are.
    vague: Vec<SecretContext<'a>>,
}

impl<'a> Shelves<'a> {
    fn new(secrets: impl Iterator<Item = SecretContext<'a>>) -> Self {
        let mut shelves = Self {
            known: BTreeMap::new(),
            vague: Vec::new(),
        };
        for secret in secrets {
            match secret.shelf() {
                Some(shelf) => shelves.known.entry(shelf).or_default().push(secret),
                None => shelves.vague.push(secret),
            }
        }
        shelves
    }

    /// Whether one of them may be this one; `None` if the plan does not show what this one is.
    fn may_hold(&self, secret: SecretContext<'a>) -> Option<bool> {
        let same = self.known.get(&secret.shelf()?);
        let mut candidates = same.into_iter().flatten().chain(&self.vague);
        Some(candidates.any(|candidate| candidate.may_be(secret)))
    }
}

/// Only if both ends are known to be as they are.
pub(super) const COVERED_BY_GROUP: Definition = Definition {
    id: "covered-by-group",
    title: "A user's grant stands beside a wider group's",
    severity: FindingSeverity::Note,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(covered_by_group),
};

fn covered_by_group(context: &ReviewContext<'_>) -> Vec<Hit> {
    let mut groups: BTreeMap<SecretGroupKey<'_>, Vec<(&GrantBlock<'_>, SecretContext<'_>)>> =
        BTreeMap::new();
    for (block, secret) in context.secrets() {
        let is_told = matches!(block.grant.end, End::On(_) | End::Never);
        if let (Some("group"), Some(shelf), true) = (kind(block.grant), secret.shelf(), is_told) {
            groups.entry(shelf).or_default().push((block, secret));
        }
    }
    // The one that lasts longest says most; of several, the first in the order of addresses.
    for shelf in groups.values_mut() {
        shelf.sort_by_key(|(block, _)| (std::cmp::Reverse(block.grant.end), block.address));
    }
    let hits = context.secrets().filter_map(|(block, secret)| {
        let is_user = kind(block.grant) == Some("user");
        let same = groups.get(&secret.shelf()?).filter(|_| is_user)?;
        let mut wider = same.iter().filter(|(group, held)| {
            held.is_in_project_of(secret) && group.grant.end >= block.grant.end
        });
        wider.next().map(|(group, _)| covered(block, group))
    });
    hits.collect()
}

fn covered(block: &GrantBlock<'_>, group: &GrantBlock<'_>) -> Hit {
    let access = access(block.grant);
    let (wider, ..) = phrasing::who_and_what(group.grant);
    let address = phrasing::clean(group.address);
    let message = format!(
        "The grant gives {access}, and `{address}` gives the same to {wider}, for as long or longer. This matters only \
         if the user is in the group: then taking away the user's grant takes away no access. If so, keep one of the \
         two."
    );
    let hit = block.hit(Some("grantee_target_id"), message);
    // A grant that is as it was can become covered by a new one.
    Hit {
        is_changed: block.is_changed || group.is_changed,
        ..hit
    }
}
