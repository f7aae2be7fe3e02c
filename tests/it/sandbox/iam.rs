//! IAM: logins, projects, accounts and temporary access keys.

use std::time::Duration;

use hwgrants::sandbox::seed::{
    ACCOUNT_ID, ACCOUNT_NAME, AGENCY_ACCOUNT_ID, AGENCY_ACCOUNT_NAME, AGENCY_NAME,
    AGENCY_PROJECT_ID, ID_TOKEN, IDENTITY_PROVIDER_ID, OTHER_PROJECT_ID, OTHER_REGION, PASSWORD,
    PROJECT_ID, REGION, SECRET_DB_PASSWORD, TOKEN, TOKEN_EXPIRED, TOKEN_READ_ONLY, USER_ID,
    USER_NAME,
};
use hwgrants::sandbox::{
    Agency, IdentityProvider, IssuedToken, MAX_LOGIN_TRIES, Permission, Principal, SandboxUser,
};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::signature::Key;
use super::{Bench, Reply, grants_of, json, kms_grant, send};

const TOKENS: &str = "/v3/auth/tokens";
const ID_TOKENS: &str = "/v3.0/OS-AUTH/id-token/tokens";
const ACCESS_KEYS: &str = "/v3.0/OS-CREDENTIAL/securitytokens";

impl Bench {
    /// A request with credentials in its body only.
    fn login(&self, path: &str, body: &Value) -> RequestBuilder {
        json(self.anonymous(Method::POST, path), body)
    }

    async fn get_with(&self, token: &str, path: &str) -> Reply {
        let request = self.anonymous(Method::GET, path);
        send(request.header("X-Auth-Token", token)).await
    }

    async fn get_signed(&self, key: &Key, project: &str, path: &str) -> Reply {
        send(self.signed(key, Some(project), Method::GET, path, "")).await
    }
}

impl Reply {
    /// The token in a response.
    fn subject_token(&self) -> String {
        assert_eq!(self.status.as_u16(), 201, "{self:?}");
        let token = self.header("x-subject-token");
        assert!(
            !self.body.contains(token),
            "the token is in the header only"
        );
        token.to_owned()
    }

    /// The temporary key in a response.
    fn credential(&self) -> Key {
        let body = self.ok(201);
        let text = |name: &str| body["credential"][name].as_str().unwrap().to_owned();
        Key {
            id: text("access"),
            secret: text("secret"),
            security_token: Some(text("securitytoken")),
        }
    }

    /// An error of IAM under `/v3/`, which has its own error body.
    fn refused_by_keystone(&self, status: u16, title: &str, part: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        let body = self.json();
        let error = body["error"].as_object().unwrap();
        assert_eq!(
            error.keys().collect::<Vec<_>>(),
            ["code", "message", "title"]
        );
        assert_eq!(
            (&error["code"], &error["title"]),
            (&json!(status), &json!(title))
        );
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(part), "`{part}` in {message}");
    }
}

/// The user of the seed, by name and account.
fn user() -> Value {
    json!({"name": USER_NAME, "password": PASSWORD, "domain": {"name": ACCOUNT_NAME}})
}

fn password_login(user: &Value, scope: &Value) -> Value {
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    json!({"auth": {"identity": identity, "scope": scope}})
}

fn token_login(token: &str, scope: &Value) -> Value {
    let identity = json!({"methods": ["token"], "token": {"id": token}});
    json!({"auth": {"identity": identity, "scope": scope}})
}

fn agency_login(agency: &Value, scope: &Value) -> Value {
    let identity = json!({"methods": ["assume_role"], "assume_role": agency});
    json!({"auth": {"identity": identity, "scope": scope}})
}

fn id_token_login(token: &str) -> Value {
    let scope = json!({"project": {"name": REGION}});
    json!({"auth": {"id_token": {"id": token}, "scope": scope}})
}

fn region() -> Value {
    json!({"project": {"name": REGION}})
}

fn agency() -> Value {
    json!({"domain_name": AGENCY_ACCOUNT_NAME, "agency_name": AGENCY_NAME})
}

fn principal(account: &str, name: &str, permissions: &[Permission]) -> Principal {
    Principal {
        id: format!("id-of-{name}"),
        name: name.to_owned(),
        account_id: account.into(),
        permissions: permissions.iter().copied().collect(),
    }
}

#[tokio::test]
async fn a_password_login_returns_a_token_with_project_and_account() {
    let bench = Bench::start().await;
    let reply = send(bench.login(TOKENS, &password_login(&user(), &region()))).await;
    let token = reply.subject_token();
    let body = &reply.ok(201)["token"];
    let account = json!({"id": ACCOUNT_ID, "name": ACCOUNT_NAME});
    let project = json!({"id": PROJECT_ID, "name": REGION, "domain": account});
    assert_eq!(body["project"], project);
    assert_eq!(body["user"]["name"], USER_NAME);
    assert_eq!(body["user"]["domain"], account);
    assert_eq!(body["methods"], json!(["password"]));
    assert_eq!(body["catalog"], json!([]));
    let at = |name: &str| body[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(
        at("expires_at").duration_since(at("issued_at")).as_hours(),
        24
    );
    let written = body["expires_at"].as_str().unwrap();
    assert_eq!(
        written.len(),
        "2026-01-03T09:05:22.701000Z".len(),
        "{written}"
    );

    bench
        .get_with(&token, &grants_of(SECRET_DB_PASSWORD))
        .await
        .ok(200);
    bench.get_with(&token, &kms_grant()).await.ok(202);
}

#[tokio::test]
async fn every_documented_user_and_scope_format_is_accepted() {
    let bench = Bench::start().await;
    let by_id = json!({"id": USER_ID, "password": PASSWORD});
    let by_account_id =
        json!({"name": USER_NAME, "password": PASSWORD, "domain": {"id": ACCOUNT_ID}});
    for user in [user(), by_id, by_account_id] {
        let login = bench.login(TOKENS, &password_login(&user, &region()));
        send(login).await.subject_token();
    }
    let scopes = [
        json!({"project": {"id": PROJECT_ID}}),
        json!({"project": {"name": REGION, "domain": {"id": ACCOUNT_ID}}}),
        json!({"project": {"name": REGION, "domain": {"name": ACCOUNT_NAME}}}),
    ];
    for scope in scopes {
        let reply = send(bench.login(TOKENS, &password_login(&user(), &scope))).await;
        assert_eq!(reply.ok(201)["token"]["project"]["id"], PROJECT_ID);
    }
    for scope in [
        json!({"domain": {"id": ACCOUNT_ID}}),
        json!({"domain": {"name": ACCOUNT_NAME}}),
    ] {
        let reply = send(bench.login(TOKENS, &password_login(&user(), &scope))).await;
        let body = reply.ok(201);
        assert_eq!(body["token"]["domain"]["id"], ACCOUNT_ID);
        assert_eq!(body["token"].get("project"), None);
    }
}

#[tokio::test]
async fn the_catalog_is_left_out_on_request() {
    let bench = Bench::start().await;
    let path = format!("{TOKENS}?nocatalog=true");
    let reply = send(bench.login(&path, &password_login(&user(), &region()))).await;
    assert_eq!(reply.ok(201)["token"].get("catalog"), None);
}

#[tokio::test]
async fn a_login_with_an_unknown_user_or_scope_is_refused() {
    let bench = Bench::start().await;
    for user in [
        json!({"name": "nobody", "password": PASSWORD, "domain": {"name": ACCOUNT_NAME}}),
        json!({"name": USER_NAME, "password": PASSWORD, "domain": {"name": "nowhere"}}),
        json!({"id": "nobody", "password": PASSWORD}),
    ] {
        let reply = send(bench.login(TOKENS, &password_login(&user, &region()))).await;
        reply.refused_by_keystone(401, "Unauthorized", "The username or password is wrong.");
    }
    for scope in [
        json!({"project": {"name": "xx-nowhere-1"}}),
        json!({"project": {"id": AGENCY_PROJECT_ID}}),
        json!({"project": {"name": REGION, "domain": {"id": AGENCY_ACCOUNT_ID}}}),
        json!({"domain": {"name": AGENCY_ACCOUNT_NAME}}),
    ] {
        let reply = send(bench.login(TOKENS, &password_login(&user(), &scope))).await;
        reply.refused_by_keystone(404, "Not Found", "Could not find");
    }
}

#[tokio::test]
async fn a_malformed_login_is_refused() {
    let bench = Bench::start().await;
    let two_ids = json!({"project": {"name": REGION, "id": PROJECT_ID}});
    let id_and_name = json!({"id": USER_ID, "name": USER_NAME, "password": PASSWORD});
    let id_and_account =
        json!({"id": USER_ID, "password": PASSWORD, "domain": {"name": ACCOUNT_NAME}});
    let no_account = json!({"name": USER_NAME, "password": PASSWORD});
    let two_methods = json!({"auth": {"identity": {"methods": ["password", "token"]}}});
    for body in [
        password_login(&user(), &two_ids),
        password_login(&id_and_name, &region()),
        password_login(&id_and_account, &region()),
        password_login(&no_account, &region()),
        json!({"auth": {"identity": {"methods": ["password"]}}}),
        json!({"auth": {"identity": {"methods": ["token"]}}}),
        json!({"auth": {"identity": {"methods": ["assume_role"]}}}),
        two_methods,
        json!({"auth": "please"}),
    ] {
        let reply = send(bench.login(TOKENS, &body)).await;
        reply.refused_by_keystone(400, "Bad Request", "The request body is invalid");
    }
}

#[tokio::test]
async fn wrong_passwords_lock_the_user() {
    let bench = Bench::start().await;
    let wrong = json!({"id": USER_ID, "password": "wrong"});
    let right = json!({"id": USER_ID, "password": PASSWORD});
    let log_in =
        async |user: &Value| send(bench.login(TOKENS, &password_login(user, &region()))).await;
    for _ in 1..MAX_LOGIN_TRIES {
        log_in(&wrong)
            .await
            .refused_by_keystone(401, "Unauthorized", "is wrong");
    }
    log_in(&right).await.subject_token();
    for _ in 0..MAX_LOGIN_TRIES {
        log_in(&wrong)
            .await
            .refused_by_keystone(401, "Unauthorized", "is wrong");
    }
    log_in(&right)
        .await
        .refused_by_keystone(401, "Unauthorized", "locked");

    bench.sandbox.world().add_user(SandboxUser {
        principal: principal(ACCOUNT_ID, "other", &[]),
        password: "p".into(),
    });
    let other = json!({"id": "id-of-other", "password": "p"});
    log_in(&other).await.subject_token();
}

#[tokio::test]
async fn a_token_is_exchanged_for_a_token_with_another_scope() {
    let bench = Bench::start().await;
    let scope = json!({"project": {"name": OTHER_REGION}});
    let reply = send(bench.login(TOKENS, &token_login(TOKEN, &scope))).await;
    assert_eq!(reply.ok(201)["token"]["project"]["id"], OTHER_PROJECT_ID);
    assert_eq!(reply.ok(201)["token"]["methods"], json!(["token"]));
    assert_ne!(reply.subject_token(), TOKEN);
    for token in [TOKEN_EXPIRED, "unknown"] {
        let reply = send(bench.login(TOKENS, &token_login(token, &scope))).await;
        reply.refused_by_keystone(401, "Unauthorized", "The X-Auth-Token is invalid!");
    }
}

#[tokio::test]
async fn a_token_of_another_region_is_refused() {
    let bench = Bench::start().await;
    let scope = json!({"project": {"name": OTHER_REGION}});
    let reply = send(bench.login(TOKENS, &token_login(TOKEN, &scope))).await;
    bench
        .get_with(&reply.subject_token(), &grants_of(SECRET_DB_PASSWORD))
        .await
        .refused_naming(401, "APIGW.0307", "another region");
}

#[tokio::test]
async fn regional_services_refuse_a_token_without_a_project() {
    let bench = Bench::start().await;
    for scope in [json!({"domain": {"id": ACCOUNT_ID}}), Value::Null] {
        let login = send(bench.login(TOKENS, &token_login(TOKEN, &scope))).await;
        let token = login.subject_token();
        let reply = bench.get_with(&token, &grants_of(SECRET_DB_PASSWORD)).await;
        reply.refused_naming(403, "CSMS.0302", "project");
        let reply = bench.get_with(&token, &kms_grant()).await;
        reply.refused_naming(403, "CH.004403", "project");
        bench.get_with(&token, "/v3/projects").await.ok(200);
    }
}

#[tokio::test]
async fn the_token_lifetime_is_configurable() {
    let bench = Bench::start().await;
    bench.sandbox.world().set_token_lifetime(Duration::ZERO);
    let token = send(bench.login(TOKENS, &password_login(&user(), &region()))).await;
    let token = token.subject_token();
    bench
        .get_with(&token, &kms_grant())
        .await
        .refused(401, "DEV.00000003");
    bench
        .get_with(&token, "/v3/projects")
        .await
        .refused_by_keystone(401, "Unauthorized", "The X-Auth-Token is invalid!");
}

#[tokio::test]
async fn temporary_credentials_can_be_revoked_out_of_band() {
    let bench = Bench::start().await;
    let token = send(bench.login(TOKENS, &password_login(&user(), &region()))).await;
    let token = token.subject_token();
    let body = json!({"auth": {"identity": {"methods": ["token"], "token": {"id": token}}}});
    let key = send(bench.login(ACCESS_KEYS, &body)).await.credential();
    bench.sandbox.world().revoke_temporary_credentials();
    bench
        .get_with(&token, &kms_grant())
        .await
        .refused(401, "APIGW.0301");
    bench
        .get_signed(&key, PROJECT_ID, &kms_grant())
        .await
        .refused(401, "APIGW.0301");
    bench
        .get_signed(&Key::of_seed(), PROJECT_ID, &kms_grant())
        .await
        .ok(202);
}

#[tokio::test]
async fn assuming_an_agency_returns_a_token_for_its_account() {
    let bench = Bench::start().await;
    let by_id = json!({"domain_id": AGENCY_ACCOUNT_ID, "agency_name": AGENCY_NAME});
    let older = json!({"domain_name": AGENCY_ACCOUNT_NAME, "xrole_name": AGENCY_NAME});
    for agency in [agency(), by_id, older] {
        let reply = bench.post(TOKENS, &agency_login(&agency, &region())).await;
        let body = reply.ok(201);
        assert_eq!(body["token"]["project"]["id"], AGENCY_PROJECT_ID);
        let path = format!("/v4/tenants/{AGENCY_ACCOUNT_ID}/repo-encryption/kms-grant");
        let token = reply.subject_token();
        bench.get_with(&token, &path).await.ok(202);
        bench
            .get_with(&token, &kms_grant())
            .await
            .refused(403, "CH.004403");
    }
}

#[tokio::test]
async fn assuming_an_unknown_or_forbidden_agency_is_refused() {
    let bench = Bench::start().await;
    bench.sandbox.world().add_agency(Agency {
        principal: principal(AGENCY_ACCOUNT_ID, "for-others", &[]),
        trusted_account_id: "somebody-else".into(),
    });
    let named = |name: &str| json!({"domain_name": AGENCY_ACCOUNT_NAME, "agency_name": name});
    let try_it = async |token: &str, agency: Value| {
        let request = bench.login(TOKENS, &agency_login(&agency, &region()));
        send(request.header("X-Auth-Token", token)).await
    };
    let no_account = json!({"domain_name": "nowhere", "agency_name": AGENCY_NAME});
    let both = json!({"domain_name": "a", "domain_id": "b", "agency_name": AGENCY_NAME});
    let refusals = [
        (TOKEN, named("no-such"), 404, "Not Found", "no-such"),
        (TOKEN, no_account, 404, "Not Found", "nowhere"),
        (
            TOKEN,
            named("for-others"),
            403,
            "Forbidden",
            "does not trust",
        ),
        (
            TOKEN_READ_ONLY,
            agency(),
            403,
            "Forbidden",
            "You have no right to do this action",
        ),
        (
            TOKEN_EXPIRED,
            agency(),
            401,
            "Unauthorized",
            "The X-Auth-Token is invalid!",
        ),
        (TOKEN, both, 400, "Bad Request", "either by ID or by name"),
    ];
    for (token, agency, status, title, part) in refusals {
        try_it(token, agency)
            .await
            .refused_by_keystone(status, title, part);
    }
    let anonymous = send(bench.login(TOKENS, &agency_login(&agency(), &region()))).await;
    anonymous.refused_by_keystone(401, "Unauthorized", "X-Auth-Token");
}

#[tokio::test]
async fn projects_are_found_by_name_with_token_or_signature() {
    let bench = Bench::start().await;
    let path = format!("/v3/projects?name={REGION}");
    let signed = bench.signed(&Key::of_seed(), None, Method::GET, &path, "");
    for reply in [bench.get(&path).await, send(signed).await] {
        let projects = reply.ok(200)["projects"].clone();
        assert_eq!(projects.as_array().unwrap().len(), 1);
        assert_eq!(projects[0]["id"], PROJECT_ID);
        assert_eq!(projects[0]["name"], REGION);
        assert_eq!(projects[0]["domain_id"], ACCOUNT_ID);
    }
    let count = async |query: &str| {
        let reply = bench.get(&format!("/v3/projects{query}")).await;
        reply.ok(200)["projects"].as_array().unwrap().len()
    };
    assert_eq!(count("").await, 2);
    assert_eq!(count("?name=xx-nowhere-1").await, 0);
    assert_eq!(count(&format!("?domain_id={AGENCY_ACCOUNT_ID}")).await, 0);
    assert_eq!(count("?enabled=false").await, 0);
    assert_eq!(count("?page=1&per_page=1").await, 1);
    assert_eq!(count("?page=3&per_page=1").await, 0);
}

#[tokio::test]
async fn invalid_and_unauthenticated_list_requests_are_refused() {
    let bench = Bench::start().await;
    for query in ["per_page=0", "per_page=5001", "page=x"] {
        let reply = bench.get(&format!("/v3/projects?{query}")).await;
        reply.refused_by_keystone(400, "Bad Request", "must be a positive integer");
    }
    for path in ["/v3/projects", "/v3/auth/domains"] {
        let reply = send(bench.anonymous(Method::GET, path)).await;
        reply.refused_by_keystone(401, "Unauthorized", "X-Auth-Token");
    }
}

#[tokio::test]
async fn accounts_are_listed_only_with_permission() {
    let bench = Bench::start().await;
    let body = bench.get("/v3/auth/domains").await.ok(200);
    assert_eq!(body["domains"][0]["id"], ACCOUNT_ID);
    assert_eq!(body["domains"][0]["name"], ACCOUNT_NAME);
    let token = IssuedToken {
        user_name: "blind".to_owned(),
        account_id: ACCOUNT_ID.into(),
        project_id: PROJECT_ID.into(),
        permissions: [].into(),
        expires_at: Timestamp::MAX,
    };
    bench.sandbox.world().add_token("blind", token);
    let body = bench.get_with("blind", "/v3/auth/domains").await.ok(200);
    assert_eq!(body, json!({"domains": []}));
}

#[tokio::test]
async fn a_token_is_exchanged_for_a_temporary_access_key() {
    let bench = Bench::start().await;
    let identity = json!({"methods": ["token"], "token": {"id": TOKEN, "duration_seconds": 900}});
    let in_body = send(bench.login(ACCESS_KEYS, &json!({"auth": {"identity": identity}}))).await;
    let in_header = json!({"auth": {"identity": {"methods": ["token"]}}});
    let in_header = bench.post(ACCESS_KEYS, &in_header).await;
    for reply in [in_body, in_header] {
        let key = reply.credential();
        bench
            .get_signed(&key, PROJECT_ID, &kms_grant())
            .await
            .ok(202);
        let end = reply.json()["credential"]["expires_at"]
            .as_str()
            .unwrap()
            .to_owned();
        let left = end
            .parse::<Timestamp>()
            .unwrap()
            .duration_since(Timestamp::now());
        assert!((800..=900).contains(&left.as_secs()), "{left:?}");
    }
}

#[tokio::test]
async fn an_agency_access_key_can_be_requested_by_token_or_signature() {
    let bench = Bench::start().await;
    let mut role = agency();
    role["duration_seconds"] = json!(86_400);
    role["session_user"] = json!({"name": "somebody"});
    let identity = json!({"methods": ["assume_role"], "assume_role": role});
    let body = json!({"auth": {"identity": identity}});
    let signed = bench.signed(
        &Key::of_seed(),
        None,
        Method::POST,
        ACCESS_KEYS,
        &body.to_string(),
    );
    for reply in [bench.post(ACCESS_KEYS, &body).await, send(signed).await] {
        let key = reply.credential();
        let path = format!("/v4/tenants/{AGENCY_ACCOUNT_ID}/repo-encryption/kms-grant");
        bench
            .get_signed(&key, AGENCY_PROJECT_ID, &path)
            .await
            .ok(202);
    }
}

#[tokio::test]
async fn a_refused_access_key_request_uses_the_iam_error_format() {
    let bench = Bench::start().await;
    let role = |name: &str, seconds: u32| {
        let role = json!({"domain_name": AGENCY_ACCOUNT_NAME, "agency_name": name,
            "duration_seconds": seconds});
        json!({"auth": {"identity": {"methods": ["assume_role"], "assume_role": role}}})
    };
    let token =
        |id: &str| json!({"auth": {"identity": {"methods": ["token"], "token": {"id": id}}}});
    for seconds in [899, 86_401] {
        let reply = bench.post(ACCESS_KEYS, &role(AGENCY_NAME, seconds)).await;
        reply.refused_naming(400, "IAM.0011", "duration_seconds");
    }
    bench
        .post(ACCESS_KEYS, &role("no-such", 900))
        .await
        .refused_naming(404, "IAM.0004", "no-such");
    let request = bench.login(ACCESS_KEYS, &role(AGENCY_NAME, 900));
    send(request.header("X-Auth-Token", TOKEN_READ_ONLY))
        .await
        .refused(403, "IAM.0002");
    for body in [
        role(AGENCY_NAME, 900),
        token(TOKEN_EXPIRED),
        json!({"auth": {"identity": {"methods": ["token"]}}}),
    ] {
        send(bench.login(ACCESS_KEYS, &body))
            .await
            .refused(401, "IAM.0001");
    }
    let password = json!({"auth": {"identity": {"methods": ["password"]}}});
    bench
        .post(ACCESS_KEYS, &password)
        .await
        .refused(400, "IAM.0011");
}

#[tokio::test]
async fn an_id_token_is_exchanged_for_a_token() {
    let bench = Bench::start().await;
    let request = bench.login(ID_TOKENS, &id_token_login(ID_TOKEN));
    let reply = send(request.header("X-Idp-Id", IDENTITY_PROVIDER_ID)).await;
    assert_eq!(reply.ok(201)["token"]["user"]["name"], "pipeline");
    bench
        .get_with(&reply.subject_token(), &kms_grant())
        .await
        .ok(202);
}

#[tokio::test]
async fn an_unknown_id_token_or_identity_provider_is_refused() {
    let bench = Bench::start().await;
    let provider = IdentityProvider {
        id_tokens: [].into(),
    };
    bench
        .sandbox
        .world()
        .add_identity_provider("silent", provider);
    let body = id_token_login(ID_TOKEN);
    let with = async |provider: &str| {
        send(bench.login(ID_TOKENS, &body).header("X-Idp-Id", provider)).await
    };
    with("silent")
        .await
        .refused_naming(401, "IAM.0001", "ID token");
    with("nobody")
        .await
        .refused_naming(404, "IAM.0004", "nobody");
    send(bench.login(ID_TOKENS, &body))
        .await
        .refused_naming(400, "IAM.0011", "X-Idp-Id");
}
