//! The form in which an object may be stored: without write-only values, in the spelling the practitioner chose, with
//! empty collections where there are no blocks.

use std::collections::{BTreeMap, BTreeSet};

use super::schema::{Attribute, Block, NestedBlock, Nesting};
use super::value::{AttributeName, Value};

/// Attributes and blocks of an object by name.
pub(super) type AttributeMap = BTreeMap<AttributeName, Value>;

/// Puts null in place of write-only values, at any depth.
pub(super) fn forget_write_only(block: &Block, values: &mut AttributeMap) {
    forget_write_only_attributes(&block.attributes, values);
    for nested in &block.blocks {
        if let Some(value) = values.get_mut(nested.name) {
            let inside = |values: &mut AttributeMap| forget_write_only(&nested.block, values);
            for_each_object(nested.nesting, value, inside);
        }
    }
}

fn forget_write_only_attributes(attributes: &[Attribute], values: &mut AttributeMap) {
    for attribute in attributes {
        if attribute.is_write_only {
            values.insert(attribute.name.into(), Value::Null);
        } else if let Some(nested) = &attribute.nested
            && let Some(value) = values.get_mut(attribute.name)
        {
            let inside = |values: &mut AttributeMap| {
                forget_write_only_attributes(&nested.attributes, values);
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
        // A set cannot hold write-only values.
        _ => {}
    }
}

/// Takes over from `chosen` each value that means the same in another spelling.
pub(super) fn keep_spelling(block: &Block, attributes: &mut AttributeMap, chosen: &Value) {
    for attribute in block
        .attributes
        .iter()
        .filter(|attribute| attribute.same_meaning.is_some())
    {
        let chosen = chosen.attribute(attribute.name);
        if let Some(value) = attributes.get_mut(attribute.name)
            && attribute.means_the_same(chosen, value)
        {
            value.clone_from(chosen);
        }
    }
}

/// Puts in place of missing blocks what Terraform has where none is written; a null there would differ from it for ever.
fn complete_blocks(block: &Block, attributes: &mut AttributeMap) {
    for nested in &block.blocks {
        let value = attributes.entry(nested.name.into()).or_insert(Value::Null);
        if value.is_null() {
            *value = absent(nested);
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
            // A set's elements cannot be changed in place; an incomplete one is the resource's own doing.
            _ => {}
        }
    }
}

/// The value of a kind of block that nobody has written.
fn absent(nested: &NestedBlock) -> Value {
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

/// Takes over from the plan each value that the provider gives and that was known there, null included. Terraform fails an
/// apply that answers another, and what is there is no less true: it shows at the next read.
///
/// An empty text that stands for no value is such a one, too. What else the configuration or a default says is left as it was answered: that it was not reached must show.
pub(super) fn keep_promised(
    block: &Block,
    mut value: Value,
    planned: &Value,
    config: &Value,
) -> Value {
    if let Value::Object(attributes) = &mut value {
        for attribute in &block.attributes {
            let promised = planned.attribute(attribute.name);
            let is_promised = attribute.is_provided(config) || attribute.is_left_empty(config);
            if is_promised && promised.is_wholly_known() {
                attributes.insert(attribute.name.into(), promised.clone());
            }
        }
    }
    value
}

/// Brings what a resource answered into the form in which it may be stored.
pub(super) fn normalize(block: &Block, mut value: Value, chosen: &Value) -> Value {
    if let Value::Object(attributes) = &mut value {
        forget_write_only(block, attributes);
        keep_spelling(block, attributes, chosen);
        complete_blocks(block, attributes);
    }
    value
}

#[cfg(test)]
mod tests;
