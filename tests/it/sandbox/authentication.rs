//! Authentication, authorization and unknown paths.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hwgrants::sandbox::seed::{
    ACCOUNT_ID, PROJECT_ID, SECRET_DB_PASSWORD, TOKEN, TOKEN_EXPIRED, TOKEN_READ_ONLY, USER_ANA,
};
use hwgrants::sandbox::{IssuedToken, Permission, SandboxOptions, Seed};
use jiff::Timestamp;
use reqwest::Method;

use super::{Bench, Reply, grants, grants_of, json, kms_grant, send, terms};

async fn get_with(bench: &Bench, token: &str, path: &str) -> Reply {
    let request = bench.anonymous(Method::GET, path);
    send(request.header("X-Auth-Token", token)).await
}

fn token(permissions: &[Permission]) -> IssuedToken {
    IssuedToken {
        user_name: "someone".to_owned(),
        account_id: ACCOUNT_ID.into(),
        project_id: PROJECT_ID.into(),
        permissions: permissions.iter().copied().collect(),
        expires_at: Timestamp::MAX,
    }
}

#[tokio::test]
async fn missing_invalid_and_expired_tokens_are_refused() {
    let bench = Bench::start().await;
    for (path, expired) in [
        (grants_of(SECRET_DB_PASSWORD), "APIGW.0307"),
        (kms_grant(), "DEV.00000003"),
    ] {
        send(bench.anonymous(Method::GET, &path))
            .await
            .refused(401, "APIGW.0301");
        get_with(&bench, "", &path).await.refused(401, "APIGW.0301");
        get_with(&bench, "sandbox-token-that-nobody-has-ever-issued", &path)
            .await
            .refused(401, "APIGW.0301");
        get_with(&bench, TOKEN_EXPIRED, &path)
            .await
            .refused(401, expired);
        let request = bench
            .anonymous(Method::GET, &path)
            .header("Authorization", format!("Bearer {TOKEN}"));
        send(request).await.refused(401, "APIGW.0301");
    }
}

#[tokio::test]
async fn a_token_expires_by_the_system_clock() {
    let now = Timestamp::now();
    let seconds = Arc::new(AtomicI64::new(0));
    let ticking = Arc::clone(&seconds);
    let clock = move || now + jiff::SignedDuration::from_secs(ticking.load(Ordering::Relaxed));
    let bench = Bench::start_with(SandboxOptions {
        clock: Arc::new(clock),
        ..SandboxOptions::default()
    })
    .await;
    bench.get(&kms_grant()).await.ok(202);
    seconds.store(31 * 24 * 3600, Ordering::Relaxed);
    bench.get(&kms_grant()).await.refused(401, "DEV.00000003");
}

#[tokio::test]
async fn an_empty_sandbox_accepts_no_token() {
    let bench = Bench::start_with(SandboxOptions {
        seed: Seed::Empty,
        ..SandboxOptions::default()
    })
    .await;
    bench.get(&kms_grant()).await.refused(401, "APIGW.0301");
}

#[tokio::test]
async fn a_read_only_token_cannot_write() {
    let bench = Bench::start().await;
    let with_token = |method, path: &str| {
        bench
            .anonymous(method, path)
            .header("X-Auth-Token", TOKEN_READ_ONLY)
    };
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    send(json(with_token(Method::POST, &grants("")), &body))
        .await
        .refused_naming(403, "CSMS.0302", "CreateGrants");
    let grant = grants_of(SECRET_DB_PASSWORD);
    send(json(with_token(Method::PUT, &grant), &body))
        .await
        .refused_naming(403, "CSMS.0302", "UpdateGrant");
    send(with_token(Method::DELETE, &grant))
        .await
        .refused_naming(403, "CSMS.0302", "DeleteGrant");
    send(with_token(Method::POST, &kms_grant()))
        .await
        .refused_naming(403, "CH.004403", "permission");
    send(with_token(Method::GET, &grant)).await.ok(200);
    send(with_token(Method::GET, &kms_grant())).await.ok(202);
}

#[tokio::test]
async fn every_operation_requires_its_own_permission() {
    let bench = Bench::start().await;
    let secrets = format!("/v1/{PROJECT_ID}/secrets");
    let secret = format!("{secrets}/db-password");
    let csms = grants_of(SECRET_DB_PASSWORD);
    let operations = [
        (Method::POST, &csms, Permission::WriteCsms, "CSMS.0302"),
        (Method::GET, &csms, Permission::ReadCsms, "CSMS.0302"),
        (Method::PUT, &csms, Permission::WriteCsms, "CSMS.0302"),
        (Method::DELETE, &csms, Permission::WriteCsms, "CSMS.0302"),
        (Method::GET, &secrets, Permission::ReadCsms, "CSMS.0302"),
        (Method::GET, &secret, Permission::ReadCsms, "CSMS.0302"),
        (
            Method::POST,
            &kms_grant(),
            Permission::WriteRepo,
            "CH.004403",
        ),
        (Method::GET, &kms_grant(), Permission::ReadRepo, "CH.004403"),
    ];
    for (method, path, needed, code) in operations {
        let mut others = BTreeSet::from(Permission::ALL);
        others.remove(&needed);
        let text = "a-token-with-all-permissions-but-the-one-needed";
        let others: Vec<_> = others.into_iter().collect();
        bench.sandbox.world().add_token(text, token(&others));
        let request = bench.anonymous(method, path).header("X-Auth-Token", text);
        send(request).await.refused(403, code);
    }
}

#[tokio::test]
async fn repo_accepts_a_token_that_is_too_short_for_csms() {
    let bench = Bench::start().await;
    let short = "only-31-characters-are-in-here-";
    bench
        .sandbox
        .world()
        .add_token(short, token(&Permission::ALL));
    get_with(&bench, short, &grants_of(SECRET_DB_PASSWORD))
        .await
        .refused(400, "CSMS.0301");
    get_with(&bench, short, &kms_grant()).await.ok(202);
}

#[tokio::test]
async fn csms_accepts_a_token_that_is_too_long_for_repo() {
    let bench = Bench::start().await;
    let long = "x".repeat(100_001);
    bench
        .sandbox
        .world()
        .add_token(&long, token(&Permission::ALL));
    get_with(&bench, &long, &kms_grant())
        .await
        .refused(401, "DEV.00000003");
    get_with(&bench, &long, &grants_of(SECRET_DB_PASSWORD))
        .await
        .ok(200);
}

#[tokio::test]
async fn a_path_with_another_project_is_refused() {
    let bench = Bench::start().await;
    let path = format!("/v1/{ACCOUNT_ID}/csms/grants?resource_id={SECRET_DB_PASSWORD}");
    bench
        .get(&path)
        .await
        .refused_naming(403, "CSMS.0302", "project_id");
}

#[tokio::test]
async fn an_unknown_path_returns_404() {
    let bench = Bench::start().await;
    let paths = [
        format!("/v1/{PROJECT_ID}/csms/grants/"),
        format!("/v1/{PROJECT_ID}/csms/grant"),
        format!("/v1.0/{PROJECT_ID}/csms/grants"),
        format!("//v1/{PROJECT_ID}/csms/grants"),
        format!("/v1/{PROJECT_ID}/CSMS/grants"),
        format!("/v1/csms/grants?project_id={PROJECT_ID}"),
        format!("/v4/tenants/{ACCOUNT_ID}/repo-encryption/kms_grant"),
        "/v4/tenants//repo-encryption/kms-grant".to_owned(),
    ];
    for path in paths {
        bench.get(&path).await.refused(404, "APIGW.0101");
    }
}

#[tokio::test]
async fn an_unsupported_method_returns_404() {
    let bench = Bench::start().await;
    for method in [Method::PATCH, Method::OPTIONS] {
        let reply = send(bench.request(method, &grants_of(SECRET_DB_PASSWORD))).await;
        reply.refused(404, "APIGW.0101");
    }
    let reply = send(bench.request(Method::HEAD, &grants_of(SECRET_DB_PASSWORD))).await;
    assert_eq!(reply.status.as_u16(), 404);
}

#[tokio::test]
async fn an_unknown_path_is_refused_before_authentication() {
    let bench = Bench::start().await;
    send(bench.anonymous(Method::GET, "/v1/nothing"))
        .await
        .refused(404, "APIGW.0101");
}

#[tokio::test]
async fn a_body_over_12_mib_is_refused_by_the_gateway() {
    let bench = Bench::start().await;
    let request = bench
        .request(Method::POST, &grants(""))
        .header("Content-Type", "application/json");
    send(request.body(vec![b' '; 12 * 1024 * 1024 + 1]))
        .await
        .refused(413, "APIGW.0201");
}

#[tokio::test]
async fn a_path_with_invalid_utf_8_returns_400() {
    let bench = Bench::start().await;
    bench
        .get("/v1/%FF/csms/grants?resource_id=1")
        .await
        .refused(400, "APIGW.0201");
}
