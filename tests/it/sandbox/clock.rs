//! The clock of the sandbox has an offset, the system clock has none.

use std::sync::Arc;

use hwgrants::sandbox::seed::{SECRET_DB_PASSWORD, USER_ANA, USER_BEN};
use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, RetryAfter, SandboxOptions};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::json;

use super::{Bench, grants, grants_of, kms_grant, terms};

const START: &str = "2026-01-05T09:00:00Z";

/// A sandbox whose system clock is stopped.
async fn standing() -> Bench {
    let now: Timestamp = START.parse().expect("a time");
    let options = SandboxOptions {
        clock: Arc::new(move || now),
        ..SandboxOptions::default()
    };
    Bench::start_with(options).await
}

fn milliseconds(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("a time").as_millisecond()
}

#[tokio::test]
async fn grant_timestamps_use_the_sandbox_clock() {
    let bench = standing().await;
    let world = bench.sandbox.world();
    world.advance(SignedDuration::from_hours(24));
    let body = terms(SECRET_DB_PASSWORD, USER_ANA);
    let made = bench.post(&grants(""), &body).await.ok(200);
    assert_eq!(
        made["data"]["createTime"],
        milliseconds("2026-01-06T09:00:00Z")
    );

    world.advance(SignedDuration::from_hours(-12));
    let changed = bench.put(&grants_of(SECRET_DB_PASSWORD), &body).await;
    assert_eq!(
        changed.ok(200)["data"]["updateTime"],
        milliseconds("2026-01-05T21:00:00Z")
    );
    world
        .put_grant(SECRET_DB_PASSWORD, USER_BEN, GranteeKind::User, None)
        .expect("made");
    let made = world.grants(SECRET_DB_PASSWORD)[USER_BEN].created_at;
    assert_eq!(made.to_string(), "2026-01-05T21:00:00Z");
}

#[tokio::test]
async fn advancing_the_clock_does_not_expire_tokens() {
    let bench = Bench::start().await;
    bench
        .sandbox
        .world()
        .advance(SignedDuration::from_hours(24 * 4000));
    bench.get(&kms_grant()).await.ok(202);
    let requests = bench.sandbox.world().requests();
    assert!(requests[0].received_at <= Timestamp::now());
}

#[tokio::test]
async fn a_retry_after_date_ignores_the_clock_offset() {
    let bench = standing().await;
    let world = bench.sandbox.world();
    world.advance(SignedDuration::from_hours(24));
    world.faults().add(Fault::on_any(FaultAction::Throttle {
        limit: 1,
        window: "1 minute".to_owned(),
        retry_after: Some(RetryAfter::DateInSeconds(7)),
    }));
    assert_eq!(
        bench.get(&kms_grant()).await.header("retry-after"),
        "Mon, 05 Jan 2026 09:00:07 GMT"
    );
}

#[tokio::test]
async fn post_advances_the_clock_and_put_sets_it() {
    let bench = standing().await;
    let path = "/clock";
    let shown = |now: &str, ahead: &str| json!({"now": now, "ahead": ahead});
    let at_start = bench.admin(Method::GET, path, "").await;
    assert_eq!(at_start.ok(200), shown(START, "0s"));
    for (method, body, expected) in [
        (
            Method::POST,
            r#"{"ahead": "+30d"}"#,
            shown("2026-02-04T09:00:00Z", "30d"),
        ),
        (
            Method::POST,
            "+1d 6h\n",
            shown("2026-02-05T15:00:00Z", "31d 6h"),
        ),
        (
            Method::PUT,
            "-12h",
            shown("2026-01-04T21:00:00Z", "12h ago"),
        ),
        (Method::PUT, r#"{"ahead": "0d"}"#, shown(START, "0s")),
        (Method::PUT, "P2D", shown("2026-01-07T09:00:00Z", "2d")),
    ] {
        let answer = bench.admin(method, path, body).await;
        assert_eq!(answer.ok(200), expected, "{body}");
        assert_eq!(bench.admin(Method::GET, path, "").await.ok(200), expected);
    }
}

#[tokio::test]
async fn an_invalid_clock_offset_changes_nothing() {
    let bench = standing().await;
    for body in ["", "30", "1 month", "{", r#"{"by": "1d"}"#] {
        for method in [Method::POST, Method::PUT] {
            let answer = bench.admin(method, "/clock", body).await;
            assert!(answer.ok(400)["error"].is_string(), "{body}");
        }
    }
    assert_eq!(bench.sandbox.world().now().to_string(), START);
}

#[tokio::test]
async fn a_sandbox_starts_with_a_clock_offset() {
    let options = SandboxOptions {
        clock_offset: "+30d".parse().expect("a span"),
        ..SandboxOptions::default()
    };
    let bench = Bench::start_with(options).await;
    let ahead = bench.sandbox.world().now().duration_since(Timestamp::now());
    assert!((ahead - SignedDuration::from_hours(30 * 24)).abs() < SignedDuration::from_mins(1));
}
