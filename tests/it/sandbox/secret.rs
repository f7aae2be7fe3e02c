//! Secrets and their versions: create, update, read and delete.

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
            json!({"name": "made", "secret_string": "s", "secret_binary": "cw=="}),
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

/// Path of the versions of a secret, or of one of them.
fn versions(name: &str, version: &str) -> String {
    let path = format!("{}/versions", secrets(name));
    match version.is_empty() {
        true => path,
        false => format!("{path}/{version}"),
    }
}

#[tokio::test]
async fn a_version_has_the_value_and_the_latest_one_is_the_current_one() {
    let bench = Bench::start().await;
    let body = json!({"name": "made.1", "secret_string": "first", "kms_key_id": seed::KMS_KEY});
    bench.post(&secrets(""), &body).await.ok(200);
    let second = json!({"secret_binary": "c2Vjb25k", "expire_time": 4_102_444_800_000_i64});
    let made = bench.post(&versions("made.1", ""), &second).await.ok(200);
    assert_eq!(made["version_metadata"]["id"], "v2");
    assert_eq!(made["version_metadata"]["secret_name"], "made.1");
    let third = json!({"secret_string": "third"});
    bench.post(&versions("made.1", ""), &third).await.ok(200);

    let listed = bench.get(&versions("made.1", "")).await.ok(200);
    assert!(!listed.to_string().contains("third"), "{listed}");
    let listed = listed["version_metadatas"].as_array().unwrap();
    let stages: Vec<_> = listed
        .iter()
        .map(|version| (&version["id"], &version["version_stages"]))
        .collect();
    assert_eq!(
        stages,
        [
            (&json!("v1"), &json!([])),
            (&json!("v2"), &json!(["SYSPREVIOUS"])),
            (&json!("v3"), &json!(["SYSCURRENT"])),
        ]
    );
    for (version, id, field, value) in [
        ("v1", "v1", "secret_string", "first"),
        ("v2", "v2", "secret_binary", "c2Vjb25k"),
        ("latest", "v3", "secret_string", "third"),
    ] {
        let shown = bench.get(&versions("made.1", version)).await.ok(200);
        let shown = &shown["version"];
        assert_eq!(shown[field], value);
        let metadata = &shown["version_metadata"];
        assert_eq!(metadata["id"], id);
        assert_eq!(metadata["kms_key_id"], seed::KMS_KEY);
        assert_eq!(metadata["expire_time"].is_null(), id != "v2");
    }

    // The versions are deleted with the secret.
    bench.delete(&secrets("made.1")).await.no_content();
    let body = json!({"name": "made.1", "secret_string": "again"});
    bench.post(&secrets(""), &body).await.ok(200);
    let listed = bench.get(&versions("made.1", "")).await.ok(200);
    assert_eq!(listed["page_info"]["current_count"], 1);
}

#[tokio::test]
async fn wrong_requests_about_versions_are_refused() {
    let bench = Bench::start().await;
    let body = json!({"name": "made", "secret_string": "first"});
    bench.post(&secrets(""), &body).await.ok(200);
    let value = json!({"secret_string": "s"});
    let both = json!({"secret_string": "s", "secret_binary": "cw=="});
    for (name, body, code) in [
        ("made", json!({}), "CSMS.0002"),
        ("made", both, "CSMS.0002"),
        ("made", json!({"secret_string": 7}), "CSMS.0004"),
        ("missing", value.clone(), "CSMS.0106"),
        ("old-password", value.clone(), "CSMS.0103"),
    ] {
        let path = versions(name, "");
        bench.post(&path, &body).await.refused(400, code);
    }
    for (name, version, code) in [
        ("made", "v2", "CSMS.0005"),
        ("missing", "", "CSMS.0106"),
        ("old-password", "latest", "CSMS.0103"),
        ("db-password", "latest", "CSMS.0005"),
    ] {
        let path = versions(name, version);
        bench.get(&path).await.refused(400, code);
    }
    for _ in 2..=20 {
        bench.post(&versions("made", ""), &value).await.ok(200);
    }
    let path = versions("made", "");
    bench.post(&path, &value).await.refused(400, "CSMS.0002");
}
