//! `null` for a required argument, of every type of the probe and of the real provider: an error at the argument,
//! whenever it shows, and no request.

use hwgrants::protocol::proto::schema::Block;
use hwgrants::protocol::proto::schema::nested_block::NestingMode;
use hwgrants::protocol::proto::*;
use serde_json::{Map, Value as Json, json};

use super::codec::unknown;
use super::message::{is_error, pointer, sound, summaries};
use super::schema_type::{block_type, inside, written};
use super::server::{Served, sandbox};
use super::terraform::{Planned, Stored, Terraform, capabilities, value};
use super::terraform_core::Action;

const TITLE: &str = "Missing required argument";

/// A configuration that is unknown but for one required argument, which is null.
struct Case {
    at: String,
    wrote: Json,
}

/// A case for each required argument of a block, at any depth.
fn cases(block: &Block) -> Vec<Case> {
    let open = |block: &Block| -> Map<String, Json> {
        let attributes = block.attributes.iter();
        // A write-only argument in a data source is an error of its own.
        let arguments = attributes.filter(|attribute| {
            (attribute.required || attribute.optional) && !attribute.write_only
        });
        arguments
            .map(|attribute| (attribute.name.clone(), unknown()))
            .collect()
    };
    let with = |name: &str, value| {
        let mut wrote = open(block);
        wrote.insert(name.to_owned(), value);
        wrote.into()
    };
    let required = block
        .attributes
        .iter()
        .filter(|attribute| attribute.required);
    let mut all: Vec<_> = required
        .map(|attribute| Case {
            at: attribute.name.clone(),
            wrote: with(&attribute.name, Json::Null),
        })
        .collect();
    for nested in &block.block_types {
        let name = &nested.type_name;
        let good = || Json::from(open(inside(nested)));
        for Case { at, wrote } in cases(inside(nested)) {
            let (at, wrote) = match nested.nesting() {
                NestingMode::List => (format!("{name}[1].{at}"), json!([good(), wrote])),
                NestingMode::Map => (format!("{name}[\"k\"].{at}"), json!({"k": wrote})),
                NestingMode::Set => (name.clone(), json!([wrote])),
                _ => (format!("{name}.{at}"), wrote),
            };
            let wrote = with(name, wrote);
            all.push(Case { at, wrote });
        }
    }
    all
}

#[track_caller]
fn assert_missing(found: &[Diagnostic], at: &str, what: &str) {
    sound(found);
    assert!(found.iter().all(is_error), "{what}: {found:?}");
    assert_eq!(summaries(found), [TITLE], "{what} without {at}: {found:?}");
    assert_eq!(pointer(&found[0]), at, "{what}");
    let name = at.rsplit('.').next().unwrap();
    let detail = &found[0].detail;
    let is_named = detail.contains(&format!("`{name}`")) || at == "in_set";
    assert!(is_named && detail.contains("null"), "{detail}");
}

/// An object that is there: what its configuration has to hold, and nothing else.
fn there(block: &Block) -> Stored {
    let attributes = block.attributes.iter();
    let required = attributes.filter(|attribute| attribute.required);
    let object = required.map(|attribute| (attribute.name.clone(), json!("x")));
    Stored {
        object: written(block, object.collect::<Map<_, _>>().into()),
        ..Stored::default()
    }
}

/// Asserts for every resource; how many cases there are.
async fn resources_refuse(terraform: &Terraform) -> usize {
    let mut count = 0;
    for (name, block) in &terraform.resources {
        for Case { at, wrote } in cases(block) {
            count += 1;
            let found = terraform.validate(name, wrote.clone()).await;
            assert_missing(&found, &at, name);
            for prior in [Stored::default(), there(block)] {
                let planned = terraform.plan(name, &prior, wrote.clone()).await;
                assert_missing(&planned.found, &at, name);

                // As if it had been unknown when it was planned.
                let object = terraform.config(name, &wrote);
                let planned = Planned {
                    action: Action::Update,
                    object: object.clone(),
                    config: object,
                    ..planned
                };
                let applied = terraform.apply(name, &planned).await;
                assert_missing(&applied.found, &at, name);
                assert_eq!(applied.stored.object, prior.object, "{name}");
            }
        }
    }
    count
}

async fn data_sources_refuse(terraform: &Terraform) -> usize {
    let mut count = 0;
    for (name, block) in &terraform.data_sources {
        for Case { at, wrote } in cases(block) {
            count += 1;
            let found = terraform.validate_data(name, wrote.clone()).await;
            assert_missing(&found, &at, name);
            let (_, found) = terraform.look(name, wrote).await;
            assert_missing(&found, &at, name);
        }
    }
    count
}

async fn searches_refuse(terraform: &Terraform) -> usize {
    let mut count = 0;
    for (name, block) in &terraform.list_resources {
        for Case { at, wrote } in cases(block) {
            count += 1;
            let found = terraform.validate_list(name, wrote.clone()).await;
            assert_missing(&found, &at, name);
            let (seen, found) = terraform.list_as(name, wrote, 1, false).await;
            assert_missing(&found, &at, name);
            assert!(seen.is_empty());
            assert!(found[0].detail.starts_with(&format!("In `{at}`: ")));
        }
    }
    count
}

async fn actions_refuse(terraform: &Terraform) -> usize {
    let mut count = 0;
    for (name, block) in &terraform.actions {
        for Case { at, wrote } in cases(block) {
            count += 1;
            let found = terraform.validate_action(name, wrote.clone()).await;
            assert_missing(&found, &at, name);
            let planned = terraform.plan_action(name, wrote.clone(), None).await;
            assert_missing(&planned.diagnostics, &at, name);
            let (progress, found) = terraform.invoke_action(name, wrote).await;
            assert_missing(&found, &at, name);
            assert!(progress.is_empty());
        }
    }
    count
}

async fn provider_refuses(terraform: &Terraform) -> usize {
    let block = &terraform.provider;
    let mut count = 0;
    for Case { at, wrote } in cases(block) {
        count += 1;
        let found = terraform.configure(wrote.clone()).await;
        assert_missing(&found, &at, "validating the provider block");
        let request = configure_provider::Request {
            terraform_version: "1.15.0".to_owned(),
            config: value(&written(block, wrote), &block_type(block)),
            client_capabilities: capabilities(),
        };
        let mut client = terraform.client.clone();
        let reply = client.configure_provider(request).await.unwrap();
        let found = reply.into_inner().diagnostics;
        assert_missing(&found, &at, "configuring the provider");
    }
    count
}

#[tokio::test]
async fn the_real_provider_rejects_null_required_arguments_before_any_request() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    for (refused, blocks) in [
        (resources_refuse(&terraform).await, &terraform.resources),
        (
            data_sources_refuse(&terraform).await,
            &terraform.data_sources,
        ),
        (actions_refuse(&terraform).await, &terraform.actions),
    ] {
        let attributes = blocks.values().flat_map(|block| &block.attributes);
        let required = attributes.filter(|attribute| attribute.required).count();
        assert!(required > 0);
        assert_eq!(refused, required);
    }
    assert_eq!(searches_refuse(&terraform).await, 0);
    // The environment may complete whatever the provider block leaves open.
    assert_eq!(provider_refuses(&terraform).await, 0);
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn a_null_required_argument_is_rejected_at_any_depth() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    assert_eq!(resources_refuse(&terraform).await, 2 * 5);
    assert_eq!(data_sources_refuse(&terraform).await, 2 * 2);
    assert_eq!(searches_refuse(&terraform).await, 2);
    assert_eq!(actions_refuse(&terraform).await, 2 * 2);
}

#[tokio::test]
async fn a_deferred_data_source_still_requires_its_arguments() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": unknown()})).await;
    let block = &terraform.data_sources["view"];
    let request = read_data_source::Request {
        type_name: "view".to_owned(),
        config: value(&written(block, json!({"name": null})), &block_type(block)),
        client_capabilities: Some(ClientCapabilities {
            deferral_allowed: true,
            ..ClientCapabilities::default()
        }),
        ..read_data_source::Request::default()
    };
    let mut client = terraform.client.clone();
    let reply = client.read_data_source(request).await.unwrap().into_inner();
    assert_missing(&reply.diagnostics, "name", "a data source");
}

#[tokio::test]
async fn an_unknown_required_argument_is_not_reported_as_missing() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    for (name, block) in &terraform.resources {
        let required = block
            .attributes
            .iter()
            .filter(|attribute| attribute.required);
        let wrote: Map<_, _> = required
            .map(|attribute| (attribute.name.clone(), unknown()))
            .collect();
        for prior in [Stored::default(), there(block)] {
            let planned = terraform.plan(name, &prior, wrote.clone().into()).await;
            let found = summaries(&planned.found);
            assert!(!found.contains(&TITLE), "{name}: {found:?}");
        }
    }
}
