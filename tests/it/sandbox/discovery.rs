//! Operations of IAM that official clients use besides logins, and the format of the responses.

use std::io::{Read, Write};
use std::net::TcpStream;

use hwgrants::sandbox::seed::{
    ACCOUNT_ID, AGENCY_ACCOUNT_NAME, AGENCY_NAME, AGENCY_PROJECT_ID, ID_TOKEN,
    IDENTITY_PROVIDER_ID, OTHER_PROJECT_ID, OTHER_REGION, PROJECT_ID, REGION, TOKEN, TOKEN_EXPIRED,
};
use hwgrants::sandbox::{Fault, FaultAction, IssuedToken, Permission};
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::signature::Key;
use super::{Bench, grants, json as body_json, kms_grant, send};

const TOKENS: &str = "/v3/auth/tokens";

fn federation(provider: &str, protocol: &str) -> String {
    format!("/v3/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/auth")
}

fn login(scope: &Value) -> Value {
    let identity = json!({"methods": ["token"], "token": {"id": TOKEN}});
    json!({"auth": {"identity": identity, "scope": scope}})
}

#[tokio::test]
async fn the_version_requires_no_authentication() {
    let bench = Bench::start().await;
    let all = send(bench.anonymous(Method::GET, "/")).await;
    let version = all.ok(300)["versions"]["values"][0].take();
    assert_eq!(version["id"], "v3.6");
    let one = send(bench.anonymous(Method::GET, "/v3")).await.ok(200);
    assert_eq!(one["version"], version);
    let link = format!("{}/v3/", bench.sandbox.url());
    assert_eq!(version["links"][0]["href"], link);
    let linked = send(bench.anonymous(Method::GET, "/v3/")).await.ok(200);
    assert_eq!(linked, one);
}

#[tokio::test]
async fn regions_and_own_projects_are_listed() {
    let bench = Bench::start().await;
    let listed = bench.get("/v3/regions").await.ok(200);
    let ids = |list: &Value| -> Vec<Value> {
        let list = list.as_array().expect("a list").iter();
        list.map(|entry| entry["id"].clone()).collect()
    };
    assert_eq!(ids(&listed["regions"]), [OTHER_REGION, REGION]);
    let one = bench.get(&format!("/v3/regions/{REGION}")).await.ok(200);
    assert_eq!(one["region"], listed["regions"][1]);
    let unknown = bench.get("/v3/regions/nowhere").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let projects = bench.get("/v3/auth/projects").await.ok(200);
    assert_eq!(ids(&projects["projects"]), [PROJECT_ID, OTHER_PROJECT_ID]);
    for path in ["/v3/regions", "/v3/auth/projects"] {
        let reply = send(bench.anonymous(Method::GET, path)).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn a_token_can_be_validated_and_unknown_tokens_return_404() {
    let bench = Bench::start().await;
    let ask = async |subject: &str| {
        let request = bench.request(Method::GET, TOKENS);
        send(request.header("X-Subject-Token", subject)).await
    };
    let scope = json!({"project": {"id": PROJECT_ID}});
    let issued = send(body_json(
        bench.request(Method::POST, TOKENS),
        &login(&scope),
    ))
    .await;
    let token = issued.header("x-subject-token").to_owned();
    let shown = ask(&token).await;
    assert_eq!(shown.header("x-subject-token"), token);
    assert_eq!(shown.ok(200), issued.ok(201));
    assert_eq!(
        ask(TOKEN).await.ok(200)["token"]["project"]["id"],
        PROJECT_ID
    );

    let foreign = IssuedToken {
        user_name: "stranger".to_owned(),
        account_id: "elsewhere".into(),
        project_id: AGENCY_PROJECT_ID.into(),
        permissions: Permission::ALL.into(),
        expires_at: Timestamp::MAX,
    };
    bench.sandbox.world().add_token("foreign", foreign);
    for unknown in ["unknown", "foreign", TOKEN_EXPIRED] {
        let reply = ask(unknown).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let reply = bench.get(TOKENS).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_token_scope_prefers_the_project_and_defaults_to_the_account() {
    let bench = Bench::start().await;
    let issue = async |scope: &Value| {
        let request = bench.anonymous(Method::POST, TOKENS);
        send(body_json(request, &login(scope))).await.ok(201)["token"].take()
    };
    let both = json!({"project": {"name": REGION}, "domain": {"id": ACCOUNT_ID}});
    let token = issue(&both).await;
    assert_eq!(token["project"]["id"], PROJECT_ID);
    assert_eq!(token.get("domain"), None);
    let token = issue(&json!({})).await;
    assert_eq!(token["domain"]["id"], ACCOUNT_ID);
    assert_eq!(token.get("project"), None);
}

#[tokio::test]
async fn a_signed_request_for_an_agency_token_requires_x_domain_id() {
    let bench = Bench::start().await;
    let role = json!({"domain_name": AGENCY_ACCOUNT_NAME, "agency_name": AGENCY_NAME});
    let identity = json!({"methods": ["assume_role"], "assume_role": role});
    let scope = json!({"project": {"name": REGION}});
    let body = json!({"auth": {"identity": identity, "scope": scope}}).to_string();
    let key = Key::of_seed();
    let signed = || bench.signed(&key, None, Method::POST, TOKENS, &body);
    let issued = send(signed().header("X-Domain-Id", ACCOUNT_ID)).await;
    assert_eq!(issued.ok(201)["token"]["project"]["id"], AGENCY_PROJECT_ID);
    for request in [
        signed(),
        bench.anonymous(Method::POST, TOKENS).body(body.clone()),
    ] {
        assert_eq!(send(request).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn iam_and_sts_accept_json_without_a_content_type() {
    let bench = Bench::start().await;
    let scope = json!({"project": {"name": REGION}});
    let request = bench.anonymous(Method::POST, TOKENS);
    send(request.body(login(&scope).to_string())).await.ok(201);
    let body = json!({"auth": {"id_token": {"id": ID_TOKEN}}}).to_string();
    let request = bench.anonymous(Method::POST, "/v3.0/OS-AUTH/id-token/tokens");
    let request = request.header("X-Idp-Id", IDENTITY_PROVIDER_ID).body(body);
    send(request).await.ok(201);
    let request = bench
        .request(Method::POST, "/v5/agencies/assume")
        .body("{}");
    // The body is read, and then refused for another reason.
    send(request).await.refused(401, "IAM.0001");
    let request = bench.request(Method::POST, &grants("")).body("{}");
    send(request)
        .await
        .refused_naming(400, "CSMS.0004", "Content-Type");
}

#[tokio::test]
async fn a_bearer_id_token_is_exchanged_for_an_unscoped_token() {
    let bench = Bench::start().await;
    let ask = async |provider: &str, protocol: &str, authorization: &str| {
        let request = bench.anonymous(Method::POST, &federation(provider, protocol));
        send(request.header("Authorization", authorization).body("{}")).await
    };
    let bearer = format!("Bearer {ID_TOKEN}");
    let issued = ask(IDENTITY_PROVIDER_ID, "oidc", &bearer).await;
    let token = issued.header("x-subject-token").to_owned();
    let body = issued.ok(201);
    let federation = &body["token"]["user"]["OS-FEDERATION"];
    assert_eq!(federation["identity_provider"]["id"], IDENTITY_PROVIDER_ID);
    let identity = json!({"methods": ["token"], "token": {"id": token}});
    let scope = json!({"project": {"id": PROJECT_ID}});
    let scoped = json!({"auth": {"identity": identity, "scope": scope}});
    send(body_json(bench.anonymous(Method::POST, TOKENS), &scoped))
        .await
        .ok(201);
    for (provider, protocol, authorization, status) in [
        ("unknown", "oidc", bearer.as_str(), 404),
        (IDENTITY_PROVIDER_ID, "saml", &bearer, 404),
        (IDENTITY_PROVIDER_ID, "oidc", "Bearer wrong", 401),
        (IDENTITY_PROVIDER_ID, "oidc", "Bearer ", 401),
        (IDENTITY_PROVIDER_ID, "oidc", ID_TOKEN, 401),
    ] {
        let reply = ask(provider, protocol, authorization).await;
        assert_eq!(reply.status.as_u16(), status, "{authorization}");
    }
}

#[tokio::test]
async fn iam_responses_have_a_trace_id_but_repo_responses_do_not() {
    let bench = Bench::start().await;
    for path in ["/v3/projects", "/v3/regions/nowhere"] {
        let reply = bench.get(path).await;
        assert_eq!(reply.header("x-iam-trace-id"), reply.header("x-request-id"));
    }
    let reply = bench.get(&kms_grant()).await;
    assert_eq!(reply.headers.get("x-iam-trace-id"), None);
}

#[tokio::test]
async fn header_names_are_in_title_case() {
    let bench = Bench::start().await;
    let url = bench.sandbox.url();
    let host = url.strip_prefix("http://").expect("an address").to_owned();
    let body = login(&json!({"project": {"id": PROJECT_ID}})).to_string();
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&host).expect("connected");
        let length = body.len();
        write!(
            stream,
            "POST {TOKENS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    });
    let answer = answer.await.expect("no panic");
    for name in ["X-Subject-Token", "X-Request-Id", "Content-Type"] {
        assert!(answer.contains(&format!("\r\n{name}: ")), "{answer}");
    }
}

#[tokio::test]
async fn a_fault_body_is_sent_with_nosniff_and_a_strict_csp() {
    let bench = Bench::start().await;
    let html = "<script>fetch('/_sandbox/state')</script>";
    let fault = Fault::on_any(FaultAction::raw(StatusCode::OK, html));
    bench.sandbox.world().faults().add(fault);
    let reply = bench.get(&kms_grant()).await;
    assert_eq!(reply.body, html);
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("sandbox"), "{policy}");
}
