use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::framework::schema::{NestedBlock, Nesting};

fn nested(name: &'static str, nesting: Nesting, blocks: Vec<NestedBlock>) -> NestedBlock {
    let attributes = vec![
        Attribute::string("label", "").required(),
        Attribute::string("note", ""),
    ];
    NestedBlock {
        name,
        nesting,
        block: Block {
            attributes,
            blocks,
            ..Block::default()
        },
    }
}

fn schema() -> Block {
    let deep = || vec![nested("deep", Nesting::List { max_items: 0 }, Vec::new())];
    Block {
        attributes: vec![
            Attribute::string("name", "").required(),
            Attribute::string("password", "").required().write_only(),
            Attribute::string("note", ""),
            Attribute::string("region", "").optional_computed(crate::framework::Recompute::Never),
            Attribute::string("id", "").computed(crate::framework::Recompute::Never),
        ],
        blocks: vec![
            nested("single", Nesting::Single, deep()),
            nested("list", Nesting::List { max_items: 0 }, deep()),
            nested("map", Nesting::Map, deep()),
            nested("set", Nesting::Set, deep()),
        ],
        ..Block::default()
    }
}

/// The paths of what is missing in an object with these attributes and blocks beside its own required ones.
#[track_caller]
fn check(values: &[(&'static str, Value)], expected: &[&str]) {
    let whole = [("name", Value::from("n")), ("password", Value::from("p"))];
    let object = Value::object(whole.into_iter().chain(values.iter().cloned()));
    let found = missing_arguments(&schema(), &object);
    let paths: Vec<_> = found
        .iter()
        .map(|each| each.path.as_ref().map(ToString::to_string))
        .collect();
    let expected: Vec<_> = expected.iter().map(|path| Some((*path).into())).collect();
    assert_eq!(paths, expected);
    assert!(found.iter().all(|each| each.is_error()));
}

#[test]
fn a_required_argument_that_is_null_is_missing_at_any_depth() {
    let whole = || Value::object([("label", "l".into())]);
    let empty = || Value::object([("label", Value::Null)]);
    let deep = |elements| Value::object([("label", "l".into()), ("deep", Value::List(elements))]);
    let map = |element| Value::Map(BTreeMap::from([("a key".to_owned(), element)]));
    let set = |element| Value::Set(BTreeSet::from([element]));
    check(&[], &[]);
    check(&[("name", Value::Null)], &["name"]);
    check(&[("password", Value::Null)], &["password"]);
    check(
        &[("name", Value::Null), ("single", empty())],
        &["name", "single.label"],
    );
    check(&[("single", whole())], &[]);
    check(
        &[("single", deep(vec![whole(), empty()]))],
        &["single.deep[1].label"],
    );
    check(
        &[("list", Value::List(vec![empty(), whole(), empty()]))],
        &["list[0].label", "list[2].label"],
    );
    check(
        &[("list", Value::List(vec![deep(vec![empty()])]))],
        &["list[0].deep[0].label"],
    );
    check(&[("map", map(empty()))], &["map[\"a key\"].label"]);
    check(
        &[("map", map(deep(vec![empty()])))],
        &["map[\"a key\"].deep[0].label"],
    );
    check(&[("set", set(empty()))], &["set"]);
    check(&[("set", set(deep(vec![empty()])))], &["set"]);
}

#[test]
fn unknown_and_optional_arguments_are_not_missing() {
    check(&[("name", Value::Unknown)], &[]);
    for name in ["note", "region", "id", "single", "list", "map", "set"] {
        check(&[(name, Value::Null)], &[]);
    }
    for name in ["single", "list", "map", "set"] {
        check(&[(name, Value::Unknown)], &[]);
    }
    let unknown = Value::object([("label", Value::Unknown)]);
    check(&[("single", unknown)], &[]);
    check(&[("list", Value::List(vec![Value::Unknown]))], &[]);
    for nothing in [Value::Null, Value::Unknown] {
        assert!(!missing_arguments(&schema(), &nothing).has_error());
    }
}

#[test]
fn a_planned_object_does_not_require_write_only_values() {
    let planned = |name| Value::object([("name", name), ("password", Value::Null)]);
    let found = missing_values(&schema(), &planned(Value::Null));
    let [missing] = &found.iter().collect::<Vec<_>>()[..] else {
        panic!("{found:?}");
    };
    assert_eq!(missing.summary, "Missing required argument");
    assert!(missing.detail.contains("`name`") && missing.detail.contains("null"));
    assert!(!missing_values(&schema(), &planned("n".into())).has_error());
    assert!(!missing_values(&schema(), &Value::Null).has_error());
}
