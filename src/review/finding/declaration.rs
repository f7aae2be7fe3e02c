//! Rules about how grants are declared.

use std::collections::BTreeMap;

use super::context::{GrantBlock, ReviewContext, SecretContext, access, without_keys};
use super::definition::{Definition, Hit, RuleCheck};
use super::{FindingSeverity, RuleScope};
use crate::plan_json::value::PlanValue;
use crate::review::change::{AccessChange, Effect, StepOutcome};
use crate::review::grant::{PlannedGrant, PlannedGrantKey};
use crate::review::phrasing;

/// Only where all that tells grants apart is known to be equal; a secret's project may be unknown, as it has but one.
pub(super) const DECLARED_TWICE: Definition = Definition {
    id: "declared-twice",
    title: "One grant is declared twice",
    severity: FindingSeverity::Error,
    scope: RuleScope::All,
    check: RuleCheck::Plan(declared_twice),
};

fn declared_twice(context: &ReviewContext<'_>) -> Vec<Hit> {
    let mut groups: BTreeMap<Vec<&str>, Vec<&GrantBlock<'_>>> = BTreeMap::new();
    for block in &context.blocks {
        if let Some(label) = label(&block.grant.key) {
            groups.entry(label).or_default().push(block);
        }
    }
    let groups = groups.values().filter(|group| group.len() > 1);
    let hits = groups.flat_map(|group| {
        group.iter().filter_map(move |block| {
            let others = group.iter().filter(|other| {
                other.address != block.address && is_same(&block.grant.key, &other.grant.key)
            });
            let others: Vec<&GrantBlock<'_>> = others.copied().collect();
            (!others.is_empty()).then(|| twice(block, &others))
        })
    });
    hits.collect()
}

/// All that tells a grant from others, but for the project; `None` if not all of it is known.
fn label(key: &PlannedGrantKey) -> Option<Vec<&str>> {
    let parts = match key {
        PlannedGrantKey::Csms {
            region,
            project_id: _,
            resource_type,
            resource_id,
            grantee_type,
            grantee_id,
        } => vec![region, resource_type, resource_id, grantee_type, grantee_id],
        PlannedGrantKey::RepoKms { region, tenant_id } => vec![region, tenant_id],
    };
    let known = parts.into_iter().map(|part| match part {
        PlanValue::Known(text) => Some(text.as_str()),
        PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => None,
    });
    known.collect()
}

/// Whether two keys of one label mean one grant.
fn is_same(left: &PlannedGrantKey, right: &PlannedGrantKey) -> bool {
    match (SecretContext::of(left), SecretContext::of(right)) {
        (Some(left), Some(right)) => left.is_in_project_of(right),
        (None, None) => true,
        _ => false,
    }
}

fn twice(block: &GrantBlock<'_>, others: &[&GrantBlock<'_>]) -> Hit {
    let addresses = others
        .iter()
        .map(|other| format!("`{}`", phrasing::clean(other.address)));
    let addresses: Vec<String> = addresses.collect();
    let addresses = addresses.join(", ");
    let access = access(block.grant);
    let why = if block.grant.key.is_revocable() {
        "the blocks overwrite each other's end, and removing one takes away the access that the other declares"
    } else {
        "removing one block looks as if it ended what the other declares"
    };
    let message = format!(
        "The grant gives {access}, and is declared at {addresses} as well. There is only one such grant: {why}. Keep one \
         block, and take the other out of the state with a `removed` block that does not destroy."
    );
    let hit = block.hit(None, message);
    let is_changed = hit.is_changed || others.iter().any(|other| other.is_changed);
    Hit { is_changed, ..hit }
}

/// Also where it is blank; one that is unknown or sensitive may be as good as any.
pub(super) const NO_REASON: Definition = Definition {
    id: "no-reason",
    title: "A grant has no reason",
    severity: FindingSeverity::Note,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(no_reason),
};

fn no_reason(context: &ReviewContext<'_>) -> Vec<Hit> {
    let silent = context
        .blocks
        .iter()
        .filter(|block| match &block.grant.reason {
            PlanValue::Known(reason) => reason.trim().is_empty(),
            PlanValue::Null => true,
            PlanValue::Unknown | PlanValue::Sensitive => false,
        });
    let hits = silent.map(|block| {
        let message = format!(
            "The grant gives {}, and nobody has said why. Whoever reviews it later cannot tell whether it is still \
             needed. Set `reason`, such as to a ticket.",
            access(block.grant)
        );
        block.hit(Some("reason"), message)
    });
    hits.collect()
}

/// Also where a delegation is replaced by one of another account.
pub(super) const DELEGATION_STAYS: Definition = Definition {
    id: "delegation-stays",
    title: "A delegation stays after destroy",
    severity: FindingSeverity::Warning,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(delegation_stays),
};

fn delegation_stays(context: &ReviewContext<'_>) -> Vec<Hit> {
    let staying = context
        .changes
        .iter()
        .filter(|change| change.effect == Effect::Stays);
    staying.flat_map(stays).collect()
}

fn stays(change: &AccessChange) -> impl Iterator<Item = Hit> {
    let access = change.before.as_ref().map(access).unwrap_or_default();
    let message = format!(
        "The grant gives {access}, and destroying the block does not take that away: Terraform forgets the delegation, \
         and this configuration no longer manages it. {}",
        phrasing::STAYS
    );
    change.addresses.iter().map(move |address| Hit {
        address: address.clone(),
        attribute: None,
        is_changed: true,
        message: message.clone(),
    })
}

/// Also in a block for which nothing is planned; one that is unknown or sensitive may be set.
pub(super) const MISSING_ARGUMENT: Definition = Definition {
    id: "missing-argument",
    title: "A mandatory argument is missing",
    severity: FindingSeverity::Error,
    scope: RuleScope::All,
    check: RuleCheck::Plan(missing_argument),
};

fn missing_argument(context: &ReviewContext<'_>) -> Vec<Hit> {
    let missing = context.missing.iter();
    let hits = missing.flat_map(|(step, missing)| {
        let arguments = missing.arguments.iter();
        arguments.map(|argument| Hit {
            address: step.address.clone(),
            attribute: Some(argument),
            is_changed: missing.outcome != StepOutcome::Nothing,
            message: without(argument, missing.outcome, step.before.as_ref()),
        })
    });
    hits.collect()
}

/// What applying does to a block without this argument, which has this grant.
fn without(argument: &str, outcome: StepOutcome, held: Option<&PlannedGrant>) -> String {
    let applying = match (outcome, held) {
        (StepOutcome::RevokesAndFails, Some(held)) => format!(
            "Applying the plan revokes the grant that the block has now, which gives {}, and fails after that",
            access(held)
        ),
        (StepOutcome::Fails, Some(held)) => format!(
            "Applying the plan fails at this block; the grant that it has now, which gives {}, remains in effect",
            access(held)
        ),
        (StepOutcome::RevokesAndFails | StepOutcome::Fails, None) => {
            "Applying the plan fails at this block".to_owned()
        }
        (StepOutcome::Nothing, _) => {
            "The state has it so, and nothing is planned for this block".to_owned()
        }
    };
    format!(
        "`{argument}` is null, and there is no grant without it. {applying}. Set `{argument}`, or remove the block."
    )
}

/// Only if both projects are known.
pub(super) const OTHER_PROJECT: Definition = Definition {
    id: "other-project",
    title: "A grant is in another project than the provider's",
    severity: FindingSeverity::Warning,
    scope: RuleScope::Changed,
    check: RuleCheck::Plan(other_project),
};

fn other_project(context: &ReviewContext<'_>) -> Vec<Hit> {
    let hits = context.secrets().filter_map(|(block, secret)| {
        let PlanValue::Known(own) = secret.project() else {
            return None;
        };
        let Some(PlanValue::Known(provider)) = context.projects.get(&without_keys(block.address)) else {
            return None;
        };
        (own != provider).then(|| {
            let (own, provider) = (phrasing::clean(own), phrasing::clean(provider));
            let message = format!(
                "The grant gives {} in project {own}, while its provider configuration names project {provider}. Such \
                 a grant is easily a copy from elsewhere, and reaches a secret that this configuration is not about. \
                 Leave `project_id` out, or give the block a provider configuration of that project.",
                access(block.grant)
            );
            block.hit(Some("project_id"), message)
        })
    });
    hits.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan_json::plan::Action;
    use crate::review::change::{self, PlanStep};
    use crate::review::grant::End;

    fn known(text: &str) -> PlanValue {
        PlanValue::Known(text.to_owned())
    }

    /// A plan that makes a grant in this project.
    fn create(project_id: PlanValue) -> PlanStep {
        let grant = PlannedGrant {
            key: PlannedGrantKey::Csms {
                region: known("r"),
                project_id,
                resource_type: known("SECRET"),
                resource_id: known("s"),
                grantee_type: known("user"),
                grantee_id: known("u"),
            },
            end: End::Never,
            reason: PlanValue::Null,
            grantee_name: PlanValue::Null,
        };
        PlanStep {
            address: "module.team[\"a.b\"].csms_grant.each[0]".to_owned(),
            previous_address: None,
            is_deposed: false,
            action: Action::Create,
            is_import: false,
            is_end_changed: true,
            is_otherwise_changed: false,
            status_change: None,
            before: None,
            after: Some(grant),
            missing: None,
        }
    }

    #[test]
    fn a_project_is_another_only_if_both_are_known() {
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
                let hits = other_project(&context);
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
            other_project(&ReviewContext::new(&steps, &changes, &[], &elsewhere, None)).is_empty()
        );
    }
}
