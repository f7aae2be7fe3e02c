//! What applying a configuration will lead to: defaults, what stays unknown, what must be replaced. Pure.

use super::normalize::{AttributeMap, forget_write_only, keep_spelling};
use super::path::Path;
use super::schema::{Attribute, Block, Recompute, Replacement};
use super::value::Value;

/// What to plan.
#[derive(Clone, Debug)]
pub struct PlanRequest<'a> {
    /// The object as it is; none if it is to be created.
    pub prior: Option<&'a Value>,
    /// Terraform's merge of configuration and prior object.
    pub proposed: Value,
    /// What the practitioner wrote.
    pub config: &'a Value,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePlan {
    /// The object as it will be, unknown where only applying will tell.
    pub state: Value,
    /// The attributes whose change needs a new object, sorted; empty for a new object.
    pub replace: Vec<Path>,
}

/// Plans creation or update by the rules of the schema.
#[must_use]
pub fn plan(block: &Block, request: PlanRequest<'_>) -> ResourcePlan {
    let PlanRequest {
        prior,
        proposed,
        config,
    } = request;
    let Value::Object(mut state) = proposed else {
        return ResourcePlan {
            state: proposed,
            replace: Vec::new(),
        };
    };
    fill(block, &mut state, prior, config);
    let changed = changed_attributes(block, &state, prior);
    if prior.is_none() || !changed.is_empty() {
        recompute(block, &mut state, prior, config, &changed);
    }
    let replace = prior.map_or_else(Vec::new, |prior| replacements(block, &state, prior));
    ResourcePlan {
        state: Value::Object(state),
        replace,
    }
}

/// Fills in defaults and keeps the spelling in state where the configuration means the same.
fn fill(block: &Block, state: &mut AttributeMap, prior: Option<&Value>, config: &Value) {
    for attribute in &block.attributes {
        if let Some(default) = &attribute.default
            && config.attribute(attribute.name).is_null()
        {
            state.insert(attribute.name.into(), default.clone());
        }
    }
    forget_write_only(block, state);
    if let Some(prior) = prior {
        keep_spelling(block, state, prior);
        for attribute in &block.attributes {
            let kept = prior.attribute(attribute.name);
            if attribute.is_left_empty(config) && !kept.is_null() {
                state.insert(attribute.name.into(), kept.clone());
            }
        }
    }
}

/// Names of the attributes and blocks that differ from the object as it is.
fn changed_attributes(
    block: &Block,
    state: &AttributeMap,
    prior: Option<&Value>,
) -> Vec<&'static str> {
    let names = block.attributes.iter().map(|attribute| attribute.name);
    let names = names.chain(block.blocks.iter().map(|nested| nested.name));
    let Some(prior) = prior else {
        return names.collect();
    };
    names
        .filter(|name| state.get(*name).unwrap_or(&Value::Null) != prior.attribute(name))
        .collect()
}

/// Decides what each computed attribute will be, given what else changes.
fn recompute(
    block: &Block,
    state: &mut AttributeMap,
    prior: Option<&Value>,
    config: &Value,
    changed: &[&'static str],
) {
    let provided = block
        .attributes
        .iter()
        .filter(|attribute| attribute.is_provided(config));
    for attribute in provided {
        let planned = match (prior, attribute.recompute) {
            (None, _) | (Some(_), Recompute::Always) => Value::Unknown,
            (Some(_), Recompute::With(others))
                if others.iter().any(|other| changed.contains(other)) =>
            {
                Value::Unknown
            }
            (Some(prior), Recompute::Never | Recompute::With(_)) => {
                prior.attribute(attribute.name).clone()
            }
        };
        state.insert(attribute.name.into(), planned);
    }
}

fn replacements(block: &Block, state: &AttributeMap, prior: &Value) -> Vec<Path> {
    let needs_new_object = |attribute: &&Attribute| {
        let planned = state.get(attribute.name).unwrap_or(&Value::Null);
        let prior = prior.attribute(attribute.name);
        match attribute.replacement {
            Replacement::Never => false,
            Replacement::OnChange => !attribute.means_the_same(prior, planned),
        }
    };
    let mut paths: Vec<_> = block
        .attributes
        .iter()
        .filter(needs_new_object)
        .map(|attribute| Path::root(attribute.name))
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests;
