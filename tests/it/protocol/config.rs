//! Validation of configurations, and configuration of the provider.

use hwgrants::protocol::proto::ClientCapabilities;
use serde_json::json;

use super::codec::unknown;
use super::message::{has_error, is_error, pointer, summaries};
use super::server::{Served, sandbox};
use super::terraform::{Stored, Terraform};

const THING: &str = "thing";

#[tokio::test]
async fn c74_c75_everything_unknown_is_valid_before_and_without_configuring() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let terraform = Terraform::new(served.client()).await;
    for (name, block) in &terraform.resources {
        let attributes = block
            .attributes
            .iter()
            .filter(|attribute| attribute.required || attribute.optional);
        let names = attributes.map(|attribute| attribute.name.clone());
        let names = names.chain(
            block
                .block_types
                .iter()
                .map(|nested| nested.type_name.clone()),
        );
        let wrote = names.map(|name| (name, unknown())).collect();
        assert_eq!(terraform.validate(name, wrote).await, [], "{name}");
    }
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn c76_a_write_only_value_needs_a_client_that_keeps_it_out_of_state() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let wrote = json!({"name": "kettle", "password": "w", "single": {"label": "s", "hidden": "h"},
                       "listed": [{"label": "a"}, {"label": "b", "hidden": "h"}], "mapped": {"k": {"label": "m", "hidden": unknown()}},
                       "group": {"hidden": "h"}});
    assert_eq!(terraform.validate(THING, wrote.clone()).await, []);
    for old in [None, Some(ClientCapabilities::default())] {
        let found = terraform.validate_as(THING, wrote.clone(), old).await;
        assert!(found.iter().all(is_error));
        let at: Vec<_> = found.iter().map(pointer).collect();
        assert_eq!(
            at,
            [
                "password",
                "single.hidden",
                "listed[1].hidden",
                "mapped[\"k\"].hidden",
                "group.hidden"
            ]
        );
    }
}

#[tokio::test]
async fn c78_a_deprecated_attribute_warns_only_when_it_is_set() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    for (old, expected) in [(json!(null), 0), (unknown(), 0), (json!("x"), 1)] {
        let found = terraform
            .validate(THING, json!({"name": "kettle", "old": old}))
            .await;
        assert_eq!(found.len(), expected);
        assert!(!has_error(&found));
        assert!(found.iter().all(|each| pointer(each) == "old"));
    }
}

#[tokio::test]
async fn c132_messages_point_at_the_attribute_at_fault_and_stop_at_sets() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let long = "x".repeat(21);
    let wrote = json!({"name": "", "single": {"label": long}, "listed": [{"label": "l"}, {"label": ""}],
                       "in_set": [{"label": long}], "mapped": {"a key": {"label": null}}, "timeouts": {"create": "soon"}});
    let found = terraform.validate(THING, wrote).await;
    let at: Vec<_> = found.iter().map(pointer).collect();
    let expected = [
        "name",
        "single.label",
        "listed[1].label",
        "in_set",
        "mapped[\"a key\"].label",
        "timeouts.create",
    ];
    assert_eq!(at, expected);
    assert!(found.iter().all(is_error));
}

#[tokio::test]
async fn c79_an_unknown_provider_block_fails_only_what_needs_it() {
    let sandbox = sandbox().await;
    let served = Served::hwgrants(&sandbox).await;
    let config = json!({"token": unknown(), "endpoints": unknown()});
    let terraform = Terraform::configured(served.client(), config).await;
    let wrote = json!({"tenant_id": "159b65b41ead484d8ddff250a4731781"});
    let planned = terraform
        .plan("repo_kms_grant", &Stored::default(), wrote)
        .await;
    assert!(!has_error(&planned.found), "{:?}", planned.found);
    let applied = terraform.apply("repo_kms_grant", &planned).await;
    assert_eq!(
        summaries(&applied.found),
        ["Provider configuration not known yet"]
    );
    assert!(
        applied.found[0].detail.contains("`token`, `endpoints`"),
        "{:?}",
        applied.found
    );
    assert_eq!(applied.stored, Stored::default());
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn c80_without_a_configuration_what_needs_one_is_an_error() {
    let served = Served::probe().await;
    let configured = Terraform::configured(served.client(), json!({})).await;
    let stored = configured.create(THING, json!({"name": "kettle"})).await;
    let planned = configured
        .plan(THING, &stored, json!({"name": "kettle", "note": "n"}))
        .await;

    let bare = Served::probe().await;
    let bare = Terraform::new(bare.client()).await;
    let expected = ["Provider not configured"];
    assert_eq!(summaries(&bare.read(THING, &stored).await.found), expected);
    assert_eq!(
        summaries(
            &bare
                .plan(THING, &stored, json!({"name": "kettle"}))
                .await
                .found
        ),
        expected
    );
    let applied = bare.apply(THING, &planned).await;
    assert_eq!(summaries(&applied.found), expected);
    assert_eq!(
        applied.stored.object, stored.object,
        "the object is still there"
    );
    assert_eq!(
        summaries(&bare.import(THING, "p-kettle").await.unwrap_err()),
        expected
    );
    assert!(bare.upgrade(THING, 2, &stored.object).await.is_ok());
    assert_eq!(bare.validate(THING, json!({"name": "kettle"})).await, []);
}

#[tokio::test]
async fn c39_a_second_configuration_takes_the_place_of_the_first() {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "one"})).await;
    let first = terraform.create(THING, json!({"name": "kettle"})).await;
    assert_eq!(first.object["id"], "one-kettle");
    assert_eq!(terraform.configure(json!({"prefix": "two"})).await, []);
    let second = terraform.create(THING, json!({"name": "kettle"})).await;
    assert_eq!(second.object["id"], "two-kettle");
}

#[tokio::test]
async fn a_provider_may_warn_while_it_is_configured() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let found = terraform.configure(json!({})).await;
    assert_eq!(summaries(&found), ["No prefix"]);
    assert_eq!(pointer(&found[0]), "prefix");
    let found = terraform.configure(json!({"prefix": "far too long"})).await;
    assert_eq!(pointer(&found[0]), "prefix");
    assert!(has_error(&found));
}
