//! Applying. Every answer here also passes [`Terraform`]'s own checks: planned values come back equal, nothing is unknown
//! (C91, C113), write-only values are null (C90), blocks are never null (C59).

use serde_json::{Value as Json, json};

use super::message::{has_error, pointer, summaries};
use super::plan::everything;
use super::probe::behaviour;
use super::server::Served;
use super::terraform::{Stored, Terraform};
use super::terraform_core::Action;

const THING: &str = "thing";

async fn terraform(served: &Served) -> Terraform {
    Terraform::configured(served.client(), json!({"prefix": "p"})).await
}

fn that(behaviour: &str) -> Json {
    json!({"name": "kettle", "behaviour": behaviour, "note": "n"})
}

#[tokio::test]
async fn c113_c119_an_applied_state_matches_its_plan_and_plans_no_change() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let everything = everything();
    // Each attribute and block alone, all together, and none.
    let mut combinations = vec![json!({"name": "Kettle"}), everything.clone()];
    for (name, value) in everything.as_object().unwrap() {
        combinations.push(json!({"name": "Kettle", name: value}));
    }
    let mut before = Stored::default();
    for wrote in combinations {
        let stored = terraform.create(THING, wrote.clone()).await;
        terraform.expect_no_change(THING, &stored, &wrote).await;
        let changed = terraform.make(THING, &before, wrote.clone()).await;
        terraform.expect_no_change(THING, &changed, &wrote).await;
        before = changed;
    }
}

#[tokio::test]
async fn c114_a_create_that_fails_halfway_stores_what_is_known() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform
        .plan(THING, &Stored::default(), that(behaviour::HALF_WAY))
        .await;
    let applied = terraform.apply(THING, &planned).await;
    assert_eq!(summaries(&applied.found), ["Refused"]);
    assert_eq!(pointer(&applied.found[0]), "behaviour");
    assert_eq!(applied.stored.object["id"], "p-kettle");
    assert_eq!(applied.stored.object["note"], "half");
    assert_eq!(applied.stored.object["revision"], Json::Null);
    assert!(!applied.stored.private.is_empty());
}

#[tokio::test]
async fn c114_a_create_that_fails_immediately_stores_nothing() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform
        .plan(THING, &Stored::default(), that(behaviour::REFUSE))
        .await;
    let applied = terraform.apply(THING, &planned).await;
    assert!(has_error(&applied.found));
    assert_eq!(applied.stored, Stored::default());
}

#[tokio::test]
async fn c114_a_create_that_panics_stores_the_planned_state() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform
        .plan(THING, &Stored::default(), that(behaviour::PANIC))
        .await;
    let applied = terraform.apply(THING, &planned).await;
    assert_eq!(summaries(&applied.found), ["Bug in the provider"]);
    assert_eq!(applied.stored.object["name"], "kettle");
    assert_eq!(applied.stored.object["id"], Json::Null);
}

#[tokio::test]
async fn c114_a_response_not_matching_the_schema_keeps_the_planned_state() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform
        .plan(THING, &Stored::default(), that(behaviour::MISFIT))
        .await;
    let applied = terraform.apply(THING, &planned).await;
    assert_eq!(
        summaries(&applied.found),
        ["Response does not match the schema"]
    );
    assert_eq!(applied.stored.object["name"], "kettle");
    assert_eq!(applied.stored.object["tuple"], Json::Null);
}

#[tokio::test]
async fn c113_values_left_unknown_are_reported_and_stored_as_null() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform
        .plan(THING, &Stored::default(), that(behaviour::UNDECIDED))
        .await;
    let applied = terraform.apply(THING, &planned).await;
    let at: Vec<_> = applied.found.iter().map(pointer).collect();
    assert_eq!(at, ["id", "updated"]);
    assert!(has_error(&applied.found));
    assert_eq!(applied.stored.object["id"], Json::Null);
}

#[tokio::test]
async fn c115_a_failed_update_stores_what_was_actually_applied() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform
        .create(THING, json!({"name": "kettle", "note": "old"}))
        .await;
    for (fails, note) in [
        (behaviour::HALF_WAY, "half"),
        (behaviour::REFUSE, "old"),
        (behaviour::PANIC, "old"),
    ] {
        let planned = terraform.plan(THING, &stored, that(fails)).await;
        assert_eq!(planned.action, Action::Update);
        let applied = terraform.apply(THING, &planned).await;
        assert!(has_error(&applied.found), "{fails}");
        assert_eq!(applied.stored.object["note"], note, "{fails}");
        assert_eq!(applied.stored.object["id"], "p-kettle", "{fails}");
        assert_eq!(applied.stored.private, stored.private, "{fails}");
    }
}

#[tokio::test]
async fn c116_c117_a_delete_clears_the_state_and_a_failed_delete_keeps_it() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    for (fails, summary) in [("", "Deleted"), (behaviour::FAIL_DELETE, "Refused")] {
        let stored = terraform.create(THING, that(fails)).await;
        // The configuration is sent as null.
        let planned = terraform.plan(THING, &stored, Json::Null).await;
        let applied = terraform.apply(THING, &planned).await;
        assert_eq!(summaries(&applied.found), [summary]);
        let expected = if fails.is_empty() {
            Stored::default()
        } else {
            stored
        };
        assert_eq!(applied.stored, expected);
    }
}

#[tokio::test]
async fn c118_private_state_passes_from_apply_to_read_plan_and_update() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, json!({"name": "kettle"})).await;
    assert!(!stored.private.is_empty());
    let read = terraform.read(THING, &stored).await;
    assert_eq!(read.stored.private, stored.private);
    let planned = terraform
        .plan(THING, &read.stored, json!({"name": "kettle", "note": "n"}))
        .await;
    assert_eq!(planned.private, stored.private);
    let applied = terraform.apply(THING, &planned).await;
    assert_eq!(applied.stored.private, stored.private);
}

#[tokio::test]
async fn the_planned_spelling_is_kept_over_the_services_own() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, json!({"name": "KetTle"})).await;
    assert_eq!(stored.object["name"], "KetTle");
    assert_eq!(stored.object["id"], "p-kettle");
}
