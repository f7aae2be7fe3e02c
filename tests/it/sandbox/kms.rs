//! Keys and grants of KMS, and what CodeArts Repo makes of them.

use hwgrants::sandbox::{KmsKeys, Permission, seed};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, Reply, kms_grant, send};

/// Path of an operation.
fn kms(operation: &str) -> String {
    format!("/v1.0/{}/kms/{operation}", seed::PROJECT_ID)
}

impl Reply {
    /// An error in the body of KMS.
    fn refused_by_kms(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        let body = self.json();
        assert_eq!(body["error"]["error_code"], code, "{self:?}");
        assert!(body["error"]["error_msg"].is_string(), "{self:?}");
    }
}

/// Creates a key; its ID.
async fn create_key(bench: &Bench, alias: &str) -> String {
    let body = json!({"key_alias": alias});
    let made = bench.post(&kms("create-key"), &body).await.ok(200);
    assert_eq!(made["key_info"]["domain_id"], seed::ACCOUNT_ID);
    assert_eq!(made["key_info"]["region_id"], seed::REGION);
    made["key_info"]["key_id"].as_str().unwrap().to_owned()
}

async fn describe(bench: &Bench, id: &str) -> Value {
    let body = json!({"key_id": id});
    let shown = bench.post(&kms("describe-key"), &body).await.ok(200);
    shown["key_info"].clone()
}

#[tokio::test]
async fn a_key_is_created_renamed_disabled_enabled_and_scheduled_for_deletion() {
    let bench = Bench::start().await;
    let id = create_key(&bench, "made").await;
    let shown = describe(&bench, &id).await;
    assert_eq!(
        (&shown["key_alias"], &shown["key_state"]),
        (&json!("made"), &json!("2"))
    );
    let of_key = json!({"key_id": id});
    let renamed = json!({"key_id": id, "key_alias": "renamed"});
    bench.post(&kms("update-key-alias"), &renamed).await.ok(200);
    for description in ["for the test", ""] {
        let described = json!({"key_id": id, "key_description": description});
        let path = kms("update-key-description");
        let changed = bench.post(&path, &described).await.ok(200);
        assert_eq!(changed["key_info"], described);
        let shown = describe(&bench, &id).await;
        assert_eq!(shown["key_description"], description);
    }
    for (operation, state) in [("disable-key", "3"), ("enable-key", "2")] {
        let changed = bench.post(&kms(operation), &of_key).await.ok(200);
        assert_eq!(
            changed["key_info"],
            json!({"key_id": id, "key_state": state})
        );
    }
    let deletion = json!({"key_id": id, "pending_days": "7"});
    let scheduled = bench.post(&kms("schedule-key-deletion"), &deletion).await;
    assert_eq!(scheduled.ok(200), json!({"key_id": id, "key_state": "4"}));
    bench
        .post(&kms("enable-key"), &of_key)
        .await
        .refused_by_kms(400, "KMS.0210");
    let described = json!({"key_id": id, "key_description": "too late"});
    bench
        .post(&kms("update-key-description"), &described)
        .await
        .refused_by_kms(400, "KMS.0210");
    let cancelled = bench.post(&kms("cancel-key-deletion"), &of_key).await;
    assert_eq!(cancelled.ok(200), json!({"key_id": id, "key_state": "3"}));
    let shown = describe(&bench, &id).await;
    assert_eq!(
        (&shown["key_alias"], &shown["key_state"]),
        (&json!("renamed"), &json!("3"))
    );
}

#[tokio::test]
async fn wrong_requests_about_keys_are_refused_and_change_nothing() {
    let bench = Bench::start().await;
    let scope = format!("{}/{}", seed::ACCOUNT_ID, seed::REGION);
    let keys = || -> KmsKeys { bench.sandbox.world().object(&scope).unwrap() };
    let before = keys();
    let key = seed::KMS_KEY;
    for (operation, body, code) in [
        ("create-key", json!({}), "KMS.1101"),
        (
            "create-key",
            json!({"key_alias": seed::KMS_KEY_NAME}),
            "KMS.1104",
        ),
        ("create-key", json!({"key_alias": 7}), "KMS.0202"),
        ("describe-key", json!({}), "KMS.0205"),
        ("describe-key", json!({"key_id": "none"}), "KMS.0205"),
        ("update-key-description", json!({"key_id": key}), "KMS.0204"),
        ("enable-key", json!({"key_id": key}), "KMS.1401"),
        (
            "disable-key",
            json!({"key_id": seed::KMS_KEY_DISABLED}),
            "KMS.1501",
        ),
        (
            "schedule-key-deletion",
            json!({"key_id": key, "pending_days": "6"}),
            "KMS.1601",
        ),
        ("cancel-key-deletion", json!({"key_id": key}), "KMS.1701"),
        ("list-keys", json!({"limit": "0"}), "KMS.1201"),
        ("list-keys", json!({"limit": 0}), "KMS.1201"),
        ("list-keys", json!({"limit": true}), "KMS.0202"),
        ("list-keys", json!({"marker": "x"}), "KMS.1202"),
        (
            "update-key-alias",
            json!({"key_id": key, "key_alias": seed::KMS_KEY_DISABLED_NAME}),
            "KMS.1104",
        ),
    ] {
        bench
            .post(&kms(operation), &body)
            .await
            .refused_by_kms(400, code);
    }
    assert_eq!(keys(), before);
    bench
        .post("/v1.0/another/kms/list-keys", &json!({}))
        .await
        .refused_by_kms(403, "KMS.0306");
}

#[tokio::test]
async fn keys_are_listed_page_by_page_and_by_state() {
    let bench = Bench::start().await;
    create_key(&bench, "made").await;
    let mut aliases = Vec::new();
    let mut marker = String::new();
    loop {
        let body = json!({"limit": "2", "marker": marker});
        let page = bench.post(&kms("list-keys"), &body).await.ok(200);
        assert_eq!(page["total"], 3);
        let details = page["key_details"].as_array().unwrap();
        aliases.extend(details.iter().map(|key| key["key_alias"].clone()));
        if page["truncated"] == "false" {
            break;
        }
        marker = page["next_marker"].as_str().unwrap().to_owned();
    }
    assert_eq!(aliases.len(), 3);
    // The official Terraform provider sends a number.
    for (limit, count) in [(2, 2), (2000, 3)] {
        let page = bench
            .post(&kms("list-keys"), &json!({"limit": limit}))
            .await;
        let listed = page.ok(200)["keys"].as_array().map(Vec::len);
        assert_eq!(listed, Some(count));
    }
    let disabled = bench
        .post(&kms("list-keys"), &json!({"key_state": "3"}))
        .await
        .ok(200);
    assert_eq!(disabled["keys"], json!([seed::KMS_KEY_DISABLED]));
}

#[tokio::test]
async fn a_grant_on_a_key_is_created_listed_and_revoked() {
    let bench = Bench::start().await;
    let key = seed::KMS_KEY;
    let body = json!({"key_id": key, "grantee_principal": "user", "operations": ["encrypt-data"]});
    let made = bench.post(&kms("create-grant"), &body).await.ok(200);
    let id = made["grant_id"].as_str().unwrap();
    let list = async |key: &str| {
        let listed = bench
            .post(&kms("list-grants"), &json!({"key_id": key}))
            .await;
        listed.ok(200)["grants"].clone()
    };
    let listed = list(key).await;
    assert_eq!(listed[0]["grant_id"], id);
    assert_eq!(listed[0]["operations"], json!(["encrypt-data"]));
    assert_eq!(list(seed::KMS_KEY_DISABLED).await, json!([]));
    // A grant is revoked only with its own key.
    let wrong = json!({"key_id": seed::KMS_KEY_DISABLED, "grant_id": id});
    bench
        .post(&kms("revoke-grant"), &wrong)
        .await
        .refused_by_kms(400, "KMS.2101");
    let revocation = json!({"key_id": key, "grant_id": id});
    let revoked = bench.post(&kms("revoke-grant"), &revocation).await;
    assert_eq!(revoked.ok(200), json!({}));
    assert_eq!(list(key).await, json!([]));
    for body in [
        json!({"key_id": key, "operations": ["encrypt-data"]}),
        json!({"key_id": key, "grantee_principal": "user"}),
    ] {
        bench
            .post(&kms("create-grant"), &body)
            .await
            .refused_by_kms(400, "KMS.0204");
    }
}

#[tokio::test]
async fn a_created_key_encrypts_repositories() {
    let bench = Bench::start().await;
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);
    let id = create_key(&bench, "made").await;
    let setting = kms_grant().replace("kms-grant", "setting");
    let body =
        json!({"encryption_type": "KMS", "default_encryption_enabled": true, "cmk_key_id": id});
    let shown = bench.put(&setting, &body).await.ok(200);
    assert_eq!(shown["cmk_key_name"], "made");
    assert_eq!(shown["key_state"], "2");
    bench
        .post(&kms("disable-key"), &json!({"key_id": id}))
        .await
        .ok(200);
    assert_eq!(bench.get(&setting).await.ok(202)["key_state"], "3");
    bench.put(&setting, &body).await.refused(400, "CH.010001");
}

#[tokio::test]
async fn keys_can_be_read_but_not_changed_with_read_permissions() {
    assert!(Permission::ALL.contains(&Permission::WriteCsms));
    let bench = Bench::start().await;
    let read_only = |operation: &str, body: &Value| {
        let request = bench.anonymous(Method::POST, &kms(operation));
        let request = request.header("X-Auth-Token", seed::TOKEN_READ_ONLY);
        send(super::json(request, body))
    };
    read_only("list-keys", &json!({})).await.ok(200);
    read_only("create-key", &json!({"key_alias": "made"}))
        .await
        .refused_by_kms(403, "KMS.0306");
}
