//! The metadata service: with tokens, without them, and without an agency.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hwgrants::sandbox::seed::{ACCOUNT_ID, PROJECT_ID};
use hwgrants::sandbox::{MetadataService, MetadataTokens, Permission, Principal, SandboxOptions};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};

use super::signature::Key;
use super::{Bench, Reply, kms_grant, send};

const TOKEN: &str = "/meta-data/latest/api/token";
const SECURITY_KEY: &str = "/openstack/latest/securitykey";

impl Bench {
    /// Sets the use of tokens.
    fn treat_tokens(&self, tokens: MetadataTokens) {
        self.sandbox.world().set_metadata(MetadataService {
            tokens,
            agency: Some(agency()),
            ..MetadataService::default()
        });
    }

    async fn token(&self, seconds: &str) -> Reply {
        let request = self.anonymous(Method::PUT, TOKEN);
        send(request.header("X-Metadata-Token-Ttl-Seconds", seconds)).await
    }

    async fn security_key(&self, token: Option<&str>) -> Reply {
        let mut request = self.anonymous(Method::GET, SECURITY_KEY);
        if let Some(token) = token {
            request = request.header("X-Metadata-Token", token);
        }
        send(request).await
    }
}

impl Reply {
    /// The text of an error, which is not JSON.
    fn refused_in_words(&self, status: u16, part: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert!(self.body.contains(part), "`{part}` in {self:?}");
    }
}

fn agency() -> Principal {
    Principal {
        id: "server".to_owned(),
        name: "server".to_owned(),
        account_id: ACCOUNT_ID.into(),
        permissions: Permission::ALL.into(),
    }
}

#[tokio::test]
async fn the_server_agency_provides_a_temporary_access_key() {
    let bench = Bench::start().await;
    let token = bench.token("21600").await;
    assert_eq!(token.status, StatusCode::OK);
    assert!(token.header("content-type").starts_with("text/plain"));
    for token in [Some(token.body.as_str()), None] {
        let body = bench.security_key(token).await.ok(200);
        let credential = &body["credential"];
        let text = |name: &str| credential[name].as_str().unwrap().to_owned();
        assert!(text("expires_at").parse::<Timestamp>().unwrap() > Timestamp::now());
        let key = Key {
            id: text("access"),
            secret: text("secret"),
            security_token: Some(text("securitytoken")),
        };
        let used = bench.signed(&key, Some(PROJECT_ID), Method::GET, &kms_grant(), "");
        send(used).await.ok(202);
    }
}

#[tokio::test]
async fn a_missing_or_invalid_token_ttl_is_refused() {
    let bench = Bench::start().await;
    for seconds in ["0", "21601", "soon"] {
        bench.token(seconds).await.refused_in_words(400, "21600");
    }
    let without = send(bench.anonymous(Method::PUT, TOKEN)).await;
    without.refused_in_words(400, "X-Metadata-Token-Ttl-Seconds");
}

#[tokio::test]
async fn invalid_and_expired_tokens_are_refused() {
    let start = Timestamp::now();
    let seconds = Arc::new(AtomicI64::new(0));
    let ticking = Arc::clone(&seconds);
    let clock = move || start + SignedDuration::from_secs(ticking.load(Ordering::Relaxed));
    let bench = Bench::start_with(SandboxOptions {
        clock: Arc::new(clock),
        ..SandboxOptions::default()
    })
    .await;
    let token = bench.token("60").await.body;
    bench.security_key(Some(&token)).await.ok(200);
    seconds.store(60, Ordering::Relaxed);
    for token in [token.as_str(), "wrong"] {
        let reply = bench.security_key(Some(token)).await;
        reply.refused_in_words(401, "X-Metadata-Token");
    }
}

#[tokio::test]
async fn metadata_tokens_can_be_required() {
    let bench = Bench::start().await;
    bench.treat_tokens(MetadataTokens::Required);
    let reply = bench.security_key(None).await;
    reply.refused_in_words(401, "X-Metadata-Token");
    let token = bench.token("60").await.body;
    bench.security_key(Some(&token)).await.ok(200);
}

#[tokio::test]
async fn metadata_tokens_can_be_unsupported() {
    let bench = Bench::start().await;
    for status in [404, 405, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        bench.treat_tokens(MetadataTokens::Unsupported(status));
        assert_eq!(bench.token("21600").await.status, status);
        bench.security_key(None).await.ok(200);
    }
}

#[tokio::test]
async fn a_server_without_an_agency_has_no_key() {
    let bench = Bench::start().await;
    bench
        .sandbox
        .world()
        .set_metadata(MetadataService::default());
    let reply = bench.security_key(None).await;
    reply.refused_in_words(401, "agency must be configured first");
}

#[tokio::test]
async fn the_key_lifetime_is_configurable() {
    let bench = Bench::start().await;
    bench.sandbox.world().set_metadata(MetadataService {
        agency: Some(agency()),
        key_lifetime: Duration::from_secs(300),
        ..MetadataService::default()
    });
    let body = bench.security_key(None).await.ok(200);
    let end = body["credential"]["expires_at"]
        .as_str()
        .unwrap()
        .to_owned();
    let left = end
        .parse::<Timestamp>()
        .unwrap()
        .duration_since(Timestamp::now());
    assert!((200..=300).contains(&left.as_secs()), "{left:?}");
}
