//! Time that passes only when nothing else is to be done.
//!
//! Tokio's paused clock jumps to the next timer as soon as every task waits. It does not promise to see bytes that are
//! on their way through a socket, and a request whose answer it overlooks would time out. A [`Creep`] gives the sockets
//! their turn first and then lets a small step pass, so that waits of minutes take milliseconds and a busy machine
//! cannot make a timeout strike. Everything must live in one runtime with one thread, the servers too.

use std::time::Duration;

use hwgrants::cloud::Call;
use hwgrants::sandbox::{Fault, FaultAction, Sandbox, SandboxOptions, seed};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep};

use crate::client::service::client;
use crate::client::{call, place, secret};

/// What passes at a time: small against the shortest wait that a test measures.
const STEP: Duration = Duration::from_millis(200);

/// Turns for the sockets before each step. A request and its answer need about five, one for each task they wake.
const TURNS: u32 = 10;

/// Lets time creep until dropped.
pub(crate) struct Creep(JoinHandle<()>);

impl Creep {
    /// Begins in a runtime whose clock is paused.
    pub(crate) fn begin() -> Self {
        Self(tokio::spawn(async {
            loop {
                for _ in 0..TURNS {
                    yield_now().await;
                }
                sleep(STEP).await;
            }
        }))
    }
}

impl Drop for Creep {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_response_takes_virtual_time_but_little_real_time() {
    let _creep = Creep::begin();
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let (client, call) = (client(&sandbox, 0), call());
    let (place, secret) = (place(seed::PROJECT_ID), secret(seed::SECRET_API_KEY));
    let delay = Duration::from_secs(10);
    let slow = FaultAction::Delay {
        delay,
        when: hwgrants::sandbox::When::BeforeEffect,
    };
    sandbox.world().faults().add(Fault::on("ListGrants", slow));

    let (began_at, really_began_at) = (Instant::now(), std::time::Instant::now());
    client.list_grants(&call, &place, &secret).await.unwrap();
    let took = began_at.elapsed();
    assert!(
        took >= delay && took < delay + Duration::from_secs(1),
        "{took:?}"
    );
    let really_took = really_began_at.elapsed();
    assert!(really_took < delay / 4, "{really_took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_cause_no_spurious_timeout() {
    let _creep = Creep::begin();
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    let client = client(&sandbox, 0);
    let (place, secret) = (place(seed::PROJECT_ID), secret(seed::SECRET_API_KEY));
    // A second would be over at once if the clock jumped to the next timer.
    let soon = || Call::within(Duration::from_secs(1), call().cancel);
    for _ in 0..900 {
        client.list_grants(&soon(), &place, &secret).await.unwrap();
    }
    let calls: Vec<_> = (0..100).map(|_| call()).collect();
    let lists = calls
        .iter()
        .map(|call| client.list_grants(call, &place, &secret));
    let listed = futures_util::future::join_all(lists).await;
    assert!(listed.iter().all(Result::is_ok), "{listed:?}");
    assert_eq!(sandbox.world().requests().len(), 1_000);
}
