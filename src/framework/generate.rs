//! Configuration generated from an existing object, such that its plan has no changes. Pure.

use super::schema::{Attribute, Block, NestedBlock, Nesting, Presence};
use super::timeouts;
use super::value::Value;

/// Returns the configuration with which an existing object can be managed; null for null.
///
/// Included are the configurable attributes that have a value. Omitted are computed-only, write-only and optional
/// deprecated attributes, values that equal the default, and the `timeouts` block. A value that the provider chooses
/// unless the user sets it, such as a region, is included, so that the configuration identifies this object whatever
/// the provider block says.
#[must_use]
pub fn generate(block: &Block, object: Value) -> Value {
    let Value::Object(mut attributes) = object else {
        return object;
    };
    for attribute in &block.attributes {
        if let Some(value) = attributes.get_mut(attribute.name)
            && !is_included(attribute, value)
        {
            *value = Value::Null;
        }
    }
    for nested in &block.blocks {
        if let Some(value) = attributes.get_mut(nested.name) {
            *value = generate_nested(nested, std::mem::replace(value, Value::Null));
        }
    }
    Value::Object(attributes)
}

fn is_included(attribute: &Attribute, value: &Value) -> bool {
    attribute.presence == Presence::Required
        || attribute.is_configurable()
            && !attribute.is_write_only
            && attribute.deprecation.is_none()
            && attribute.default.as_ref() != Some(value)
}

fn generate_nested(nested: &NestedBlock, value: Value) -> Value {
    // Timeouts are no property of the object.
    if nested.name == timeouts::NAME {
        return Value::Null;
    }
    let inside = |element| generate(&nested.block, element);
    match (nested.nesting, value) {
        (Nesting::List { .. }, Value::List(elements)) => {
            Value::List(elements.into_iter().map(inside).collect())
        }
        (Nesting::Set, Value::Set(elements)) => {
            Value::Set(elements.into_iter().map(inside).collect())
        }
        (Nesting::Map, Value::Map(elements)) => {
            let elements = elements.into_iter();
            Value::Map(
                elements
                    .map(|(key, element)| (key, inside(element)))
                    .collect(),
            )
        }
        (_, single) => inside(single),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::Type;
    use crate::framework::schema::Recompute;

    fn nested(name: &'static str, nesting: Nesting) -> NestedBlock {
        NestedBlock {
            name,
            nesting,
            block: Block {
                attributes: vec![
                    Attribute::string("label", ""),
                    Attribute::string("old", "").deprecated("Out of use."),
                ],
                ..Block::default()
            },
        }
    }

    fn part() -> Value {
        Value::object([("label", "a".into()), ("old", "b".into())])
    }

    fn written_part() -> Value {
        Value::object([("label", "a".into()), ("old", Value::Null)])
    }

    #[track_caller]
    fn check(attribute: Attribute, is_included: bool) {
        let value = Value::from("a");
        let block = Block {
            attributes: vec![attribute],
            ..Block::default()
        };
        let generated = generate(&block, Value::object([("it", value.clone())]));
        let expected = if is_included { value } else { Value::Null };
        assert_eq!(generated, Value::object([("it", expected)]));
    }

    #[test]
    fn c96_only_configurable_non_default_attributes_are_generated() {
        let it = || Attribute::string("it", "");
        check(it(), true);
        check(it().required(), true);
        check(it().optional_computed(Recompute::Never), true);
        check(it().with_default("another"), true);
        check(it().required().deprecated("Out of use."), true);
        check(it().computed(Recompute::Never), false);
        check(it().write_only(), false);
        check(it().deprecated("Out of use."), false);
        check(it().with_default("a"), false);
    }

    #[test]
    fn c96_blocks_except_timeouts_are_generated() {
        let block = Block {
            blocks: vec![
                nested("single", Nesting::Single),
                nested("listed", Nesting::List { max_items: 0 }),
                nested("in_set", Nesting::Set),
                nested("mapped", Nesting::Map),
                nested("absent", Nesting::Single),
                nested(timeouts::NAME, Nesting::Single),
            ],
            ..Block::default()
        };
        let object = |part: &Value, timeouts: Value| {
            Value::object([
                ("single", part.clone()),
                ("listed", Value::List(vec![part.clone()])),
                ("in_set", Value::Set([part.clone()].into())),
                (
                    "mapped",
                    Value::Map([("k".to_owned(), part.clone())].into()),
                ),
                ("absent", Value::Null),
                (timeouts::NAME, timeouts),
            ])
        };
        let generated = generate(&block, object(&part(), part()));
        assert_eq!(generated, object(&written_part(), Value::Null));
        assert!(
            Type::object(block.blocks.iter().map(|nested| (nested.name, nested.ty())))
                .admits(&generated)
        );
    }

    #[test]
    fn c96_a_null_object_generates_no_configuration() {
        assert_eq!(generate(&Block::default(), Value::Null), Value::Null);
    }
}
