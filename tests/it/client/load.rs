//! Many calls at once against a service that refuses and fails: every one ends, and its end is the truth.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hwgrants::cloud::{
    Arguments, Call, Client, Environment, Error, ErrorKind, GrantTerms, Sensitive, Settings,
};
use hwgrants::sandbox::{
    Fault, FaultAction, GranteeKind, Sandbox, SandboxOptions, StoredGrantee, When, seed,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::{grantee, place, secret, terms};

const CREATES: u32 = 200;
const MAX_RETRIES: u32 = 5;
/// Requests that may be under way to one host.
const LIMIT: usize = 10;

/// The tries that the client says it made, by the number that each had within its call.
#[derive(Clone, Default)]
struct Tries(Arc<Mutex<Vec<u64>>>);

impl Visit for Tries {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "tries" {
            self.0.lock().expect("a lock").push(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Tries {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        // The fields of a try; the news that there will be another has none of them.
        if event.metadata().fields().field("path").is_some() {
            event.record(&mut self.clone());
        }
    }
}

/// A sandbox that knows as many users as there are creates, and a client for it.
async fn crowd() -> (Sandbox, Client) {
    let sandbox = Sandbox::start(SandboxOptions::default())
        .await
        .expect("a sandbox");
    for number in 0..CREATES {
        let name = format!("User {number}");
        let kind = GranteeKind::User;
        sandbox
            .world()
            .add_grantee(&user(number), StoredGrantee::new(name, kind));
    }
    let arguments = Arguments {
        token: Some(Sensitive::new(seed::TOKEN)),
        max_retries: Some(MAX_RETRIES),
        ..Arguments::default()
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", &sandbox.url())]);
    let client = Client::new(Settings::new(arguments, &environment).expect("settings"));
    (sandbox, client)
}

fn user(number: u32) -> String {
    format!("user-{number}")
}

fn grant(number: u32) -> GrantTerms {
    terms(seed::SECRET_DB_PASSWORD, &user(number))
}

fn call() -> Call {
    Call::within(Duration::from_secs(120), CancellationToken::new())
}

async fn create(client: &Client, call: &Call, number: u32) -> Result<(), Error> {
    let (place, terms) = (place(seed::PROJECT_ID), grant(number));
    client.create_grants(call, &place, &terms).await.map(drop)
}

async fn is_there(client: &Client, number: u32) -> bool {
    let (place, secret) = (place(seed::PROJECT_ID), secret(seed::SECRET_DB_PASSWORD));
    let listed = client
        .list_grants(&call(), &place, &secret)
        .await
        .expect("a list");
    listed.find(&grantee(&user(number))).is_some()
}

/// Has a fifth of the creates refused as too many and a twentieth of the connections closed, half of those after the
/// effect: the same ones in each run.
fn add_faults(sandbox: &Sandbox) {
    let mut dice = fastrand::Rng::with_seed(20_260_105);
    let actions = (0..2 * CREATES).map(|_| match dice.u32(0..1000) {
        0..200 => Some(FaultAction::throttle("1 second")),
        200..225 => Some(FaultAction::Drop {
            when: When::BeforeEffect,
        }),
        225..250 => Some(FaultAction::Drop {
            when: When::AfterEffect,
        }),
        _ => None,
    });
    let mut passing = 0;
    for action in actions {
        match action {
            None => passing += 1,
            // Requests that earlier faults end are not counted.
            Some(action) => {
                let fault = Fault::on("CreateGrants", action).after(passing);
                sandbox.world().faults().add(fault);
            }
        }
    }
}

#[tokio::test]
async fn two_hundred_creates_under_throttling_and_resets_report_true_outcomes() {
    let (sandbox, client) = crowd().await;
    add_faults(&sandbox);
    let tries = Tries::default();
    let guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(tries.clone()));
    let call = call();
    let outcomes = join_all((0..CREATES).map(|number| create(&client, &call, number))).await;
    drop(guard);

    let tries = tries.0.lock().expect("a lock").clone();
    let requests = sandbox.world().requests();
    assert_eq!(tries.len(), requests.len(), "a try is a request");
    assert!(
        tries
            .iter()
            .all(|number| (1..=u64::from(MAX_RETRIES) + 1).contains(number))
    );
    let status = |wanted| {
        requests
            .iter()
            .filter(|request| request.status == wanted)
            .count()
    };
    assert!(
        status(Some(429)) > 30 && status(None) > 5,
        "{:?}",
        (status(Some(429)), status(None))
    );

    let mut there = BTreeSet::new();
    for (number, outcome) in (0..).zip(outcomes) {
        match outcome {
            Ok(()) => assert!(is_there(&client, number).await, "{number}"),
            // Cut off: nobody knows, and one look tells.
            Err(error) if error.is_ambiguous() => {
                assert_eq!(
                    (error.kind(), error.status()),
                    (ErrorKind::Transient, None),
                    "{error}"
                );
                if !is_there(&client, number).await {
                    continue;
                }
            }
            Err(error) => {
                assert_eq!(
                    (error.kind(), error.attempts()),
                    (ErrorKind::Throttled, MAX_RETRIES + 1),
                    "{error}"
                );
                assert!(!is_there(&client, number).await, "{number}");
                continue;
            }
        }
        there.insert(user(number));
    }
    let granted = sandbox.world().grants(seed::SECRET_DB_PASSWORD);
    let granted: BTreeSet<_> = granted.keys().map(|id| id.as_str().to_owned()).collect();
    assert_eq!(granted, there);
    assert!(there.len() > 180, "{}", there.len());
}

#[tokio::test]
async fn requests_in_flight_are_limited_and_halved_after_throttling() {
    let (sandbox, client) = crowd().await;
    let world = sandbox.world();
    let slow = FaultAction::Delay {
        delay: Duration::from_millis(100),
        when: When::BeforeEffect,
    };
    world
        .faults()
        .add(Fault::on("CreateGrants", slow).endless());
    let under_way = || {
        world
            .requests()
            .iter()
            .filter(|request| request.status.is_none())
            .count()
    };
    let call = call();
    let peak = async |creates: std::ops::Range<u32>| {
        let mut peak = 0;
        let watch = async {
            loop {
                peak = peak.max(under_way());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            outcomes = join_all(creates.map(|number| create(&client, &call, number))) => {
                assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            }
            () = watch => {}
        }
        peak
    };
    assert_eq!(peak(0..30).await, LIMIT);
    // The first answer to come tells the news of all ten; then each round of answers allows one more.
    world
        .faults()
        .add(Fault::on("CreateGrants", FaultAction::throttle("1 second")));
    assert_eq!(peak(30..31).await, 1);
    let slowed = peak(31..41).await;
    assert!((LIMIT / 2..LIMIT / 2 + 2).contains(&slowed), "{slowed}");
}

/// Tells when the client pauses.
struct Pauses(Arc<Notify>);

impl<S: tracing::Subscriber> Layer<S> for Pauses {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().fields().field("pause_ms").is_some() {
            self.0.notify_one();
        }
    }
}

#[tokio::test]
async fn cancelling_during_a_retry_pause_returns_at_once() {
    let (sandbox, client) = crowd().await;
    let world = sandbox.world();
    world
        .faults()
        .add(Fault::on("CreateGrants", FaultAction::throttle("1 minute")).endless());
    let pause = Arc::new(Notify::new());
    let pauses = Pauses(pause.clone());
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(pauses));
    let cancel = CancellationToken::new();
    let call = Call::within(Duration::from_secs(600), cancel.clone());
    let stop = async {
        pause.notified().await;
        cancel.cancel();
        Instant::now()
    };
    let (outcome, cancelled_at) = tokio::join!(create(&client, &call, 0), stop);
    assert!(cancelled_at.elapsed() < Duration::from_secs(1));
    let error = outcome.expect_err("throttled");
    assert_eq!(
        (error.kind(), error.status(), error.attempts()),
        (ErrorKind::Cancelled, Some(429), 1),
        "{error}"
    );
    assert!(!error.is_ambiguous());
    assert_eq!(world.grants(seed::SECRET_DB_PASSWORD).len(), 0);
}
