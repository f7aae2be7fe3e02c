//! STS: agencies assumed with a signature, and the identity of the caller.

use hwgrants::sandbox::seed::{
    ACCOUNT_ID, AGENCY_ACCOUNT_ID, AGENCY_NAME, AGENCY_PROJECT_ID, USER_ID, USER_NAME,
};
use hwgrants::sandbox::{Agency, Permission, Principal};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::signature::Key;
use super::{Bench, Reply, send};

const ASSUME: &str = "/v5/agencies/assume";
const CALLER: &str = "/v5/caller-identity";

impl Bench {
    async fn assume(&self, key: &Key, body: &Value) -> Reply {
        send(self.signed(key, None, Method::POST, ASSUME, &body.to_string())).await
    }

    async fn caller(&self, key: &Key) -> Value {
        let reply = send(self.signed(key, None, Method::GET, CALLER, "")).await;
        reply.ok(200)
    }
}

impl Reply {
    /// The temporary key in a response of STS.
    fn credentials(&self) -> Key {
        let body = self.ok(200);
        let text = |name: &str| body["credentials"][name].as_str().unwrap().to_owned();
        Key {
            id: text("access_key_id"),
            secret: text("secret_access_key"),
            security_token: Some(text("security_token")),
        }
    }
}

fn urn(account: &str, agency: &str) -> String {
    format!("iam::{account}:agency:{agency}")
}

fn request(urn: &str) -> Value {
    json!({"agency_urn": urn, "agency_session_name": "tests"})
}

fn lasting(seconds: u32) -> Value {
    let mut body = request(&urn(AGENCY_ACCOUNT_ID, AGENCY_NAME));
    body["duration_seconds"] = json!(seconds);
    body
}

/// An agency of the first account that the account of the other agency may assume, for a chain of agencies.
fn way_back() -> Agency {
    Agency {
        principal: Principal {
            id: "way-back".to_owned(),
            name: "way-back".to_owned(),
            account_id: ACCOUNT_ID.into(),
            permissions: Permission::ALL.into(),
        },
        trusted_account_id: AGENCY_ACCOUNT_ID.into(),
    }
}

#[tokio::test]
async fn assuming_an_agency_returns_a_key_valid_for_one_hour() {
    let bench = Bench::start().await;
    let body = request(&urn(AGENCY_ACCOUNT_ID, AGENCY_NAME));
    let reply = bench.assume(&Key::of_seed(), &body).await;
    let end = reply.json()["credentials"]["expiration"]
        .as_str()
        .unwrap()
        .to_owned();
    let left = end
        .parse::<Timestamp>()
        .unwrap()
        .duration_since(Timestamp::now());
    assert!((3500..=3600).contains(&left.as_secs()), "{left:?}");

    let key = reply.credentials();
    let path = format!("/v4/tenants/{AGENCY_ACCOUNT_ID}/repo-encryption/kms-grant");
    let used = bench.signed(&key, Some(AGENCY_PROJECT_ID), Method::GET, &path, "");
    send(used).await.ok(202);
}

#[tokio::test]
async fn the_caller_identity_shows_users_and_agencies() {
    let bench = Bench::start().await;
    let user = bench.caller(&Key::of_seed()).await;
    assert_eq!(user["account_id"], ACCOUNT_ID);
    assert_eq!(user["principal_id"], USER_ID);
    assert_eq!(
        user["principal_urn"],
        format!("iam::{ACCOUNT_ID}:user:{USER_NAME}")
    );

    let assumed = bench
        .assume(&Key::of_seed(), &lasting(900))
        .await
        .credentials();
    let agency = bench.caller(&assumed).await;
    assert_eq!(agency["account_id"], AGENCY_ACCOUNT_ID);
    assert_eq!(agency["principal_urn"], urn(AGENCY_ACCOUNT_ID, AGENCY_NAME));

    assert_eq!(bench.get(CALLER).await.ok(200)["account_id"], ACCOUNT_ID);
    let stranger = send(bench.anonymous(Method::GET, CALLER)).await;
    stranger.refused(401, "APIGW.0301");
}

#[tokio::test]
async fn chained_agency_sessions_last_at_most_one_hour() {
    let bench = Bench::start().await;
    bench.sandbox.world().add_agency(way_back());
    let first = bench
        .assume(&Key::of_seed(), &lasting(43_200))
        .await
        .credentials();
    let mut back = request(&urn(ACCOUNT_ID, "way-back"));
    let second = bench.assume(&first, &back).await.credentials();
    assert_eq!(bench.caller(&second).await["account_id"], ACCOUNT_ID);
    back["duration_seconds"] = json!(3601);
    bench
        .assume(&first, &back)
        .await
        .refused_naming(400, "IAM.0011", "3600");
}

#[tokio::test]
async fn an_invalid_assume_request_is_refused() {
    let bench = Bench::start().await;
    let nameless = json!({"agency_urn": urn(AGENCY_ACCOUNT_ID, AGENCY_NAME)});
    for body in [
        request("grants"),
        request(&urn("", AGENCY_NAME)),
        request(&urn(AGENCY_ACCOUNT_ID, "")),
        lasting(899),
        lasting(43_201),
        nameless,
    ] {
        let reply = bench.assume(&Key::of_seed(), &body).await;
        reply.refused(400, "IAM.0011");
    }
}

#[tokio::test]
async fn an_unknown_agency_is_refused() {
    let bench = Bench::start().await;
    let body = request(&urn(AGENCY_ACCOUNT_ID, "no-such"));
    let reply = bench.assume(&Key::of_seed(), &body).await;
    reply.refused_naming(404, "IAM.0004", "no-such");
}

#[tokio::test]
async fn an_untrusted_caller_is_refused_with_an_encoded_message() {
    let bench = Bench::start().await;
    bench.sandbox.world().add_agency(way_back());
    let body = request(&urn(ACCOUNT_ID, "way-back"));
    let reply = bench.assume(&Key::of_seed(), &body).await;
    let refusal = reply.ok(403);
    assert_eq!(refusal["error_code"], "IAM.0002");
    assert!(refusal["encoded_authorization_message"].is_string());
}

#[tokio::test]
async fn assuming_an_agency_requires_a_signature() {
    let bench = Bench::start().await;
    let body = request(&urn(AGENCY_ACCOUNT_ID, AGENCY_NAME));
    let reply = bench.post(ASSUME, &body).await;
    reply.refused_naming(401, "IAM.0001", "signed");
}
