//! Requests signed with an access key: what the gateway accepts, and what it refuses.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use hwgrants::sandbox::seed::{
    ACCESS_KEY, ACCOUNT_ID, AGENCY_PROJECT_ID, OTHER_PROJECT_ID, PROJECT_ID, SECRET_DB_PASSWORD,
    SECRET_KEY, USER_ANA,
};
use hwgrants::sandbox::{AccessKey, Permission, Principal, SandboxOptions};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder};
use sha2::{Digest, Sha256};

use super::{Bench, grants, grants_of, kms_grant, send, terms};

/// An access key of a client.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) security_token: Option<String>,
}

impl Key {
    /// The permanent key of the seed.
    pub(super) fn of_seed() -> Self {
        Self {
            id: ACCESS_KEY.to_owned(),
            secret: SECRET_KEY.to_owned(),
            security_token: None,
        }
    }
}

/// A request to sign; path and query must be canonical, except for the trailing slash.
struct Unsigned<'a> {
    method: Method,
    path: &'a str,
    headers: Vec<(&'static str, String)>,
    body: String,
    signed_at: Timestamp,
    key: Key,
}

impl Unsigned<'_> {
    /// The request with a signature over its headers; the headers in `added` are not signed.
    fn sign(mut self, bench: &Bench, added: &[(&'static str, &str)]) -> RequestBuilder {
        let date = self.signed_at.strftime("%Y%m%dT%H%M%SZ").to_string();
        self.headers.push(("x-sdk-date", date.clone()));
        self.headers.sort();
        let (path, query) = self.path.split_once('?').unwrap_or((self.path, ""));
        let names: Vec<_> = self.headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let headers = self.headers.iter();
        let headers: String = headers
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let canonical = format!(
            "{}\n{path}/\n{query}\n{headers}\n{names}\n{}",
            self.method,
            hex(&Sha256::digest(&self.body))
        );
        let hash = hex(&Sha256::digest(canonical));
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.secret.as_bytes()).unwrap();
        mac.update(format!("SDK-HMAC-SHA256\n{date}\n{hash}").as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        let id = &self.key.id;
        let authorization =
            format!("SDK-HMAC-SHA256 Access={id}, SignedHeaders={names}, Signature={signature}");
        let mut request = bench.anonymous(self.method, self.path);
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != "host") {
            request = request.header(*name, value);
        }
        for (name, value) in added {
            request = request.header(*name, *value);
        }
        request
            .header("authorization", authorization)
            .body(self.body)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Bench {
    fn unsigned<'a>(&self, key: &Key, method: Method, path: &'a str, body: &str) -> Unsigned<'a> {
        let url = self.sandbox.url();
        let host = url.strip_prefix("http://").unwrap();
        let mut headers = vec![("host", host.to_owned())];
        if let Some(token) = &key.security_token {
            headers.push(("x-security-token", token.clone()));
        }
        if !body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Unsigned {
            method,
            path,
            headers,
            body: body.to_owned(),
            signed_at: self.sandbox.world().now(),
            key: key.clone(),
        }
    }

    /// A request as the Python signer signs it, with a project if there is one.
    pub(super) fn signed(
        &self,
        key: &Key,
        project: Option<&str>,
        method: Method,
        path: &str,
        body: &str,
    ) -> RequestBuilder {
        let mut unsigned = self.unsigned(key, method, path, body);
        if let Some(project) = project {
            unsigned.headers.push(("x-project-id", project.to_owned()));
        }
        unsigned.sign(self, &[])
    }
}

fn grant_body() -> String {
    terms(SECRET_DB_PASSWORD, USER_ANA).to_string()
}

#[tokio::test]
async fn a_signed_request_needs_no_token() {
    let bench = Bench::start().await;
    let signed = |method, path: &str, body: &str| {
        send(bench.signed(&Key::of_seed(), Some(PROJECT_ID), method, path, body))
    };
    signed(Method::POST, &grants(""), &grant_body())
        .await
        .ok(200);
    let listed = signed(Method::GET, &grants_of(SECRET_DB_PASSWORD), "").await;
    assert_eq!(
        listed.ok(200)["data"]["grantee_user"][0]["user_id"],
        USER_ANA
    );
    let query = format!("?grantee_user={USER_ANA}&resource_id={SECRET_DB_PASSWORD}");
    signed(Method::DELETE, &grants(&query), "")
        .await
        .no_content();
    signed(Method::POST, &kms_grant(), "").await.ok(200);
}

#[tokio::test]
async fn headers_left_unsigned_by_official_signers_are_accepted() {
    let bench = Bench::start().await;
    let path = grants("");
    let mut unsigned = bench.unsigned(&Key::of_seed(), Method::POST, &path, &grant_body());
    unsigned.headers.clear();
    let request = unsigned.sign(
        &bench,
        &[
            ("x-project-id", PROJECT_ID),
            ("content-type", "application/json"),
        ],
    );
    send(request).await.ok(200);
}

#[tokio::test]
async fn header_names_with_underscores_can_be_signed() {
    let bench = Bench::start().await;
    let path = kms_grant();
    let mut unsigned = bench.unsigned(&Key::of_seed(), Method::GET, &path, "");
    unsigned
        .headers
        .push(("x-project-id", PROJECT_ID.to_owned()));
    unsigned.headers.push(("x_trace", "1".to_owned()));
    send(unsigned.sign(&bench, &[])).await.ok(202);
}

#[tokio::test]
async fn a_request_changed_after_signing_is_refused() {
    let bench = Bench::start().await;
    let path = grants_of(SECRET_DB_PASSWORD);
    let sign = |path: &str| {
        let key = Key::of_seed();
        let request = bench.signed(&key, Some(PROJECT_ID), Method::PUT, path, &grant_body());
        request.build().unwrap()
    };
    let changes: [fn(&mut reqwest::Request); 4] = [
        |request| *request.body_mut() = Some(r#"{"resource_id":"x"}"#.into()),
        |request| request.url_mut().set_query(Some("resource_id=x")),
        |request| {
            let value = OTHER_PROJECT_ID.parse().unwrap();
            request.headers_mut().insert("x-project-id", value);
        },
        |request| {
            request
                .url_mut()
                .set_path(&format!("/v1/{OTHER_PROJECT_ID}/csms/grants"))
        },
    ];
    for change in changes {
        let mut request = sign(&path);
        change(&mut request);
        let builder = RequestBuilder::from_parts(bench.http.clone(), request);
        send(builder)
            .await
            .refused_naming(401, "APIGW.0301", "verify aksk signature fail");
    }
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_key_are_refused() {
    let bench = Bench::start().await;
    let mut key = Key::of_seed();
    key.secret.push('x');
    send(bench.signed(&key, Some(PROJECT_ID), Method::GET, &kms_grant(), ""))
        .await
        .refused_naming(401, "APIGW.0301", "signature");
    key.id.push('x');
    send(bench.signed(&key, Some(PROJECT_ID), Method::GET, &kms_grant(), ""))
        .await
        .refused_naming(401, "APIGW.0301", "the access key does not exist");
}

#[tokio::test]
async fn an_unsupported_algorithm_is_refused() {
    let bench = Bench::start().await;
    let authorization = "SDK-HMAC-SM3 Access=a, SignedHeaders=x-sdk-date, Signature=00";
    let request = bench.anonymous(Method::GET, &kms_grant());
    send(request.header("authorization", authorization))
        .await
        .refused_naming(401, "APIGW.0301", "SDK-HMAC-SHA256");
}

#[tokio::test]
async fn a_date_more_than_15_minutes_off_is_refused() {
    let noon: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    let bench = Bench::start_with(SandboxOptions {
        clock: Arc::new(move || noon),
        ..SandboxOptions::default()
    })
    .await;
    for (minutes, accepted) in [(15, true), (-15, true), (16, false), (-16, false)] {
        let path = kms_grant();
        let mut unsigned = bench.unsigned(&Key::of_seed(), Method::GET, &path, "");
        unsigned
            .headers
            .push(("x-project-id", PROJECT_ID.to_owned()));
        unsigned.signed_at = noon + SignedDuration::from_mins(minutes);
        let reply = send(unsigned.sign(&bench, &[])).await;
        if accepted {
            reply.ok(202);
        } else {
            reply.refused_naming(401, "APIGW.0301", "15 minutes");
        }
    }
}

#[tokio::test]
async fn the_project_header_must_match_the_path_and_the_caller() {
    let bench = Bench::start().await;
    let path = grants_of(SECRET_DB_PASSWORD);
    let with = |project| send(bench.signed(&Key::of_seed(), project, Method::GET, &path, ""));
    with(Some(OTHER_PROJECT_ID))
        .await
        .refused_naming(403, "CSMS.0302", "project_id");
    with(Some(AGENCY_PROJECT_ID))
        .await
        .refused_naming(403, "CSMS.0302", "X-Project-Id");
    with(None)
        .await
        .refused_naming(403, "CSMS.0302", "X-Project-Id");
}

#[tokio::test]
async fn another_account_in_the_header_is_refused() {
    let bench = Bench::start().await;
    for (account, status) in [(ACCOUNT_ID, 200), ("somebody-else", 403)] {
        let mut unsigned = bench.unsigned(&Key::of_seed(), Method::GET, "/v3/projects", "");
        unsigned.headers.push(("x-domain-id", account.to_owned()));
        let reply = send(unsigned.sign(&bench, &[])).await;
        assert_eq!(reply.status.as_u16(), status, "{reply:?}");
    }
}

#[tokio::test]
async fn a_temporary_key_requires_its_security_token_and_expires() {
    let bench = Bench::start().await;
    let world = bench.sandbox.world();
    let add = |id: &str, expires_at| {
        let principal = Principal {
            id: "1".to_owned(),
            name: "visitor".to_owned(),
            account_id: ACCOUNT_ID.into(),
            permissions: [Permission::ReadRepo].into(),
        };
        let key = AccessKey {
            principal,
            secret_key: "temporary-secret".into(),
            security_token: Some("temporary-token".into()),
            expires_at: Some(expires_at),
        };
        world.add_access_key(id, key);
    };
    add("VALID", world.now() + SignedDuration::from_hours(1));
    add("EXPIRED", world.now());
    let with = |id: &str, token: Option<&str>, method| {
        let key = Key {
            id: id.to_owned(),
            secret: "temporary-secret".to_owned(),
            security_token: token.map(str::to_owned),
        };
        send(bench.signed(&key, Some(PROJECT_ID), method, &kms_grant(), ""))
    };
    with("VALID", Some("temporary-token"), Method::GET)
        .await
        .ok(202);
    for token in [None, Some("another-token")] {
        with("VALID", token, Method::GET).await.refused_naming(
            401,
            "APIGW.0301",
            "X-Security-Token",
        );
    }
    with("EXPIRED", Some("temporary-token"), Method::GET)
        .await
        .refused_naming(401, "APIGW.0301", "expired");
    with("VALID", Some("temporary-token"), Method::POST)
        .await
        .refused_naming(403, "CH.004403", "visitor");
}

#[tokio::test]
async fn a_permanent_key_with_a_security_token_is_refused() {
    let bench = Bench::start().await;
    let mut key = Key::of_seed();
    key.security_token = Some("left over".to_owned());
    send(bench.signed(&key, Some(PROJECT_ID), Method::GET, &kms_grant(), ""))
        .await
        .refused_naming(401, "APIGW.0301", "X-Security-Token");
}
