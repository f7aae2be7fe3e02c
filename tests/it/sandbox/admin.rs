//! `/_sandbox/`: viewing and changing the sandbox without the API.

use hwgrants::sandbox::seed::{
    ACCOUNT_ID, GROUP_ONCALL, PROJECT_ID, SECRET_API_KEY, SECRET_DB_PASSWORD, USER_ANA, USER_BEN,
    USER_CHEN, USER_DANA,
};
use hwgrants::sandbox::{GranteeKind, Quirks};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Bench, Reply, grants, grants_of, kms_grant, send, terms};

impl Bench {
    /// A request under `/_sandbox`, without a token; an empty `body` sends none.
    pub(super) async fn admin(&self, method: Method, path: &str, body: &str) -> Reply {
        let request = self.anonymous(method, &format!("/_sandbox{path}"));
        send(request.body(body.to_owned())).await
    }

    async fn state(&self) -> Value {
        self.admin(Method::GET, "/state", "").await.ok(200)
    }
}

fn assert_admin_error(reply: &Reply, status: u16, part: &str) {
    let body = reply.ok(status);
    let message = body["error"].as_str().expect("a message");
    assert!(message.contains(part), "`{part}` in {message}");
}

#[tokio::test]
async fn the_state_shows_grants_and_delegations() {
    let bench = Bench::start().await;
    let mut body = terms(SECRET_DB_PASSWORD, USER_ANA);
    body["validity_time"] = json!("2027-01-31");
    bench.post(&grants(""), &body).await.ok(200);
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);

    let state = bench.state().await;
    let secret = &state["resources"][SECRET_DB_PASSWORD];
    assert_eq!(secret["name"], "db-password");
    let grant = &secret["grants"][USER_ANA];
    assert_eq!(grant["grantee_name"], "Ana Ruiz");
    assert_eq!(grant["grantee_kind"], "user");
    assert_eq!(grant["validity_date"], "2027-01-31");
    assert_eq!(state["repo_delegations"], json!({ACCOUNT_ID: true}));
    assert_eq!(state["projects"][PROJECT_ID]["region"], "cn-north-4");
}

#[tokio::test]
async fn the_admin_api_creates_updates_and_deletes_a_grant() {
    let bench = Bench::start().await;
    let path = format!("/grants/{SECRET_DB_PASSWORD}/{USER_BEN}");
    bench.admin(Method::PUT, &path, "").await.no_content();
    let listed = bench.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200);
    assert_eq!(listed["data"]["grantee_user"][0]["user_id"], USER_BEN);

    bench
        .admin(Method::PUT, &path, r#"{"validity_date":"2027-01-31"}"#)
        .await
        .no_content();
    let grant = &bench.state().await["resources"][SECRET_DB_PASSWORD]["grants"][USER_BEN];
    assert_eq!(grant["validity_date"], "2027-01-31");
    assert_eq!(grant["grantee_kind"], "user");

    bench.admin(Method::DELETE, &path, "").await.no_content();
    assert!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).is_empty());
    assert_admin_error(&bench.admin(Method::DELETE, &path, "").await, 404, USER_BEN);
}

#[tokio::test]
async fn the_admin_api_reads_the_kind_of_a_grantee_from_the_directory() {
    let bench = Bench::start().await;
    let path = format!("/grants/{SECRET_DB_PASSWORD}/{GROUP_ONCALL}");
    for body in ["", r#"{"grantee_kind":"group"}"#] {
        bench.admin(Method::PUT, &path, body).await.no_content();
        let grants = bench.sandbox.world().grants(SECRET_DB_PASSWORD);
        assert_eq!(grants[GROUP_ONCALL].grantee_kind, GranteeKind::Group);
        assert_eq!(grants[GROUP_ONCALL].uuid, None);
        bench.admin(Method::DELETE, &path, "").await.no_content();
    }
    let reply = bench
        .admin(Method::PUT, &path, r#"{"grantee_kind":"user"}"#)
        .await;
    assert_admin_error(&reply, 400, "has the kind `group`");
    assert!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).is_empty());
}

#[tokio::test]
async fn the_admin_api_refuses_a_grantee_that_is_not_in_the_directory() {
    let bench = Bench::start().await;
    let path = format!("/grants/{SECRET_DB_PASSWORD}/unknown-user");
    for body in ["", r#"{"grantee_kind":"user"}"#] {
        let reply = bench.admin(Method::PUT, &path, body).await;
        assert_admin_error(
            &reply,
            404,
            "grantee `unknown-user` is not in the directory",
        );
        assert_admin_error(&reply, 404, "`PUT /_sandbox/users/{grantee_id}`");
    }
    assert!(bench.sandbox.world().grants(SECRET_DB_PASSWORD).is_empty());
    // The API accepts it, as the service does. Its grant can be revoked, but not changed.
    let body = terms(SECRET_DB_PASSWORD, "unknown-user");
    bench.post(&grants(""), &body).await.ok(200);
    let reply = bench.admin(Method::PUT, &path, "").await;
    assert_admin_error(&reply, 404, "unknown-user");
    bench.admin(Method::DELETE, &path, "").await.no_content();

    let user = r#"{"name":"Eve"}"#;
    bench
        .admin(Method::PUT, "/users/unknown-user", user)
        .await
        .no_content();
    bench.admin(Method::PUT, &path, "").await.no_content();
}

#[tokio::test]
async fn the_directory_lists_users_and_groups_with_their_members() {
    let bench = Bench::start().await;
    let user = r#"{"name":"Eve","disabled":true}"#;
    bench
        .admin(Method::PUT, "/users/eve", user)
        .await
        .no_content();
    let users = bench.admin(Method::GET, "/users", "").await.ok(200);
    let users = users["users"].as_object().expect("an object");
    assert_eq!(users.len(), 6);
    let user =
        |name: &str, is_disabled| json!({"name": name, "kind": "user", "is_disabled": is_disabled});
    assert_eq!(users[USER_ANA], user("Ana Ruiz", false));
    assert_eq!(users["eve"], user("Eve", true));
    let group = json!({"name": "On-call", "kind": "group", "is_disabled": false, "members": [USER_CHEN, USER_DANA]});
    assert_eq!(users[GROUP_ONCALL], group);
}

#[tokio::test]
async fn the_descriptions_of_all_quirks_are_published() {
    let bench = Bench::start().await;
    let published = bench
        .admin(Method::GET, "/quirks/descriptions", "")
        .await
        .ok(200);
    let descriptions = serde_json::to_value(Quirks::descriptions()).unwrap();
    assert_eq!(published, json!({"quirks": descriptions}));
    let view = bench.admin(Method::GET, "/view", "").await.ok(200);
    assert_eq!(view["quirk_descriptions"], descriptions);
}

#[tokio::test]
async fn deleting_a_user_removes_group_memberships_but_keeps_grants() {
    let bench = Bench::start().await;
    let body = terms(SECRET_DB_PASSWORD, USER_CHEN);
    bench.post(&grants(""), &body).await.ok(200);
    let path = format!("/users/{USER_CHEN}");
    bench.admin(Method::DELETE, &path, "").await.no_content();
    let found = bench.get("/v1/csms/users?offset=0&limit=10").await.ok(200);
    assert_eq!(found["total"], 3);
    let kept = bench.sandbox.world().grants(SECRET_DB_PASSWORD);
    assert!(kept.contains_key(USER_CHEN));
    // A grant to the group no longer includes the user.
    let quirks = r#"{"groups": "expanded"}"#;
    bench.admin(Method::PATCH, "/quirks", quirks).await.ok(200);
    let granted = format!("/grants/{SECRET_API_KEY}/{GROUP_ONCALL}");
    let group = r#"{"grantee_kind":"group"}"#;
    bench.admin(Method::PUT, &granted, group).await.no_content();
    let listed = bench.get(&grants_of(SECRET_API_KEY)).await.ok(200);
    let reached = listed["data"]["grantee_user"].as_array().expect("a list");
    let reached: Vec<_> = reached.iter().map(|entry| &entry["user_id"]).collect();
    assert_eq!(reached, [USER_DANA]);
    assert_admin_error(
        &bench.admin(Method::DELETE, &path, "").await,
        404,
        USER_CHEN,
    );
}

#[tokio::test]
async fn an_invalid_grant_is_refused() {
    let bench = Bench::start().await;
    let unknown = bench
        .admin(Method::PUT, "/grants/no-such-secret/someone", "")
        .await;
    assert_admin_error(&unknown, 404, "no-such-secret");
    let path = format!("/grants/{SECRET_DB_PASSWORD}/{USER_BEN}");
    for body in [
        "{",
        r#"{"validity_date":"soon"}"#,
        r#"{"until":"2027-01-31"}"#,
    ] {
        assert_admin_error(
            &bench.admin(Method::PUT, &path, body).await,
            400,
            "invalid request body",
        );
    }
}

#[tokio::test]
async fn the_request_log_excludes_admin_requests() {
    let bench = Bench::start().await;
    bench.get(&kms_grant()).await.ok(202);
    for _ in 0..2 {
        let body = bench.admin(Method::GET, "/requests", "").await.ok(200);
        let requests = body["requests"].as_array().expect("a list");
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0]["operation"], "ShowTenantKmsGrant");
        assert_eq!(requests[0]["status"], 202);
    }
    bench
        .admin(Method::DELETE, "/requests", "")
        .await
        .no_content();
    assert_eq!(
        bench.admin(Method::GET, "/requests", "").await.ok(200),
        json!({"requests": []})
    );
}

#[tokio::test]
async fn faults_are_added_listed_and_cleared() {
    let bench = Bench::start().await;
    let fault = json!({"operation": "ShowTenantKmsGrant", "count": null, "action":
        {"kind": "answer", "status": 403, "body": {"code": "CH.004403", "message": "no permission"}, "when": "after_effect"}});
    bench
        .admin(Method::POST, "/faults", &fault.to_string())
        .await
        .no_content();
    assert_eq!(
        bench.admin(Method::GET, "/faults", "").await.ok(200),
        json!({"faults": [fault]})
    );
    bench.get(&kms_grant()).await.refused(403, "CH.004403");
    bench
        .admin(Method::DELETE, "/faults", "")
        .await
        .no_content();
    bench.get(&kms_grant()).await.ok(202);
}

#[tokio::test]
async fn every_fault_kind_is_accepted_as_json() {
    let bench = Bench::start().await;
    let actions = [
        json!({"kind": "answer", "status": 502, "body": "<html>"}),
        json!({"kind": "delay", "delay_ms": 1}),
        json!({"kind": "drop", "when": "after_effect"}),
        json!({"kind": "throttle", "limit": 200, "window": "1 minute"}),
        json!({"kind": "throttle", "limit": 200, "window": "1 minute", "retry_after": {"seconds": 7}}),
        json!({"kind": "throttle", "limit": 200, "window": "1 minute", "retry_after": {"date_in_seconds": 7}}),
        json!({"kind": "lag", "reads": 2}),
        json!({"kind": "lag", "for_ms": 5000}),
        json!({"kind": "lose_updates", "wait_ms": 20}),
    ];
    for action in actions {
        let fault = json!({"method": "GET", "path_prefix": "/v4/", "action": action});
        bench
            .admin(Method::POST, "/faults", &fault.to_string())
            .await
            .no_content();
    }
    assert_eq!(bench.sandbox.world().faults().list().len(), 9);
}

#[tokio::test]
async fn an_invalid_fault_is_refused() {
    let bench = Bench::start().await;
    let cases = [
        (
            json!({"operation": "CreateGrant", "action": {"kind": "drop"}}),
            "CreateGrants",
        ),
        (json!({"action": {"kind": "explode"}}), "explode"),
        (
            json!({"action": {"kind": "answer", "status": 100, "body": ""}}),
            "between 200 and 599",
        ),
        (
            json!({"action": {"kind": "answer", "status": 600, "body": ""}}),
            "between 200 and 599",
        ),
        (json!({"action": {"kind": "delay"}}), "delay_ms"),
        (
            json!({"operation_name": "CreateGrants", "action": {"kind": "drop"}}),
            "operation_name",
        ),
        (
            json!({"action": {"kind": "drop", "wen": "after_effect"}}),
            "wen",
        ),
    ];
    for (fault, part) in cases {
        assert_admin_error(
            &bench
                .admin(Method::POST, "/faults", &fault.to_string())
                .await,
            400,
            part,
        );
    }
    assert!(bench.sandbox.world().faults().list().is_empty());
}

#[tokio::test]
async fn faults_do_not_affect_the_admin_api() {
    let bench = Bench::start().await;
    let fault = json!({"count": null, "action": {"kind": "drop"}});
    bench
        .admin(Method::POST, "/faults", &fault.to_string())
        .await
        .no_content();
    bench.state().await;
}

#[tokio::test]
async fn the_admin_index_lists_paths_and_404_errors_name_it() {
    let bench = Bench::start().await;
    for path in ["", "/"] {
        let help = bench.admin(Method::GET, path, "").await;
        assert_eq!(help.status, StatusCode::OK, "{help:?}");
        assert!(help.body.contains("/_sandbox/state"), "{help:?}");
    }
    assert_admin_error(
        &bench.admin(Method::GET, "/nothing", "").await,
        404,
        "/_sandbox/",
    );
    assert_admin_error(
        &bench.admin(Method::PATCH, "/state", "").await,
        404,
        "/_sandbox/",
    );
}
