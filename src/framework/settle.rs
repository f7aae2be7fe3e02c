//! The form in which an object may be stored: without write-only values, in the spelling the practitioner chose.

use std::collections::BTreeMap;

use super::schema::{Block, NestedBlock, Nesting};
use super::value::Value;

/// Attributes and blocks of an object by name.
pub(super) type Attributes = BTreeMap<String, Value>;

/// Puts null in place of write-only values, at any depth.
pub(super) fn forget_write_only(block: &Block, attributes: &mut Attributes) {
    for attribute in block
        .attributes
        .iter()
        .filter(|attribute| attribute.is_write_only)
    {
        attributes.insert(attribute.name.to_owned(), Value::Null);
    }
    for nested in &block.blocks {
        if let Some(value) = attributes.get_mut(nested.name) {
            forget_nested(nested, value);
        }
    }
}

fn forget_nested(nested: &NestedBlock, value: &mut Value) {
    let inside = |element: &mut Value| {
        if let Value::Object(attributes) = element {
            forget_write_only(&nested.block, attributes);
        }
    };
    match (nested.nesting, value) {
        (Nesting::Single | Nesting::Group, single) => inside(single),
        (Nesting::List { .. }, Value::List(elements)) => elements.iter_mut().for_each(inside),
        (Nesting::Map, Value::Map(elements)) => elements.values_mut().for_each(inside),
        // A set cannot hold write-only values.
        _ => {}
    }
}

/// Takes over from `chosen` each value that means the same in another spelling.
pub(super) fn keep_spelling(block: &Block, attributes: &mut Attributes, chosen: &Value) {
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

/// Brings what a resource answered into the form in which it may be stored.
pub(super) fn settle(block: &Block, mut value: Value, chosen: &Value) -> Value {
    if let Value::Object(attributes) = &mut value {
        forget_write_only(block, attributes);
        keep_spelling(block, attributes, chosen);
    }
    value
}
