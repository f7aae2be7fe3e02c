use super::*;
use crate::framework::path::Path;
use crate::framework::schema::{NestedBlock, Nesting};
use crate::framework::ty::Type;

fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::string("name", "")
            .required()
            .check(length(1..=4)),
        Attribute::string("kind", "").check(one_of(&["user", "group"])),
        Attribute::string("id", "").computed(crate::framework::Recompute::Never),
        Attribute::string("password", "").write_only(),
        Attribute::string("old", "").deprecated("Use `name`."),
    ]
}

fn nested(name: &'static str, nesting: Nesting) -> NestedBlock {
    let block = Block {
        attributes: attributes(),
        ..Block::default()
    };
    NestedBlock {
        name,
        nesting,
        block,
    }
}

fn schema() -> Block {
    let blocks = vec![
        nested("single", Nesting::Single),
        nested("list", Nesting::List { max_items: 0 }),
        nested("set", Nesting::Set),
        nested("map", Nesting::Map),
    ];
    Block {
        attributes: attributes(),
        blocks,
        ..Block::default()
    }
}

/// Summaries and paths found for an object with these attributes, a name, and all others null.
fn check(attributes: &[(&'static str, Value)]) -> Vec<(String, String)> {
    check_with(attributes, ClientFeatures { write_only: true })
}

fn check_with(
    attributes: &[(&'static str, Value)],
    features: ClientFeatures,
) -> Vec<(String, String)> {
    let name = [("name", Value::from("ok"))];
    let value = Value::object(name.into_iter().chain(attributes.iter().cloned()));
    let found = validate(&schema(), &value, features);
    let path = |path: Option<Path>| path.map(|path| path.to_string()).unwrap_or_default();
    found
        .into_iter()
        .map(|finding| (finding.summary, path(finding.path)))
        .collect()
}

fn finding(summary: &str, path: &str) -> Vec<(String, String)> {
    vec![(summary.to_owned(), path.to_owned())]
}

#[test]
fn known_values_are_checked_at_their_path() {
    assert_eq!(
        check(&[("name", "abcde".into())]),
        finding("Invalid length", "name")
    );
    assert_eq!(
        check(&[("name", "".into())]),
        finding("Invalid length", "name")
    );
    assert_eq!(
        check(&[("kind", "role".into())]),
        finding("Invalid value", "kind")
    );
    assert_eq!(
        check(&[("name", "äöüß".into()), ("kind", "User".into())]),
        []
    );
}

#[test]
fn c74_unknown_values_pass_and_null_fails_only_where_required() {
    let unknown: Vec<_> = [
        "name", "kind", "password", "old", "single", "list", "set", "map",
    ]
    .map(|name| (name, Value::Unknown))
    .into();
    assert_eq!(check(&unknown), []);
    let null = unknown.into_iter().map(|(name, _)| (name, Value::Null));
    let missing = finding("Missing required argument", "name");
    assert_eq!(check(&null.collect::<Vec<_>>()), missing);
    assert_eq!(check(&[]), []);
}

#[test]
fn c77_a_configured_computed_attribute_is_an_error_at_its_path() {
    assert_eq!(
        check(&[("id", "x".into())]),
        finding("Read-only attribute is set", "id")
    );
    assert_eq!(
        check(&[("id", Value::Unknown)]),
        finding("Read-only attribute is set", "id")
    );
}

#[test]
fn c76_write_only_values_need_client_support() {
    let summary = "Write-only attributes not supported";
    let old = ClientFeatures::default();
    assert_eq!(
        check_with(&[("password", "x".into())], old),
        finding(summary, "password")
    );
    assert_eq!(check_with(&[("password", Value::Null)], old), []);
    assert_eq!(check(&[("password", "x".into())]), []);
}

#[test]
fn c78_deprecated_attributes_warn_only_when_known() {
    assert_eq!(
        check(&[("old", "x".into())]),
        finding("Attribute deprecated", "old")
    );
    assert_eq!(check(&[("old", Value::Unknown)]), []);
}

#[test]
fn c132_diagnostic_paths_descend_into_blocks_and_stop_at_sets() {
    let bad = Value::object([("name", "ok".into()), ("kind", "role".into())]);
    assert_eq!(
        check(&[("single", bad.clone())]),
        finding("Invalid value", "single.kind")
    );
    let good = Value::object([("name", "ok".into())]);
    let list = Value::List(vec![good, bad.clone()]);
    assert_eq!(
        check(&[("list", list)]),
        finding("Invalid value", "list[1].kind")
    );
    let map = Value::Map([("k".to_owned(), bad.clone())].into());
    assert_eq!(
        check(&[("map", map)]),
        finding("Invalid value", "map[\"k\"].kind")
    );
    assert_eq!(
        check(&[("set", Value::Set([bad].into()))]),
        finding("Invalid value", "set")
    );
}

#[test]
fn values_of_another_type_pass_text_checks() {
    assert!(length(1..=2)(&Value::Bool(true)).is_ok());
    let ty = Attribute::new("n", Type::Number, "").check(one_of(&["a"]));
    assert!(ty.checks.iter().all(|check| check(&Value::from(3)).is_ok()));
}
