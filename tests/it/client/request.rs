//! What is sent and what is read, one operation after the other.

use hwgrants::cloud::{ErrorKind, GranteeType, ResourceType};
use serde_json::{Value, json};

use super::script::{Script, Step, answer};
use super::{TOKEN, call, client, grantee, place, region, secret, tenant, terms};

/// A server that answers one request with this status and body, and the client for it.
async fn answering(status: u16, body: Value) -> (Script, hwgrants::cloud::Client) {
    let script = Script::of([Step::Answer(answer(status, "", &body.to_string()))]).await;
    let client = client(&script.url(), 0);
    (script, client)
}

/// Checks the one request a server has seen.
fn check(script: &Script, line: &str, content_type: &str, body: Value) {
    let seen = script.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let seen = &seen[0];
    assert_eq!(seen.lines[0], format!("{line} HTTP/1.1"));
    assert_eq!(seen.header("content-type"), [content_type]);
    assert_eq!(seen.header("accept"), ["application/json"]);
    assert_eq!(seen.header("x-auth-token"), [TOKEN]);
    assert_eq!(
        seen.header("user-agent"),
        ["Host/1.2 (+https://example.com) ours/0.1 ci/7"]
    );
    let sent = serde_json::from_str(&seen.body).unwrap_or(Value::Null);
    assert_eq!(sent, body);
}

const UTF8: &str = "application/json;charset=UTF-8";
const PLAIN: &str = "application/json";

#[tokio::test]
async fn creating_a_grant_posts_its_terms_and_reads_the_answer() {
    let (script, client) = answering(
        200,
        json!({"data": {"uuid": "u1", "type": "SECRET", "resourceId": "r1", "granteeUser": "g1", "state": 0,
            "signature": "sig", "createTime": 1667983044000_i64, "updateTime": "2022-11-09 16:37:24",
            "validityTime": null}}),
    )
    .await;
    let grant = client
        .create_grants(&call(), &place("p1"), &terms("r1", "g1"))
        .await
        .expect("a grant");
    check(
        &script,
        "POST /v1/p1/csms/grants",
        UTF8,
        json!({"resource_id": "r1", "type": "SECRET", "grantee_type": "0", "grantee_target_id": "g1",
            "validity_time": "2027-01-31"}),
    );
    assert_eq!(grant.uuid.as_deref(), Some("u1"));
    assert_eq!(grant.resource_id.as_deref(), Some("r1"));
    assert_eq!(grant.grantee_user.as_deref(), Some("g1"));
    assert_eq!(grant.state, Some(0));
    assert_eq!(
        grant
            .signature
            .map(|secret| secret.expose().to_owned())
            .as_deref(),
        Some("sig")
    );
    assert_eq!(
        grant.created_at.map(|at| at.to_string()).as_deref(),
        Some("2022-11-09T08:37:24Z")
    );
    assert_eq!(
        grant.updated_at.map(|at| at.to_string()).as_deref(),
        Some("2022-11-09T16:37:24Z")
    );
    assert_eq!(grant.ends_at, None);
}

#[tokio::test]
async fn a_group_without_end_is_granted_without_a_date() {
    let (script, client) = answering(200, json!({"data": null})).await;
    let mut terms = terms("r1", "g1");
    terms.ends_on = None;
    terms.grantee_type = GranteeType::Group;
    terms.resource_type = ResourceType::Group;
    let grant = client
        .create_grants(&call(), &place("p1"), &terms)
        .await
        .expect("a grant");
    check(
        &script,
        "POST /v1/p1/csms/grants",
        UTF8,
        json!({"resource_id": "r1", "type": "GROUP", "grantee_type": "2", "grantee_target_id": "g1"}),
    );
    assert_eq!(grant.uuid, None);
}

#[tokio::test]
async fn updating_a_grant_puts_the_resource_in_query_and_body() {
    let (script, client) = answering(200, json!({"data": {"validityTime": "2027-01-31"}})).await;
    let grant = client
        .update_grant(&call(), &place("p1"), &terms("r1", "g1"))
        .await
        .expect("a grant");
    check(
        &script,
        "PUT /v1/p1/csms/grants?resource_id=r1",
        UTF8,
        json!({"resource_id": "r1", "type": "SECRET", "grantee_type": "0", "grantee_target_id": "g1",
            "validity_time": "2027-01-31"}),
    );
    assert_eq!(
        grant.ends_at.map(|at| at.to_string()).as_deref(),
        Some("2027-01-31T00:00:00Z")
    );
}

#[tokio::test]
async fn deleting_a_grant_names_its_grantee() {
    let script = Script::of([Step::Answer("HTTP/1.1 204 X\r\n\r\n".to_owned())]).await;
    let client = client(&script.url(), 0);
    let done = client
        .delete_grant(&call(), &place("p1"), &secret("r1"), &grantee("g 1&x=/"))
        .await;
    assert!(done.is_ok(), "{done:?}");
    let line = "DELETE /v1/p1/csms/grants?grantee_user=g%201%26x%3D%2F&resource_id=r1";
    check(&script, line, PLAIN, Value::Null);
}

#[tokio::test]
async fn an_id_with_a_slash_stays_in_its_segment() {
    let (script, client) = answering(200, json!({})).await;
    let listed = client
        .list_grants(&call(), &place("../p?x#y"), &secret("r1"))
        .await;
    assert!(listed.is_ok(), "{listed:?}");
    let line = "GET /v1/..%2Fp%3Fx%23y/csms/grants?resource_id=r1";
    check(&script, line, PLAIN, Value::Null);
}

#[tokio::test]
async fn a_list_is_read_with_names_and_times() {
    let body = json!({"data": {"id": "r1", "name": "db", "type": "secret", "grantee_user": [
        {"user_id": 111, "user_name": "null", "create_time": "2022-11-09 16:37:24", "validity_time": null},
        {"user_id": "g2", "user_name": "Ada", "create_time": "rubbish", "validity_time": 1801353600}]}});
    let (script, client) = answering(200, body).await;
    let grants = client
        .list_grants(&call(), &place("p1"), &secret("r1"))
        .await
        .expect("a list");
    check(
        &script,
        "GET /v1/p1/csms/grants?resource_id=r1",
        PLAIN,
        Value::Null,
    );
    assert_eq!(grants.name.as_deref(), Some("db"));
    assert_eq!(grants.resource_type, Some(ResourceType::Secret));
    assert_eq!(grants.grantees.len(), 2);
    let unnamed = grants.find(&grantee("111")).expect("an entry");
    assert_eq!((unnamed.name.as_deref(), unnamed.ends_at), (None, None));
    assert!(unnamed.created_at.is_some());
    let named = grants.find(&grantee("g2")).expect("an entry");
    assert_eq!(
        (named.name.as_deref(), named.created_at),
        (Some("Ada"), None)
    );
    assert_eq!(
        named.ends_at.map(|at| at.to_string()).as_deref(),
        Some("2027-01-31T00:00:00Z")
    );
    assert_eq!(grants.find(&grantee("G2")), None);
}

#[tokio::test]
async fn no_grants_is_an_empty_list_in_every_form_but_an_unknown_secret_is_an_error() {
    for body in [
        json!({"data": {"id": "r1", "grantee_user": []}}),
        json!({"data": null}),
        json!({"data": {}}),
        json!({"data": []}),
        json!({}),
    ] {
        let (_script, client) = answering(200, body).await;
        let grants = client
            .list_grants(&call(), &place("p1"), &secret("r1"))
            .await
            .expect("a list");
        assert_eq!(grants.grantees, []);
    }
    for (status, code) in [(400, "CSMS.0005"), (404, "CSMS.0401")] {
        let (_script, client) =
            answering(status, json!({"error_code": code, "error_msg": "m"})).await;
        let error = client
            .list_grants(&call(), &place("p1"), &secret("r1"))
            .await
            .expect_err("no list");
        assert!(error.is_not_found(), "{error}");
    }
}

#[tokio::test]
async fn of_several_objects_those_of_the_resource_count_or_else_all() {
    let one = |id: &str, user: &str| json!({"id": id, "grantee_user": [{"user_id": user}]});
    for (data, expected) in [
        (json!([one("x", "g1"), one("y", "g2")]), vec!["g1", "g2"]),
        (
            json!([one("x", "g1"), one("r1", "g2"), one("r1", "g3")]),
            vec!["g2", "g3"],
        ),
    ] {
        let (_script, client) = answering(200, json!({"data": data})).await;
        let grants = client
            .list_grants(&call(), &place("p1"), &secret("r1"))
            .await
            .expect("a list");
        let ids: Vec<_> = grants
            .grantees
            .iter()
            .map(|grantee| grantee.id.as_str())
            .collect();
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn secrets_are_listed_page_by_page() {
    let page = json!({"secrets": [{"id": "r1", "name": "db", "state": "ENABLED"}],
        "page_info": {"next_marker": "m+1", "previous_marker": null, "current_count": 1}});
    let (script, client) = answering(200, page).await;
    let page = client
        .list_secrets(&call(), &place("p1"), None)
        .await
        .expect("a page");
    check(&script, "GET /v1/p1/secrets", PLAIN, Value::Null);
    assert_eq!(page.secrets[0].id, secret("r1"));
    assert_eq!(page.next_marker.as_deref(), Some("m+1"));

    let last = json!({"secrets": [], "page_info": {"next_marker": "", "current_count": 0}});
    let (script, client) = answering(200, last).await;
    let page = client
        .list_secrets(&call(), &place("p1"), Some("m+1"))
        .await
        .expect("a page");
    check(
        &script,
        "GET /v1/p1/secrets?marker=m%2B1",
        PLAIN,
        Value::Null,
    );
    assert_eq!((page.secrets.len(), page.next_marker), (0, None));
}

#[tokio::test]
async fn the_kms_grant_is_created_without_a_body_and_shown_with_status_202() {
    let (script, client) = answering(200, json!({"tenant_id": "t1", "assumed": true})).await;
    let grant = client
        .create_tenant_kms_grant(&call(), &region(), &tenant("t1"))
        .await
        .expect("a grant");
    check(
        &script,
        "POST /v4/tenants/t1/repo-encryption/kms-grant",
        PLAIN,
        Value::Null,
    );
    assert_eq!(script.seen()[0].body, "");
    assert_eq!(
        (grant.tenant_id, grant.is_assumed),
        (Some(tenant("t1")), true)
    );

    let (script, client) = answering(202, json!({"tenant_id": 5, "assumed": false})).await;
    let grant = client
        .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
        .await
        .expect("a grant");
    check(
        &script,
        "GET /v4/tenants/t1/repo-encryption/kms-grant",
        PLAIN,
        Value::Null,
    );
    assert_eq!(
        (grant.tenant_id, grant.is_assumed),
        (Some(tenant("5")), false)
    );
}

#[tokio::test]
async fn a_kms_grant_that_is_neither_there_nor_absent_is_unreadable() {
    let (_script, client) = answering(202, json!({"tenant_id": "t1"})).await;
    let error = client
        .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
        .await
        .expect_err("no grant");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn connections_are_used_again() {
    let empty = || Step::Answer(answer(200, "", "{}"));
    let script = Script::of([empty(), empty(), empty()]).await;
    let client = client(&script.url(), 0);
    for clone in [client.clone(), client.clone(), client] {
        let listed = clone
            .list_grants(&call(), &place("p1"), &secret("r1"))
            .await;
        assert!(listed.is_ok(), "{listed:?}");
    }
    assert_eq!((script.seen().len(), script.connection_count()), (3, 1));
}
