//! Many calls at once, and calls that are stopped, panic, or are very large.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use hwgrants::protocol::proto::*;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tonic::Code;
use tonic::body::Body;
use tower::{Service, ServiceExt};

use super::message::{has_error, summaries};
use super::plan::everything;
use super::probe::{Probe, behaviour};
use super::server::Served;
use super::terraform::{Stored, Terraform, value};
use crate::plugin::client::within;

const THING: &str = "thing";

/// How long StopProvider may take.
const STOP_LIMIT: Duration = Duration::from_millis(100);

const MEBIBYTE: usize = 1024 * 1024;

/// A configured probe, and what tells that an operation hangs.
async fn probe() -> (Served, Arc<Terraform>, Arc<Notify>) {
    let probe = Probe::default();
    let hanging = Arc::clone(&probe.hanging);
    let served = Served::start(probe).await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    (served, Arc::new(terraform), hanging)
}

/// Stops what runs, and returns how long that took.
async fn stop(terraform: &Terraform) -> Duration {
    let mut client = terraform.client.clone();
    let asked_at = Instant::now();
    let reply = client
        .stop_provider(stop_provider::Request {})
        .await
        .unwrap();
    assert_eq!(reply.into_inner().error, "");
    asked_at.elapsed()
}

#[tokio::test]
async fn c32_c33_c34_stop_cancels_only_running_calls() {
    let (_served, terraform, hanging) = probe().await;
    let wrote = json!({"name": "kettle", "behaviour": behaviour::HANG});
    let planned = terraform
        .plan(THING, &Stored::default(), wrote.clone())
        .await;
    let applying = {
        let (terraform, planned) = (Arc::clone(&terraform), planned.clone());
        tokio::spawn(async move { terraform.apply(THING, &planned).await })
    };
    within(hanging.notified()).await;

    let first = stop(&terraform).await;
    let applied = within(applying).await.unwrap();
    assert_eq!(summaries(&applied.found), ["Cancelled"]);
    assert_eq!(applied.stored.object["id"], "p-kettle");

    // Later calls are served as before, and a later operation can be stopped again.
    let read = terraform.read(THING, &applied.stored).await;
    assert_eq!(read.found, []);
    let applying = {
        let terraform = Arc::clone(&terraform);
        tokio::spawn(async move { terraform.apply(THING, &planned).await })
    };
    within(hanging.notified()).await;
    // Whole round trips, in which a call that was stopped from the start would have been answered.
    let stored = terraform.create(THING, json!({"name": "pot"})).await;
    assert_eq!(stored.object["id"], "p-pot");
    assert!(!applying.is_finished());
    let second = stop(&terraform).await;
    // The shorter of two: the machine may be busy with something else.
    assert!(first.min(second) < STOP_LIMIT, "{first:?}, {second:?}");
    assert_eq!(
        summaries(&within(applying).await.unwrap().found),
        ["Cancelled"]
    );
}

#[tokio::test]
async fn c35_a_panic_fails_only_its_own_call() {
    let (_served, terraform, hanging) = probe().await;
    let wrote = json!({"name": "kettle", "behaviour": behaviour::HANG});
    let planned = terraform.plan(THING, &Stored::default(), wrote).await;
    let applying = {
        let terraform = Arc::clone(&terraform);
        tokio::spawn(async move { terraform.apply(THING, &planned).await })
    };
    within(hanging.notified()).await;

    let panics = Stored {
        object: terraform.config(
            THING,
            &json!({"name": "kettle", "behaviour": behaviour::PANIC}),
        ),
        ..Stored::default()
    };
    for _ in 0..10 {
        let read = terraform.read(THING, &panics).await;
        assert_eq!(summaries(&read.found), ["Bug in the provider"]);
        assert!(read.found[0].detail.ends_with("Cause: the kettle is dry"));
    }
    assert!(!applying.is_finished());
    terraform.create(THING, json!({"name": "pot"})).await;
    stop(&terraform).await;
    assert_eq!(
        summaries(&within(applying).await.unwrap().found),
        ["Cancelled"]
    );
}

#[tokio::test]
async fn c135_concurrent_calls_return_the_same_results_as_serial_calls() {
    let (_served, terraform, _) = probe().await;
    let cycle = async |number: usize| {
        let mut wrote = everything();
        wrote["name"] = json!(format!("thing {number}"));
        wrote["note"] = json!("n".repeat(number));
        let made = terraform.create(THING, wrote.clone()).await;
        let read = terraform.read(THING, &made).await;
        let planned = terraform.plan(THING, &read.stored, wrote).await;
        let found = terraform
            .validate(THING, json!({"name": "", "old": "x"}))
            .await;
        let view = json!({"name": format!("view {number}")});
        let seen = terraform.see("view", view).await;
        (made, read.stored, planned.object, found, seen)
    };
    let mut serial = Vec::new();
    for number in 0..100 {
        serial.push(cycle(number).await);
    }
    let parallel = within(join_all((0..100).map(cycle))).await;
    assert_eq!(parallel, serial);
}

#[tokio::test]
async fn c28_messages_of_5_and_20_mib_are_accepted() {
    let (_served, terraform, _) = probe().await;
    for size in [5 * MEBIBYTE, 20 * MEBIBYTE] {
        let wrote = json!({"name": "kettle", "note": "x".repeat(size)});
        let stored = terraform.create(THING, wrote).await;
        assert_eq!(stored.object["note"].as_str().unwrap().len(), size);
    }
}

/// The status of a call whose message claims to have so many bytes, of which none follow.
async fn claim(served: &Served, length: usize) -> Code {
    let mut message = vec![0];
    message.extend(u32::try_from(length).unwrap().to_be_bytes());
    let request = http::Request::post("http://localhost/tfplugin6.Provider/ReadResource")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(axum::body::Body::from(message)))
        .unwrap();
    let mut channel = served.channel.clone();
    let response = channel.ready().await.unwrap().call(request).await.unwrap();
    let status = response
        .headers()
        .get("grpc-status")
        .expect("a status without a message");
    Code::from_bytes(status.as_bytes())
}

#[tokio::test]
async fn c28_the_message_size_limit_is_256_mib() {
    let (served, ..) = probe().await;
    assert_eq!(claim(&served, 256 * MEBIBYTE + 1).await, Code::OutOfRange);
    // As many would do, had they come.
    assert_ne!(claim(&served, 256 * MEBIBYTE).await, Code::OutOfRange);
}

#[tokio::test]
async fn c35_the_provider_still_works_after_a_panic_in_apply() {
    let (_served, terraform, _) = probe().await;
    let wrote = json!({"name": "kettle", "behaviour": behaviour::PANIC});
    let planned = terraform.plan(THING, &Stored::default(), wrote).await;
    let applied = join_all((0..20).map(|_| terraform.apply(THING, &planned))).await;
    assert!(applied.iter().all(|each| has_error(&each.found)));
    terraform.create(THING, json!({"name": "pot"})).await;
}

/// Makes each call that a provider's code answers in a way that makes the code panic; what each was answered.
async fn panic_everywhere(terraform: &Terraform) -> Vec<Vec<Diagnostic>> {
    let wrote = |behaviour: &str| json!({"name": "kettle", "behaviour": behaviour});
    let stored = |wrote| Stored {
        object: terraform.config(THING, &wrote),
        ..Stored::default()
    };
    let panics = stored(wrote(behaviour::PANIC));
    let planned = |prior: Stored, wrote| async move { terraform.plan(THING, &prior, wrote).await };
    let making = planned(Stored::default(), wrote(behaviour::PANIC)).await;
    let changing = planned(stored(json!({"name": "kettle"})), wrote(behaviour::PANIC)).await;
    let removing = planned(panics.clone(), Json::Null).await;
    let type_name = || THING.to_owned();
    let configure = configure_provider::Request {
        config: value(
            &json!({"prefix": behaviour::PANIC}),
            &json!(["object", {"prefix": "string"}]),
        ),
        ..Default::default()
    };
    let configured = terraform.client.clone().configure_provider(configure).await;
    let import = import_resource_state::Request {
        type_name: type_name(),
        id: behaviour::PANIC.to_owned(),
        ..Default::default()
    };
    let imported = terraform.client.clone().import_resource_state(import).await;
    let view = json!({"name": "kettle", "behaviour": behaviour::PANIC});
    vec![
        configured.unwrap().into_inner().diagnostics,
        imported.unwrap().into_inner().diagnostics,
        terraform
            .validate(THING, wrote(behaviour::PANIC_IN_CHECK))
            .await,
        planned(Stored::default(), wrote(behaviour::PANIC_IN_PLAN))
            .await
            .found,
        terraform.apply(THING, &making).await.found,
        terraform.apply(THING, &changing).await.found,
        terraform.apply(THING, &removing).await.found,
        terraform.read(THING, &panics).await.found,
        terraform.look("view", view).await.1,
    ]
}

#[tokio::test]
async fn c35_c135_a_panic_in_any_call_does_not_affect_concurrent_calls() {
    let (_served, terraform, _) = probe().await;
    let work = async |number: usize| {
        let wrote = json!({"name": format!("thing {number}"), "note": "n".repeat(number)});
        let planned = terraform.plan(THING, &Stored::default(), wrote).await;
        let made = terraform.apply(THING, &planned).await;
        terraform.read(THING, &made.stored).await.stored
    };
    let mut alone = Vec::new();
    for number in 0..100 {
        alone.push(work(number).await);
    }
    let panics = join_all((0..10).map(|_| panic_everywhere(&terraform)));
    let (beside, panics) = within(join(join_all((0..100).map(work)), panics)).await;
    assert_eq!(beside, alone);
    for (call, found) in panics.iter().flat_map(|all| all.iter().enumerate()) {
        assert!(
            summaries(found).contains(&"Bug in the provider"),
            "{call}: {found:?}"
        );
    }
}
