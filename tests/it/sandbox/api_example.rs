//! The examples of the API references, verbatim.
//!
//! Source: CSMS API reference, CreateGrants, UpdateGrant, ListGrants; CodeArts Repo API reference, CreateTenantKmsGrant,
//! ShowTenantKmsGrant.

use hwgrants::sandbox::GranteeKind;
use hwgrants::sandbox::seed::{ACCOUNT_ID, TOKEN_EXPIRED};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, Reply, grants, kms_grant, send};

/// The secret in the example responses.
const RESOURCE_ID: &str = "43d643d2-95ec-4b0f-8020-a84f3ce931cc";

impl Bench {
    async fn admin_json(&self, method: Method, path: &str, body: &Value) -> Reply {
        let request = self.anonymous(method, &format!("/_sandbox{path}"));
        send(request.body(body.to_string())).await
    }

    /// Sends an example request.
    async fn send_example(&self, method: Method, path: &str, body: &'static str) -> Value {
        let request = self
            .request(method, path)
            .header("Content-Type", "application/json");
        send(request.body(body)).await.ok(200)["data"].take()
    }
}

#[tokio::test]
async fn the_create_example_gets_the_documented_response() {
    let bench = Bench::start().await;
    let group = json!({"name": "demo", "kind": "GROUP"});
    bench
        .admin_json(Method::PUT, "/secrets/demo", &group)
        .await
        .no_content();
    let user = json!({"name": "user_01"});
    bench
        .admin_json(Method::PUT, "/users/user_01", &user)
        .await
        .no_content();
    // The example response for a group has the type of a secret, times as text and no expiry.
    let quirks = json!({"kind": "always_secret", "time": "text"});
    bench
        .admin_json(Method::PATCH, "/quirks", &quirks)
        .await
        .ok(200);
    let made = bench
        .send_example(
            Method::POST,
            &grants(""),
            r#"{
  "resource_id" : "demo",
  "type" : "group",
  "grantee_type" : "0",
  "grantee_target_id" : "user_01"
}"#,
        )
        .await;
    // The example response names another secret than the example request.
    assert_eq!(made, example_response(&made, "demo", "user_01"));
}

/// The example response to CreateGrants and UpdateGrant, with the uuid and the times of `answer`.
fn example_response(answer: &Value, resource: &str, grantee: &str) -> Value {
    assert_eq!(answer["uuid"].as_str().map(str::len), Some(36));
    let time = example_time(&answer["createTime"]);
    json!({
        "uuid": answer["uuid"],
        "type": "SECRET",
        "resourceId": resource,
        "granteeUser": grantee,
        "state": 0,
        "signature": "",
        "createTime": time,
        "updateTime": time,
        "validityTime": null,
    })
}

/// A time in the format of the examples.
fn example_time(time: &Value) -> &str {
    let time = time.as_str().expect("a text");
    let read = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", time);
    assert!(read.is_ok(), "{time}");
    time
}

/// Creates a grant without the API and without the admin API, which knows only grantees of the directory.
fn grant_to_unknown(bench: &Bench, resource_id: &str, grantee_id: &str) {
    let world = bench.sandbox.world();
    let granted = world.put_grant(resource_id, grantee_id, GranteeKind::User, None);
    granted.expect("a secret");
}

#[tokio::test]
async fn the_update_example_with_numbers_gets_the_documented_response() {
    let bench = Bench::start().await;
    let quirks = json!({"time": "text"});
    bench
        .admin_json(Method::PATCH, "/quirks", &quirks)
        .await
        .ok(200);
    bench
        .admin_json(Method::PUT, "/secrets/21", &json!({"name": "demo"}))
        .await
        .no_content();
    grant_to_unknown(&bench, "21", "5");
    let changed = bench
        .send_example(
            Method::PUT,
            &grants("?resource_id=21"),
            r#"{
  "resource_id" : 21,
  "type" : "SECRET",
  "grantee_type" : "0",
  "grantee_target_id" : 5
}"#,
        )
        .await;
    assert_eq!(changed, example_response(&changed, "21", "5"));
}

#[tokio::test]
async fn the_list_example_names_an_unknown_grantee_null() {
    let bench = Bench::start().await;
    grant_to_unknown(&bench, RESOURCE_ID, "111");
    let quirks = json!({"time": "text"});
    bench
        .admin_json(Method::PATCH, "/quirks", &quirks)
        .await
        .ok(200);
    let listed = bench
        .get(&grants(&format!("?resource_id={RESOURCE_ID}")))
        .await
        .ok(200);
    // The example omits the name and the type, which the table has.
    let entry = json!({
        "create_time": example_time(&listed["data"]["grantee_user"][0]["create_time"]),
        "user_id": "111",
        "user_name": "null",
        "validity_time": null,
    });
    let answer = json!({
        "data": {
            "id": RESOURCE_ID,
            "name": "db-password",
            "type": "SECRET",
            "create_time": example_time(&listed["data"]["create_time"]),
            "update_time": example_time(&listed["data"]["update_time"]),
            "grantee_user": [entry],
        },
    });
    assert_eq!(listed, answer);
}

#[tokio::test]
async fn the_repo_examples_get_the_documented_responses() {
    let bench = Bench::start().await;
    let body = json!({"tenant_id": ACCOUNT_ID, "assumed": true});
    let made = send(bench.request(Method::POST, &kms_grant())).await;
    assert_eq!(made.ok(200), body);
    let shown = bench.get(&kms_grant()).await;
    assert_eq!(shown.ok(202), body);
    for method in [Method::POST, Method::GET] {
        let request = bench.anonymous(method, &kms_grant());
        let reply = send(request.header("X-Auth-Token", TOKEN_EXPIRED)).await;
        assert_eq!(reply.status.as_u16(), 401);
        assert_eq!(
            reply.json(),
            json!({
                "error_code": "DEV.00000003",
                "error_msg": "Authentication information expired.",
            })
        );
    }
}

#[tokio::test]
async fn the_admin_api_adds_secrets_events_and_users_and_deletes_secrets() {
    let bench = Bench::start().await;
    let put = async |path: &str, body: Value| bench.admin_json(Method::PUT, path, &body).await;
    put(
        "/secrets/new",
        json!({"name": "new-secret", "state": "DISABLED"}),
    )
    .await
    .no_content();
    let secrets = format!(
        "/v1/{}/secrets/new-secret",
        hwgrants::sandbox::seed::PROJECT_ID
    );
    let shown = bench.get(&secrets).await.ok(200)["secret"].take();
    assert_eq!(
        (&shown["id"], &shown["state"]),
        (&json!("new"), &json!("DISABLED"))
    );
    put("/events/rotated/new", json!({})).await.no_content();
    let shown = bench.get(&secrets).await.ok(200)["secret"].take();
    assert_eq!(shown["event_subscriptions"], json!(["rotated"]));
    put(
        "/users/team",
        json!({"name": "Team", "kind": "group", "members": ["111"]}),
    )
    .await
    .no_content();
    put("/grants/new/team", json!({"grantee_kind": "group"}))
        .await
        .no_content();
    let state = bench.sandbox.world().state();
    let grant = &state.resources["new"].grants["team"];
    assert_eq!(grant.grantee_name.as_deref(), Some("Team"));

    let delete = async || {
        bench
            .admin_json(Method::DELETE, "/secrets/new", &json!({}))
            .await
    };
    delete().await.no_content();
    assert_eq!(delete().await.status.as_u16(), 404);
    bench.get(&secrets).await.refused(400, "CSMS.0106");

    let long = format!("/secrets/{}", "x".repeat(65));
    for (path, body, status) in [
        ("/secrets/a", json!({"name": "db-password"}), 400),
        ("/secrets/a", json!({"name": ""}), 400),
        ("/secrets/a", json!({"name": "a", "project_id": "b"}), 400),
        ("/secrets/a", json!({"name": "a", "kind": "secret"}), 400),
        (long.as_str(), json!({"name": "a"}), 400),
        ("/users/a", json!({"name": "a", "members": ["b"]}), 400),
        ("/events/rotated/none", json!({}), 404),
    ] {
        assert_eq!(put(path, body).await.status.as_u16(), status, "{path}");
    }
}
