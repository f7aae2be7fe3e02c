//! A create whose answer is lost, cut at each place. What the service did all the same is found by looking, and what it
//! did not do shows by staying away for half a minute, so most of these take that long; they run side by side.

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use axum::http::StatusCode;
use hwgrants::sandbox::{BlockingSandbox, Fault, FaultAction, SandboxOptions, When, seed};

use super::{ADDRESS, ana_until, assert_only_ana, granted, of_operation};
use crate::harness::{Workspace, in_days, wait_until};

const CREATE: &str = "CreateGrants";

/// Longer than the plugin waits for one answer.
const TOO_LONG: Duration = Duration::from_secs(40);

fn reset() -> FaultAction {
    FaultAction::Drop {
        when: When::BeforeEffect,
    }
}

fn bad_gateway() -> FaultAction {
    FaultAction::raw(StatusCode::BAD_GATEWAY, "")
}

fn delay(delay: Duration) -> FaultAction {
    FaultAction::Delay {
        delay,
        when: When::BeforeEffect,
    }
}

/// Applies while the first create is cut so: one grant, in the state, and so many requests.
fn cut_once(cut: FaultAction, creates: usize) {
    let workspace = Workspace::with(ana_until(&in_days(30)));
    workspace.world().faults().add(Fault::on(CREATE, cut));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, vec![CREATE; creates]);
    assert_only_ana(&workspace, &in_days(30));
}

#[test]
fn a_create_reset_before_its_effect_is_sent_again() {
    cut_once(reset(), 2);
}

#[test]
fn a_create_reset_after_its_effect_is_found() {
    cut_once(reset().after_effect(), 1);
}

#[test]
fn a_create_with_a_bad_gateway_before_its_effect_is_sent_again() {
    cut_once(bad_gateway(), 2);
}

#[test]
fn a_create_with_a_bad_gateway_after_its_effect_is_found() {
    cut_once(bad_gateway().after_effect(), 1);
}

#[test]
fn a_create_that_takes_effect_after_its_timeout_is_found() {
    cut_once(delay(TOO_LONG), 1);
}

#[test]
fn a_create_that_times_out_after_its_effect_is_found() {
    cut_once(delay(TOO_LONG).after_effect(), 1);
}

/// Applies while every create is cut so, in less time than it takes to be sure that nothing was made: the outcome is
/// unknown, and what may exist is in the state. One more apply, without trouble, ends with one grant.
fn cut_always(cut: FaultAction) {
    let grant = ana_until(&in_days(30)).inside("timeouts {\n    create = \"10s\"\n  }");
    let workspace = Workspace::with(grant);
    let fault = Fault::on(CREATE, cut);
    workspace.world().faults().add(fault.endless());
    let said = workspace.apply().failed();
    assert!(said.contains("Outcome unknown"), "{said}");
    assert_eq!(workspace.state()[ADDRESS]["tainted"], true, "{said}");

    workspace.world().faults().clear();
    workspace.apply().succeeded();
    assert_only_ana(&workspace, &in_days(30));
}

#[test]
fn creates_that_are_always_reset_have_an_unknown_outcome() {
    cut_always(reset());
}

#[test]
fn creates_that_always_get_a_bad_gateway_have_an_unknown_outcome() {
    cut_always(bad_gateway());
}

#[test]
fn creates_that_outlast_their_timeout_have_an_unknown_outcome() {
    cut_always(delay(TOO_LONG));
    cut_always(delay(TOO_LONG).after_effect());
}

/// A cloud on this port that keeps what it holds in a file.
fn start_cloud(port: u16, folder: &Path) -> BlockingSandbox {
    let options = SandboxOptions {
        port,
        data: Some(folder.join("cloud.json")),
        ..SandboxOptions::default()
    };
    BlockingSandbox::start(options).unwrap()
}

#[test]
fn a_create_with_a_refused_connection_is_retried_until_it_connects() {
    let mut workspace = Workspace::with(ana_until(&in_days(30)));
    let cloud = start_cloud(0, &workspace.path());
    let (_, port) = cloud.url().rsplit_once(':').unwrap();
    let port = port.parse().unwrap();
    workspace.set("HWGRANTS_ENDPOINT", cloud.url());
    // The pauses are drawn; so many do not all fall into the time without a cloud.
    workspace.set("HW_MAX_RETRIES", 10);
    // The look before is answered. The create is sent back, and on its next way nobody is there.
    let throttled = FaultAction::throttle("1 second");
    cloud.world().faults().add(Fault::on(CREATE, throttled));
    let cloud = std::thread::scope(|scope| {
        let apply = scope.spawn(|| workspace.apply());
        wait_until(cloud.world(), "create sent back", |requests| {
            let creates = of_operation(requests, CREATE);
            creates.iter().any(|request| request.status == Some(429))
        });
        drop(cloud);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        // Nobody can see that a connection is refused; this is longer than the pause before the next try.
        std::thread::sleep(Duration::from_secs(3));
        let cloud = start_cloud(port, &workspace.path());
        apply.join().unwrap().succeeded();
        cloud
    });

    let requests = cloud.world().requests();
    assert_eq!(of_operation(&requests, CREATE).len(), 1);
    let made = granted(cloud.world(), seed::SECRET_DB_PASSWORD);
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(workspace.state().len(), 1);
    workspace.assert_plan_is_empty();
}
