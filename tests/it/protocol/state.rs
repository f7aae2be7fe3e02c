//! State: upgrade, read, import.

use serde_json::{Value as Json, json};

use super::codec::number;
use super::message::{pointer, summaries};
use super::plan::everything;
use super::probe::{Probe, behaviour};
use super::server::Served;
use super::terraform::{Stored, Terraform};
use super::terraform_core::Action;

const THING: &str = "thing";

/// Version of the probe's schema.
const VERSION: i64 = 2;

async fn terraform(served: &Served) -> Terraform {
    Terraform::configured(served.client(), json!({"prefix": "p"})).await
}

#[tokio::test]
async fn c82_a_state_of_the_current_version_is_upgraded_unchanged() {
    let served = Served::start(Probe::default()).await;
    let terraform = terraform(&served).await;
    let wrote = everything();
    let stored = terraform.create(THING, wrote.clone()).await;
    let mut json = stored.object.clone();
    // As state files have it.
    json["number"] = serde_json::from_str("0.1").unwrap();
    json["map"]["half"] = json!(0.5);
    json["any"] = json!({"type": ["list", "string"], "value": ["d"]});
    let upgraded = terraform.upgrade(THING, VERSION, &json).await.unwrap();
    assert_eq!(upgraded, stored.object);
    let upgraded = Stored {
        object: upgraded,
        ..stored
    };
    terraform.expect_no_change(THING, &upgraded, &wrote).await;
}

#[tokio::test]
async fn c82_an_upgrade_nulls_missing_attributes_and_drops_unknown_ones() {
    let served = Served::probe().await;
    // Offline, and without any configuration.
    let terraform = Terraform::new(served.client()).await;
    let json = json!({"name": "kettle", "id": "p-kettle", "forgotten": [1], "password": "left over",
                      "single": {"label": "s", "forgotten": true, "hidden": "left over"}});
    let upgraded = terraform.upgrade(THING, VERSION, &json).await.unwrap();
    let expected = json!({"name": "kettle", "id": "p-kettle", "single": {"label": "s"}});
    assert_eq!(upgraded, terraform.config(THING, &expected));
}

#[tokio::test]
async fn c83_a_state_of_an_unknown_version_is_an_error() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    for version in [VERSION + 1, -1, i64::MAX, i64::MIN] {
        let found = terraform
            .upgrade(THING, version, &json!({"name": "kettle"}))
            .await
            .unwrap_err();
        assert_eq!(
            summaries(&found),
            ["Unsupported schema version"],
            "{version}"
        );
    }
}

#[tokio::test]
async fn c83_c84_a_state_of_each_earlier_version_is_upgraded_offline() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    for (version, stored, note) in [
        (0, json!({"title": "kettle"}), Json::Null),
        (1, json!({"name": "kettle", "comment": "hot"}), json!("hot")),
    ] {
        let upgraded = terraform.upgrade(THING, version, &stored).await.unwrap();
        assert_eq!(upgraded["name"], "kettle", "{version}");
        assert_eq!(upgraded["note"], note, "{version}");
        // Blocks have the form in which Terraform compares them.
        assert_eq!(upgraded["listed"], json!([]), "{version}");
    }
    for (stored, title) in [
        (
            json!({"name": "kettle", "comment": behaviour::FORBIDDEN}),
            "Refused",
        ),
        (json!({"name": []}), "Malformed value in request"),
    ] {
        let refused = terraform.upgrade(THING, 1, &stored).await.unwrap_err();
        assert_eq!(summaries(&refused), [title]);
    }
}

#[tokio::test]
async fn c86_a_missing_object_reads_as_null_without_diagnostics() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = terraform
        .create(
            THING,
            json!({"name": "kettle", "behaviour": behaviour::GONE}),
        )
        .await;
    let read = terraform.read(THING, &stored).await;
    assert_eq!(read.stored, Stored::default());
    assert_eq!(read.found, []);
}

#[tokio::test]
async fn c87_a_failed_read_is_an_error_and_keeps_the_state() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    for (fails, summary) in [
        (behaviour::FORBIDDEN, "Refused"),
        (behaviour::PANIC, "Bug in the provider"),
    ] {
        let stored = Stored {
            object: terraform.config(THING, &json!({"name": "kettle", "behaviour": fails})),
            ..Stored::default()
        };
        let read = terraform.read(THING, &stored).await;
        assert_eq!(summaries(&read.found), [summary]);
        assert_eq!(read.stored, stored);
    }
}

#[tokio::test]
async fn c89_a_read_keeps_the_spelling_in_state_and_reports_drift() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let wrote = json!({"name": "Kettle", "behaviour": behaviour::DRIFT, "note": "n"});
    let stored = terraform.create(THING, wrote.clone()).await;
    let read = terraform.read(THING, &stored).await.stored;
    assert_eq!(read.object["name"], "Kettle");
    assert_eq!(read.object["note"], "another");
    let planned = terraform.plan(THING, &read, wrote).await;
    assert_eq!(planned.action, Action::Update);
}

#[tokio::test]
async fn c88_a_read_fills_in_missing_private_state() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let stored = Stored {
        private: Vec::new(),
        ..terraform.create(THING, json!({"name": "kettle"})).await
    };
    let read = terraform.read(THING, &stored).await;
    assert_eq!(read.stored.object, stored.object);
    assert_eq!(read.stored.private, br#"{"made":"imported"}"#);
}

#[tokio::test]
async fn c91_an_import_leaves_other_attributes_null_and_blocks_empty() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let imported = terraform.import(THING, "p-kettle").await.unwrap();
    let expected = json!({"name": "kettle", "id": "p-kettle"});
    assert_eq!(imported.object, terraform.config(THING, &expected));
    let read = terraform.read(THING, &imported).await.stored;
    let planned = terraform
        .plan(THING, &read, json!({"name": "Kettle"}))
        .await;
    // What the default sets is all that an import cannot know.
    assert_eq!(planned.object["listed"], read.object["listed"]);
    assert_eq!(planned.replace, [""; 0]);
}

#[tokio::test]
async fn c94_a_failed_import_explains_the_expected_id_format() {
    let served = Served::probe().await;
    let terraform = terraform(&served).await;
    let found = terraform.import(THING, "kettle").await.unwrap_err();
    assert!(found[0].detail.contains("`prefix-name`"), "{found:?}");
    let found = terraform.import("plain", "kettle").await.unwrap_err();
    assert_eq!(summaries(&found), ["Import not supported"]);
}

#[tokio::test]
async fn c50_c55_an_upgrade_keeps_number_precision_and_normalizes_sets() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let json: Json = serde_json::from_str(
        r#"{"name": "k", "number": "0.1234567890123456789", "set": ["b", "a", "b"]}"#,
    )
    .unwrap();
    let upgraded = terraform.upgrade(THING, VERSION, &json).await.unwrap();
    assert_eq!(upgraded["number"], number("0.1234567890123456789"));
    assert_eq!(upgraded["set"], json!(["a", "b"]));
}

#[tokio::test]
async fn c77_c132_setting_a_computed_attribute_is_an_error_at_its_path() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let found = terraform
        .validate(THING, json!({"name": "kettle", "id": "mine"}))
        .await;
    assert_eq!(summaries(&found), ["Read-only attribute is set"]);
    assert_eq!(pointer(&found[0]), "id");
}
