//! What goes wrong on the way: connections that break, answers that make no sense, callers who stop waiting.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use hwgrants::cloud::{
    Arguments, Call, Client, Environment, Error, ErrorKind, Sensitive, Settings,
};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::scripted_server::{GRANTED, LISTED, Script, Step, answer, read};
use super::{TOKEN, call, client, grantee, place, region, secret, tenant, terms};

const ABSENT: &str = r#"{"error_code":"CSMS.0005","error_msg":"resource does not exist"}"#;

async fn create(client: &Client, call: &Call) -> Result<(), Error> {
    let (place, terms) = (place("p1"), terms("r1", "g1"));
    client.create_grants(call, &place, &terms).await.map(drop)
}

async fn list(client: &Client, call: &Call) -> Result<(), Error> {
    let (place, secret) = (place("p1"), secret("r1"));
    client.list_grants(call, &place, &secret).await.map(drop)
}

async fn delete(client: &Client, call: &Call) -> Result<(), Error> {
    let (secret, grantee) = (secret("r1"), grantee("g1"));
    client
        .delete_grant(call, &place("p1"), &secret, &grantee)
        .await
}

/// A port on which nobody listens.
async fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    format!("http://{address}")
}

#[tokio::test]
async fn a_read_is_retried_after_a_broken_connection() {
    let script = Script::of([Step::HangUp, Step::Answer(answer(200, "", LISTED))]).await;
    let listed = list(&client(&script.url(), 1), &call()).await;
    assert!(listed.is_ok(), "{listed:?}");
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn a_create_without_a_clear_response_is_ambiguous_and_sent_once() {
    let torn = "HTTP/1.1 200 X\r\ncontent-length: 99\r\n\r\n{\"data\"".to_owned();
    for step in [
        Step::HangUp,
        Step::Answer(answer(502, "", "")),
        Step::Answer(answer(500, "", ABSENT)),
    ] {
        let script = Script::of([step]).await;
        let error = create(&client(&script.url(), 5), &call())
            .await
            .expect_err("no answer");
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Transient, 1),
            "{error}"
        );
        assert!(error.is_ambiguous(), "{error}");
        assert_eq!(script.seen().len(), 1);
    }
    // An answer that ends too early: the deadline is what ends waiting for the rest.
    let script = Script::of([Step::Answer(torn)]).await;
    let soon = Call::within(Duration::from_millis(100), CancellationToken::new());
    let error = create(&client(&script.url(), 5), &soon)
        .await
        .expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_ambiguous(), "{error}");
}

#[tokio::test]
async fn a_retried_delete_that_finds_nothing_is_ambiguous() {
    let script = Script::of([Step::HangUp, Step::Answer(answer(400, "", ABSENT))]).await;
    let error = delete(&client(&script.url(), 1), &call())
        .await
        .expect_err("nothing to delete");
    assert!(error.is_not_found() && error.is_ambiguous(), "{error}");
    let script = Script::of([Step::Answer(answer(400, "", ABSENT))]).await;
    let error = delete(&client(&script.url(), 1), &call())
        .await
        .expect_err("nothing to delete");
    assert!(error.is_not_found() && !error.is_ambiguous(), "{error}");
}

#[tokio::test]
async fn a_throttled_create_is_retried_after_the_requested_delay() {
    let body =
        r#"{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached"}"#;
    let refused = Step::Answer(answer(429, "retry-after: 1\r\n", body));
    let script = Script::of([refused, Step::Answer(answer(200, "", GRANTED))]).await;
    let started_at = Instant::now();
    let created = create(&client(&script.url(), 1), &call()).await;
    assert!(created.is_ok(), "{created:?}");
    assert!(started_at.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn refused_connections_fail_within_two_seconds_and_are_not_ambiguous() {
    let started_at = Instant::now();
    let error = create(&client(&closed().await, 5), &call())
        .await
        .expect_err("nobody there");
    assert!(started_at.elapsed() < Duration::from_secs(2), "{error}");
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unreachable, 3),
        "{error}"
    );
    assert!(!error.is_ambiguous());
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_unreachable() {
    // `.invalid` is reserved for names that never exist; the port keeps a resolver that lies from being believed.
    let client = client("https://hwgrants.invalid:1", 0);
    let error = list(&client, &call()).await.expect_err("no such host");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
}

#[tokio::test]
async fn an_untrusted_certificate_is_not_retried() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der())
        .expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a configuration");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let client = client(&format!("https://localhost:{port}"), 5);
    let error = list(&client, &call()).await.expect_err("no trust");
    server.abort();
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Unreachable, 1),
        "{error}"
    );
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Script::of([Step::Answer(answer(200, "", "{}"))]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}/\r\n", elsewhere.url());
        let script = Script::of([Step::Answer(answer(status, &location, ""))]).await;
        let error = list(&client(&script.url(), 5), &call())
            .await
            .expect_err("a redirect");
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::WrongEndpoint, Some(status))
        );
    }
    assert_eq!(elsewhere.connection_count(), 0);
}

#[tokio::test]
async fn an_unreadable_success_response_is_reported_without_its_body() {
    for (body, problem) in [
        ("<html>welcome</html>", "the response is not valid JSON"),
        ("", "the response is empty or truncated"),
        (
            r#"{"data":{"grantee_user":[{"user_id":""}]}}"#,
            "a grantee's ID is missing or invalid",
        ),
        (
            r#"{"data":7}"#,
            "the JSON does not match the documented structure",
        ),
    ] {
        let script = Script::of([Step::Answer(answer(200, "X-Request-Id: id-1\r\n", body))]).await;
        let error = list(&client(&script.url(), 5), &call())
            .await
            .expect_err("no list");
        assert_eq!(
            (error.kind(), error.attempts()),
            (ErrorKind::Unreadable, 1),
            "{error}"
        );
        assert_eq!(
            (error.status(), error.request_id(), error.message()),
            (Some(200), Some("id-1"), Some(problem))
        );
        assert!(!error.is_ambiguous());
    }
    let script = Script::of([Step::Answer(answer(200, "", r#"{"data":"SIGNED"}"#))]).await;
    let error = create(&client(&script.url(), 5), &call())
        .await
        .expect_err("no grant");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(error.is_ambiguous());
    assert!(
        !format!("{error} {error:?}").contains("SIGNED"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_oversized_response_is_rejected() {
    let script = Script::of([Step::Answer(answer(200, "", &" ".repeat(9 << 20)))]).await;
    let error = list(&client(&script.url(), 0), &call())
        .await
        .expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(error.to_string().contains("longer than"), "{error}");
}

#[tokio::test]
async fn a_timeout_is_ambiguous_only_for_a_write() {
    let script = Script::of([Step::Silence, Step::Silence]).await;
    let client = client(&script.url(), 5);
    let soon = || Call::within(Duration::from_millis(100), CancellationToken::new());
    let error = list(&client, &soon()).await.expect_err("silence");
    assert_eq!(
        (error.kind(), error.is_ambiguous()),
        (ErrorKind::Timeout, false),
        "{error}"
    );
    let error = create(&client, &soon()).await.expect_err("silence");
    assert_eq!(
        (error.kind(), error.is_ambiguous()),
        (ErrorKind::Timeout, true),
        "{error}"
    );
    assert!(error.elapsed() < Duration::from_secs(5), "{error}");
}

/// Runs an operation and cancels it as soon as its request has arrived, from when on `clock` tells the time.
async fn cancelled(
    script: &Script,
    clock: Clock,
    operation: impl AsyncFnOnce(&Client, &Call) -> Result<(), Error>,
) -> (Result<(), Error>, Duration) {
    let cancel = CancellationToken::new();
    let call = Call::within(Duration::from_secs(20), cancel.clone());
    let client = client(&script.url(), 5);
    let stop = async {
        script.arrived().await;
        if clock == Clock::Simulated {
            tokio::time::pause();
        }
        cancel.cancel();
        tokio::time::Instant::now()
    };
    let (result, cancelled_at) = tokio::join!(operation(&client, &call), stop);
    (result, cancelled_at.elapsed())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    Real,
    /// Jumps to the next timer when nothing happens; only for servers that stay silent.
    Simulated,
}

#[tokio::test]
async fn a_cancelled_read_returns_at_once() {
    let script = Script::of([Step::Silence]).await;
    let (result, time) = cancelled(&script, Clock::Simulated, list).await;
    let error = result.expect_err("silence");
    assert_eq!(
        (error.kind(), error.is_ambiguous()),
        (ErrorKind::Cancelled, false),
        "{error}"
    );
    assert_eq!(time, Duration::ZERO);
}

#[tokio::test]
async fn a_cancelled_write_is_ambiguous_after_the_grace_period() {
    let script = Script::of([Step::Silence]).await;
    let (result, time) = cancelled(&script, Clock::Simulated, create).await;
    let error = result.expect_err("silence");
    assert_eq!(
        (error.kind(), error.is_ambiguous()),
        (ErrorKind::Cancelled, true),
        "{error}"
    );
    // Timers count whole milliseconds.
    let moment = Duration::from_millis(500)..Duration::from_millis(502);
    assert!(moment.contains(&time), "{time:?}");
}

#[tokio::test]
async fn a_cancelled_write_succeeds_if_it_completes_within_the_grace_period() {
    let late = Step::Late(Duration::from_millis(50), answer(200, "", GRANTED));
    let script = Script::of([late]).await;
    let (result, _) = cancelled(&script, Clock::Real, create).await;
    assert!(result.is_ok(), "{result:?}");
}

#[tokio::test]
async fn an_error_is_one_line_with_all_details() {
    let script = Script::of([Step::Answer(answer(400, "x-request-id: id-1\r\n", ABSENT))]).await;
    let error = list(&client(&script.url(), 0), &call())
        .await
        .expect_err("no such secret");
    let text = error.to_string();
    let (start, end) = text.rsplit_once(", 1 attempt in ").expect("tries");
    let expected = format!(
        "ListGrants failed: the resource does not exist: resource does not exist (GET {}/v1/p1/csms/grants, \
         status 400, code `CSMS.0005`, request ID `id-1`",
        script.url()
    );
    assert_eq!(start, expected);
    assert!(end.ends_with(" ms)"), "{end}");
}

/// Writes down every event and span, at every level, with all its fields.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<String>>);

impl Recorder {
    /// Everything so far.
    pub(super) fn text(&self) -> String {
        self.0.lock().expect("a lock").clone()
    }
}

impl Visit for Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = self.0.lock().expect("a lock");
        writeln!(text, "{field}={value:?}").expect("memory");
    }
}

impl<S: tracing::Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        event.record(&mut self.clone());
    }

    fn on_new_span(
        &self,
        span: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: Context<'_, S>,
    ) {
        span.record(&mut self.clone());
    }
}

#[tokio::test]
async fn echoed_credentials_are_redacted_from_logs_and_errors() {
    let recorder = Recorder::default();
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(recorder.clone()));
    let planted = [
        "AK-planted-1",
        "planted/secret+key-2==",
        "planted/security+token-3==",
    ];
    let base64: Vec<_> = planted
        .iter()
        .map(|secret| base64::engine::general_purpose::STANDARD.encode(format!("k:{secret}:")))
        .collect();
    let words = format!(
        "{} {} Signature=0123456789abcdef",
        planted.join(" "),
        base64.join(" ")
    );
    let echo = json!({"error_code": words, "error_msg": words, "request_id": words}).to_string();
    let id = format!("x-request-id: {words}\r\n");
    let script = Script::of([
        Step::Answer(answer(400, &id, &echo)),
        Step::Answer(answer(400, "", &echo)),
        Step::Answer(answer(502, &id, &words)),
        Step::Answer(answer(200, &id, &words)),
        Step::Answer(answer(200, &id, LISTED)),
    ])
    .await;
    let arguments = Arguments {
        access_key: Some(Sensitive::new(planted[0])),
        secret_key: Some(Sensitive::new(planted[1])),
        security_token: Some(Sensitive::new(planted[2])),
        max_retries: Some(0),
        ..Arguments::default()
    };
    let url = script.url();
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &url)]);
    let client = Client::new(Settings::new(arguments, &environment).expect("settings"));
    let mut shown = String::new();
    for _ in 0..5 {
        let listed = list(&client, &call()).await;
        if let Err(error) = listed {
            writeln!(shown, "{error} {error:?}").expect("memory");
        }
    }
    assert_eq!(script.seen().len(), 5);
    shown += &recorder.text();
    assert!(shown.contains("request_id"), "{shown}");
    let hidden = planted.iter().map(|text| (*text).to_owned()).chain(base64);
    for hidden in hidden.chain(["0123456789abcdef".to_owned(), "planted".to_owned()]) {
        assert!(!shown.contains(&hidden), "{hidden} in {shown}");
    }
}

#[tokio::test]
async fn an_echoed_request_signature_is_redacted() {
    let recorder = Recorder::default();
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(recorder.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let seen = read(&mut stream).await.expect("a request");
        let sent = seen.header("authorization")[0].to_owned();
        let (_, signature) = sent.rsplit_once('=').expect("a signature");
        let text = answer(403, &format!("x-request-id: {signature}\r\n"), signature);
        stream.write_all(text.as_bytes()).await.expect("an answer");
        signature.to_owned()
    });
    let error = list(&by_key(&url, 0), &call()).await.expect_err("refused");
    let signature = server.await.expect("a signature");
    assert_eq!(signature.len(), 64);
    let shown = format!("{error} {error:?} {}", recorder.text());
    assert!(
        shown.contains("***") && !shown.contains(&signature),
        "{shown}"
    );
}

/// A client with a permanent access key.
fn by_key(url: &str, max_retries: u32) -> Client {
    let arguments = Arguments {
        access_key: Some(Sensitive::new("AK1")),
        secret_key: Some(Sensitive::new("SK1")),
        max_retries: Some(max_retries),
        ..Arguments::default()
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", url)]);
    Client::new(Settings::new(arguments, &environment).expect("settings"))
}

#[tokio::test]
async fn a_request_with_an_expired_signature_is_signed_again_once() {
    let refusal = |message: &str| {
        let body = json!({"error_code": "APIGW.0301", "error_msg": message}).to_string();
        Step::Answer(answer(401, "", &body))
    };
    let expired = || refusal("Incorrect IAM authentication information: x-sdk-date expired");
    let script = Script::of([expired(), Step::Answer(answer(200, "", GRANTED))]).await;
    let created = create(&by_key(&script.url(), 0), &call()).await;
    assert!(created.is_ok(), "{created:?}");
    assert_eq!(script.seen().len(), 2);

    let script = Script::of([expired(), expired(), expired()]).await;
    let error = create(&by_key(&script.url(), 0), &call())
        .await
        .expect_err("refused");
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Authentication, 2),
        "{error}"
    );
    assert_eq!(script.seen().len(), 2);

    // Each wrong signature counts towards locking the key out.
    let script = Script::of([refusal("verify aksk signature fail")]).await;
    let error = create(&by_key(&script.url(), 0), &call())
        .await
        .expect_err("refused");
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::Authentication, 1),
        "{error}"
    );
}

#[tokio::test]
async fn attempts_are_counted_across_a_credential_renewal() {
    let refused = || Step::Answer(answer(401, "", "no"));
    let token = answer(201, "x-subject-token: t2\r\n", r#"{"token":{}}"#);
    let script = Script::of([refused(), Step::Answer(token), refused()]).await;
    let arguments = Arguments {
        region: Some("cn-north-4".to_owned()),
        token: Some(Sensitive::new(TOKEN)),
        max_retries: Some(0),
        ..Arguments::default()
    };
    let url = script.url();
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &url)]);
    let client = Client::new(Settings::new(arguments, &environment).expect("settings"));
    let error = create(&client, &call()).await.expect_err("refused");
    let posts = script
        .seen()
        .iter()
        .filter(|seen| seen.lines[0].contains("/csms/grants"))
        .count();
    assert_eq!((posts, error.attempts()), (2, 2), "{error}");
}

#[tokio::test]
async fn the_token_length_limit_applies_only_to_codearts_repo() {
    for (length, is_sent) in [(100_000, true), (100_001, false)] {
        let granted = r#"{"tenant_id":"t1","assumed":true}"#;
        let script = Script::of([
            Step::Answer(answer(200, "", LISTED)),
            Step::Answer(answer(200, "", granted)),
        ])
        .await;
        let arguments = Arguments {
            token: Some(Sensitive::new("x".repeat(length))),
            max_retries: Some(0),
            ..Arguments::default()
        };
        let url = script.url();
        let environment = Environment::of([("HWGRANTS_ENDPOINT", &url)]);
        let client = Client::new(Settings::new(arguments, &environment).expect("settings"));
        let listed = list(&client, &call()).await;
        assert!(listed.is_ok(), "{listed:?}");
        let granted = client
            .create_tenant_kms_grant(&call(), &region(), &tenant("t1"))
            .await;
        assert_eq!(granted.is_ok(), is_sent, "{granted:?}");
        if let Err(error) = granted {
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert_eq!(error.argument(), Some("token"));
        }
    }
}

#[tokio::test]
async fn no_sensitive_value_appears_in_logs_or_errors() {
    let recorder = Recorder::default();
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(recorder.clone()));
    let echo = format!(r#"{{"error_code":"APIGW.0301","error_msg":"bad token {TOKEN}"}}"#);
    let signed = r#"{"data":{"uuid":"u1","signature":"SIGNED"}}"#;
    let script = Script::of([
        Step::Answer(answer(200, "x-request-id: id-1\r\n", signed)),
        Step::Answer(answer(401, "", &echo)),
        Step::HangUp,
        Step::Answer(answer(200, "", LISTED)),
        Step::Answer(answer(403, "", &echo)),
        Step::Answer(answer(
            400,
            "",
            r#"{"errors":[{"reason":"because","token":"NESTED"},"NESTED"]}"#,
        )),
    ])
    .await;
    let client = client(&script.url(), 1);
    let call = call();
    let created = client
        .create_grants(&call, &place("p1"), &terms("r1", "g1"))
        .await;
    let outcomes = [
        list(&client, &call).await,
        list(&client, &call).await,
        client
            .create_tenant_kms_grant(&call, &region(), &tenant("t1"))
            .await
            .map(drop),
        list(&client, &call).await,
    ];
    assert_eq!(script.seen().len(), 6);
    assert!(
        script
            .seen()
            .iter()
            .all(|seen| seen.header("x-auth-token") == [TOKEN])
    );
    let log = recorder.text();
    let errors = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    let errors: Vec<_> = errors.map(Error::to_string).collect();
    assert_eq!(errors.len(), 3);
    assert!(errors[2].contains("because"), "{errors:?}");
    let shown = format!("{log} {errors:?} {outcomes:?} {created:?} {client:?}");
    for hidden in [TOKEN, "SIGNED", "NESTED", "validity_time"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
    for fact in [
        "operation=\"ListGrants\"",
        "path=\"/v1/p1/csms/grants\"",
        "status=200",
        "request_id=\"id-1\"",
        "tries=1",
    ] {
        assert!(log.contains(fact), "{fact} not in {log}");
    }
}
