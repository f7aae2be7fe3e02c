//! Rules about how grants are declared.

use std::sync::Arc;

use arcstr::ArcStr;

use super::context::{GrantBlock, ReviewContext, SecretContext, without_keys};
use super::fact::{FindingFact, Hit};
use crate::plan_json::grant_type::attribute;
use crate::plan_json::value::PlanValue;
use crate::review::change::{AccessChange, Effect, Note, StepOutcome};
use crate::review::grant::{PlannedGrantKey, SecretKey};
use crate::review::rule::RuleScope;

/// Grants that several blocks declare: everything that identifies them is known and equal. The project of a secret may be
/// unknown, because a secret has one project only.
pub(super) fn declared_twice(context: &ReviewContext<'_>) -> Vec<Hit> {
    fn key<'a>(block: &GrantBlock<'a>) -> Option<[&'a str; 5]> {
        key_without_project(&block.grant.key)
    }
    // Sorted and not in a map, because there may be very many.
    let mut blocks: Vec<&GrantBlock<'_>> = context.blocks.iter().collect();
    blocks.retain(|block| key(block).is_some());
    blocks.sort_by(|left, right| key(left).cmp(&key(right)));
    let groups = blocks.chunk_by(|left, right| key(left) == key(right));
    let groups = groups.filter(|group| group.len() > 1);
    let hits = groups.flat_map(|group| {
        group.iter().filter_map(move |block| {
            let others = group.iter().filter(|other| {
                other.address != block.address && is_same(&block.grant.key, &other.grant.key)
            });
            let others: Vec<&GrantBlock<'_>> = others.copied().collect();
            (!others.is_empty()).then(|| twice(block, &others))
        })
    });
    hits.chain(revoked_for_others(context)).collect()
}

/// Blocks that the plan of one state destroys, while another state keeps the grant.
fn revoked_for_others(context: &ReviewContext<'_>) -> Vec<Hit> {
    let hits = context.changes.iter().flat_map(|change| {
        let others = change.notes.iter().filter_map(|note| match note {
            Note::DeclaredInOtherState { address } => Some(address.clone()),
            _ => None,
        });
        let others: Box<[String]> = others.collect();
        let grant = change.before.as_ref().filter(|_| !others.is_empty());
        let addresses = change.addresses.iter();
        let hits = addresses.filter_map(move |address| {
            Some(Hit {
                address: ArcStr::clone(address),
                attribute: None,
                is_changed: true,
                fact: FindingFact::RevokesDeclared {
                    grant: Arc::clone(grant?),
                    others: others.clone(),
                },
            })
        });
        hits.collect::<Vec<Hit>>()
    });
    hits.collect()
}

/// The key of a grant without the project; `None` if not all of it is known.
fn key_without_project(key: &PlannedGrantKey) -> Option<[&str; 5]> {
    let parts: [Option<&PlanValue>; 5] = match key {
        PlannedGrantKey::Csms {
            secret,
            grantee_type,
            grantee_id,
        } => {
            let SecretKey {
                region,
                project_id: _,
                resource_type,
                resource_id,
            } = &**secret;
            [region, resource_type, resource_id, grantee_type, grantee_id].map(Some)
        }
        PlannedGrantKey::RepoKms { region, tenant_id } => {
            [Some(region), Some(tenant_id), None, None, None]
        }
    };
    let mut known = [""; 5];
    for (known, part) in known.iter_mut().zip(parts) {
        *known = match part {
            // No part of a secret's key is empty where that of a delegation is.
            None => "",
            Some(PlanValue::Known(text)) => text,
            Some(PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive) => return None,
        };
    }
    Some(known)
}

/// Whether two keys that are equal without their projects identify one grant.
fn is_same(left: &PlannedGrantKey, right: &PlannedGrantKey) -> bool {
    match (SecretContext::of(left), SecretContext::of(right)) {
        (Some(left), Some(right)) => left.is_in_project_of(right),
        (None, None) => true,
        _ => false,
    }
}

/// The finding at one of the blocks; it counts as changed if any of them is.
fn twice(block: &GrantBlock<'_>, others: &[&GrantBlock<'_>]) -> Hit {
    let addresses = others.iter().map(|other| other.address.to_string());
    let fact = FindingFact::DeclaredTwice {
        grant: Arc::clone(block.grant),
        others: addresses.collect(),
    };
    let hit = block.hit(None, fact);
    let is_changed = hit.is_changed || others.iter().any(|other| other.is_changed);
    Hit { is_changed, ..hit }
}

/// Grants without reason, or with a blank one. An unknown or sensitive reason counts as one.
pub(super) fn no_reason(
    context: &ReviewContext<'_>,
    scope: RuleScope,
) -> impl Iterator<Item = Hit> {
    let silent = context
        .blocks_in(scope)
        .filter(|block| match &block.grant.reason {
            PlanValue::Known(reason) => reason.trim().is_empty(),
            PlanValue::Null => true,
            PlanValue::Unknown | PlanValue::Sensitive => false,
        });
    silent.map(|block| {
        let fact = FindingFact::NoReason(Arc::clone(block.grant));
        block.hit(Some(attribute::REASON), fact)
    })
}

/// Delegations that are destroyed, also where one of another account replaces it.
pub(super) fn delegation_stays(context: &ReviewContext<'_>) -> Vec<Hit> {
    let staying = context
        .changes
        .iter()
        .filter(|change| change.effect == Effect::Stays);
    staying.flat_map(stays).collect()
}

/// A finding at each block of the delegation.
fn stays(change: &AccessChange) -> impl Iterator<Item = Hit> {
    change.addresses.iter().map(|address| Hit {
        address: ArcStr::clone(address),
        attribute: None,
        is_changed: true,
        fact: FindingFact::DelegationStays(change.before.clone()),
    })
}

/// Null mandatory arguments, also in a block for which nothing is planned. An unknown or sensitive argument counts as set.
pub(super) fn missing_argument(context: &ReviewContext<'_>) -> Vec<Hit> {
    let missing = context.missing.iter();
    let hits = missing.flat_map(|(step, missing)| {
        let arguments = missing.arguments.iter();
        arguments.map(|argument| Hit {
            address: ArcStr::clone(&step.address),
            attribute: Some(argument),
            is_changed: missing.outcome != StepOutcome::Nothing,
            fact: FindingFact::MissingArgument {
                argument,
                outcome: missing.outcome,
                held: step.before.clone(),
            },
        })
    });
    hits.collect()
}

/// Grants in another project than their provider configuration, if both projects are known.
pub(super) fn other_project(context: &ReviewContext<'_>) -> impl Iterator<Item = Hit> {
    context.secrets().filter_map(|(block, secret)| {
        let PlanValue::Known(own) = secret.project() else {
            return None;
        };
        let Some(PlanValue::Known(provider)) = context.projects.get(&without_keys(block.address))
        else {
            return None;
        };
        (own != provider).then(|| {
            let fact = FindingFact::OtherProject {
                grant: Arc::clone(block.grant),
                project: ArcStr::clone(own),
                provider_project: ArcStr::clone(provider),
            };
            block.hit(Some(attribute::PROJECT_ID), fact)
        })
    })
}

/// Delegations that the plan makes.
pub(super) fn new_delegation(context: &ReviewContext<'_>) -> Vec<Hit> {
    let gained = context.changes.iter();
    let gained = gained.filter(|change| change.effect == Effect::Gains);
    let hits = gained.filter_map(|change| {
        let grant = change.after.as_ref()?;
        let is_delegation = matches!(grant.key, PlannedGrantKey::RepoKms { .. });
        let address = change.addresses.first().filter(|_| is_delegation)?;
        Some(Hit {
            address: ArcStr::clone(address),
            attribute: None,
            is_changed: true,
            fact: FindingFact::NewDelegation(Arc::clone(grant)),
        })
    });
    hits.collect()
}

/// Grants that the plan destroys at one address and creates at another. Destroying a delegation revokes nothing.
pub(super) fn renamed(context: &ReviewContext<'_>) -> Vec<Hit> {
    let grants = context.changes.iter().filter(|change| {
        let grant = change.after.as_ref();
        grant.is_some_and(|grant| grant.key.is_revocable())
    });
    let notes = grants.flat_map(|change| &change.notes);
    let hits = notes.filter_map(|note| match note {
        Note::Renamed { from, to } => Some(Hit {
            address: to.as_str().into(),
            attribute: None,
            is_changed: true,
            fact: FindingFact::Renamed {
                from: from.as_str().into(),
                to: to.as_str().into(),
            },
        }),
        _ => None,
    });
    hits.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan_json::plan::Action;
    use crate::review::change::{self, PlanStep};
    use crate::review::grant::{Expiry, PlannedGrant};

    fn known(text: &str) -> PlanValue {
        PlanValue::Known(text.into())
    }

    /// A plan that makes a grant in this project.
    fn create(project_id: PlanValue) -> PlanStep {
        let grant = PlannedGrant {
            key: PlannedGrantKey::Csms {
                secret: Arc::new(SecretKey {
                    region: known("r"),
                    project_id,
                    resource_type: known("SECRET"),
                    resource_id: known("s"),
                }),
                grantee_type: known("user"),
                grantee_id: known("u"),
            },
            expiry: Expiry::Never,
            reason: PlanValue::Null,
            grantee_name: PlanValue::Null,
            resource_name: None,
        };
        PlanStep {
            address: "module.team[\"a.b\"].csms_grant.each[0]".into(),
            previous_address: None,
            is_deposed: false,
            action: Action::Create,
            is_created_first: false,
            has_failed_plan: false,
            is_import: false,
            is_expiry_changed: true,
            is_otherwise_changed: false,
            status_change: None,
            before: None,
            after: Some(grant.into()),
            missing: None,
        }
    }

    #[test]
    fn other_project_is_found_only_if_both_projects_are_known() {
        let values = [
            known("p"),
            known("q"),
            PlanValue::Null,
            PlanValue::Unknown,
            PlanValue::Sensitive,
        ];
        for own in &values {
            for provider in &values {
                let steps = [create(own.clone())];
                let changes = change::net(&steps);
                let projects = [("module.team.csms_grant.each".to_owned(), provider.clone())];
                let projects = BTreeMap::from(projects);
                let context = ReviewContext::new(&steps, &changes, &[], &projects, None);
                let hits: Vec<Hit> = other_project(&context).collect();
                let is_known = |value: &PlanValue| matches!(value, PlanValue::Known(_));
                let is_other = is_known(own) && is_known(provider) && own != provider;
                assert_eq!(hits.len(), usize::from(is_other), "{own:?} {provider:?}");
                assert!(
                    hits.iter()
                        .all(|hit| hit.is_changed && hit.attribute == Some("project_id"))
                );
            }
        }
        let steps = [create(known("p"))];
        let changes = change::net(&steps);
        let elsewhere = BTreeMap::from([("csms_grant.each".to_owned(), known("q"))]);
        assert!(
            other_project(&ReviewContext::new(&steps, &changes, &[], &elsewhere, None))
                .next()
                .is_none()
        );
    }
}
