//! Faults.

use std::sync::Arc;
use std::time::Duration;

use hwgrants::sandbox::seed::{PROJECT_ID, SECRET_API_KEY, SECRET_DB_PASSWORD, USER_ANA, USER_BEN};
use hwgrants::sandbox::{Fault, FaultAction, RetryAfter, SandboxOptions, When};
use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Bench, PATIENCE, grants, grants_of, kms_grant, send, terms};

const BAD_GATEWAY: StatusCode = StatusCode::BAD_GATEWAY;

impl Bench {
    fn fault(&self, fault: Fault) {
        self.sandbox.world().faults().add(fault);
    }

    fn grant_count(&self) -> usize {
        self.sandbox.world().grants(SECRET_DB_PASSWORD).len()
    }

    async fn listed_count(&self) -> usize {
        let body = self.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200);
        body["data"]["grantee_user"]
            .as_array()
            .expect("a list")
            .len()
    }

    /// Sends a create and expects a closed connection without a response.
    async fn create_unanswered(&self) {
        let request = self.request(Method::POST, &grants(""));
        let request = super::json(request, &terms(SECRET_DB_PASSWORD, USER_ANA));
        let error = request.send().await.expect_err("no answer");
        assert!(
            error.is_request() && !error.is_connect() && !error.is_timeout(),
            "{error:?}"
        );
    }
}

/// Waits for a condition that other tasks bring about.
async fn until(is_there: impl Fn() -> bool) {
    let wait = async {
        while !is_there() {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.expect("it happens within ten seconds");
}

#[tokio::test]
async fn an_error_before_the_effect_creates_no_grant() {
    let bench = Bench::start().await;
    bench.fault(Fault::on(
        "CreateGrants",
        FaultAction::error(BAD_GATEWAY, "APIGW.0201", "Backend unavailable"),
    ));
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    bench
        .post(&grants(""), &body)
        .await
        .refused(502, "APIGW.0201");
    assert_eq!(bench.grant_count(), 0);
    bench.post(&grants(""), &body).await.ok(200);
}

#[tokio::test]
async fn an_error_after_the_effect_leaves_the_grant() {
    let bench = Bench::start().await;
    let timeout = FaultAction::error(StatusCode::GATEWAY_TIMEOUT, "APIGW.0201", "Backend timeout");
    bench.fault(Fault::on("CreateGrants", timeout.after_effect()));
    bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, USER_ANA))
        .await
        .refused(504, "APIGW.0201");
    assert_eq!(bench.grant_count(), 1);
}

#[tokio::test]
async fn an_error_with_a_service_code_uses_the_service_error_format() {
    let bench = Bench::start().await;
    let expired = FaultAction::error(
        StatusCode::UNAUTHORIZED,
        "DEV.00000003",
        "Authentication information expired.",
    );
    bench.fault(Fault::on("ShowTenantKmsGrant", expired));
    bench.get(&kms_grant()).await.refused(401, "DEV.00000003");
}

#[tokio::test]
async fn a_raw_body_is_sent_unchanged() {
    let bench = Bench::start().await;
    bench.fault(Fault::on_any(FaultAction::raw(
        BAD_GATEWAY,
        "<html>502</html>",
    )));
    let page = bench.get(&kms_grant()).await;
    assert_eq!(
        (page.status, page.body.as_str()),
        (BAD_GATEWAY, "<html>502</html>")
    );
    assert_eq!(page.header("content-type"), "text/html");

    bench.fault(Fault::on_any(FaultAction::raw(
        StatusCode::OK,
        r#"{"data":null}"#,
    )));
    assert_eq!(
        bench.get(&grants_of(SECRET_DB_PASSWORD)).await.ok(200),
        json!({"data": null})
    );

    bench.fault(Fault::on_any(FaultAction::raw(
        StatusCode::SERVICE_UNAVAILABLE,
        "",
    )));
    let empty = bench.get(&kms_grant()).await;
    assert_eq!((empty.status.as_u16(), empty.body.as_str()), (503, ""));
}

#[tokio::test]
async fn a_connection_dropped_before_the_effect_creates_no_grant() {
    let bench = Bench::start().await;
    bench.fault(Fault::on(
        "CreateGrants",
        FaultAction::Drop {
            when: When::BeforeEffect,
        },
    ));
    bench.create_unanswered().await;
    assert_eq!(bench.grant_count(), 0);
    let requests = bench.sandbox.world().requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(requests[0].status, None);
}

#[tokio::test]
async fn a_connection_dropped_after_the_effect_leaves_the_grant() {
    let bench = Bench::start().await;
    bench.fault(Fault::on(
        "CreateGrants",
        FaultAction::Drop {
            when: When::AfterEffect,
        },
    ));
    bench.create_unanswered().await;
    assert_eq!(bench.grant_count(), 1);
}

#[tokio::test]
async fn a_dropped_connection_sends_no_response_bytes() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let bench = Bench::start().await;
    bench.fault(Fault::on_any(FaultAction::Drop {
        when: When::BeforeEffect,
    }));
    let address = bench.sandbox.url();
    let address = address.strip_prefix("http://").expect("plain http");
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("connected");
    let request = format!("GET {} HTTP/1.1\r\nHost: {address}\r\n\r\n", kms_grant());
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut received = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut received)).await;
    assert!(ended.is_ok(), "the connection stays open");
    assert!(received.is_empty(), "{received:?} {ended:?}");
}

#[tokio::test]
async fn a_dropped_connection_does_not_affect_other_requests() {
    let bench = Bench::start().await;
    bench.get(&kms_grant()).await.ok(202);
    bench.fault(Fault::on(
        "CreateGrants",
        FaultAction::Drop {
            when: When::BeforeEffect,
        },
    ));
    bench.create_unanswered().await;
    bench.get(&kms_grant()).await.ok(202);
}

#[tokio::test]
async fn a_throttled_request_gets_a_gateway_error_and_has_no_effect() {
    let bench = Bench::start().await;
    bench.fault(Fault::on("CreateGrants", FaultAction::throttle("5 second")).times(2));
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    for _ in 0..2 {
        let reply = bench.post(&grants(""), &body).await;
        reply.refused(429, "APIGW.0308");
        assert_eq!(
            reply.json()["error_msg"],
            "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 second"
        );
        assert_eq!(reply.headers.get("retry-after"), None);
    }
    assert_eq!(bench.grant_count(), 0);
    bench.post(&grants(""), &body).await.ok(200);
}

#[tokio::test]
async fn throttling_can_send_retry_after_in_seconds_or_as_a_date() {
    let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    let bench = Bench::start_with(SandboxOptions {
        clock: Arc::new(move || now),
        ..SandboxOptions::default()
    })
    .await;
    let forms = [
        (RetryAfter::Seconds(7), "7"),
        (
            RetryAfter::DateInSeconds(7),
            "Mon, 05 Jan 2026 09:00:07 GMT",
        ),
    ];
    for (retry_after, header) in forms {
        let action = FaultAction::Throttle {
            limit: 20,
            window: "1 minute".to_owned(),
            retry_after: Some(retry_after),
        };
        bench.fault(Fault::on_any(action));
        assert_eq!(bench.get(&kms_grant()).await.header("retry-after"), header);
    }
}

#[tokio::test]
async fn a_delay_fault_delays_the_response() {
    let bench = Bench::start().await;
    let delay = Duration::from_millis(50);
    bench.fault(Fault::on(
        "ShowTenantKmsGrant",
        FaultAction::Delay {
            delay,
            when: When::BeforeEffect,
        },
    ));
    let started = std::time::Instant::now();
    bench.get(&kms_grant()).await.ok(202);
    assert!(started.elapsed() >= delay);
}

#[tokio::test]
async fn a_request_takes_effect_even_if_the_client_disconnects() {
    for (when, delay) in [
        (When::BeforeEffect, Duration::from_millis(50)),
        (When::AfterEffect, Duration::from_secs(3600)),
    ] {
        let bench = Bench::start().await;
        bench.fault(Fault::on(
            "CreateGrants",
            FaultAction::Delay { delay, when },
        ));
        let body = terms(SECRET_DB_PASSWORD, USER_ANA);
        let request = super::json(bench.request(Method::POST, &grants("")), &body);
        let client = tokio::spawn(request.send());
        until(|| !bench.sandbox.world().requests().is_empty()).await;
        client.abort();
        assert!(client.await.expect_err("no answer").is_cancelled());
        until(|| bench.grant_count() == 1).await;
    }
}

#[tokio::test]
async fn lagging_reads_return_the_state_before_the_last_write() {
    let bench = Bench::start().await;
    bench.fault(Fault::on("ListGrants", FaultAction::Lag { reads: 2 }).endless());
    assert_eq!(bench.listed_count().await, 0);
    bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, USER_ANA))
        .await
        .ok(200);
    assert_eq!(bench.listed_count().await, 0);
    assert_eq!(bench.listed_count().await, 0);
    assert_eq!(bench.listed_count().await, 1);
    bench
        .delete(&format!(
            "{}&grantee_user={USER_ANA}",
            grants_of(SECRET_DB_PASSWORD)
        ))
        .await
        .no_content();
    assert_eq!(bench.listed_count().await, 1);
    assert_eq!(bench.listed_count().await, 1);
    assert_eq!(bench.listed_count().await, 0);
}

#[tokio::test]
async fn an_out_of_band_change_does_not_lag() {
    let bench = Bench::start().await;
    bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, USER_ANA))
        .await
        .ok(200);
    bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, USER_BEN))
        .await
        .ok(200);
    bench.fault(Fault::on("ListGrants", FaultAction::Lag { reads: 5 }).endless());
    assert_eq!(bench.listed_count().await, 1);
    assert!(
        bench
            .sandbox
            .world()
            .remove_grant(SECRET_DB_PASSWORD, USER_ANA)
    );
    assert_eq!(bench.listed_count().await, 0);
}

#[tokio::test]
async fn a_lag_fault_applies_to_delegation_reads() {
    let bench = Bench::start().await;
    bench.fault(Fault::on("ShowTenantKmsGrant", FaultAction::Lag { reads: 1 }).endless());
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);
    assert_eq!(bench.get(&kms_grant()).await.ok(202)["assumed"], false);
    assert_eq!(bench.get(&kms_grant()).await.ok(202)["assumed"], true);
}

#[tokio::test]
async fn a_lose_updates_fault_discards_concurrent_writes() {
    let bench = Bench::start().await;
    let create = |user| {
        let body = terms(SECRET_DB_PASSWORD, user);
        send(super::json(bench.request(Method::POST, &grants("")), &body))
    };
    let wait = Duration::from_secs(1);
    bench.fault(Fault::on("CreateGrants", FaultAction::LoseUpdates { wait }));
    let slow = tokio::spawn(create(USER_ANA));
    until(|| bench.sandbox.world().faults().list().is_empty()).await;
    create(USER_BEN).await.ok(200);
    assert_eq!(bench.grant_count(), 1);
    slow.await.expect("no panic").ok(200);
    let left = bench.sandbox.world().grants(SECRET_DB_PASSWORD);
    assert!(left.contains_key(USER_ANA), "{left:?}");
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test]
async fn concurrent_writes_are_all_kept() {
    let bench = Bench::start().await;
    let create = |user| {
        let body = terms(SECRET_DB_PASSWORD, user);
        send(super::json(bench.request(Method::POST, &grants("")), &body))
    };
    let (ana, ben) = tokio::join!(create(USER_ANA), create(USER_BEN));
    ana.ok(200);
    ben.ok(200);
    assert_eq!(bench.grant_count(), 2);
}

#[tokio::test]
async fn a_lose_updates_fault_on_a_refused_write_discards_nothing() {
    let bench = Bench::start().await;
    let create = |user| {
        let body = terms(SECRET_DB_PASSWORD, user);
        send(super::json(bench.request(Method::POST, &grants("")), &body))
    };
    create(USER_ANA).await.ok(200);
    let wait = Duration::from_secs(1);
    bench.fault(Fault::on("CreateGrants", FaultAction::LoseUpdates { wait }));
    let refused = tokio::spawn(create(USER_ANA));
    until(|| bench.sandbox.world().faults().list().is_empty()).await;
    create(USER_BEN).await.ok(200);
    refused.await.expect("no panic").refused(400, "CSMS.0002");
    assert_eq!(bench.grant_count(), 2);
}

#[tokio::test]
async fn a_fault_applies_only_to_matching_requests() {
    let bench = Bench::start().await;
    let broken = || FaultAction::raw(BAD_GATEWAY, "");
    bench.fault(Fault::on("ListGrants", broken()).endless());
    bench.fault(Fault::on_path("POST", &format!("/v1/{PROJECT_ID}/csms/"), broken()).endless());
    bench.get(&kms_grant()).await.ok(202);
    send(bench.request(Method::POST, &kms_grant()))
        .await
        .ok(200);
    bench
        .get(&format!("/v1/{PROJECT_ID}/secrets"))
        .await
        .ok(200);
    let path = grants_of(SECRET_API_KEY);
    bench.delete(&path).await.no_content();
    assert_eq!(bench.get(&path).await.status, BAD_GATEWAY);
    assert_eq!(
        bench
            .post(&path, &terms(SECRET_API_KEY, USER_ANA))
            .await
            .status,
        BAD_GATEWAY
    );
    assert_eq!(bench.sandbox.world().faults().list().len(), 2);
}

#[tokio::test]
async fn faults_apply_in_insertion_order_until_used_up() {
    let bench = Bench::start().await;
    let answer = |status| FaultAction::raw(status, "");
    bench.fault(Fault::on_any(answer(StatusCode::SERVICE_UNAVAILABLE)));
    bench.fault(
        Fault::on_any(FaultAction::Delay {
            delay: Duration::ZERO,
            when: When::BeforeEffect,
        })
        .times(2),
    );
    bench.fault(Fault::on_any(answer(BAD_GATEWAY)).times(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(bench.get(&kms_grant()).await.status.as_u16());
    }
    assert_eq!(statuses, [503, 502, 502, 202]);
    assert!(bench.sandbox.world().faults().list().is_empty());
}

#[tokio::test]
async fn cleared_faults_have_no_effect() {
    let bench = Bench::start().await;
    bench.fault(Fault::on_any(FaultAction::raw(BAD_GATEWAY, "")).endless());
    assert_eq!(bench.get(&kms_grant()).await.status, BAD_GATEWAY);
    bench.sandbox.world().faults().clear();
    bench.get(&kms_grant()).await.ok(202);
}

#[tokio::test]
async fn a_fault_can_apply_to_an_unknown_path() {
    let bench = Bench::start().await;
    bench.fault(Fault::on_path(
        "GET",
        "/v9/",
        FaultAction::raw(BAD_GATEWAY, ""),
    ));
    assert_eq!(bench.get("/v9/x").await.status, BAD_GATEWAY);
}
