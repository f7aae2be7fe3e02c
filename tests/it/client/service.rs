//! Against the sandbox: every operation, and every way in which the service can say no.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::TryStreamExt;
use hwgrants::cloud::{
    Arguments, Call, Client, DirectoryUser, Environment, Error, ErrorKind, GranteeType,
    ResourceType, Sensitive, Settings, UserId,
};
use hwgrants::sandbox::{
    Fault, FaultAction, GranteeKind, ProjectId, ResourceKind, Sandbox, SandboxOptions,
    SandboxResource, SecretState, StoredGrantee, seed,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{call, grantee, place, region, secret, tenant, terms};

async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default())
        .await
        .expect("a sandbox")
}

/// A client with a token of its own; `prefix` is put behind the sandbox's address.
fn client_with(sandbox: &Sandbox, prefix: &str, token: &str, max_retries: u32) -> Client {
    let arguments = Arguments {
        token: Some(Sensitive::new(token)),
        max_retries: Some(max_retries),
        ..Arguments::default()
    };
    let url = format!("{}{prefix}", sandbox.url());
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &url)]);
    Client::new(Settings::new(arguments, &environment).expect("settings"))
}

pub(crate) fn client(sandbox: &Sandbox, max_retries: u32) -> Client {
    client_with(sandbox, "", seed::TOKEN, max_retries)
}

async fn create(client: &Client, call: &Call) -> Result<(), Error> {
    let (place, terms) = (
        place(seed::PROJECT_ID),
        terms(seed::SECRET_DB_PASSWORD, seed::USER_ANA),
    );
    client.create_grants(call, &place, &terms).await.map(drop)
}

async fn update(client: &Client, call: &Call) -> Result<(), Error> {
    let (place, terms) = (
        place(seed::PROJECT_ID),
        terms(seed::SECRET_DB_PASSWORD, seed::USER_ANA),
    );
    client.update_grant(call, &place, &terms).await.map(drop)
}

async fn list(client: &Client, call: &Call) -> Result<(), Error> {
    let (place, secret) = (place(seed::PROJECT_ID), secret(seed::SECRET_DB_PASSWORD));
    client.list_grants(call, &place, &secret).await.map(drop)
}

async fn delete(client: &Client, call: &Call) -> Result<(), Error> {
    let (secret, grantee) = (secret(seed::SECRET_DB_PASSWORD), grantee(seed::USER_ANA));
    client
        .delete_grant(call, &place(seed::PROJECT_ID), &secret, &grantee)
        .await
}

async fn delegate(client: &Client, call: &Call) -> Result<(), Error> {
    let tenant = tenant(seed::ACCOUNT_ID);
    client
        .create_tenant_kms_grant(call, &region(), &tenant)
        .await
        .map(drop)
}

/// The names of the operations asked for so far.
fn asked(sandbox: &Sandbox) -> Vec<&'static str> {
    let requests = sandbox.world().requests();
    requests
        .iter()
        .filter_map(|request| request.operation)
        .collect()
}

#[tokio::test]
async fn a_grant_is_created_listed_updated_and_deleted() {
    let sandbox = sandbox().await;
    let (client, place) = (client(&sandbox, 0), place(seed::PROJECT_ID));
    let mut terms = terms(seed::SECRET_DB_PASSWORD, seed::USER_ANA);

    let created = client
        .create_grants(&call(), &place, &terms)
        .await
        .expect("a grant");
    assert!(created.uuid.is_some());
    assert_eq!(created.grantee_user.as_deref(), Some(seed::USER_ANA));
    assert_eq!(
        created.resource_id.as_deref(),
        Some(seed::SECRET_DB_PASSWORD)
    );

    let listed = client
        .list_grants(&call(), &place, &terms.resource_id)
        .await
        .expect("a list");
    let entry = listed.find(&terms.grantee_id).expect("an entry");
    assert_eq!(entry.name.as_deref(), Some("Ana Ruiz"));
    let expires_on = terms.expires_on.expect("a date");
    assert!(entry.expiry.is_on(expires_on));

    terms.expires_on = Some("2027-06-30".parse().expect("a date"));
    client
        .update_grant(&call(), &place, &terms)
        .await
        .expect("a change");
    let held = sandbox.world().grants(seed::SECRET_DB_PASSWORD);
    assert_eq!(held[seed::USER_ANA].validity_date, terms.expires_on);

    let (secret, ana) = (&terms.resource_id, &terms.grantee_id);
    client
        .delete_grant(&call(), &place, secret, ana)
        .await
        .expect("a deletion");
    let listed = client
        .list_grants(&call(), &place, secret)
        .await
        .expect("a list");
    assert_eq!(listed.grantees, []);
}

#[tokio::test]
async fn deleting_one_grant_leaves_the_others() {
    let sandbox = sandbox().await;
    let (client, place) = (client(&sandbox, 0), place(seed::PROJECT_ID));
    for user in [seed::USER_ANA, seed::USER_BEN] {
        let terms = terms(seed::SECRET_DB_PASSWORD, user);
        client
            .create_grants(&call(), &place, &terms)
            .await
            .expect("a grant");
    }
    delete(&client, &call()).await.expect("a deletion");
    let left: Vec<_> = sandbox
        .world()
        .grants(seed::SECRET_DB_PASSWORD)
        .into_keys()
        .collect();
    assert_eq!(left, [seed::USER_BEN.into()]);
}

#[tokio::test]
async fn a_secret_group_is_granted_to_a_user_group() {
    let sandbox = sandbox().await;
    let mut terms = terms(seed::SECRET_GROUP_BILLING, seed::GROUP_ONCALL);
    terms.resource_type = ResourceType::Group;
    terms.grantee_type = GranteeType::Group;
    terms.expires_on = None;
    let place = place(seed::PROJECT_ID);
    let granted = client(&sandbox, 0)
        .create_grants(&call(), &place, &terms)
        .await;
    assert!(granted.is_ok(), "{granted:?}");
    assert_eq!(sandbox.world().grants(seed::SECRET_GROUP_BILLING).len(), 1);
}

#[tokio::test]
async fn secrets_are_listed_across_all_pages() {
    let sandbox = sandbox().await;
    for number in 0..150 {
        let resource = SandboxResource {
            project_id: ProjectId::from(seed::PROJECT_ID),
            kind: ResourceKind::Secret,
            name: format!("extra-{number}"),
            state: SecretState::Enabled,
            created_at: sandbox.world().now(),
        };
        sandbox
            .world()
            .add_resource(&format!("00000000-0000-4000-8000-{number:012}"), resource);
    }
    let (client, place) = (client(&sandbox, 0), place(seed::PROJECT_ID));
    let mut names = std::collections::BTreeSet::new();
    let mut marker = None;
    loop {
        let page = client
            .list_secrets(&call(), &place, marker.as_deref())
            .await
            .expect("a page");
        names.extend(page.secrets.into_iter().map(|secret| secret.name));
        marker = page.next_marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(names.len(), 154);
    assert!(asked(&sandbox).len() > 1);
}

/// Users that a client lists, or the error that ends the list.
async fn users(client: &Client, name: Option<&str>) -> Result<Vec<DirectoryUser>, Error> {
    let region = region();
    client.users(&region, name, call).try_collect().await
}

#[tokio::test]
async fn users_are_listed_across_all_pages() {
    let sandbox = sandbox().await;
    for number in 0..196 {
        let user = StoredGrantee::new(format!("Guest {number}"), GranteeKind::User);
        sandbox.world().add_grantee(&format!("9-{number:03}"), user);
    }
    let client = client(&sandbox, 0);
    // Two full pages: the total says that there is no third.
    let all = users(&client, None).await.expect("users");
    assert_eq!(all.len(), 200);
    assert_eq!(asked(&sandbox), ["ListUsers", "ListUsers"]);
    let found = users(&client, Some("RUIZ")).await.expect("users");
    let names: Vec<_> = found.iter().map(|user| user.user_name.as_deref()).collect();
    assert_eq!(names, [Some("Ana Ruiz")]);
}

#[tokio::test]
async fn a_user_list_is_an_error_if_users_are_missing_or_the_answer_is_none() {
    let page = |users: &[&str], total: Value| {
        let users = users
            .iter()
            .map(|id| json!({"user_id": id, "disabled": "TRUE"}));
        json!({"total": total, "users": users.collect::<Vec<_>>()}).to_string()
    };
    let none = json!(null);
    for (pages, expected) in [
        // Without a total, an empty page is the end.
        (
            vec![page(&["a", "b"], none.clone()), page(&[], none.clone())],
            Ok(2),
        ),
        // A user that is added meanwhile moves another one to the next page.
        (
            vec![page(&["a", "b"], json!(3)), page(&["b", "c"], json!("3"))],
            Ok(3),
        ),
        (
            vec![page(&["a"], json!(2)), page(&[], json!(2))],
            Err("a total of 2 users"),
        ),
        (
            vec![page(&["a"], json!(2)), page(&["a"], json!(2))],
            Err("its pages contain 1"),
        ),
        (
            vec![page(&[""], json!(1))],
            Err("does not match the documented structure"),
        ),
        (vec![json!({"total": 0}).to_string()], Err("does not match")),
        (vec!["[]".to_owned()], Err("does not match")),
    ] {
        let sandbox = sandbox().await;
        for page in &pages {
            let raw = FaultAction::raw(StatusCode::OK, page);
            sandbox.world().faults().add(Fault::on("ListUsers", raw));
        }
        let found = users(&client(&sandbox, 0), None).await;
        match (found, expected) {
            (Ok(users), Ok(count)) => {
                assert_eq!(users.len(), count, "{pages:?}");
                assert_eq!(users[0].is_disabled, Some(true));
            }
            (Err(error), Err(words)) => {
                assert_eq!(error.kind(), ErrorKind::Unreadable, "{error}");
                assert!(error.to_string().contains(words), "{error}");
            }
            (found, expected) => panic!("{found:?} {expected:?} {pages:?}"),
        }
    }
}

#[tokio::test]
async fn a_user_is_shown_and_an_answer_about_another_one_is_not_believed() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, 0);
    let ana = UserId::new(seed::USER_ANA).unwrap();
    let user = client
        .show_user(&call(), &region(), &ana)
        .await
        .expect("a user");
    assert_eq!(user.user_name.as_deref(), Some("Ana Ruiz"));
    assert_eq!(user.is_disabled, Some(false));
    let unknown = UserId::new("no-such-user").unwrap();
    let error = client
        .show_user(&call(), &region(), &unknown)
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let other = json!({"user_id": seed::USER_BEN}).to_string();
    let raw = FaultAction::raw(StatusCode::OK, &other);
    sandbox
        .world()
        .faults()
        .add(Fault::on("ShowUserDetail", raw));
    let error = client
        .show_user(&call(), &region(), &ana)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(error.to_string().contains("about another user"), "{error}");
}

#[tokio::test]
async fn the_kms_grant_is_absent_until_it_is_created() {
    let sandbox = sandbox().await;
    let (client, tenant) = (client(&sandbox, 0), tenant(seed::ACCOUNT_ID));
    let shown = client
        .show_tenant_kms_grant(&call(), &region(), &tenant)
        .await
        .expect("an answer");
    assert!(!shown);
    let created = client
        .create_tenant_kms_grant(&call(), &region(), &tenant)
        .await
        .expect("a grant");
    assert!(created);
    let shown = client
        .show_tenant_kms_grant(&call(), &region(), &tenant)
        .await
        .expect("an answer");
    assert!(shown);
}

#[tokio::test]
async fn each_failure_has_an_error_kind_and_a_request_id() {
    let sandbox = sandbox().await;
    let good = client(&sandbox, 0);
    let with = |token| client_with(&sandbox, "", token, 0);
    let elsewhere = client_with(&sandbox, "/wrong", seed::TOKEN, 0);
    let unknown = secret("00000000-0000-4000-8000-000000000000");
    let place = place(seed::PROJECT_ID);
    let call = call();
    for (result, kind) in [
        (
            list(&with(seed::TOKEN_EXPIRED), &call).await,
            ErrorKind::Authentication,
        ),
        (
            list(&with("a-token-that-nobody-ever-has-issued"), &call).await,
            ErrorKind::Authentication,
        ),
        (
            create(&with(seed::TOKEN_READ_ONLY), &call).await,
            ErrorKind::Permission,
        ),
        (
            delegate(&with(seed::TOKEN_READ_ONLY), &call).await,
            ErrorKind::Permission,
        ),
        (
            good.list_grants(&call, &place, &unknown).await.map(drop),
            ErrorKind::NotFound,
        ),
        (list(&elsewhere, &call).await, ErrorKind::WrongEndpoint),
    ] {
        let error = result.expect_err("a refusal");
        assert_eq!((error.kind(), error.attempts()), (kind, 1), "{error}");
        assert!(
            error.request_id().is_some_and(|id| !id.is_empty()),
            "{error}"
        );
        assert!(!error.is_ambiguous(), "{error}");
    }
}

#[tokio::test]
async fn each_error_response_maps_to_an_error_kind() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, 0);
    for (status, code, kind, is_ambiguous) in [
        (400, "CSMS.0005", ErrorKind::NotFound, false),
        (400, "CSMS.0106", ErrorKind::NotFound, false),
        (404, "CSMS.0999", ErrorKind::NotFound, false),
        (404, "APIGW.0101", ErrorKind::WrongEndpoint, false),
        (403, "APIGW.0801", ErrorKind::WrongEndpoint, false),
        (401, "APIGW.0301", ErrorKind::Authentication, false),
        (401, "APIGW.0307", ErrorKind::Authentication, false),
        (400, "CSMS.0301", ErrorKind::Authentication, false),
        (401, "CH.080401", ErrorKind::Permission, false),
        (403, "CSMS.0302", ErrorKind::Permission, false),
        (429, "APIGW.0308", ErrorKind::Throttled, false),
        (409, "CSMS.0002", ErrorKind::Conflict, false),
        (400, "CSMS.0002", ErrorKind::Invalid, false),
        (500, "APIGW.0601", ErrorKind::Transient, true),
        (502, "APIGW.0610", ErrorKind::Transient, true),
        (503, "APIGW.0613", ErrorKind::Transient, true),
        (504, "APIGW.0201", ErrorKind::Transient, true),
    ] {
        let status = StatusCode::from_u16(status).expect("a status");
        let fault = || Fault::on_any(FaultAction::error(status, code, "as foreseen"));
        sandbox.world().faults().add(fault());
        let error = create(&client, &call()).await.expect_err(code);
        assert_eq!(
            (error.kind(), error.is_ambiguous()),
            (kind, is_ambiguous),
            "{error}"
        );
        assert_eq!(
            (error.status(), error.code()),
            (Some(status.as_u16()), Some(code))
        );
        assert_eq!(error.message(), Some("as foreseen"));
        // A read changes nothing, so nobody has to wonder.
        sandbox.world().faults().add(fault());
        let error = list(&client, &call()).await.expect_err(code);
        assert_eq!(
            (error.kind(), error.is_ambiguous()),
            (kind, false),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_dropped_create_is_ambiguous_and_sent_once() {
    let drop_before = FaultAction::Drop {
        when: hwgrants::sandbox::When::BeforeEffect,
    };
    for (action, count) in [(drop_before.clone(), 0), (drop_before.after_effect(), 1)] {
        let sandbox = sandbox().await;
        sandbox
            .world()
            .faults()
            .add(Fault::on("CreateGrants", action));
        let error = create(&client(&sandbox, 5), &call())
            .await
            .expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
        assert!(error.is_ambiguous(), "{error}");
        assert_eq!(asked(&sandbox), ["CreateGrants"]);
        assert_eq!(
            sandbox.world().grants(seed::SECRET_DB_PASSWORD).len(),
            count
        );
    }
}

#[tokio::test]
async fn idempotent_operations_are_retried_after_a_lost_response() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, 1);
    create(&client, &call()).await.expect("a grant");
    let lost = || FaultAction::raw(StatusCode::BAD_GATEWAY, "<html>").after_effect();
    for operation in [
        "UpdateGrant",
        "ListGrants",
        "DeleteGrant",
        "CreateTenantKmsGrant",
    ] {
        sandbox.world().clear_requests();
        sandbox.world().faults().add(Fault::on(operation, lost()));
        let done = match operation {
            "UpdateGrant" => update(&client, &call()).await,
            "ListGrants" => list(&client, &call()).await,
            "DeleteGrant" => delete(&client, &call()).await,
            _ => delegate(&client, &call()).await,
        };
        // The second deletion finds nothing, which says nothing about the first.
        let is_open = |error: &Error| error.is_not_found() && error.is_ambiguous();
        match (operation, done) {
            ("DeleteGrant", done) => assert!(done.as_ref().is_err_and(is_open), "{done:?}"),
            (_, done) => assert!(done.is_ok(), "{done:?}"),
        }
        assert_eq!(asked(&sandbox), [operation, operation]);
    }
    assert!(sandbox.world().grants(seed::SECRET_DB_PASSWORD).is_empty());
    assert!(sandbox.world().is_delegated(seed::ACCOUNT_ID));
}

#[tokio::test]
async fn a_throttled_create_is_retried_and_creates_one_grant() {
    let sandbox = sandbox().await;
    sandbox
        .world()
        .faults()
        .add(Fault::on("CreateGrants", FaultAction::throttle("1 second")));
    create(&client(&sandbox, 1), &call())
        .await
        .expect("a grant");
    assert_eq!(asked(&sandbox), ["CreateGrants", "CreateGrants"]);
    assert_eq!(sandbox.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
}

#[tokio::test]
async fn a_create_past_its_deadline_is_an_ambiguous_timeout() {
    let sandbox = sandbox().await;
    let slow = FaultAction::Delay {
        delay: Duration::from_secs(10),
        when: hwgrants::sandbox::When::AfterEffect,
    };
    sandbox
        .world()
        .faults()
        .add(Fault::on("CreateGrants", slow));
    let soon = Call::within(Duration::from_millis(200), CancellationToken::new());
    let error = create(&client(&sandbox, 5), &soon)
        .await
        .expect_err("no answer in time");
    assert_eq!(
        (error.kind(), error.is_ambiguous()),
        (ErrorKind::Timeout, true),
        "{error}"
    );
    assert_eq!(sandbox.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
}

#[tokio::test]
async fn every_delete_names_a_grantee() {
    let sandbox = sandbox().await;
    let client = client(&sandbox, 0);
    create(&client, &call()).await.expect("a grant");
    delete(&client, &call()).await.expect("a deletion");
    let requests = sandbox.world().requests();
    let deletes: Vec<_> = requests
        .iter()
        .filter(|request| request.method == "DELETE")
        .collect();
    assert_eq!(deletes.len(), 1);
    let query = deletes[0].query.as_deref().expect("a query");
    assert!(
        query.starts_with(&format!("grantee_user={}&", seed::USER_ANA)),
        "{query}"
    );
}
