//! Plans. Every plan here also passes [`Terraform`]'s own checks: planning twice gives equal bytes (C107), configured
//! values stand (C100), unset ones stay null (C101), nothing is deferred (C111) or of the old type system (C109).

use serde_json::{Value as Json, json};

use super::codec::{dynamic, is_unknown, is_wholly_known, number, unknown};
use super::message::{has_error, summaries};
use super::probe::behaviour;
use super::server::Served;
use super::terraform::{Stored, Terraform};
use super::terraform_core::Action;

const THING: &str = "probe_thing";

async fn terraform(served: &Served) -> Terraform {
    Terraform::configured(served.client(), json!({"prefix": "p"})).await
}

/// A configuration with something in every attribute and block.
pub(super) fn everything() -> Json {
    json!({
        "name": "Kettle", "note": "n", "number": number("0.1"), "flag": true, "list": ["b", "a", null], "set": ["x", "y"],
        "map": {"one": 1, "half": number("0.5"), "none": null}, "object": {"flag": false, "text": "t"},
        "tuple": ["t", 2], "any": dynamic(json!(["list", "string"]), json!(["d"])), "size": 7, "region": "there",
        "secret": "s", "password": "w", "lease": "l",
        "single": {"label": "s", "count": 1, "hidden": "h"},
        "listed": [{"label": "l0", "hidden": "h"}, {"label": "l1", "count": 2}],
        "in_set": [{"label": "s0"}, {"label": "s1", "count": 3}],
        "mapped": {"k": {"label": "m", "hidden": "h"}},
        "group": {"label": "g", "hidden": "h"},
        "timeouts": {"create": "5m"},
    })
}

#[tokio::test]
async fn c97_an_unchanged_configuration_plans_the_prior_state() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    for wrote in [json!({"name": "kettle"}), everything()] {
        let stored = terraform.create(THING, wrote.clone()).await;
        let planned = terraform.plan(THING, &stored, wrote).await;
        assert_eq!(planned.object, stored.object);
        assert_eq!(planned.action, Action::Nothing);
        assert_eq!(planned.replace, [""; 0]);
    }
}

#[tokio::test]
async fn c98_unset_attributes_are_unknown_or_defaulted_in_a_create_plan() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform
        .plan(THING, &Stored::default(), json!({"name": "kettle"}))
        .await;
    assert_eq!(planned.action, Action::Create);
    for name in ["region", "id", "revision", "updated"] {
        assert!(is_unknown(&planned.object[name]), "{name}");
    }
    assert_eq!(planned.object["size"], 3);
}

#[tokio::test]
async fn c99_an_update_plan_has_unknowns_only_where_values_may_change() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, json!({"name": "kettle"})).await;
    let open = async |wrote| {
        let planned = terraform.plan(THING, &stored, wrote).await;
        assert_eq!(planned.action, Action::Update);
        let attributes = planned.object.as_object().unwrap().iter();
        attributes
            .filter(|(_, value)| is_unknown(value))
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    let note = open(json!({"name": "kettle", "note": "n"})).await;
    assert_eq!(note, ["revision", "updated"]);
    let block = open(json!({"name": "kettle", "listed": [{"label": "l"}]})).await;
    assert_eq!(block, ["updated"]);
}

#[tokio::test]
async fn c100_an_equivalent_spelling_keeps_the_prior_value() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, json!({"name": "Kettle"})).await;
    let planned = terraform
        .plan(THING, &stored, json!({"name": "kETTLE"}))
        .await;
    assert_eq!(planned.object["name"], "Kettle");
    assert_eq!(planned.action, Action::Nothing);
}

#[tokio::test]
async fn c102_unknown_values_of_every_type_stay_unknown() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let names = [
        "name",
        "behaviour",
        "note",
        "number",
        "flag",
        "list",
        "set",
        "map",
        "object",
        "tuple",
        "any",
        "size",
        "region",
        "secret",
        "lease",
        "single",
        "listed",
        "in_set",
        "mapped",
        "timeouts",
    ];
    let wrote: Json = names
        .iter()
        .map(|name| ((*name).to_owned(), unknown()))
        .collect();
    let stored = terraform.create(THING, everything()).await;
    for prior in [&Stored::default(), &stored] {
        let found = terraform.validate(THING, wrote.clone()).await;
        assert_eq!(found, []);
        let planned = terraform.plan(THING, prior, wrote.clone()).await;
        for name in names {
            assert!(is_unknown(&planned.object[name]), "{name}");
        }
    }
    // Inside collections and blocks, too.
    let inner = json!({
        "name": "kettle", "list": ["a", unknown()], "map": {"k": unknown()}, "object": {"flag": unknown(), "text": "t"},
        "tuple": [unknown(), 1], "any": dynamic(json!(["object", {"a": "string"}]), json!({"a": unknown()})),
        "set": [unknown()], "listed": [{"label": unknown()}], "in_set": [{"label": unknown()}],
        "mapped": {"k": {"label": unknown(), "hidden": unknown()}}, "group": {"label": unknown()},
        "timeouts": {"create": unknown()},
    });
    let planned = terraform
        .plan(THING, &Stored::default(), inner.clone())
        .await;
    for name in ["list", "map", "object", "tuple", "any", "set"] {
        assert_eq!(planned.object[name], inner[name], "{name}");
    }
}

#[tokio::test]
async fn c103_block_counts_and_keys_match_the_configuration() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let mut stored = terraform.create(THING, everything()).await;
    for wrote in [
        json!({"name": "Kettle", "listed": [{"label": "l1"}], "mapped": {"other": {"label": "m"}}}),
        json!({"name": "Kettle", "listed": [{"label": "a"}, {"label": "b"}], "in_set": [{"label": "s"}], "single": {"label": "s"}}),
        json!({"name": "Kettle"}),
    ] {
        let wrote = [
            wrote,
            json!({"set": ["x", "y"], "region": "there", "lease": "l"}),
        ];
        let wrote: Json = wrote
            .iter()
            .flat_map(|each| each.as_object().unwrap().clone())
            .collect();
        let planned = terraform.plan(THING, &stored, wrote.clone()).await;
        assert_eq!(planned.action, Action::Update);
        stored = terraform.make(THING, &stored, wrote.clone()).await;
        terraform.expect_no_change(THING, &stored, &wrote).await;
    }
}

#[tokio::test]
async fn c104_attributes_that_require_replacement_are_listed() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, everything()).await;
    let replace = async |changes: Json| {
        let mut wrote = everything();
        wrote
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        terraform.plan(THING, &stored, wrote).await.replace
    };
    assert_eq!(replace(json!({"name": "pot"})).await, ["name"]);
    assert_eq!(replace(json!({"name": "KETTLE"})).await, [""; 0]);
    // A set is pointed at as a whole; the order of the paths is that of their names.
    assert_eq!(
        replace(json!({"set": ["x"], "region": unknown(), "name": "pot"})).await,
        ["name", "region", "set"]
    );
    assert_eq!(replace(json!({"lease": "other"})).await, ["lease"]);
    assert_eq!(replace(json!({"lease": null})).await, ["lease"]);
    assert_eq!(
        replace(json!({"note": "other", "flag": null, "password": "other"})).await,
        [""; 0]
    );
}

#[tokio::test]
async fn c106_the_second_plan_of_a_replacement_plans_a_create() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = Stored {
        private: b"another provider's \xff".to_vec(),
        ..terraform.create(THING, json!({"name": "kettle"})).await
    };
    let planned = terraform.plan(THING, &stored, json!({"name": "pot"})).await;
    assert_eq!(planned.action, Action::Replace);
    assert!(is_unknown(&planned.object["id"]));
    assert_eq!(
        planned.private, stored.private,
        "what deleting may need is carried along"
    );
    let applied = terraform.apply(THING, &planned).await;
    assert_eq!(summaries(&applied.found), [""; 0]);
    assert_eq!(applied.stored.object["id"], "p-pot");
}

#[tokio::test]
async fn c109_c111_no_plan_uses_the_legacy_type_system_or_is_deferred() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, json!({"name": "kettle"})).await;
    let mut actions = Vec::new();
    for (prior, wrote) in [
        (&Stored::default(), json!({"name": "kettle"})),
        (&stored, json!({"name": "kettle"})),
        (&stored, json!({"name": "kettle", "note": "n"})),
        (&stored, json!({"name": "pot"})),
        (&stored, Json::Null),
    ] {
        // Where the answers meet `Terraform::plan`, they are asked for both.
        actions.push(terraform.plan(THING, prior, wrote).await.action);
    }
    use Action::{Create, Delete, Nothing, Replace, Update};
    assert_eq!(actions, [Create, Nothing, Update, Replace, Delete]);
}

#[tokio::test]
async fn c107_known_planned_values_do_not_change_when_others_become_known() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let with = |note: Json| json!({"name": "kettle", "note": note, "listed": [{"label": "l"}]});
    let stored = terraform.create(THING, with(json!("before"))).await;
    for prior in [&Stored::default(), &stored] {
        let first = terraform.plan(THING, prior, with(unknown())).await;
        let last = terraform.plan(THING, prior, with(json!("after"))).await;
        let first = first.object.as_object().unwrap().iter();
        for (name, before) in first.filter(|(_, value)| is_wholly_known(value)) {
            assert_eq!(*before, last.object[name], "{name}");
        }
        assert_eq!(last.action == Action::Create, prior.object.is_null());
    }
}

#[tokio::test]
async fn c105_c108_a_destroy_plan_is_null_and_replaces_nothing() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform.create(THING, everything()).await;
    let planned = terraform.plan(THING, &stored, Json::Null).await;
    assert_eq!(planned.action, Action::Delete);
    assert_eq!(planned.object, Json::Null);
    assert_eq!(planned.replace, [""; 0]);
    assert_eq!(summaries(&planned.found), ["Stays"]);
    assert_eq!(planned.private, stored.private);
}

#[tokio::test]
async fn c112_an_ignored_attribute_does_not_change_in_plan_and_apply() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform
        .create(THING, json!({"name": "kettle", "note": "old"}))
        .await;
    // With `ignore_changes = [note]` the plan's configuration holds the prior value, that of the apply the new one.
    let ignored = json!({"name": "kettle", "note": "old", "flag": true});
    let mut planned = terraform.plan(THING, &stored, ignored).await;
    planned.config["note"] = json!("new");
    let applied = terraform.apply(THING, &planned).await;
    assert!(!has_error(&applied.found));
    assert_eq!(applied.stored.object["note"], "old");
    assert_eq!(applied.stored.object["flag"], true);
}

#[tokio::test]
async fn a_plan_without_prior_state_and_configuration_is_empty() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let planned = terraform.plan(THING, &Stored::default(), Json::Null).await;
    assert_eq!(planned.action, Action::Nothing);
    assert_eq!(planned.found, []);
}

#[tokio::test]
async fn c35_a_panic_while_planning_is_an_error_and_the_next_plan_works() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let wrote = json!({"name": "kettle", "behaviour": "panic while planning"});
    let planned = terraform.plan(THING, &Stored::default(), wrote).await;
    assert_eq!(summaries(&planned.found), ["Bug in the provider"]);
    let wrote = json!({"name": "kettle", "behaviour": behaviour::PANIC});
    let planned = terraform.plan(THING, &Stored::default(), wrote).await;
    assert_eq!(planned.found, []);
}
