//! The type that a schema implies, as Terraform works it out.

use hwgrants::protocol::proto::schema::nested_block::NestingMode;
use hwgrants::protocol::proto::schema::object::NestingMode as ObjectNesting;
use hwgrants::protocol::proto::schema::{Attribute, Block, NestedBlock};
use serde_json::{Map, Value as Json, json};

pub(super) fn attribute_type(attribute: &Attribute) -> Json {
    let Some(object) = &attribute.nested_type else {
        return serde_json::from_slice(&attribute.r#type).unwrap();
    };
    assert_eq!(attribute.r#type, b"", "`{}` has two types", attribute.name);
    let attributes = object.attributes.iter();
    let types: Map<_, _> = attributes
        .map(|attribute| (attribute.name.clone(), attribute_type(attribute)))
        .collect();
    let ty = json!(["object", types]);
    match object.nesting() {
        ObjectNesting::Single => ty,
        ObjectNesting::List => json!(["list", ty]),
        ObjectNesting::Set => json!(["set", ty]),
        ObjectNesting::Map => json!(["map", ty]),
        ObjectNesting::Invalid => panic!("`{}` has no nesting", attribute.name),
    }
}

/// The type of a block's value: attributes and blocks together.
pub(super) fn block_type(block: &Block) -> Json {
    let attributes = block
        .attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), attribute_type(attribute)));
    let blocks = block
        .block_types
        .iter()
        .map(|nested| (nested.type_name.clone(), nested_type(nested)));
    let types: Map<_, _> = attributes.chain(blocks).collect();
    json!(["object", types])
}

fn nested_type(nested: &NestedBlock) -> Json {
    let ty = block_type(inside(nested));
    match nested.nesting() {
        NestingMode::Single | NestingMode::Group => ty,
        NestingMode::List => json!(["list", ty]),
        NestingMode::Set => json!(["set", ty]),
        NestingMode::Map => json!(["map", ty]),
        NestingMode::Invalid => panic!("`{}` has no nesting", nested.type_name),
    }
}

pub(super) fn inside(nested: &NestedBlock) -> &Block {
    nested.block.as_ref().unwrap()
}

/// A whole configuration from the attributes and blocks that somebody wrote: the others null, and blocks as Terraform
/// has them where there are none.
pub(super) fn written(block: &Block, written: Json) -> Json {
    let Json::Object(mut values) = written else {
        return written;
    };
    if values.contains_key("$unknown") {
        return values.into();
    }
    for attribute in &block.attributes {
        values.entry(attribute.name.clone()).or_insert(Json::Null);
    }
    for nested in &block.block_types {
        let value = values.remove(&nested.type_name);
        let whole = |value| written_inside(nested, value);
        let value = match (nested.nesting(), value) {
            (NestingMode::Group, None) => whole(json!({})),
            (NestingMode::List | NestingMode::Set, None) => json!([]),
            (NestingMode::Map, None) => json!({}),
            (_, None) => Json::Null,
            (NestingMode::List, Some(Json::Array(elements))) => {
                elements.into_iter().map(whole).collect()
            }
            (NestingMode::Set, Some(Json::Array(elements))) => {
                super::codec::set(elements.into_iter().map(whole).collect())
            }
            (NestingMode::Map, Some(Json::Object(elements)))
                if !elements.contains_key("$unknown") =>
            {
                let elements = elements.into_iter().map(|(key, value)| (key, whole(value)));
                elements.collect::<Map<_, _>>().into()
            }
            (_, Some(value)) => whole(value),
        };
        values.insert(nested.type_name.clone(), value);
    }
    values.into()
}

fn written_inside(nested: &NestedBlock, value: Json) -> Json {
    written(inside(nested), value)
}
