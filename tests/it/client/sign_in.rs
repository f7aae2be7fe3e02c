//! Signing in: the right requests in the right order, for every source of credentials, and what happens when one fails.

use std::fs;
use std::time::{Duration, Instant};

use hwgrants::cloud::{
    Arguments, AssumeRole, AssumeRoleWithOidc, Client, Environment, Error, ErrorKind, Sensitive,
    Settings,
};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tracing_subscriber::layer::SubscriberExt;

use super::network_failure::Recorder;
use super::scripted_server::{LISTED, Script, Seen, Step, answer};
use super::{call, place, region, secret, tenant, terms};

const PROJECTS: &str =
    r#"{"projects":[{"id":"p1","domain_id":"d1"},{"id":"p2","domain_id":"d2"}]}"#;
const REFUSED: &str = r#"{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}"#;

/// A time from now, as IAM writes it.
fn hence(minutes: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_mins(minutes);
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn ok(body: &str) -> Step {
    Step::Answer(answer(200, "", body))
}

fn refused(status: u16) -> Step {
    Step::Answer(answer(status, "", REFUSED))
}

/// A token for project `p1` of account `d1`.
fn token(token: &str, minutes: i64) -> Step {
    let end = hence(minutes);
    let body = format!(
        r#"{{"token":{{"expires_at":"{end}","user":{{"id":"u1","domain":{{"id":"d0"}}}},
            "project":{{"id":"p1","name":"cn-north-4","domain":{{"id":"d1","name":"acme"}}}}}}}}"#
    );
    Step::Answer(answer(201, &format!("X-Subject-Token: {token}\r\n"), &body))
}

/// A temporary access key in the spelling of IAM.
fn key(name: &str, minutes: i64) -> Step {
    let end = hence(minutes);
    let body = format!(
        r#"{{"credential":{{"access":"{name}","secret":"s-{name}","securitytoken":"st-{name}","expires_at":"{end}"}}}}"#
    );
    Step::Answer(answer(201, "", &body))
}

/// A temporary access key in the spelling of STS.
fn sts_key(name: &str) -> Step {
    let end = hence(60);
    let body = format!(
        r#"{{"credentials":{{"access_key_id":"{name}","secret_access_key":"s-{name}","security_token":"st-{name}",
            "expiration":"{end}"}}}}"#
    );
    ok(&body)
}

fn client(script: &Script, arguments: Arguments, variables: &[(&str, &str)]) -> Client {
    let arguments = Arguments {
        region: Some("cn-north-4".to_owned()),
        max_retries: Some(0),
        ..arguments
    };
    let url = script.url();
    let variables = [variables, &[("HWGRANTS_ENDPOINT", url.as_str())]].concat();
    let environment = Environment::of_slice(&variables);
    Client::new(Settings::new(arguments, &environment).expect("settings"))
}

async fn list(client: &Client) -> Result<(), Error> {
    let (call, place, secret) = (call(), place("p1"), secret("r1"));
    let listed = client.list_grants(&call, &place, &secret).await;
    listed.map(drop)
}

/// What a request shows of itself: method, path, who signed it, and of the body what `wanted` finds.
fn shown(seen: &Seen) -> String {
    let line = seen.lines.first().expect("a request line");
    let line = line.trim_end_matches(" HTTP/1.1");
    let line = line.split('?').next().unwrap_or_default();
    let authorization = seen.header("authorization");
    let access = authorization.first().and_then(|text| {
        let (_, rest) = text.split_once("Access=")?;
        rest.split(',').next()
    });
    let token = seen
        .header("x-auth-token")
        .first()
        .copied()
        .map(str::to_owned);
    let by = access.map(|access| format!("key {access}"));
    let by = by.or(token.map(|token| format!("token {token}")));
    let by = by.unwrap_or_else(|| "nobody".to_owned());
    let security_token = seen.header("x-security-token").join("");
    let shown = format!("{line} by {by} {security_token}");
    let shown = shown.trim_end();
    match seen.header("x-domain-id").first() {
        Some(account) => format!("{shown} of {account}"),
        None => shown.to_owned(),
    }
}

fn all_shown(script: &Script) -> Vec<String> {
    script.seen().iter().map(shown).collect()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn hidden(text: &str) -> Option<Sensitive> {
    Some(Sensitive::new(text))
}

fn by_password() -> Arguments {
    Arguments {
        user_name: text("ana"),
        password: hidden("pw-hunter2"),
        domain_name: text("acme"),
        ..Arguments::default()
    }
}

fn by_key() -> Arguments {
    Arguments {
        access_key: hidden("AK0"),
        secret_key: hidden("sk-hunter2"),
        ..Arguments::default()
    }
}

fn role(agency_name: &str, domain_name: Option<&str>, domain_id: Option<&str>) -> AssumeRole {
    AssumeRole {
        agency_name: agency_name.to_owned(),
        domain_name: domain_name.map(str::to_owned),
        domain_id: domain_id.map(str::to_owned),
        duration: None,
    }
}

const TOKENS: &str = "POST /v3/auth/tokens by";
const KEYS: &str = "POST /v3.0/OS-CREDENTIAL/securitytokens by";
const ASSUME: &str = "POST /v5/agencies/assume by";
const LIST: &str = "GET /v1/p1/csms/grants by";

#[tokio::test]
async fn each_source_sends_its_requests_in_order() {
    let with_roles = |base: Arguments, roles: Vec<AssumeRole>| Arguments {
        assume_role: roles,
        ..base
    };
    let oidc = AssumeRoleWithOidc {
        agency_name: text("deploy"),
        domain_id: text("d9"),
        idp_id: text("my-idp"),
        id_token: hidden("id-hunter2"),
        ..AssumeRoleWithOidc::default()
    };
    let table = [
        (
            "token",
            Arguments {
                token: hidden("T0"),
                ..Arguments::default()
            },
            vec![],
            vec![format!("{LIST} token T0")],
        ),
        ("keys", by_key(), vec![], vec![format!("{LIST} key AK0")]),
        (
            "temporary keys",
            Arguments {
                security_token: hidden("st-0"),
                ..by_key()
            },
            vec![],
            vec![format!("{LIST} key AK0 st-0")],
        ),
        (
            "password",
            by_password(),
            vec![token("T1", 1440)],
            vec![format!("{TOKENS} nobody"), format!("{LIST} token T1")],
        ),
        (
            "legacy agency",
            Arguments {
                agency_name: text("old"),
                agency_domain_name: text("other"),
                ..by_password()
            },
            vec![token("T1", 1440), token("T2", 1440)],
            vec![
                format!("{TOKENS} nobody"),
                format!("{TOKENS} token T1"),
                format!("{LIST} token T2"),
            ],
        ),
        (
            "legacy agency by key",
            Arguments {
                agency_name: text("old"),
                agency_domain_name: text("other"),
                domain_id: text("d0"),
                ..by_key()
            },
            vec![token("T2", 1440)],
            vec![
                format!("{TOKENS} key AK0 of d0"),
                format!("{LIST} token T2"),
            ],
        ),
        (
            "legacy agency by key of an account that is looked up",
            Arguments {
                agency_name: text("old"),
                agency_domain_name: text("other"),
                ..by_key()
            },
            vec![ok(r#"{"domains":[{"id":"d0"}]}"#), token("T2", 1440)],
            vec![
                "GET /v3/auth/domains by key AK0".to_owned(),
                format!("{TOKENS} key AK0 of d0"),
                format!("{LIST} token T2"),
            ],
        ),
        (
            "legacy agency by key of an account that only STS tells",
            Arguments {
                agency_name: text("old"),
                agency_domain_name: text("other"),
                ..by_key()
            },
            vec![
                ok(r#"{"domains":[]}"#),
                ok(r#"{"account_id":"d0"}"#),
                token("T2", 1440),
            ],
            vec![
                "GET /v3/auth/domains by key AK0".to_owned(),
                "GET /v5/caller-identity by key AK0".to_owned(),
                format!("{TOKENS} key AK0 of d0"),
                format!("{LIST} token T2"),
            ],
        ),
        (
            "agency by the account's name",
            with_roles(by_key(), vec![role("a", Some("other"), None)]),
            vec![key("AK1", 720)],
            vec![format!("{KEYS} key AK0"), format!("{LIST} key AK1 st-AK1")],
        ),
        (
            "agency by the account's id",
            with_roles(by_key(), vec![role("a", None, Some("d9"))]),
            vec![sts_key("AK1")],
            vec![
                format!("{ASSUME} key AK0"),
                format!("{LIST} key AK1 st-AK1"),
            ],
        ),
        (
            "chain after a password",
            with_roles(
                by_password(),
                vec![role("a", None, Some("d8")), role("b", Some("other"), None)],
            ),
            vec![
                token("T1", 1440),
                key("AK1", 15),
                sts_key("AK2"),
                key("AK3", 720),
            ],
            vec![
                format!("{TOKENS} nobody"),
                format!("{KEYS} token T1"),
                format!("{ASSUME} key AK1 st-AK1"),
                format!("{KEYS} key AK2 st-AK2"),
                format!("{LIST} key AK3 st-AK3"),
            ],
        ),
        (
            "identity provider",
            Arguments {
                assume_role_with_oidc: Some(oidc),
                ..Arguments::default()
            },
            vec![token("T1", 60), key("AK1", 15), sts_key("AK2")],
            vec![
                "POST /v3.0/OS-AUTH/id-token/tokens by nobody".to_owned(),
                format!("{KEYS} token T1"),
                format!("{ASSUME} key AK1 st-AK1"),
                format!("{LIST} key AK2 st-AK2"),
            ],
        ),
        (
            "metadata with tokens",
            Arguments::default(),
            vec![ok("M1"), key("AK1", 720)],
            vec![
                "PUT /meta-data/latest/api/token by nobody".to_owned(),
                "GET /openstack/latest/securitykey by nobody".to_owned(),
                format!("{LIST} key AK1 st-AK1"),
            ],
        ),
        (
            "metadata without tokens",
            Arguments::default(),
            vec![refused(405), key("AK1", 720)],
            vec![
                "PUT /meta-data/latest/api/token by nobody".to_owned(),
                "GET /openstack/latest/securitykey by nobody".to_owned(),
                format!("{LIST} key AK1 st-AK1"),
            ],
        ),
    ];
    for (name, arguments, mut steps, expected) in table {
        steps.extend([ok(LISTED), ok(LISTED)]);
        let script = Script::of(steps).await;
        let client = client(&script, arguments, &[]);
        list(&client).await.expect(name);
        assert_eq!(all_shown(&script), expected, "{name}");
        // The second operation needs no further sign-in.
        list(&client).await.expect(name);
        assert_eq!(script.seen().len(), expected.len() + 1, "{name}");
    }
}

/// The account that each source ends in, and the requests that find it out: never one in the name of the caller's own account
/// after a role is assumed.
#[tokio::test]
async fn an_assumed_role_determines_project_and_account() {
    let own = |base: Arguments| Arguments {
        domain_id: text("d0"),
        ..base
    };
    let with_role = |role: AssumeRole| Arguments {
        assume_role: vec![role],
        ..own(by_key())
    };
    let projects = r#"{"projects":[{"id":"p9","domain_id":"d9"}]}"#;
    const PROJECTS_OF: &str = "GET /v3/projects by key";
    for (name, arguments, steps, expected) in [
        (
            "no role",
            own(by_key()),
            vec![ok(PROJECTS)],
            ("p1", "d0", vec![format!("{PROJECTS_OF} AK0 of d0")]),
        ),
        (
            "role by the account's name",
            with_role(role("a", Some("other"), None)),
            vec![key("AK1", 720), ok(projects)],
            (
                "p9",
                "d9",
                vec![
                    format!("{KEYS} key AK0"),
                    format!("{PROJECTS_OF} AK1 st-AK1"),
                ],
            ),
        ),
        (
            "role by the account's id",
            with_role(role("a", None, Some("d9"))),
            vec![sts_key("AK1"), ok(projects)],
            (
                "p9",
                "d9",
                vec![
                    format!("{ASSUME} key AK0"),
                    format!("{PROJECTS_OF} AK1 st-AK1 of d9"),
                ],
            ),
        ),
        (
            "token of an agency",
            Arguments {
                agency_name: text("old"),
                agency_domain_name: text("other"),
                project_id: text("p0"),
                ..own(by_key())
            },
            vec![token("T1", 60)],
            ("p1", "d1", vec![format!("{TOKENS} key AK0 of d0")]),
        ),
    ] {
        let script = Script::of(steps).await;
        let client = client(&script, arguments, &[("HW_DOMAIN_ID", "d-environment")]);
        let project = client.project_id_of(&region(), &call()).await.expect(name);
        let account = client.account_id(&call()).await.expect(name);
        let found = (project.as_str(), account.as_str(), all_shown(&script));
        assert_eq!(found, expected, "{name}");
    }
}

#[tokio::test]
async fn sign_in_before_assuming_a_role_is_scoped_to_the_callers_project() {
    let arguments = Arguments {
        project_id: text("p-role"),
        project_name: text("role-project"),
        assume_role: vec![role("a", Some("other"), None)],
        ..by_password()
    };
    let script = Script::of([token("T1", 1440), key("AK1", 720)]).await;
    let client = client(&script, arguments, &[]);
    let project = client.project_id_of(&region(), &call()).await;
    assert_eq!(project.expect("a project").as_str(), "p-role");
    client.sign_in(&call()).await.expect("signed in");
    let body: serde_json::Value = serde_json::from_str(&script.seen()[0].body).expect("JSON");
    let expected =
        serde_json::json!({"project": {"name": "cn-north-4", "domain": {"name": "acme"}}});
    assert_eq!(body["auth"]["scope"], expected);
}

#[tokio::test]
async fn sign_in_request_bodies_match_the_api_reference() {
    let chain = Arguments {
        assume_role: vec![role("a", Some("other"), None), role("b", None, Some("d9"))],
        agency_name: text("old"),
        agency_domain_name: text("acme2"),
        ..by_password()
    };
    let steps = [
        token("T1", 1440),
        token("T2", 1440),
        key("AK1", 720),
        sts_key("AK2"),
        ok(LISTED),
    ];
    let script = Script::of(steps).await;
    list(&client(
        &script,
        chain,
        &[("OS_PROJECT_NAME", "cn-north-4_x")],
    ))
    .await
    .expect("listed");
    let bodies: Vec<serde_json::Value> = script.seen()[..4]
        .iter()
        .map(|seen| serde_json::from_str(&seen.body).expect("JSON"))
        .collect();
    let acme = serde_json::json!({"name": "acme"});
    let user = serde_json::json!({"name": "ana", "password": "pw-hunter2", "domain": acme});
    assert_eq!(
        bodies,
        [
            serde_json::json!({"auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": "cn-north-4_x", "domain": acme}}}}),
            serde_json::json!({"auth": {
                "identity": {"methods": ["assume_role"],
                    "assume_role": {"agency_name": "old", "domain_name": "acme2"}},
                "scope": {"project": {"name": "cn-north-4"}}}}),
            serde_json::json!({"auth": {"identity": {"methods": ["assume_role"],
                "assume_role": {"agency_name": "a", "domain_name": "other", "duration_seconds": 43200}}}}),
            serde_json::json!({"agency_urn": "iam::d9:agency:b", "agency_session_name": "hwgrants"}),
        ]
    );
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_for_all_operations() {
    let script = Script::of([refused(401)]).await;
    let arguments = Arguments {
        max_retries: Some(5),
        ..by_password()
    };
    let client = client(&script, arguments, &[]);
    let errors = tokio::join!(list(&client), list(&client), list(&client));
    for result in [errors.0, errors.1, errors.2, list(&client).await] {
        let error = result.expect_err("a wrong password");
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert_eq!(error.operation(), Some("KeystoneCreateUserTokenByPassword"));
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn a_missing_agency_is_an_authentication_error() {
    let absent =
        r#"{"error":{"code":404,"message":"agency not found sk-hunter2","title":"Not Found"}}"#;
    let script = Script::of([Step::Answer(answer(404, "", absent))]).await;
    let arguments = Arguments {
        assume_role: vec![role("a", Some("other"), None)],
        ..by_key()
    };
    let client = client(&script, arguments, &[]);
    let created = client
        .create_grants(&call(), &place("p1"), &terms("r1", "g1"))
        .await;
    let error = created.expect_err("no agency");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(!error.is_not_found() && !error.is_ambiguous());
    assert!(
        error.to_string().contains("agency not found ***"),
        "{error}"
    );
}

#[tokio::test]
async fn a_create_whose_sign_in_failed_is_not_ambiguous() {
    let script = Script::of([Step::HangUp]).await;
    let client = client(&script, by_password(), &[]);
    let created = client
        .create_grants(&call(), &place("p1"), &terms("r1", "g1"))
        .await;
    let error = created.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Transient);
    assert!(!error.is_ambiguous());
}

#[tokio::test]
async fn concurrent_operations_sign_in_once() {
    let steps = [token("T1", 1440), ok(LISTED), ok(LISTED), ok(LISTED)];
    let script = Script::of(steps).await;
    let client = client(&script, by_password(), &[]);
    let (one, two, three) = tokio::join!(list(&client), list(&client), list(&client));
    one.and(two).and(three).expect("listed");
    let logins = all_shown(&script)
        .into_iter()
        .filter(|line| line.starts_with(TOKENS));
    assert_eq!(logins.count(), 1);
}

#[tokio::test]
async fn an_expiring_or_rejected_credential_is_renewed() {
    // The first one has no time left, so that the next operation renews it.
    let steps = [
        token("T1", 0),
        ok(LISTED),
        token("T2", 1440),
        ok(LISTED),
        refused(401),
        token("T3", 1440),
        ok(LISTED),
    ];
    let script = Script::of(steps).await;
    let client = client(&script, by_password(), &[]);
    for _ in 0..3 {
        list(&client).await.expect("listed");
    }
    let expected = [
        format!("{TOKENS} nobody"),
        format!("{LIST} token T1"),
        format!("{TOKENS} nobody"),
        format!("{LIST} token T2"),
        format!("{LIST} token T2"),
        format!("{TOKENS} nobody"),
        format!("{LIST} token T3"),
    ];
    assert_eq!(all_shown(&script), expected);
}

#[tokio::test]
async fn an_unauthorized_request_is_retried_at_most_once() {
    let steps = [
        token("T1", 1440),
        refused(401),
        token("T2", 1440),
        refused(401),
    ];
    let script = Script::of(steps).await;
    let error = list(&client(&script, by_password(), &[]))
        .await
        .expect_err("refused");
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Authentication, Some("ListGrants"))
    );
    assert_eq!(script.seen().len(), 4);
    // A permanent access key cannot be renewed.
    let script = Script::of([refused(401)]).await;
    let error = list(&client(&script, by_key(), &[]))
        .await
        .expect_err("refused");
    assert_eq!(error.operation(), Some("ListGrants"));
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn a_rejected_token_is_exchanged_once() {
    let steps = [refused(401), token("T1", 1440), ok(LISTED)];
    let script = Script::of(steps).await;
    let arguments = Arguments {
        token: hidden("T0"),
        ..Arguments::default()
    };
    list(&client(&script, arguments.clone(), &[]))
        .await
        .expect("listed");
    let expected = [
        format!("{LIST} token T0"),
        format!("{TOKENS} nobody"),
        format!("{LIST} token T1"),
    ];
    assert_eq!(all_shown(&script), expected);
    // One that has ended cannot be exchanged, which is tried once; the error is the operation's own.
    let script = Script::of([refused(401), refused(401), refused(401)]).await;
    let client = client(&script, arguments, &[]);
    for _ in 0..2 {
        let error = list(&client).await.expect_err("refused");
        assert_eq!(error.operation(), Some("ListGrants"));
    }
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test]
async fn a_failed_renewal_keeps_a_credential_that_is_still_valid() {
    // Renewal is due in the last quarter of a life; the metadata service hands out one that has a second quarter left.
    let soon = Timestamp::now() + SignedDuration::from_millis(900);
    let short = format!(
        r#"{{"credential":{{"access":"AK1","secret":"s","securitytoken":"st-AK1","expires_at":"{soon}"}}}}"#
    );
    let steps = [
        refused(404),
        ok(&short),
        ok(LISTED),
        Step::HangUp,
        ok(LISTED),
        ok(LISTED),
    ];
    let script = Script::of(steps).await;
    let client = client(&script, Arguments::default(), &[]);
    list(&client).await.expect("listed");
    // Nothing but time makes a renewal due.
    let due = Duration::from_millis(700);
    tokio::time::sleep(due).await;
    list(&client).await.expect("listed with what there is");
    list(&client)
        .await
        .expect("and again, without asking for another");
    let expected = [
        "PUT /meta-data/latest/api/token by nobody".to_owned(),
        "GET /openstack/latest/securitykey by nobody".to_owned(),
        format!("{LIST} key AK1 st-AK1"),
        "PUT /meta-data/latest/api/token by nobody".to_owned(),
        format!("{LIST} key AK1 st-AK1"),
        format!("{LIST} key AK1 st-AK1"),
    ];
    assert_eq!(all_shown(&script), expected);
}

#[tokio::test]
async fn a_rejected_metadata_token_is_renewed() {
    let steps = [
        ok("M1"),
        refused(401),
        ok("M2"),
        key("AK1", 720),
        ok(LISTED),
    ];
    let script = Script::of(steps).await;
    list(&client(&script, Arguments::default(), &[]))
        .await
        .expect("listed");
    let seen = script.seen();
    let tokens: Vec<_> = seen
        .iter()
        .flat_map(|one| one.header("x-metadata-token"))
        .collect();
    assert_eq!(tokens, ["M1", "M2"]);
    assert_eq!(seen[0].header("x-metadata-token-ttl-seconds"), ["21600"]);
    // Servers that want a length answer 411.
    assert_eq!(seen[0].header("content-length"), ["0"]);
}

#[tokio::test]
async fn missing_credentials_list_every_source_within_two_seconds() {
    let lacking = r#"{"error":"the cloud service agency must be configured first"}"#;
    for (steps, why) in [
        (
            vec![refused(404), refused(404)],
            "status 404: no agency is attached to this ECS instance",
        ),
        (
            vec![ok("M1"), Step::Answer(answer(401, "", lacking))],
            "status 401: no agency is attached to this ECS instance",
        ),
        (vec![ok("M1"), refused(500)], "status 500"),
        (vec![ok("M1"), ok("{}")], "unexpected response"),
    ] {
        let script = Script::of(steps).await;
        let count = 2;
        let client = client(&script, Arguments::default(), &[]);
        for _ in 0..2 {
            let error = client.sign_in(&call()).await.expect_err("no credentials");
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let said = error.to_string();
            for part in [
                "`assume_role_with_oidc`",
                "`token`",
                "`HW_AUTH_TOKEN`",
                "`access_key`",
                "`password`",
                why,
            ] {
                assert!(said.contains(part), "`{part}` in: {said}");
            }
        }
        // It is not asked again.
        assert_eq!(script.seen().len(), count);
    }
    // Where nobody listens.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let arguments = Arguments {
        region: text("cn-north-4"),
        ..Arguments::default()
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &url)]);
    let client = Client::new(Settings::new(arguments, &environment).expect("settings"));
    let started_at = Instant::now();
    let error = client.sign_in(&call()).await.expect_err("no credentials");
    assert!(started_at.elapsed() < Duration::from_secs(2), "{error}");
    assert!(
        error.to_string().contains("might not be an ECS instance"),
        "{error}"
    );
}

#[tokio::test]
async fn a_renewal_reads_the_id_token_file_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    fs::write(&file, "first\n").expect("written");
    let steps = || [token("T1", 60), key("AK1", 15), sts_key("AK2")];
    let all = steps()
        .into_iter()
        .chain([refused(401)])
        .chain(steps())
        .chain([ok(LISTED)]);
    let script = Script::of(all).await;
    let variables = [
        ("HW_ASSUME_ROLE_IDP_ID", "my-idp"),
        ("HW_ASSUME_ROLE_AGENCY_NAME", "deploy"),
        ("HW_ASSUME_ROLE_DOMAIN_ID", "d9"),
        (
            "HW_ASSUME_ROLE_ID_TOKEN_FILE",
            file.to_str().expect("a path"),
        ),
    ];
    let client = client(&script, Arguments::default(), &variables);
    client.sign_in(&call()).await.expect("signed in");
    fs::write(&file, "second\n").expect("written");
    list(&client).await.expect("listed");
    let seen = script.seen();
    assert_eq!(seen[0].header("x-idp-id"), ["my-idp"]);
    assert!(seen[0].body.contains(r#""first""#) && seen[4].body.contains(r#""second""#));
}

#[tokio::test]
async fn signed_service_requests_send_their_project_id() {
    let script = Script::of([
        ok(LISTED),
        ok(PROJECTS),
        ok(r#"{"assumed":true}"#),
        ok(r#"{"assumed":true}"#),
    ])
    .await;
    let client = client(&script, by_key(), &[]);
    list(&client).await.expect("listed");
    for _ in 0..2 {
        let shown = client
            .show_tenant_kms_grant(&call(), &region(), &tenant("t1"))
            .await;
        assert_eq!(shown.ok(), Some(true));
    }
    let seen = script.seen();
    let projects: Vec<_> = seen
        .iter()
        .map(|one| one.header("x-project-id").join(""))
        .collect();
    assert_eq!(projects, ["p1", "", "p1", "p1"]);
    assert!(seen.iter().all(|one| one.header("x-auth-token").is_empty()));
    assert!(seen[1].lines[0].starts_with("GET /v3/projects?name=cn-north-4 "));
}

#[tokio::test]
async fn project_and_account_are_looked_up_once_and_only_if_unknown() {
    let script = Script::of([ok(PROJECTS), ok(r#"{"projects":[{"id":"p9"}]}"#)]).await;
    let client_by_key = client(&script, by_key(), &[]);
    let (own, bounds) = (region(), call());
    let (one, two) = tokio::join!(
        client_by_key.project_id_of(&own, &bounds),
        client_by_key.project_id_of(&own, &bounds)
    );
    assert_eq!(
        (one.expect("p1").as_str(), two.expect("p1").as_str()),
        ("p1", "p1")
    );
    let account = client_by_key.account_id(&call()).await.expect("d1");
    assert_eq!(account.as_str(), "d1");
    let other = "cn-east-3".parse().expect("a region");
    let elsewhere = client_by_key
        .project_id_of(&other, &call())
        .await
        .expect("p9");
    assert_eq!(elsewhere.as_str(), "p9");
    assert_eq!(script.seen().len(), 2);
    assert!(script.seen()[1].lines[0].contains("name=cn-east-3"));

    // A login says both; a token is for one project only.
    let script = Script::of([token("T1", 1440)]).await;
    let client_by_login = client(&script, by_password(), &[]);
    let project = client_by_login
        .project_id_of(&region(), &call())
        .await
        .expect("p1");
    let account = client_by_login.account_id(&call()).await.expect("d1");
    assert_eq!((project.as_str(), account.as_str()), ("p1", "d1"));
    let error = client_by_login
        .project_id_of(&other, &call())
        .await
        .expect_err("one project");
    assert_eq!(error.argument(), Some("project_id"));
    assert_eq!(script.seen().len(), 1);

    // What is set is not looked up.
    let script = Script::of([]).await;
    let arguments = Arguments {
        project_id: text("p0"),
        domain_id: text("d0"),
        ..by_key()
    };
    let client = client(&script, arguments, &[]);
    assert_eq!(
        client
            .project_id_of(&region(), &call())
            .await
            .expect("p0")
            .as_str(),
        "p0"
    );
    assert_eq!(client.account_id(&call()).await.expect("d0").as_str(), "d0");
    assert_eq!(script.seen().len(), 0);
}

#[tokio::test]
async fn the_account_lookup_falls_back_to_domains_and_caller_identity() {
    let nobody = r#"{"projects":[]}"#;
    let denied = || {
        Step::Answer(answer(
            403,
            "",
            r#"{"error_code":"IAM.0002","error_msg":"no"}"#,
        ))
    };
    for (steps, expected) in [
        (
            vec![ok(nobody), ok(r#"{"domains":[{"id":"d5"}]}"#)],
            Some("d5"),
        ),
        (
            vec![denied(), denied(), ok(r#"{"account_id":"d6"}"#)],
            Some("d6"),
        ),
        (
            vec![
                ok(nobody),
                ok(r#"{"domains":[]}"#),
                ok(r#"{"account_id":"d7"}"#),
            ],
            Some("d7"),
        ),
        (vec![ok(nobody), denied(), denied()], None),
    ] {
        let count = steps.len();
        let script = Script::of(steps).await;
        let client = client(&script, by_key(), &[]);
        let found = client.account_id(&call()).await;
        match expected {
            Some(expected) => assert_eq!(found.expect("an account").as_str(), expected),
            None => {
                let error = found.expect_err("no account");
                assert_eq!(error.argument(), Some("domain_id"));
                assert!(error.to_string().contains("GetCallerIdentity"), "{error}");
            }
        }
        assert_eq!(script.seen().len(), count);
    }
    let script = Script::of([ok(nobody)]).await;
    let client = client(&script, by_key(), &[]);
    let error = client
        .project_id_of(&region(), &call())
        .await
        .expect_err("no project");
    assert_eq!(error.argument(), Some("project_id"));
    assert!(
        error
            .to_string()
            .contains("access to a project named `cn-north-4`"),
        "{error}"
    );
}

#[tokio::test]
async fn sign_in_credentials_never_appear_in_logs_or_errors() {
    let recorder = Recorder::default();
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(recorder.clone()));
    let planted = [
        "pw-hunter2",
        "sk-hunter2",
        "st-hunter2",
        "id-hunter2",
        "T-hunter2",
        "AK-hunter2",
    ];
    let oidc = AssumeRoleWithOidc {
        agency_name: text("deploy"),
        domain_id: text("d9"),
        idp_id: text("my-idp"),
        id_token: hidden("id-hunter2"),
        ..AssumeRoleWithOidc::default()
    };
    let roles = || vec![role("a", Some("other"), None)];
    let keys = Arguments {
        access_key: hidden("AK-hunter2"),
        secret_key: hidden("sk-hunter2"),
        security_token: hidden("st-hunter2"),
        ..Arguments::default()
    };
    let echo = || {
        Step::Answer(answer(
            403,
            "",
            &format!(
                r#"{{"error_code":"X.1","error_msg":"{}"}}"#,
                planted.join(" ")
            ),
        ))
    };
    for (arguments, steps, own) in [
        (
            Arguments {
                assume_role: roles(),
                ..by_password()
            },
            vec![token("T-hunter2", 60), echo()],
            &["pw-hunter2", "T-hunter2"][..],
        ),
        (
            Arguments {
                assume_role: roles(),
                ..keys.clone()
            },
            vec![echo()],
            &["AK-hunter2", "sk-hunter2", "st-hunter2"],
        ),
        (
            keys,
            vec![echo()],
            &["AK-hunter2", "sk-hunter2", "st-hunter2"],
        ),
        (by_password(), vec![echo()], &["pw-hunter2"]),
        (
            Arguments {
                assume_role_with_oidc: Some(oidc),
                ..Arguments::default()
            },
            vec![echo()],
            &["id-hunter2"],
        ),
    ] {
        let script = Script::of(steps).await;
        let client = client(&script, arguments.clone(), &[]);
        let error = list(&client).await.expect_err("refused");
        let shown = format!("{error} {error:?} {client:?} {arguments:?}");
        for secret in own {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
    let log = recorder.text();
    assert!(log.contains("KeystoneCreateUserTokenByPassword"), "{log}");
    for secret in planted {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
