//! The sandbox refuses what the API reference refuses.
//!
//! The tests use a plain HTTP client and check status, headers and body of every response.

mod admin;
mod api_example;
mod authentication;
mod clock;
mod consistency;
mod csms;
mod data_file;
mod directory;
mod discovery;
mod fault;
mod iam;
mod kms;
mod lifecycle;
mod metadata;
mod overview;
mod page;
mod quirk;
mod repo;
mod request_log;
mod secret;
mod sign_in;
mod signature;
mod sts;

use std::time::Duration;

use hwgrants::sandbox::{Sandbox, SandboxOptions, seed};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// How long a test waits for something that should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A sandbox and an HTTP client.
struct Bench {
    sandbox: Sandbox,
    http: reqwest::Client,
}

/// A response with its whole body.
#[derive(Debug)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Bench {
    async fn start() -> Self {
        Self::start_with(SandboxOptions::default()).await
    }

    async fn start_with(options: SandboxOptions) -> Self {
        let sandbox = Sandbox::start(options).await.expect("a free port");
        Self {
            sandbox,
            http: client(),
        }
    }

    /// A request with the seed's token.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path)
            .header("X-Auth-Token", seed::TOKEN)
    }

    /// A request without a token.
    fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.url());
        self.http.request(method, url)
    }

    async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        send(json(self.request(Method::POST, path), body)).await
    }

    async fn put(&self, path: &str, body: &Value) -> Reply {
        send(json(self.request(Method::PUT, path), body)).await
    }
}

fn client() -> reqwest::Client {
    // Another test may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build();
    client.expect("a client")
}

fn json(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request
        .header(CONTENT_TYPE, "application/json;charset=UTF-8")
        .body(body.to_string())
}

/// Sends a request and checks what every response must have: a request ID, and `Content-Type` for JSON.
async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.expect("an answer");
    let reply = Reply {
        status: response.status(),
        headers: response.headers().clone(),
        body: response.text().await.expect("a body"),
    };
    assert_eq!(reply.header("x-request-id").len(), 32, "{reply:?}");
    if reply.body.starts_with('{') {
        assert_eq!(reply.header("content-type"), "application/json");
    }
    reply
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` in {self:?}"));
        value.to_str().expect("text")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("JSON in {self:?}"))
    }

    /// The body of a success.
    fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self.json()
    }

    /// A success without a body.
    fn no_content(&self) {
        assert_eq!(self.status.as_u16(), 204, "{self:?}");
        assert_eq!(self.body, "");
    }

    /// An error with the body that its code requires: with the request ID for codes of the gateway.
    fn refused(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        let body = self.json();
        assert_eq!(body["error_code"], code, "{self:?}");
        let message = body["error_msg"].as_str().expect("a message");
        assert!((2..=512).contains(&message.chars().count()), "{message}");
        let fields: Vec<_> = body.as_object().expect("an object").keys().collect();
        if code.starts_with("APIGW.") {
            assert_eq!(fields, ["error_code", "error_msg", "request_id"]);
            assert_eq!(body["request_id"], self.header("x-request-id"));
        } else {
            assert_eq!(fields, ["error_code", "error_msg"]);
        }
    }

    /// An error whose message contains `part`.
    fn refused_naming(&self, status: u16, code: &str, part: &str) {
        self.refused(status, code);
        let message = self.json()["error_msg"].to_string();
        assert!(message.contains(part), "`{part}` in {message}");
    }
}

/// The grants of the seed's project, with a query.
fn grants(query: &str) -> String {
    format!("/v1/{}/csms/grants{query}", seed::PROJECT_ID)
}

/// The grants of one of the seed's secrets.
fn grants_of(resource_id: &str) -> String {
    grants(&format!("?resource_id={resource_id}"))
}

/// The delegation of the seed's account.
fn kms_grant() -> String {
    format!("/v4/tenants/{}/repo-encryption/kms-grant", seed::ACCOUNT_ID)
}

/// The body that grants a secret to a user.
fn terms(resource_id: &str, grantee_id: &str) -> Value {
    serde_json::json!({
        "resource_id": resource_id,
        "type": "SECRET",
        "grantee_type": "0",
        "grantee_target_id": grantee_id,
    })
}
