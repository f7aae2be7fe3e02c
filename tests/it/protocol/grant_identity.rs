//! The identities of the real resources against the sandbox.

use hwgrants::cloud::Environment;
use hwgrants::provider::{Clock, Hwgrants};
use hwgrants::sandbox::{Sandbox, seed};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::codec::unknown;
use super::message::summaries;
use super::server::{Served, sandbox};
use super::terraform::{Stored, Terraform};
use super::terraform_core::Action;

const GRANT: &str = "csms_grant";
const DELEGATION: &str = "repo_kms_grant";

async fn terraform(sandbox: &Sandbox) -> (Served, Terraform) {
    let served = Served::hwgrants(sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    (served, terraform)
}

fn grant() -> Json {
    json!({
        "resource_id": seed::SECRET_API_KEY,
        "type": "secret",
        "grantee_type": "0",
        "grantee_target_id": seed::USER_DANA,
        "validity_time": "2099-12-31",
    })
}

/// The identity of [`grant`].
fn identity() -> Json {
    json!({
        "region": seed::REGION,
        "project_id": seed::PROJECT_ID,
        "type": "SECRET",
        "resource_id": seed::SECRET_API_KEY,
        "grantee_type": "user",
        "grantee_target_id": seed::USER_DANA,
    })
}

fn with(mut whole: Json, name: &str, value: Json) -> Json {
    whole[name] = value;
    whole
}

fn without(mut whole: Json, names: &[&str]) -> Json {
    let attributes = whole.as_object_mut().unwrap();
    attributes.retain(|name, _| !names.contains(&name.as_str()));
    whole
}

#[tokio::test]
async fn c110_c118_a_grant_has_the_same_identity_in_every_spelling() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let planned = terraform.plan(GRANT, &Stored::default(), grant()).await;
    assert_eq!(planned.identity, identity());
    let stored = terraform.create(GRANT, grant()).await;
    assert_eq!(stored.identity, identity());
    assert_eq!(stored.object["type"], "secret");
    assert_eq!(stored.object["grantee_type"], "0");
    terraform.expect_no_change(GRANT, &stored, &grant()).await;

    let later = with(grant(), "validity_time", json!("2099-06-30"));
    let stored = terraform.make(GRANT, &stored, later.clone()).await;
    assert_eq!(stored.identity, identity());
    let other = with(later, "grantee_target_id", json!(seed::USER_BEN));
    let stored = terraform.make(GRANT, &stored, other).await;
    let expected = with(identity(), "grantee_target_id", json!(seed::USER_BEN));
    assert_eq!(stored.identity, expected);
}

#[tokio::test]
async fn c88_reading_a_grant_without_an_identity_adds_only_the_identity() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    for (name, wrote) in [(GRANT, grant()), (DELEGATION, json!({}))] {
        let stored = terraform.create(name, wrote.clone()).await;
        let older = Stored {
            identity: Json::Null,
            ..stored.clone()
        };
        let read = terraform.read(name, &older).await;
        assert_eq!((read.stored, read.found), (stored, vec![]));
        let planned = terraform.plan(name, &older, wrote).await;
        assert_eq!(planned.action, Action::Nothing);
    }
}

#[tokio::test]
async fn c110_a_grant_with_an_unknown_key_is_planned_without_an_identity() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    for name in ["type", "resource_id", "grantee_type", "grantee_target_id"] {
        let wrote = with(grant(), name, unknown());
        let planned = terraform.plan(GRANT, &Stored::default(), wrote).await;
        assert_eq!(planned.identity, Json::Null, "{name}");
    }
}

#[tokio::test]
async fn c118_looked_up_project_and_account_complete_the_identity_on_create() {
    let sandbox = sandbox().await;
    let url = sandbox.url();
    let served = Served::start(Hwgrants::new(
        Environment::of([
            ("HWGRANTS_ENDPOINT", url.as_str()),
            ("HW_REGION_NAME", seed::REGION),
            ("HW_AUTH_TOKEN", seed::TOKEN),
        ]),
        Clock::new(Timestamp::now),
    ))
    .await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    let planned = terraform.plan(GRANT, &Stored::default(), grant()).await;
    assert_eq!(planned.identity, Json::Null);
    assert_eq!(terraform.create(GRANT, grant()).await.identity, identity());

    let nothing = Stored::default();
    let planned = terraform.plan(DELEGATION, &nothing, json!({})).await;
    assert_eq!(planned.identity, Json::Null);
    let stored = terraform.create(DELEGATION, json!({})).await;
    let expected = json!({"tenant_id": seed::ACCOUNT_ID, "region": seed::REGION});
    assert_eq!(stored.identity, expected);
}

#[tokio::test]
async fn c92_c93_a_grant_is_imported_by_a_full_or_partial_identity_as_by_id() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    terraform.create(GRANT, grant()).await;
    let id = format!("SECRET/{}/user/{}", seed::SECRET_API_KEY, seed::USER_DANA);
    let by_id = terraform.import(GRANT, &id).await.unwrap();
    let by_id = terraform.read(GRANT, &by_id).await.stored;
    assert_eq!(by_id.identity, identity());
    let spelled = with(identity(), "type", json!("Secret"));
    for given in [
        identity(),
        without(identity(), &["project_id"]),
        without(identity(), &["region", "project_id"]),
        with(spelled, "grantee_type", json!("0")),
    ] {
        let imported = terraform.import_by_identity(GRANT, given.clone()).await;
        let read = terraform.read(GRANT, &imported.unwrap()).await;
        assert_eq!(read.found, []);
        assert_eq!(read.stored.object, by_id.object, "{given}");
        assert_eq!(read.stored.identity, by_id.identity, "{given}");
        let planned = terraform.plan(GRANT, &read.stored, grant()).await;
        assert_eq!(planned.action, Action::Nothing, "{given}");
    }
}

#[tokio::test]
async fn c92_c93_a_delegation_is_imported_by_a_full_or_partial_identity() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    let stored = terraform.create(DELEGATION, json!({})).await;
    for given in [
        stored.identity.clone(),
        without(stored.identity.clone(), &["region"]),
    ] {
        let imported = terraform.import_by_identity(DELEGATION, given).await;
        let read = terraform.read(DELEGATION, &imported.unwrap()).await;
        assert_eq!((read.stored, read.found), (stored.clone(), vec![]));
    }
}

#[tokio::test]
async fn c94_an_invalid_identity_is_an_error_and_a_missing_grant_is_not_found() {
    let sandbox = sandbox().await;
    let (_served, terraform) = terraform(&sandbox).await;
    for (name, given, summary) in [
        (
            GRANT,
            with(identity(), "type", json!("KEY")),
            "Malformed import identity",
        ),
        (
            GRANT,
            with(identity(), "resource_id", json!("")),
            "Malformed import identity",
        ),
        (
            GRANT,
            with(identity(), "region", json!("no/region")),
            "Malformed import identity",
        ),
        (
            GRANT,
            without(identity(), &["grantee_type"]),
            "Incomplete import identity",
        ),
        (
            DELEGATION,
            json!({"tenant_id": ""}),
            "Malformed import identity",
        ),
        (
            DELEGATION,
            json!({"region": seed::REGION}),
            "Incomplete import identity",
        ),
    ] {
        let found = terraform.import_by_identity(name, given.clone()).await;
        assert_eq!(summaries(&found.unwrap_err()), [summary], "{given}");
    }
    let imported = terraform.import_by_identity(GRANT, identity()).await;
    let read = terraform.read(GRANT, &imported.unwrap()).await;
    // Terraform makes its own error of it.
    assert_eq!((read.stored, read.found), (Stored::default(), vec![]));
}
