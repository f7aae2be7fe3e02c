//! Plans by the rules of the schema: defaults, unknown values, replacement. Pure.

use super::normalize::{AttributeMap, keep_spelling, remove_write_only};
use super::path::Path;
use super::schema::{Attribute, Block, Recompute, Replacement};
use super::value::Value;

/// Input of [`plan`].
#[derive(Clone, Debug)]
pub struct PlanRequest<'a> {
    /// The current object; none if it is to be created.
    pub prior: Option<&'a Value>,
    /// Terraform's merge of configuration and prior object.
    pub proposed: Value,
    /// The configuration.
    pub config: &'a Value,
}

/// Result of [`plan`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourcePlan {
    /// The planned object; values that are unknown until apply are unknown.
    pub state: Value,
    /// The attributes whose change forces replacement, sorted; empty for a new object.
    pub replace: Vec<Path>,
}

/// Plans the creation or update of an object.
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

/// Applies defaults and keeps the values in state that have the same meaning as the configuration.
fn fill(block: &Block, state: &mut AttributeMap, prior: Option<&Value>, config: &Value) {
    for attribute in &block.attributes {
        if let Some(default) = &attribute.default
            && config.attribute(attribute.name).is_null()
        {
            state.insert(attribute.name.into(), default.clone());
        }
    }
    remove_write_only(block, state);
    if let Some(prior) = prior {
        keep_spelling(block, state, prior);
        for attribute in &block.attributes {
            let kept = prior.attribute(attribute.name);
            if attribute.is_set_to_empty(config) && !kept.is_null() {
                state.insert(attribute.name.into(), kept.clone());
            }
        }
    }
}

/// Names of the attributes and blocks that differ from the current object; all of them for a new object.
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

/// Sets each computed attribute to its prior value or to unknown, depending on the changed attributes.
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
        .filter(|attribute| attribute.is_set_by_provider(config));
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
            Replacement::OnChange => !attribute.is_equivalent(prior, planned),
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
