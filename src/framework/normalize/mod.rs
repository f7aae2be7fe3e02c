//! Normalizes objects for storing: removes write-only values, keeps the spelling of the user, and replaces missing
//! blocks by empty collections.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{Attribute, Block, NestedBlock, Nesting};
use super::value::{AttributeName, Value};

/// Attributes and blocks of an object by name.
pub(super) type AttributeMap = BTreeMap<AttributeName, Value>;

/// Sets write-only values to null, at any depth.
pub(super) fn remove_write_only(block: &Block, values: &mut AttributeMap) {
    remove_write_only_attributes(&block.attributes, values);
    for nested in &block.blocks {
        if let Some(value) = values.get_mut(nested.name) {
            let inside = |values: &mut AttributeMap| remove_write_only(&nested.block, values);
            for_each_object(nested.nesting, value, inside);
        }
    }
}

fn remove_write_only_attributes(attributes: &[Attribute], values: &mut AttributeMap) {
    for attribute in attributes {
        if attribute.is_write_only {
            values.insert(attribute.name.into(), Value::Null);
        } else if let Some(nested) = &attribute.nested
            && let Some(value) = values.get_mut(attribute.name)
        {
            let inside = |values: &mut AttributeMap| {
                remove_write_only_attributes(&nested.attributes, values);
            };
            for_each_object(nested.nesting, value, inside);
        }
    }
}

fn for_each_object(nesting: Nesting, value: &mut Value, change: impl Fn(&mut AttributeMap)) {
    let inside = |element: &mut Value| {
        if let Value::Object(attributes) = element {
            change(attributes);
        }
    };
    match (nesting, value) {
        (Nesting::Single | Nesting::Group, single) => inside(single),
        (Nesting::List { .. }, Value::List(elements)) => elements.iter_mut().for_each(inside),
        (Nesting::Map, Value::Map(elements)) => elements.values_mut().for_each(inside),
        // A set cannot contain write-only values.
        _ => {}
    }
}

/// Replaces each value by that of `chosen` if both have the same meaning in different spellings.
pub(super) fn keep_spelling(block: &Block, attributes: &mut AttributeMap, chosen: &Value) {
    for attribute in block
        .attributes
        .iter()
        .filter(|attribute| attribute.same_meaning.is_some())
    {
        let chosen = chosen.attribute(attribute.name);
        if let Some(value) = attributes.get_mut(attribute.name)
            && attribute.is_equivalent(chosen, value)
        {
            value.clone_from(chosen);
        }
    }
}

/// Replaces null by Terraform's value for missing blocks. A stored null would produce a difference in every plan.
fn complete_blocks(block: &Block, attributes: &mut AttributeMap) {
    for nested in &block.blocks {
        let value = attributes.entry(nested.name.into()).or_insert(Value::Null);
        if value.is_null() {
            *value = missing_block_value(nested);
        }
        let inside = |element: &mut Value| {
            if let Value::Object(attributes) = element {
                complete_blocks(&nested.block, attributes);
            }
        };
        match value {
            Value::Object(_) => inside(value),
            Value::List(elements) => elements.iter_mut().for_each(inside),
            Value::Map(elements) => elements.values_mut().for_each(inside),
            // The elements of a set cannot be modified in place; the resource must return complete ones.
            _ => {}
        }
    }
}

/// Terraform's value of a nested block that the configuration does not contain.
fn missing_block_value(nested: &NestedBlock) -> Value {
    match nested.nesting {
        Nesting::Single => Value::Null,
        Nesting::List { .. } => Value::List(Vec::new()),
        Nesting::Set => Value::Set(BTreeSet::new()),
        Nesting::Map => Value::Map(BTreeMap::new()),
        Nesting::Group => {
            let attributes = nested.block.attributes.iter();
            Value::object(attributes.map(|attribute| (attribute.name, Value::Null)))
        }
    }
}

/// Replaces each value that the provider sets by the planned value if that was known, null included. Terraform fails an
/// apply that returns a different value; the next read stores the actual one.
///
/// This includes an empty string that means "not set". Other values of the configuration and defaults remain as
/// returned, so that Terraform reports a value that was not applied.
pub(super) fn keep_planned(
    block: &Block,
    mut value: Value,
    planned: &Value,
    config: &Value,
) -> Value {
    if let Value::Object(attributes) = &mut value {
        for attribute in &block.attributes {
            let planned = planned.attribute(attribute.name);
            let uses_plan =
                attribute.is_set_by_provider(config) || attribute.is_set_to_empty(config);
            if uses_plan && planned.is_wholly_known() {
                attributes.insert(attribute.name.into(), planned.clone());
            }
        }
    }
    value
}

/// Normalizes an object that a resource returned, for storing.
pub(super) fn normalize(block: &Block, mut value: Value, chosen: &Value) -> Value {
    if let Value::Object(attributes) = &mut value {
        remove_write_only(block, attributes);
        keep_spelling(block, attributes, chosen);
        complete_blocks(block, attributes);
    }
    value
}

#[cfg(test)]
mod tests;
