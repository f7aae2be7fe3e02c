//! What is sent and what is read, one operation after the other.

use hwgrants::cloud::{ErrorKind, Expiry, GranteeType, ResourceType};
use serde_json::{Value, json};

use super::scripted_server::{LISTED, Script, Step, answer};
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
async fn creating_a_grant_posts_it_and_parses_the_response() {
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
    assert_eq!(grant.expiry, Expiry::None);
}

#[tokio::test]
async fn a_group_grant_without_expiry_sends_no_validity_time() {
    let (script, client) = answering(200, json!({"data": {"resourceId": "r1"}})).await;
    let mut terms = terms("r1", "g1");
    terms.expires_on = None;
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
async fn updating_a_grant_sends_the_resource_in_query_and_body() {
    let (script, client) = answering(
        200,
        json!({"data": {"uuid": "u1", "validityTime": "2027-01-31"}}),
    )
    .await;
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
    assert!(grant.expiry.is_on("2027-01-31".parse().expect("a date")));
}

#[tokio::test]
async fn deleting_a_grant_sends_the_grantee_and_the_resource() {
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
async fn an_id_with_a_slash_is_encoded_in_the_path() {
    let body = json!({"data": {"grantee_user": []}});
    let (script, client) = answering(200, body).await;
    let listed = client
        .list_grants(&call(), &place("../p?x#y"), &secret("r1"))
        .await;
    assert!(listed.is_ok(), "{listed:?}");
    let line = "GET /v1/..%2Fp%3Fx%23y/csms/grants?resource_id=r1";
    check(&script, line, PLAIN, Value::Null);
}

#[tokio::test]
async fn a_grant_list_is_parsed_with_names_and_timestamps() {
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
    assert_eq!(unnamed.name, None);
    assert_eq!(unnamed.expiry, Expiry::None);
    assert!(unnamed.created_at.is_some());
    let named = grants.find(&grantee("g2")).expect("an entry");
    assert_eq!(
        (named.name.as_deref(), named.created_at),
        (Some("Ada"), None)
    );
    assert!(named.expiry.is_on("2027-01-31".parse().expect("a date")));
    assert_eq!(grants.find(&grantee("G2")), None);
}

/// The grantees listed after these answers, or why there is no list.
async fn listed(bodies: &[(u16, Value)]) -> (Result<Vec<String>, ErrorKind>, usize) {
    let steps = bodies.iter().map(|(status, body)| {
        let body = if body.is_null() {
            "null".to_owned()
        } else {
            body.to_string()
        };
        Step::Answer(answer(*status, "", &body))
    });
    let script = Script::of(steps).await;
    let client = client(&script.url(), 0);
    let grants = client
        .list_grants(&call(), &place("p1"), &secret("r1"))
        .await;
    let ids = grants.map(|grants| {
        let ids = grants.grantees.iter().map(|grantee| grantee.id.to_string());
        ids.collect()
    });
    (ids.map_err(|error| error.kind()), script.seen().len())
}

#[tokio::test]
async fn an_ambiguous_empty_list_is_confirmed_by_a_second_request() {
    let empty = || json!({"data": {"id": "r1", "grantee_user": []}});
    let one = || json!({"data": {"id": "r1", "grantee_user": [{"user_id": "g1"}]}});
    let gone = || json!({"error_code": "CSMS.0005", "error_msg": "m"});
    assert_eq!(listed(&[(200, empty())]).await, (Ok(vec![]), 1));
    for possibly in [
        json!({"data": null}),
        json!({"data": {}}),
        json!({"data": []}),
        json!({"data": {"id": "r1"}}),
        json!({}),
        Value::Null,
    ] {
        let twice = [(200, possibly.clone()), (200, possibly.clone())];
        assert_eq!(listed(&twice).await, (Ok(vec![]), 2), "{possibly}");
        let then = [(200, possibly.clone()), (200, one())];
        assert_eq!(
            listed(&then).await,
            (Ok(vec!["g1".into()]), 2),
            "{possibly}"
        );
        let then = [(200, possibly.clone()), (200, json!("x"))];
        assert_eq!(listed(&then).await, (Err(ErrorKind::Unreadable), 2));
        let then = [(200, possibly.clone()), (404, gone())];
        assert_eq!(listed(&then).await, (Err(ErrorKind::NotFound), 2));
    }
    // So is a code that means "gone" under a status that means the opposite.
    let twice = [(200, gone()), (200, gone())];
    assert_eq!(listed(&twice).await, (Err(ErrorKind::NotFound), 2));
    let then = [(200, gone()), (200, one())];
    assert_eq!(listed(&then).await, (Ok(vec!["g1".into()]), 2));
}

#[tokio::test]
async fn a_response_that_is_not_a_grant_list_is_an_error() {
    for body in [
        json!({"error_code": "CSMS.0500", "error_msg": "internal error"}),
        json!({"error": {"code": 401, "message": "m", "title": "Unauthorized"}}),
        json!("none"),
        json!(0),
        json!(true),
        json!([]),
        json!({"data": "none"}),
        json!({"data": {"id": "r2", "grantee_user": []}}),
        json!({"data": [{"id": "r2", "grantee_user": [{"user_id": "g1"}]}]}),
        json!({"status": "ok"}),
    ] {
        let (outcome, count) = listed(&[(200, body.clone())]).await;
        let kind = outcome.expect_err(&body.to_string());
        assert_ne!(kind, ErrorKind::NotFound, "{body}");
        assert_eq!(count, 1, "{body}");
    }
    for (status, code, kind) in [
        (400, "CSMS.0005", ErrorKind::NotFound),
        (404, "CSMS.0999", ErrorKind::NotFound),
        (404, "KMS.0005", ErrorKind::WrongEndpoint),
        (404, "IAM.0004", ErrorKind::WrongEndpoint),
        (404, "NoSuchKey", ErrorKind::WrongEndpoint),
        (404, "404", ErrorKind::WrongEndpoint),
    ] {
        let body = json!({"error_code": code, "error_msg": "m"});
        assert_eq!(listed(&[(status, body)]).await, (Err(kind), 1), "{code}");
    }
}

#[tokio::test]
async fn a_list_keeps_only_entries_of_the_requested_resource() {
    let one = |id: &str, user: &str| json!({"id": id, "grantee_user": [{"user_id": user}]});
    let data = json!([one("x", "g1"), one("r1", "g2"), one("r1", "g3")]);
    let (outcome, _) = listed(&[(200, json!({"data": data}))]).await;
    assert_eq!(outcome, Ok(vec!["g2".to_owned(), "g3".to_owned()]));
}

#[tokio::test]
async fn a_write_with_an_undocumented_response_is_ambiguous() {
    for (status, body) in [
        (200, json!({})),
        (200, Value::Null),
        (200, json!({"data": null})),
        (200, json!({"data": {}})),
        (200, json!({"data": {"state": 0}})),
        (200, json!("done")),
        (202, json!({"status": "accepted"})),
        (200, json!({"error_code": "CSMS.0002", "error_msg": "m"})),
        (200, json!({"error_code": "CSMS.0005", "error_msg": "m"})),
        (200, json!({"error_code": "CSMS.0500", "error_msg": "m"})),
    ] {
        let answers = || answering(status, body.clone());
        let (script, client) = answers().await;
        let created = client
            .create_grants(&call(), &place("p1"), &terms("r1", "g1"))
            .await;
        assert!(created.expect_err("unconfirmed").is_ambiguous(), "{body}");
        assert_eq!(script.seen().len(), 1, "{body}");
        let (_script, client) = answers().await;
        let updated = client
            .update_grant(&call(), &place("p1"), &terms("r1", "g1"))
            .await;
        assert!(updated.expect_err("unconfirmed").is_ambiguous(), "{body}");
        let (_script, client) = answers().await;
        let deleted = client
            .delete_grant(&call(), &place("p1"), &secret("r1"), &grantee("g1"))
            .await;
        assert!(deleted.expect_err("unconfirmed").is_ambiguous(), "{body}");
    }
}

#[tokio::test]
async fn a_response_about_another_account_is_rejected() {
    for is_assumed in [true, false] {
        let body = json!({"tenant_id": "t2", "assumed": is_assumed});
        let (_script, client) = answering(202, body.clone()).await;
        let shown = client
            .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
            .await
            .expect_err("another account");
        assert_eq!(shown.kind(), ErrorKind::Unreadable);
        assert!(shown.to_string().contains("`t2`"), "{shown}");
        let (_script, client) = answering(200, body).await;
        let created = client
            .create_tenant_kms_grant(&call(), &region(), &tenant("t1"))
            .await
            .expect_err("another account");
        assert!(created.is_ambiguous(), "{created}");
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
async fn a_page_with_fewer_secrets_than_its_count_is_unreadable() {
    let page = json!({"secrets": [{"id": "r1", "name": "db"}], "page_info": {"current_count": 2}});
    let (_script, client) = answering(200, page).await;
    let listed = client.list_secrets(&call(), &place("p1"), None).await;
    let error = listed.expect_err("a page that lacks a secret");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(
        error
            .to_string()
            .contains("should contain 2 secrets, but contains 1"),
        "{error}"
    );
}

#[tokio::test]
async fn an_undocumented_success_status_is_unreadable() {
    let grants = json!({"data": {"id": "r1", "grantee_user": []}});
    let (_script, client) = answering(206, grants).await;
    let listed = client
        .list_grants(&call(), &place("p1"), &secret("r1"))
        .await;
    let error = listed.expect_err("a list under another status");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(error.to_string().contains("206"), "{error}");
    let (_script, client) = answering(203, json!({"tenant_id": "t1", "assumed": true})).await;
    let shown = client
        .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
        .await;
    let error = shown.expect_err("a delegation under another status");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn a_delegation_not_found_with_status_200_is_unreadable() {
    let contradiction = json!({"error_code": "CH.000404", "error_msg": "not found"});
    let (_script, client) = answering(200, contradiction).await;
    let shown = client
        .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
        .await;
    let error = shown.expect_err("a contradiction");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn the_kms_grant_is_created_without_a_body_and_read_with_status_202() {
    let (script, client) = answering(200, json!({"tenant_id": "t1", "assumed": true})).await;
    let is_assumed = client
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
    assert!(is_assumed);

    let (script, client) = answering(202, json!({"tenant_id": "t1", "assumed": false})).await;
    let is_assumed = client
        .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
        .await
        .expect("a grant");
    check(
        &script,
        "GET /v4/tenants/t1/repo-encryption/kms-grant",
        PLAIN,
        Value::Null,
    );
    assert!(!is_assumed);
}

#[tokio::test]
async fn a_kms_grant_response_without_assumed_is_unreadable() {
    let (_script, client) = answering(202, json!({"tenant_id": "t1"})).await;
    let error = client
        .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
        .await
        .expect_err("no grant");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

#[tokio::test]
async fn connections_are_reused() {
    let empty = || Step::Answer(answer(200, "", LISTED));
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

#[tokio::test]
async fn only_an_empty_post_sends_content_length_zero() {
    let granted = answer(200, "", r#"{"tenant_id":"t1","assumed":true}"#);
    let script = Script::of([
        Step::Answer(granted),
        Step::Answer(answer(200, "", LISTED)),
        Step::Answer("HTTP/1.1 204 X\r\n\r\n".to_owned()),
    ])
    .await;
    let (client, call, place) = (client(&script.url(), 0), call(), place("p1"));
    let granted = client
        .create_tenant_kms_grant(&call, &region(), &tenant("t1"))
        .await;
    assert!(granted.is_ok(), "{granted:?}");
    let listed = client.list_grants(&call, &place, &secret("r1")).await;
    assert!(listed.is_ok(), "{listed:?}");
    let deleted = client
        .delete_grant(&call, &place, &secret("r1"), &grantee("g1"))
        .await;
    assert!(deleted.is_ok(), "{deleted:?}");
    let lengths: Vec<_> = script
        .seen()
        .iter()
        .map(|seen| seen.header("content-length").join(","))
        .collect();
    assert_eq!(lengths, ["0", "", ""]);
}
