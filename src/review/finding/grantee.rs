//! Rules about grantees.

use std::collections::BTreeMap;
use std::sync::Arc;

use arcstr::ArcStr;

use super::context::{GrantBlock, ReviewContext, SecretContext, SecretGroupKey};
use super::fact::{FindingFact, Hit};
use crate::plan_json::grant_type::attribute;
use crate::plan_json::value::PlanValue;
use crate::review::change::{AccessChange, Effect, Note};
use crate::review::grant::{Expiry, PlannedGrant};
use crate::review::rule::RuleScope;

/// Grants whose grantee the plan shows to be a group.
pub(super) fn group_grant(
    context: &ReviewContext<'_>,
    scope: RuleScope,
) -> impl Iterator<Item = Hit> {
    let groups = context
        .blocks_in(scope)
        .filter(|block| kind(block.grant) == Some("group"));
    groups.map(|block| {
        let fact = FindingFact::GroupGrant(Arc::clone(block.grant));
        block.hit(Some(attribute::GRANTEE_TYPE), fact)
    })
}

/// Whether the grantee is a `user` or a `group`, if the plan says so.
fn kind(grant: &PlannedGrant) -> Option<&str> {
    grant.key.grantee().map(|(kind, _)| &**kind)
}

/// Revoked grants after which the plan has no other grant on the secret. A remaining grant that may be on the same secret
/// counts, and so does one that Terraform forgets; expired grants do not.
pub(super) fn last_grantee(context: &ReviewContext<'_>) -> Vec<Hit> {
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
    let left = left.filter(|grant| !context.has_expired(grant));
    let left = GrantedSecrets::new(left.filter_map(|grant| SecretContext::of(&grant.key)));
    let lost = context
        .changes
        .iter()
        .filter(|change| change.effect == Effect::Loses);
    let lost = lost.filter_map(|change| {
        let grant = change
            .before
            .as_ref()
            .filter(|grant| !context.has_expired(grant))?;
        let secret = SecretContext::of(&grant.key)?;
        let is_last = matches!(secret.project(), PlanValue::Known(_)) && !left.may_hold(secret)?;
        is_last.then(|| last_hits(change, grant))
    });
    lost.flatten().collect()
}

/// A finding at each block that removes the grant.
fn last_hits(change: &AccessChange, grant: &Arc<PlannedGrant>) -> Vec<Hit> {
    let hits = change.addresses.iter().map(|address| Hit {
        address: ArcStr::clone(address),
        // The plan removes the block with all its attributes.
        attribute: None,
        is_changed: true,
        fact: FindingFact::LastGrantee(Arc::clone(grant)),
    });
    hits.collect()
}

/// The secrets with grants.
struct GrantedSecrets<'a> {
    /// Those that the plan identifies, by region, type and id; secrets with one key may differ in their projects.
    known: BTreeMap<SecretGroupKey<'a>, Vec<SecretContext<'a>>>,
    /// Those that the plan does not identify.
    unidentified: Vec<SecretContext<'a>>,
}

impl<'a> GrantedSecrets<'a> {
    fn new(secrets: impl Iterator<Item = SecretContext<'a>>) -> Self {
        let mut secrets_by_key = Self {
            known: BTreeMap::new(),
            unidentified: Vec::new(),
        };
        for secret in secrets {
            match secret.group_key() {
                Some(key) => secrets_by_key.known.entry(key).or_default().push(secret),
                None => secrets_by_key.unidentified.push(secret),
            }
        }
        secrets_by_key
    }

    /// Whether one of them may be this one; `None` if the plan does not identify this one.
    fn may_hold(&self, secret: SecretContext<'a>) -> Option<bool> {
        let same = self.known.get(&secret.group_key()?);
        let mut candidates = same.into_iter().flatten().chain(&self.unidentified);
        Some(candidates.any(|candidate| candidate.may_be(secret)))
    }
}

/// The grants to groups, by secret: the longest first, and by address.
type GroupGrants<'a> = BTreeMap<SecretGroupKey<'a>, Vec<(&'a GrantBlock<'a>, SecretContext<'a>)>>;

fn group_grants<'a>(context: &'a ReviewContext<'a>) -> GroupGrants<'a> {
    let mut groups = GroupGrants::new();
    for (block, secret) in context.secrets() {
        if let (Some("group"), Some(key)) = (kind(block.grant), secret.group_key()) {
            groups.entry(key).or_default().push((block, secret));
        }
    }
    for group in groups.values_mut() {
        group.sort_by_key(|(block, _)| (std::cmp::Reverse(block.grant.expiry), block.address));
    }
    groups
}

/// Grants to users that the plan revokes, while a group has access to the secret afterwards: the number of the change, and the
/// group's block. The user may be a member, whom the plan does not show.
fn revoked_but_covered<'a>(context: &'a ReviewContext<'a>) -> Vec<(usize, &'a GrantBlock<'a>)> {
    let groups = group_grants(context);
    let lost = context.changes.iter().enumerate();
    let lost = lost.filter(|(_, change)| change.effect == Effect::Loses);
    let covered = lost.filter_map(|(index, change)| {
        let grant = change.before.as_ref()?;
        let is_user = kind(grant) == Some("user") && !context.has_expired(grant);
        let secret = SecretContext::of(&grant.key).filter(|_| is_user)?;
        let mut same = groups.get(&secret.group_key()?)?.iter();
        let group = same.find(|(group, held)| {
            held.is_in_project_of(secret) && !context.has_expired(group.grant)
        });
        Some((index, group?.0))
    });
    covered.collect()
}

/// The notes on grants to users that the plan revokes, while a group has access to the secret afterwards, by the number of the
/// change. They do not depend on the policy.
pub(in crate::review) fn notes_on_revoked(context: &ReviewContext<'_>) -> Vec<(usize, Note)> {
    let revoked = revoked_but_covered(context).into_iter();
    let notes = revoked.map(|(index, group)| {
        let address = group.address.to_string();
        (index, Note::CoveredByGroup { address })
    });
    notes.collect()
}

/// Grants to users on secrets that a group has access to: for as long or longer, if both expiries are known, or after the user's
/// grant is revoked.
pub(super) fn covered_by_group(context: &ReviewContext<'_>) -> Vec<Hit> {
    let revoked = revoked_but_covered(context).into_iter();
    let revoked = revoked.filter_map(|(index, group)| {
        let change = context.changes.get(index)?;
        Some(revoked_hits(change, change.before.as_ref()?, group))
    });
    let revoked: Vec<Hit> = revoked.flatten().collect();
    let groups = group_grants(context);
    let has_known_expiry =
        |block: &GrantBlock<'_>| matches!(block.grant.expiry, Expiry::On(_) | Expiry::Never);
    let hits = context.secrets().filter_map(|(block, secret)| {
        let is_user = kind(block.grant) == Some("user");
        let same = groups.get(&secret.group_key()?).filter(|_| is_user)?;
        let mut wider = same.iter().filter(|(group, held)| {
            held.is_in_project_of(secret)
                && has_known_expiry(group)
                && group.grant.expiry >= block.grant.expiry
        });
        wider.next().map(|(group, _)| covered(block, group))
    });
    hits.chain(revoked).collect()
}

/// A finding at each block that removes the user's grant.
fn revoked_hits(
    change: &AccessChange,
    grant: &Arc<PlannedGrant>,
    group: &GrantBlock<'_>,
) -> Vec<Hit> {
    let hits = change.addresses.iter().map(|address| Hit {
        address: ArcStr::clone(address),
        // The plan removes the block with all its attributes.
        attribute: None,
        is_changed: true,
        fact: FindingFact::RevokedButCovered {
            grant: Arc::clone(grant),
            group: Arc::clone(group.grant),
            group_address: ArcStr::clone(group.address),
        },
    });
    hits.collect()
}

/// The finding at the user's block.
fn covered(block: &GrantBlock<'_>, group: &GrantBlock<'_>) -> Hit {
    let fact = FindingFact::CoveredByGroup {
        grant: Arc::clone(block.grant),
        group: Arc::clone(group.grant),
        group_address: ArcStr::clone(group.address),
    };
    let hit = block.hit(Some(attribute::GRANTEE_TARGET_ID), fact);
    // A new grant can cover an unchanged one.
    Hit {
        is_changed: block.is_changed || group.is_changed,
        ..hit
    }
}

/// Grants on all secrets of a group.
pub(super) fn secret_group(context: &ReviewContext<'_>) -> impl Iterator<Item = Hit> {
    let blocks = context.secrets();
    let blocks = blocks.filter(|(_, secret)| secret.is_group());
    blocks.map(|(block, _)| {
        let fact = FindingFact::SecretGroup(Arc::clone(block.grant));
        block.hit(Some(attribute::TYPE), fact)
    })
}

/// Grants whose grantee's ID is a user in one grant and a group in another: one of the two kinds is wrong.
pub(super) fn user_and_group(context: &ReviewContext<'_>) -> Vec<Hit> {
    fn id<'a>(block: &GrantBlock<'a>) -> Option<&'a ArcStr> {
        block.grant.key.grantee().map(|(_, id)| id)
    }
    fn kind<'a>(block: &GrantBlock<'a>) -> Option<&'a ArcStr> {
        block.grant.key.grantee().map(|(kind, _)| kind)
    }
    // Sorted and not in a map, because there may be very many.
    let mut blocks: Vec<&GrantBlock<'_>> = context.blocks.iter().collect();
    blocks.retain(|block| id(block).is_some());
    blocks.sort_by(|left, right| id(left).cmp(&id(right)));
    let groups = blocks.chunk_by(|left, right| id(left) == id(right));
    let hits = groups.flat_map(|blocks| {
        let hits = blocks.iter().filter_map(|block| {
            let others = blocks.iter().filter(|other| kind(other) != kind(block));
            let others: Vec<&GrantBlock<'_>> = others.copied().collect();
            if others.is_empty() {
                return None;
            }
            let fact = FindingFact::UserAndGroup {
                grant: Arc::clone(block.grant),
                others: others
                    .iter()
                    .map(|other| other.address.to_string())
                    .collect(),
            };
            let hit = block.hit(Some(attribute::GRANTEE_TYPE), fact);
            let is_changed = hit.is_changed || others.iter().any(|other| other.is_changed);
            Some(Hit { is_changed, ..hit })
        });
        hits.collect::<Vec<Hit>>()
    });
    hits.collect()
}
