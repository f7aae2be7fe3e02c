//! Starting, stopping and the request log.

use std::time::{Duration, Instant};

use hwgrants::sandbox::seed::{SECRET_DB_PASSWORD, TOKEN, USER_ANA};
use hwgrants::sandbox::{
    BlockingSandbox, Error, Fault, FaultAction, Sandbox, SandboxOptions, Seed, When, seed,
};
use jiff::Timestamp;
use reqwest::Method;

use super::{Bench, PATIENCE, grants, grants_of, kms_grant, send, terms};

fn address(url: &str) -> &str {
    url.strip_prefix("http://").expect("plain http")
}

#[tokio::test]
async fn the_sandbox_listens_on_loopback_only() {
    let sandbox = Sandbox::start(SandboxOptions::default())
        .await
        .expect("started");
    assert!(
        sandbox.url().starts_with("http://127.0.0.1:"),
        "{}",
        sandbox.url()
    );
}

#[tokio::test]
async fn a_port_in_use_is_named_in_the_error() {
    let first = Sandbox::start(SandboxOptions::default())
        .await
        .expect("started");
    let port = address(&first.url())
        .rsplit(':')
        .next()
        .expect("a port")
        .parse()
        .expect("a number");
    let options = SandboxOptions {
        port,
        ..SandboxOptions::default()
    };
    let error = Sandbox::start(options.clone()).await.expect_err("taken");
    assert!(
        matches!(error, Error::Listen { port: named, .. } if named == port),
        "{error}"
    );
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{port}")),
        "{error}"
    );
    assert!(BlockingSandbox::start(options).is_err());
}

#[tokio::test]
async fn a_stopped_sandbox_refuses_connections() {
    let sandbox = Sandbox::start(SandboxOptions::default())
        .await
        .expect("started");
    let url = sandbox.url();
    tokio::net::TcpStream::connect(address(&url))
        .await
        .expect("connected");
    sandbox.stop().await;
    assert!(tokio::net::TcpStream::connect(address(&url)).await.is_err());
}

#[tokio::test]
async fn stopping_ends_a_delay_and_sends_the_pending_response() {
    let bench = Bench::start().await;
    let delay = Duration::from_secs(3600);
    let world = bench.sandbox.world().clone();
    world.faults().add(Fault::on_any(FaultAction::Delay {
        delay,
        when: When::AfterEffect,
    }));
    let request = bench.request(Method::POST, &kms_grant());
    let waiting = tokio::spawn(send(request));
    while !world.is_delegated(seed::ACCOUNT_ID) {
        tokio::task::yield_now().await;
    }
    bench.sandbox.stop().await;
    waiting.await.expect("no panic").ok(200);
}

#[test]
fn a_blocking_sandbox_runs_without_a_runtime_and_stops_on_drop() {
    use std::io::{Read, Write};
    let sandbox = BlockingSandbox::start(SandboxOptions::default()).expect("started");
    let address = address(sandbox.url()).to_owned();
    let mut stream = std::net::TcpStream::connect(&address).expect("connected");
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\nX-Auth-Token: {TOKEN}\r\nConnection: close\r\n\r\n",
        kms_grant()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("read");
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(sandbox.world().requests().len(), 1);

    let idle = std::net::TcpStream::connect(&address).expect("connected");
    let started = Instant::now();
    drop(sandbox);
    assert!(started.elapsed() < PATIENCE);
    assert!(std::net::TcpStream::connect(&address).is_err());
    drop(idle);
}

#[test]
fn a_seed_parses_from_its_name() {
    for seed in Seed::ALL {
        assert_eq!(seed.to_string().parse(), Ok(seed));
    }
    let unknown = "full".parse::<Seed>().expect_err("unknown");
    assert_eq!(
        unknown.to_string(),
        "unknown seed `full`; valid seeds: `empty`, `demo`"
    );
}

#[tokio::test]
async fn the_demo_seed_has_no_grants_and_no_delegation() {
    let bench = Bench::start().await;
    let state = bench.sandbox.world().state();
    assert!(
        state
            .resources
            .values()
            .all(|granted| granted.grants.is_empty())
    );
    assert_eq!(
        state.repo_delegations.values().collect::<Vec<_>>(),
        [&false]
    );
    assert!((32..=100_000).contains(&TOKEN.len()));
}

#[tokio::test]
async fn every_request_is_logged_with_its_status() {
    let bench = Bench::start().await;
    let before = Timestamp::now();
    let listed = bench.get(&grants_of(SECRET_DB_PASSWORD)).await;
    bench.get("/v9/nowhere").await;
    let requests = bench.sandbox.world().requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        (requests[0].method.as_str(), requests[0].operation),
        ("GET", Some("ListGrants"))
    );
    assert_eq!(requests[0].path, grants(""));
    assert_eq!(
        requests[0].query,
        Some(format!("resource_id={SECRET_DB_PASSWORD}"))
    );
    assert_eq!(requests[0].status, Some(200));
    assert_eq!(requests[0].request_id, listed.header("x-request-id"));
    assert!((before..=Timestamp::now()).contains(&requests[0].received_at));
    assert_eq!(
        (requests[1].operation, requests[1].status),
        (None, Some(404))
    );
    bench.sandbox.world().clear_requests();
    assert!(bench.sandbox.world().requests().is_empty());
}

#[tokio::test]
async fn the_request_log_contains_no_tokens_or_bodies() {
    let bench = Bench::start().await;
    bench
        .post(&grants(""), &terms(SECRET_DB_PASSWORD, USER_ANA))
        .await
        .ok(200);
    let remembered = format!("{:?} {:?}", bench.sandbox.world().requests(), bench.sandbox);
    assert!(!remembered.contains(TOKEN), "{remembered}");
    assert!(!remembered.contains(USER_ANA), "{remembered}");
}

#[tokio::test]
async fn request_ids_differ() {
    let bench = Bench::start().await;
    let first = bench.get(&kms_grant()).await;
    let second = bench.get(&kms_grant()).await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}
