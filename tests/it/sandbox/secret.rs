//! Secrets: create, update and delete.

use hwgrants::sandbox::{GranteeKind, seed};
use serde_json::json;

use super::Bench;

/// Path of the secrets, or of the secret of a name.
fn secrets(name: &str) -> String {
    let path = format!("/v1/{}/secrets", seed::PROJECT_ID);
    match name.is_empty() {
        true => path,
        false => format!("{path}/{name}"),
    }
}

#[tokio::test]
async fn a_secret_is_created_updated_granted_and_deleted_with_its_grants() {
    let bench = Bench::start().await;
    let body = json!({"name": "made", "secret_string": "s3cret", "kms_key_id": seed::KMS_KEY});
    let made = bench.post(&secrets(""), &body).await.ok(200);
    let id = made["secret"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["secret"]["state"], "ENABLED");
    assert_eq!(made["secret"]["kms_key_id"], seed::KMS_KEY);
    assert!(!made.to_string().contains("s3cret"));

    let change = json!({"description": "for the test"});
    let changed = bench.put(&secrets("made"), &change).await.ok(200);
    assert_eq!(changed["secret"]["description"], "for the test");
    assert_eq!(changed["secret"]["kms_key_id"], seed::KMS_KEY);
    assert_eq!(bench.get(&secrets("made")).await.ok(200), changed);

    let world = bench.sandbox.world();
    world
        .put_grant(&id, seed::USER_ANA, GranteeKind::User, None)
        .unwrap();
    bench.delete(&secrets("made")).await.no_content();
    assert!(world.grants(&id).is_empty());
    bench.get(&secrets("made")).await.refused(400, "CSMS.0106");
    bench
        .delete(&secrets("made"))
        .await
        .refused(400, "CSMS.0106");
}

#[tokio::test]
async fn wrong_requests_to_create_a_secret_are_refused() {
    let bench = Bench::start().await;
    for (body, code) in [
        (json!({"name": "made"}), "CSMS.0002"),
        (json!({"name": "", "secret_string": "s"}), "CSMS.0002"),
        (
            json!({"name": "made/it", "secret_string": "s"}),
            "CSMS.0002",
        ),
        (
            json!({"name": "db-password", "secret_string": "s"}),
            "CSMS.0002",
        ),
        (json!({"secret_string": "s"}), "CSMS.0004"),
    ] {
        bench.post(&secrets(""), &body).await.refused(400, code);
    }
}
