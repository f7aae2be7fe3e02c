//! Schemas, by the rules that Terraform enforces on loading them and by those that the framework of its makers adds.

use std::collections::{BTreeMap, BTreeSet};

use hwgrants::framework::Model;
use hwgrants::protocol::proto::get_provider_schema::{Request, Response};
use hwgrants::protocol::proto::schema::nested_block::NestingMode;
use hwgrants::protocol::proto::schema::object::NestingMode as ObjectNesting;
use hwgrants::protocol::proto::schema::{Attribute, Block, NestedBlock};
use hwgrants::protocol::proto::*;
use prost::Message;
use serde_json::Value as Json;

use super::schema_type::{attribute_type, inside};
use super::server::{Client, Served, client, sandbox};
use crate::plugin::client::Host;

/// What Terraform gives a meaning of its own at the root of a resource.
const RESERVED_IN_RESOURCES: &[&str] = &[
    "connection",
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "locals",
    "provider",
    "provisioner",
];

/// What it gives one in the provider block.
const RESERVED_IN_PROVIDER: &[&str] = &[
    "alias",
    "version",
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "locals",
    "source",
];

/// Terraform reads a schema of at most so many bytes.
const MAX_SCHEMA_BYTES: usize = 64 * 1024 * 1024;

async fn schema(mut client: Client) -> Response {
    client
        .get_provider_schema(Request {})
        .await
        .unwrap()
        .into_inner()
}

/// The schemas of identities.
pub(super) async fn identities(mut client: Client) -> BTreeMap<String, ResourceIdentitySchema> {
    let request = get_resource_identity_schemas::Request {};
    let reply = client.get_resource_identity_schemas(request).await;
    let reply = reply.unwrap().into_inner();
    assert_eq!(reply.diagnostics, []);
    reply.identity_schemas
}

/// The schemas of the probe and of the real provider.
pub(super) async fn schemas() -> [Response; 2] {
    let sandbox = sandbox().await;
    let (probe, real) = (Served::probe().await, Served::hwgrants(&sandbox).await);
    [schema(probe.client()).await, schema(real.client()).await]
}

/// Calls `check` with every block and where it is, the root's included.
fn each_block(schema: &Response, mut check: impl FnMut(&str, &Block)) {
    fn walk(at: &str, block: &Block, check: &mut impl FnMut(&str, &Block)) {
        check(at, block);
        for nested in &block.block_types {
            walk(&format!("{at}.{}", nested.type_name), inside(nested), check);
        }
    }
    let provider = schema.provider.as_ref().unwrap();
    walk("provider", provider.block.as_ref().unwrap(), &mut check);
    let resources = schema.resource_schemas.iter();
    let others = schema.data_source_schemas.iter();
    let others = others.chain(&schema.list_resource_schemas);
    let actions = schema.action_schemas.iter();
    let actions = actions.map(|(name, action)| (name, action.schema.as_ref().unwrap()));
    for (name, schema) in resources.chain(others).chain(actions) {
        walk(name, schema.block.as_ref().unwrap(), &mut check);
    }
}

/// What Terraform would refuse in a block.
fn problems(block: &Block, reserved: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    let every_name = block.attributes.iter().map(|attribute| &attribute.name);
    let every_name = every_name.chain(block.block_types.iter().map(|nested| &nested.type_name));
    for name in every_name {
        if !is_name(name) || reserved.contains(&name.as_str()) {
            problems.push(format!("`{name}` is no name"));
        }
        if !names.insert(name) {
            problems.push(format!("`{name}` twice"));
        }
    }
    for attribute in &block.attributes {
        let found = attribute_problems(attribute).into_iter();
        problems.extend(found.map(|problem| format!("`{}` {problem}", attribute.name)));
    }
    for nested in &block.block_types {
        let found = nested_problems(nested).into_iter();
        problems.extend(found.map(|problem| format!("`{}` {problem}", nested.type_name)));
    }
    problems
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name
            .chars()
            .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_')
}

fn attribute_problems(attribute: &Attribute) -> Vec<&'static str> {
    let Attribute {
        required,
        optional,
        computed,
        write_only,
        deprecated,
        ..
    } = *attribute;
    let ty: Option<Json> = serde_json::from_slice(&attribute.r#type).ok();
    let nested = attribute.nested_type.as_ref();
    let inside: Vec<_> = nested.map_or_else(Vec::new, |nested| {
        let inside = nested.attributes.iter();
        inside.flat_map(attribute_problems).collect()
    });
    if let Some(problem) = inside.first() {
        return vec![problem];
    }
    let rules = [
        (
            required || optional || computed,
            "is neither required, optional nor computed",
        ),
        (
            !(required && (optional || computed)),
            "is required and something else",
        ),
        (
            nested.is_none_or(|nested| nested.nesting() != ObjectNesting::Invalid),
            "has nested attributes of no kind",
        ),
        (
            ty.is_some_and(|ty| is_type(&ty)) != nested.is_some(),
            "has no type, or two",
        ),
        (!(write_only && computed), "is write-only and computed"),
        (
            deprecated || attribute.deprecation_message.is_empty(),
            "has a message but is not deprecated",
        ),
        (!attribute.description.is_empty(), "is not described"),
    ];
    rules
        .into_iter()
        .filter(|(is_kept, _)| !is_kept)
        .map(|(_, problem)| problem)
        .collect()
}

fn is_type(ty: &Json) -> bool {
    match ty {
        Json::String(kind) => ["string", "number", "bool", "dynamic"].contains(&kind.as_str()),
        Json::Array(parts) => match parts.as_slice() {
            [kind, inner] if ["list", "set", "map"].iter().any(|each| kind == each) => {
                is_type(inner)
            }
            [kind, Json::Object(types)] if kind == "object" => types.values().all(is_type),
            [kind, Json::Array(types)] if kind == "tuple" => types.iter().all(is_type),
            _ => false,
        },
        _ => false,
    }
}

fn nested_problems(nested: &NestedBlock) -> Vec<&'static str> {
    let (min, max) = (nested.min_items, nested.max_items);
    let counts = match nested.nesting() {
        NestingMode::Invalid => false,
        NestingMode::Single => min == max && (0..=1).contains(&min),
        NestingMode::Group | NestingMode::Map => min == 0 && max == 0,
        NestingMode::List | NestingMode::Set => min >= 0 && (max == 0 || min <= max),
    };
    let is_set = nested.nesting() == NestingMode::Set;
    let rules = [
        (counts, "has item counts that do not go with its nesting"),
        (
            !is_set || !has_in_set(inside(nested)),
            "is a set with write-only or dynamic values",
        ),
        (
            is_configuration_only(inside(nested)),
            "computes something, which no plan sees to",
        ),
    ];
    rules
        .into_iter()
        .filter(|(is_kept, _)| !is_kept)
        .map(|(_, problem)| problem)
        .collect()
}

/// Whether a block holds what a set must not.
fn has_in_set(block: &Block) -> bool {
    let is_bad = |attribute: &Attribute| {
        attribute.write_only || attribute_type(attribute).to_string().contains("dynamic")
    };
    block.attributes.iter().any(is_bad)
        || block
            .block_types
            .iter()
            .any(|nested| has_in_set(inside(nested)))
}

/// What Terraform would refuse in a function, or fail on.
fn function_problems(name: &str, function: &Function) -> Vec<&'static str> {
    let parameters = || function.parameters.iter();
    let names: BTreeSet<_> = parameters().map(|parameter| &parameter.name).collect();
    let is_type_json = |bytes: &[u8]| serde_json::from_slice(bytes).is_ok_and(|ty| is_type(&ty));
    let returns = function.r#return.as_ref();
    let rules = [
        (is_name(name), "has no valid name"),
        (
            parameters().all(|parameter| is_name(&parameter.name)),
            "has a parameter without a valid name",
        ),
        (
            names.len() == function.parameters.len(),
            "has two parameters of one name",
        ),
        (
            parameters().all(|parameter| is_type_json(&parameter.r#type)),
            "has a parameter without a type",
        ),
        (
            returns.is_some_and(|returns| is_type_json(&returns.r#type)),
            "has no type of its result",
        ),
        (!function.summary.is_empty(), "has no summary"),
        (
            parameters().all(|parameter| !parameter.description.is_empty()),
            "has a parameter that is not described",
        ),
    ];
    rules
        .into_iter()
        .filter(|(is_kept, _)| !is_kept)
        .map(|(_, problem)| problem)
        .collect()
}

fn is_configuration_only(block: &Block) -> bool {
    block.attributes.iter().all(|attribute| !attribute.computed)
}

#[tokio::test]
async fn c61_c62_c63_c64_c65_c66_c67_terraform_accepts_the_schemas() {
    for schema in schemas().await {
        assert_eq!(schema.diagnostics, []);
        each_block(&schema, |at, block| {
            let reserved = match at {
                "provider" => RESERVED_IN_PROVIDER,
                _ if at.contains('.') => &[],
                _ => RESERVED_IN_RESOURCES,
            };
            assert_eq!(problems(block, reserved), Vec::<String>::new(), "{at}");
            assert!(!block.description.is_empty(), "{at}");
        });
        assert!(
            schema
                .resource_schemas
                .values()
                .all(|schema| schema.version >= 0)
        );
        assert_eq!(schema.provider_meta, None);
        for (name, action) in &schema.action_schemas {
            let block = action.schema.as_ref().unwrap().block.as_ref().unwrap();
            assert!(is_configuration_only(block), "{name}");
        }
        for (name, function) in &schema.functions {
            assert_eq!(function_problems(name, function), [""; 0], "{name}");
        }
    }
}

#[test]
fn the_schema_checks_detect_each_violation() {
    let good = Attribute {
        name: "good".to_owned(),
        r#type: br#"["map","string"]"#.to_vec(),
        optional: true,
        description: "Good.".to_owned(),
        ..Attribute::default()
    };
    let with = |attributes: Vec<Attribute>| Block {
        attributes,
        ..Block::default()
    };
    assert_eq!(
        problems(&with(vec![good.clone()]), &[]),
        Vec::<String>::new()
    );
    let change = |change: fn(&mut Attribute)| {
        let mut attribute = good.clone();
        change(&mut attribute);
        attribute
    };
    for bad in [
        change(|attribute| attribute.name = "Bad".to_owned()),
        change(|attribute| attribute.name = "1bad".to_owned()),
        change(|attribute| attribute.name = "count".to_owned()),
        change(|attribute| attribute.optional = false),
        change(|attribute| attribute.required = true),
        change(|attribute| attribute.r#type = br#"["object",{"a":"string"},["a"]]"#.to_vec()),
        change(|attribute| attribute.r#type = b"string".to_vec()),
        change(|attribute| attribute.deprecation_message = "Old.".to_owned()),
        change(|attribute| (attribute.write_only, attribute.computed) = (true, true)),
    ] {
        assert_eq!(
            problems(&with(vec![bad.clone()]), RESERVED_IN_RESOURCES).len(),
            1,
            "{bad:?}"
        );
    }
    assert_eq!(
        problems(&with(vec![good.clone(), good.clone()]), &[]).len(),
        1
    );
    let dynamic = change(|attribute| attribute.r#type = b"\"dynamic\"".to_vec());
    for (nesting, min_items, max_items) in [
        (NestingMode::Set, 0, 0),
        (NestingMode::Invalid, 0, 0),
        (NestingMode::Single, 0, 1),
        (NestingMode::List, 2, 1),
        (NestingMode::Map, 0, 1),
        (NestingMode::Group, 1, 1),
    ] {
        let nested = NestedBlock {
            type_name: "nested".to_owned(),
            block: Some(with(vec![dynamic.clone()])),
            nesting: nesting.into(),
            min_items,
            max_items,
        };
        assert_eq!(nested_problems(&nested).len(), 1, "{nested:?}");
    }
}

#[test]
fn the_function_checks_detect_each_violation() {
    let parameter = function::Parameter {
        name: "text".to_owned(),
        r#type: b"\"string\"".to_vec(),
        description: "A text.".to_owned(),
        ..function::Parameter::default()
    };
    let good = Function {
        parameters: vec![parameter],
        r#return: Some(function::Return {
            r#type: b"\"bool\"".to_vec(),
        }),
        summary: "Good.".to_owned(),
        ..Function::default()
    };
    assert_eq!(function_problems("good", &good), [""; 0]);
    assert_eq!(function_problems("not good", &good).len(), 1);
    let changes: [fn(&mut Function); 7] = [
        |bad| bad.parameters[0].name = "1st".to_owned(),
        |bad| bad.parameters.push(bad.parameters[0].clone()),
        |bad| bad.parameters[0].r#type = b"string".to_vec(),
        |bad| bad.parameters[0].description.clear(),
        |bad| bad.r#return = None,
        |bad| bad.r#return = Some(function::Return::default()),
        |bad| bad.summary.clear(),
    ];
    for change in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert_eq!(function_problems("bad", &bad).len(), 1, "{bad:?}");
    }
}

#[tokio::test]
async fn c60_the_schema_is_the_same_in_every_process_configured_or_not() {
    let bare = Host::new().start().await;
    let with_environment = Host::new()
        .set("HW_REGION_NAME", "cn-north-4")
        .set("HWGRANTS_ENDPOINT", "no url at all")
        .start()
        .await;
    let first = schema(client(bare.connect().await)).await;
    assert_eq!(
        schema(client(with_environment.connect().await)).await,
        first
    );

    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    assert_eq!(schema(served.client()).await, first);
    let request = configure_provider::Request::default();
    served.client().configure_provider(request).await.unwrap();
    assert_eq!(schema(served.client()).await, first);
}

#[tokio::test]
async fn c70_every_type_has_two_names_with_one_schema() {
    for (schema, prefix) in schemas().await.iter().zip(["probe_", "hwgrants_"]) {
        let actions = schema.action_schemas.iter();
        let actions = actions.map(|(name, action)| (name.clone(), action.schema.clone().unwrap()));
        let actions = actions.collect();
        for schemas in [
            &schema.resource_schemas,
            &schema.data_source_schemas,
            &actions,
        ] {
            let names: BTreeSet<_> = schemas.keys().cloned().collect();
            let short = names.iter().filter(|name| !name.starts_with(prefix));
            let short: Vec<_> = short.collect();
            assert!(!short.is_empty());
            assert_eq!(short.len() * 2, names.len(), "{names:?}");
            for name in short {
                assert_eq!(schemas[name], schemas[&format!("{prefix}{name}")]);
            }
        }
    }
}

#[tokio::test]
async fn c71_metadata_functions_and_identities_agree_with_the_schema() {
    let sandbox = sandbox().await;
    for served in [Served::probe().await, Served::hwgrants(&sandbox).await] {
        let mut client = served.client();
        let schema = schema(client.clone()).await;
        let metadata = client
            .get_metadata(get_metadata::Request {})
            .await
            .unwrap()
            .into_inner();
        let names: Vec<_> = metadata
            .resources
            .iter()
            .map(|each| &each.type_name)
            .collect();
        assert!(
            names.iter().copied().eq(schema.resource_schemas.keys()),
            "{names:?}"
        );
        let names: Vec<_> = metadata
            .data_sources
            .iter()
            .map(|each| &each.type_name)
            .collect();
        assert!(
            names.iter().copied().eq(schema.data_source_schemas.keys()),
            "{names:?}"
        );
        assert_eq!(
            metadata.ephemeral_resources.len(),
            schema.ephemeral_resource_schemas.len()
        );
        assert_eq!(
            metadata.list_resources.len(),
            schema.list_resource_schemas.len()
        );
        let names: Vec<_> = metadata
            .actions
            .iter()
            .map(|each| &each.type_name)
            .collect();
        assert!(
            names.iter().copied().eq(schema.action_schemas.keys()),
            "{names:?}"
        );
        assert_eq!(
            metadata.state_stores.len(),
            schema.state_store_schemas.len()
        );
        let names: Vec<_> = metadata.functions.iter().map(|each| &each.name).collect();
        assert!(
            names.iter().copied().eq(schema.functions.keys()),
            "{names:?}"
        );
        assert_eq!(metadata.server_capabilities, schema.server_capabilities);
        let functions = client
            .get_functions(get_functions::Request {})
            .await
            .unwrap();
        assert_eq!(functions.into_inner().functions, schema.functions);
        let identities = identities(client).await;
        assert!(
            identities
                .keys()
                .all(|name| schema.resource_schemas.contains_key(name))
        );
    }
}

#[tokio::test]
async fn c68_identity_schemas_have_plain_types_and_no_sensitive_attributes() {
    let sandbox = sandbox().await;
    for (served, expected) in [
        (Served::probe().await, Some(["probe_thing", "thing"])),
        // Every resource.
        (Served::hwgrants(&sandbox).await, None),
    ] {
        let schema = schema(served.client()).await;
        let identities = identities(served.client()).await;
        match expected {
            Some(expected) => assert!(identities.keys().eq(&expected), "{identities:?}"),
            None => assert!(
                identities.keys().eq(schema.resource_schemas.keys()),
                "{identities:?}"
            ),
        }
        for (name, identity) in &identities {
            // The probe has had another one.
            let version = i64::from(name.ends_with("thing"));
            assert_eq!(identity.version, version, "{name}");
            let block = schema.resource_schemas[name].block.as_ref().unwrap();
            for attribute in &identity.identity_attributes {
                let at = format!("{name}.{}", attribute.name);
                assert_ne!(
                    attribute.required_for_import, attribute.optional_for_import,
                    "{at}"
                );
                let ty = String::from_utf8(attribute.r#type.clone()).unwrap();
                let primitive = ty.trim_start_matches("[\"list\",").trim_end_matches(']');
                assert!(
                    ["\"string\"", "\"number\"", "\"bool\""].contains(&primitive),
                    "{at}: {ty}"
                );
                assert!(!attribute.description.is_empty(), "{at}");
                // Nothing that is hidden in the state shows in the identity.
                let same = block
                    .attributes
                    .iter()
                    .find(|each| each.name == attribute.name);
                assert!(
                    same.is_some_and(|each| !each.sensitive && !each.write_only),
                    "{at}"
                );
            }
        }
    }
}

#[tokio::test]
async fn c73_only_implemented_capabilities_are_announced() {
    for schema in schemas().await {
        let expected = ServerCapabilities {
            // Plans of removals are proved by c105, serving without this call by c72.
            plan_destroy: true,
            get_provider_schema_optional: true,
            // Proved by c95.
            move_resource_state: true,
            // Proved by c96.
            generate_resource_config: true,
        };
        assert_eq!(schema.server_capabilities, Some(expected));
    }
}

#[tokio::test]
async fn c29_the_schema_is_far_below_terraforms_size_limit() {
    for schema in schemas().await {
        assert!(schema.encoded_len() < MAX_SCHEMA_BYTES / 100);
    }
}

#[tokio::test]
async fn probe_and_provider_models_match_their_schemas() {
    let [probe, real] = schemas().await;
    let names = |schema: &Schema| -> BTreeSet<String> {
        let block = schema.block.as_ref().unwrap();
        let attributes = block
            .attributes
            .iter()
            .map(|attribute| attribute.name.clone());
        attributes
            .chain(
                block
                    .block_types
                    .iter()
                    .map(|nested| nested.type_name.clone()),
            )
            .collect()
    };
    let fields = |fields: &[&str]| -> BTreeSet<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    };
    assert_eq!(
        names(&probe.resource_schemas["thing"]),
        fields(super::probe::Model::FIELDS)
    );
    assert_eq!(
        names(real.provider.as_ref().unwrap()),
        fields(hwgrants::provider::Config::FIELDS)
    );
}
