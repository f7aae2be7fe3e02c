//! Computed values that a plan has promised: they are applied as planned, null included, and what has become known since
//! shows at the next read. Every answer here also passes [`Terraform`]'s own checks (C113).

use serde_json::{Value as Json, json};

use hwgrants::sandbox::seed;

use super::message::{has_error, pointer, summaries};
use super::probe::behaviour;
use super::server::{Served, sandbox};
use super::terraform::{Applied, Planned, Stored, Terraform};
use super::terraform_core::Action;

const THING: &str = "thing";
const GRANT: &str = "csms_grant";

/// Plans and applies an update of an object, whose stored attributes are first set to these.
async fn update(
    terraform: &Terraform,
    name: &str,
    mut stored: Stored,
    lost: &Json,
    wrote: Json,
) -> (Planned, Applied) {
    for (attribute, value) in lost.as_object().unwrap() {
        stored.object[attribute] = value.clone();
    }
    let planned = terraform.plan(name, &stored, wrote).await;
    assert_eq!(planned.action, Action::Update);
    let applied = terraform.apply(name, &planned).await;
    (planned, applied)
}

#[tokio::test]
async fn c113_an_update_keeps_planned_computed_values() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    let wrote = |size| json!({"name": "kettle", "behaviour": behaviour::INSISTENT, "size": size});
    for (promised, read) in [
        (json!({"revision": null}), json!({"revision": "its own"})),
        (json!({"id": null}), json!({"id": "its own"})),
        (
            json!({"id": "p-before", "revision": "of before"}),
            json!({"id": "its own", "revision": "its own"}),
        ),
    ] {
        let stored = terraform.create(THING, json!({"name": "kettle"})).await;
        let (planned, applied) = update(&terraform, THING, stored, &promised, wrote(7)).await;
        assert!(!has_error(&applied.found), "{:?}", applied.found);
        let found = terraform.read(THING, &applied.stored).await;
        for name in promised.as_object().unwrap().keys() {
            assert_eq!(planned.object[name], promised[name], "planned");
            assert_eq!(applied.stored.object[name], promised[name], "applied");
            assert_eq!(found.stored.object[name], read[name], "read");
        }
        // What was left open is answered.
        assert_eq!(applied.stored.object["updated"], "now");
        terraform
            .expect_no_change(THING, &found.stored, &wrote(7))
            .await;
    }
}

#[tokio::test]
async fn c113_an_update_response_from_another_region_is_an_error() {
    // The identity follows from it: that an answer is about another object is an error all the same.
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    for region in [Json::Null, json!("here")] {
        let wrote = json!({"name": "kettle", "region": region});
        let stored = terraform.create(THING, wrote.clone()).await;
        let wrote = json!({"name": "kettle", "region": region, "behaviour": behaviour::ASTRAY});
        let (_, applied) = update(&terraform, THING, stored, &json!({}), wrote).await;
        assert_eq!(summaries(&applied.found), ["Unexpected identity change"]);
    }
}

#[tokio::test]
async fn c114_c115_a_failed_update_stores_what_was_reached_not_the_plan() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    let stored = terraform
        .create(THING, json!({"name": "kettle", "note": "old"}))
        .await;
    let wrote = json!({"name": "kettle", "note": "old", "behaviour": behaviour::HALF_WAY});
    let (planned, applied) = update(&terraform, THING, stored, &json!({}), wrote).await;
    assert_eq!(planned.object["revision"], "revision of 3 characters");
    assert_eq!(summaries(&applied.found), ["Refused"]);
    assert_eq!(pointer(&applied.found[0]), "behaviour");
    assert_eq!(applied.stored.object["revision"], Json::Null);
}

#[tokio::test]
async fn c113_a_create_keeps_planned_computed_values() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    let wrote = json!({"name": "kettle", "behaviour": behaviour::INSISTENT});
    let planned = terraform.plan(THING, &Stored::default(), wrote).await;
    let mut foretold = planned.clone();
    foretold.object["id"] = json!("foretold");
    foretold.object["revision"] = Json::Null;
    for (planned, id, revision) in [
        (planned, json!("its own"), json!("its own")),
        (foretold, json!("foretold"), Json::Null),
    ] {
        let applied = terraform.apply(THING, &planned).await;
        assert!(!has_error(&applied.found), "{:?}", applied.found);
        assert_eq!(applied.stored.object["id"], id);
        assert_eq!(applied.stored.object["revision"], revision);
    }
}

#[tokio::test]
async fn c113_a_computed_grant_value_planned_as_null_is_applied_as_null() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    let wrote = |end: &str| {
        json!({"resource_id": seed::SECRET_API_KEY, "type": "SECRET", "grantee_type": "user",
               "grantee_target_id": seed::USER_DANA, "validity_time": end})
    };
    let stored = terraform.create(GRANT, wrote("2099-12-31")).await;
    let computed = terraform.block(GRANT).attributes.iter();
    let computed = computed.filter(|attribute| attribute.computed && !attribute.optional);
    for name in computed.map(|attribute| &attribute.name) {
        terraform.begin_run().await;
        let end = if stored.object["validity_time"] == "2099-12-31" {
            wrote("2099-11-30")
        } else {
            wrote("2099-12-31")
        };
        let lost = json!({name: null});
        let (planned, applied) =
            update(&terraform, GRANT, stored.clone(), &lost, end.clone()).await;
        assert!(!has_error(&applied.found), "{name}: {:?}", applied.found);
        if planned.object[name].is_null() {
            assert_eq!(applied.stored.object[name], Json::Null, "{name}");
        }
        terraform.begin_run().await;
        let found = terraform.read(GRANT, &applied.stored).await;
        assert!(!has_error(&found.found), "{name}: {:?}", found.found);
        let planned = terraform.plan(GRANT, &found.stored, end).await;
        assert_eq!(planned.action, Action::Nothing, "{name}");
    }
}
