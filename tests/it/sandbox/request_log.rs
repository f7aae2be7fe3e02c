//! The request log: what it has of each request and its response, and what it must not have.

use hwgrants::sandbox::seed::{PASSWORD, PROJECT_ID, SECRET_API_KEY, TOKEN, USER_ANA, USER_NAME};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, Reply, grants, json, kms_grant, send, terms};

/// Token that the sandbox does not know.
const WRONG_TOKEN: &str = "wrong-token-0123456789abcdef";

/// Checks the latest request against its response.
async fn assert_logged(bench: &Bench, reply: &Reply, error_code: Value) {
    let log = bench.admin(Method::GET, "/requests", "").await.ok(200);
    let latest = log["requests"].as_array().and_then(|all| all.last());
    let latest = latest.expect("a request");
    assert_eq!(latest["request_id"], reply.header("x-request-id"));
    assert_eq!(latest["status"], reply.status.as_u16());
    assert_eq!(latest["error_code"], error_code, "{reply:?}");
    assert_eq!(latest["user_agent"], "agent/1.0");
}

#[tokio::test]
async fn the_log_has_the_error_code_and_request_id_of_each_response() {
    let bench = Bench::start().await;
    let agent = |request: reqwest::RequestBuilder| send(request.header("User-Agent", "agent/1.0"));
    let create = || {
        json(
            bench.request(Method::POST, &grants("")),
            &terms(SECRET_API_KEY, USER_ANA),
        )
    };
    let reply = agent(create()).await;
    reply.ok(200);
    assert_logged(&bench, &reply, Value::Null).await;
    let reply = agent(create()).await;
    reply.refused(400, "CSMS.0002");
    assert_logged(&bench, &reply, "CSMS.0002".into()).await;

    let reply = agent(bench.request(Method::GET, "/v9/none")).await;
    assert_logged(&bench, &reply, "APIGW.0101".into()).await;
    // IAM under `/v3/` has the status as its code.
    let tokens = json(bench.anonymous(Method::POST, "/v3/auth/tokens"), &json!({}));
    let reply = agent(tokens).await;
    assert_logged(
        &bench,
        &reply,
        reply.json()["error"]["code"].to_string().into(),
    )
    .await;

    for (action, error_code) in [
        (
            json!({"kind": "answer", "status": 502, "body": "<html>"}),
            Value::Null,
        ),
        (
            json!({"kind": "answer", "status": 500, "body": {"code": "CSMS.0500", "message": "m"}}),
            "CSMS.0500".into(),
        ),
        (
            json!({"kind": "answer", "status": 200, "body": {"code": "CSMS.0501", "message": "m"}}),
            "CSMS.0501".into(),
        ),
        (
            json!({"kind": "answer", "status": 500, "body": {"code": "C".repeat(65), "message": "m"}}),
            "C".repeat(64).into(),
        ),
        (
            json!({"kind": "throttle", "limit": 200, "window": "1 minute"}),
            "APIGW.0308".into(),
        ),
    ] {
        let fault = json!({"action": action, "count": 1});
        bench
            .admin(Method::POST, "/faults", &fault.to_string())
            .await
            .no_content();
        let reply = agent(bench.request(Method::GET, &kms_grant())).await;
        assert_logged(&bench, &reply, error_code).await;
    }
}

#[tokio::test]
async fn a_connection_without_a_response_has_neither_status_nor_error_code() {
    let bench = Bench::start().await;
    let fault = json!({"action": {"kind": "drop"}}).to_string();
    bench
        .admin(Method::POST, "/faults", &fault)
        .await
        .no_content();
    let sent = bench.request(Method::GET, &kms_grant()).send().await;
    assert!(sent.is_err(), "{sent:?}");
    let log = bench.admin(Method::GET, "/requests", "").await.ok(200);
    let request = &log["requests"][0];
    assert_eq!(request["status"], Value::Null);
    assert_eq!(request["error_code"], Value::Null);
    assert_eq!(request["request_id"].as_str().map(str::len), Some(32));
}

#[tokio::test]
async fn the_log_has_no_credentials() {
    let bench = Bench::start().await;
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": USER_NAME, "password": PASSWORD, "domain": {"name": "sandbox"}}}},
        "scope": {"project": {"id": PROJECT_ID}},
    }});
    let reply = send(json(
        bench.anonymous(Method::POST, "/v3/auth/tokens"),
        &body,
    ))
    .await;
    let issued = reply.header("x-subject-token").to_owned();
    reply.ok(201);
    for token in [TOKEN, WRONG_TOKEN, &issued] {
        let list = bench.anonymous(Method::GET, &grants(""));
        send(list.header("X-Auth-Token", token)).await;
        let list = bench.anonymous(Method::GET, &grants(""));
        send(list.header("Authorization", format!("Bearer {token}"))).await;
    }
    let log = bench.admin(Method::GET, "/requests", "").await.body;
    assert_eq!(log.matches("request_id").count(), 7, "{log}");
    for secret in [TOKEN, WRONG_TOKEN, PASSWORD, &issued] {
        assert!(!log.contains(secret), "{log}");
    }
}
