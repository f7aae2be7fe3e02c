//! Actions: their schemas, plans, progress and results, those of the probe and of the real provider.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hwgrants::protocol::proto::invoke_action::Event;
use hwgrants::protocol::proto::invoke_action::event::Type;
use hwgrants::protocol::proto::*;
use hwgrants::sandbox::{GranteeKind, Sandbox, seed};
use serde_json::{Value as Json, json};
use tokio_stream::StreamExt;
use tonic::Streaming;

use super::codec::unknown;
use super::message::{has_error, is_error, pointer, sound, summaries};
use super::probe::{Probe, behaviour};
use super::schema_type::{block_type, written};
use super::server::{Served, sandbox};
use super::terraform::{Terraform, value};
use crate::plugin::client::within;

const ACT: &str = "act";
const REVOKE: &str = "csms_revoke";
const GRANT: &str = "csms_grant";

impl Terraform {
    fn action(&self, name: &str, wrote: Json) -> Option<DynamicValue> {
        let block = &self.actions[name];
        value(&written(block, wrote), &block_type(block))
    }

    pub(super) async fn validate_action(&self, name: &str, wrote: Json) -> Vec<Diagnostic> {
        let request = validate_action_config::Request {
            type_name: name.to_owned(),
            config: self.action(name, wrote),
        };
        let mut client = self.client.clone();
        let reply = client.validate_action_config(request).await.unwrap();
        let found = reply.into_inner().diagnostics;
        sound(&found);
        found
    }

    pub(super) async fn plan_action(
        &self,
        name: &str,
        wrote: Json,
        client_capabilities: Option<ClientCapabilities>,
    ) -> plan_action::Response {
        let request = plan_action::Request {
            action_type: name.to_owned(),
            config: self.action(name, wrote),
            client_capabilities,
        };
        let mut client = self.client.clone();
        let reply = client.plan_action(request).await.unwrap().into_inner();
        sound(&reply.diagnostics);
        reply
    }

    async fn begin_action(&self, name: &str, config: Option<DynamicValue>) -> Streaming<Event> {
        let request = invoke_action::Request {
            action_type: name.to_owned(),
            config,
            ..invoke_action::Request::default()
        };
        let mut client = self.client.clone();
        client.invoke_action(request).await.unwrap().into_inner()
    }

    /// Reads an invocation to its end: its progress, and the messages of its only completion.
    pub(super) async fn invoke_action(
        &self,
        name: &str,
        wrote: Json,
    ) -> (Vec<String>, Vec<Diagnostic>) {
        let config = self.action(name, wrote);
        read(self.begin_action(name, config).await).await
    }
}

/// Reads events to their end, and checks them as Terraform does and a little more.
async fn read(mut events: Streaming<Event>) -> (Vec<String>, Vec<Diagnostic>) {
    let (mut progress, mut completed) = (Vec::new(), None);
    while let Some(event) = events.next().await {
        assert_eq!(completed, None, "nothing follows the completion");
        match event.unwrap().r#type.expect("an event has a type") {
            Type::Progress(step) => progress.push(step.message),
            Type::Completed(last) => completed = Some(last.diagnostics),
        }
    }
    let found = completed.expect("an action is completed");
    sound(&found);
    (progress, found)
}

async fn probe() -> (Served, Terraform, Probe) {
    let probe = Probe::default();
    let twin = Probe {
        hanging: Arc::clone(&probe.hanging),
        watch: Arc::clone(&probe.watch),
    };
    let served = Served::start(probe).await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    (served, terraform, twin)
}

async fn real(sandbox: &Sandbox) -> (Served, Terraform) {
    let served = Served::hwgrants(sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    (served, terraform)
}

/// Whether each message is an error.
fn errors(found: &[Diagnostic]) -> Vec<bool> {
    found.iter().map(is_error).collect()
}

/// Ana's grant.
fn ana() -> Json {
    json!({
        "resource_id": seed::SECRET_DB_PASSWORD,
        "type": "SECRET",
        "grantee_type": "user",
        "grantee_target_id": seed::USER_ANA,
    })
}

fn grant_outside(sandbox: &Sandbox) {
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let put = sandbox
        .world()
        .put_grant(secret, ana, GranteeKind::User, None);
    put.unwrap();
}

#[tokio::test]
async fn c128_an_action_reports_its_progress_and_completes_once_under_both_names() {
    let (_served, terraform, _) = probe().await;
    for name in [ACT, "probe_act"] {
        for steps in [0, 1, 3, 1000] {
            let wrote = json!({"name": "kettle", "steps": steps});
            let (progress, found) = terraform.invoke_action(name, wrote).await;
            assert_eq!(found, []);
            let expected = (1..=steps).map(|step| format!("Step {step} of \\u{{1b}}{name}"));
            assert!(
                progress.iter().eq(&expected.collect::<Vec<_>>()),
                "{progress:?}"
            );
        }
    }
    let wrote = json!({"name": "kettle", "behaviour": behaviour::GONE});
    let (_, found) = terraform.invoke_action(ACT, wrote).await;
    assert_eq!(
        (summaries(&found), errors(&found)),
        (vec!["Gone"], vec![false])
    );
}

#[tokio::test]
async fn c128_a_failed_action_completes_with_its_errors_after_its_progress() {
    let (_served, terraform, _) = probe().await;
    for (does, expected) in [
        (behaviour::REFUSE, ["Half done", "Refused"].as_slice()),
        (behaviour::PANIC, &["Bug in the provider"]),
    ] {
        let wrote = json!({"name": "kettle", "behaviour": does, "steps": 2});
        let (progress, found) = terraform.invoke_action(ACT, wrote).await;
        assert_eq!(progress.len(), 2, "{does}");
        assert_eq!(summaries(&found), expected);
        assert!(has_error(&found));
    }
    let (progress, found) = terraform
        .invoke_action(ACT, json!({"name": "kettle"}))
        .await;
    assert_eq!((progress.len(), found), (0, vec![]), "the process lives");
}

#[tokio::test]
async fn c53_c128_an_action_that_cannot_start_completes_with_an_error() {
    let (_served, terraform, probe) = probe().await;
    let open = json!({"name": unknown()});
    let (_, found) = terraform.invoke_action(ACT, open).await;
    assert_eq!(summaries(&found), ["Configuration known only after apply"]);
    let (_, found) = terraform.invoke_action(ACT, json!({})).await;
    assert_eq!(summaries(&found), ["Missing required argument"]);
    let malformed = DynamicValue {
        msgpack: b"\xc1".to_vec(),
        ..DynamicValue::default()
    };
    for config in [Some(malformed), Some(DynamicValue::default()), None] {
        let (_, found) = read(terraform.begin_action(ACT, config).await).await;
        assert!(has_error(&found), "{found:?}");
    }
    let (_, found) = read(terraform.begin_action("thing", None).await).await;
    assert_eq!(summaries(&found), ["Unknown action type"]);
    assert_eq!(probe.watch.acts.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn c129_planning_an_action_does_nothing_and_accepts_unknown_values() {
    let (_served, terraform, probe) = probe().await;
    let block = &terraform.actions[ACT];
    let all_unknown = block.attributes.iter();
    let all_unknown: serde_json::Map<_, _> = all_unknown
        .map(|attribute| (attribute.name.clone(), unknown()))
        .collect();
    for wrote in [json!({"name": "kettle"}), Json::Object(all_unknown)] {
        let planned = terraform.plan_action(ACT, wrote, None).await;
        assert_eq!((planned.diagnostics, planned.deferred), (vec![], None));
    }
    for (does, name, summary, is_failed) in [
        (behaviour::FORBIDDEN, ACT, "Refused", true),
        (behaviour::PANIC_IN_PLAN, ACT, "Bug in the provider", true),
        (behaviour::DRIFT, ACT, "Planned", false),
        (behaviour::DRIFT, "probe_act", "Planned", false),
    ] {
        let wrote = json!({"name": "kettle", "behaviour": does});
        let planned = terraform.plan_action(name, wrote, None).await;
        let found = planned.diagnostics;
        assert_eq!(summaries(&found), [summary], "{does}");
        assert_eq!(has_error(&found), is_failed, "{does}");
        assert!(is_failed || found[0].detail.contains(&format!("`{name}`")));
    }
    let planned = terraform.plan_action(ACT, json!({}), None).await;
    assert_eq!(
        summaries(&planned.diagnostics),
        ["Missing required argument"]
    );
    assert_eq!(probe.watch.acts.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn c32_c33_c34_stop_cancels_only_the_running_action() {
    let (served, terraform, probe) = probe().await;
    let wrote = json!({"name": "kettle", "behaviour": behaviour::HANG, "steps": 1});
    let stop = async {
        probe.hanging.notified().await;
        let request = stop_provider::Request {};
        served.client().stop_provider(request).await.unwrap();
    };
    let action = terraform.invoke_action(ACT, wrote);
    let ((progress, found), ()) = within(async { tokio::join!(action, stop) }).await;
    assert_eq!((progress.len(), summaries(&found)), (1, vec!["Cancelled"]));
    let (_, found) = terraform.invoke_action(ACT, json!({"name": "k"})).await;
    assert_eq!(found, []);
}

#[tokio::test]
async fn a_dropped_stream_of_events_stops_the_action() {
    let (_served, terraform, probe) = probe().await;
    let wrote = json!({"name": "kettle", "behaviour": behaviour::HANG, "steps": 1});
    let config = terraform.action(ACT, wrote);
    let mut events = terraform.begin_action(ACT, config).await;
    events.next().await.unwrap().unwrap();
    drop(events);
    within(probe.watch.over.notified()).await;
}

#[tokio::test]
async fn c75_c80_an_action_is_validated_but_neither_planned_nor_invoked_before_configure() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let wrote = json!({"name": "kettle"});
    assert_eq!(terraform.validate_action(ACT, wrote.clone()).await, []);
    let planned = terraform.plan_action(ACT, wrote.clone(), None).await;
    let (_, found) = terraform.invoke_action(ACT, wrote).await;
    for found in [planned.diagnostics, found] {
        assert_eq!(summaries(&found), ["Provider not configured"]);
    }
}

#[tokio::test]
async fn c74_c78_c132_action_validation_points_at_the_attribute() {
    let (_served, terraform, _) = probe().await;
    for (wrote, at, summary) in [
        (json!({"name": ""}), "name", "Invalid length"),
        (json!({"name": null}), "name", "Missing required argument"),
        (
            json!({"name": "k", "old": "x"}),
            "old",
            "Attribute deprecated",
        ),
        (
            json!({"name": "k", "listed": [{"label": "a"}, {"label": ""}]}),
            "listed[1].label",
            "Invalid length",
        ),
        (json!({"name": "k", "behaviour": "k"}), "", "Same texts"),
    ] {
        let found = terraform.validate_action(ACT, wrote).await;
        assert_eq!(summaries(&found), [summary]);
        assert_eq!(pointer(&found[0]), at);
    }
    let open = json!({"name": unknown(), "old": unknown(), "behaviour": unknown()});
    assert_eq!(terraform.validate_action(ACT, open).await, []);
}

#[tokio::test]
async fn c111_an_action_is_deferred_only_while_the_provider_block_is_unknown_and_if_allowed() {
    let sandbox = sandbox().await;
    for (token, is_allowed, is_deferred) in [
        (unknown(), true, true),
        (unknown(), false, false),
        (seed::TOKEN.into(), true, false),
    ] {
        let served = Served::hwgrants(&sandbox).await;
        let terraform = Terraform::configured(served.client(), json!({"token": token})).await;
        let capabilities = Some(ClientCapabilities {
            deferral_allowed: is_allowed,
            ..ClientCapabilities::default()
        });
        let planned = terraform.plan_action(REVOKE, ana(), capabilities).await;
        let reason = deferred::Reason::ProviderConfigUnknown.into();
        let expected = is_deferred.then_some(Deferred { reason });
        assert_eq!((planned.deferred, planned.diagnostics), (expected, vec![]));
        if token.is_object() {
            let (_, found) = terraform.invoke_action(REVOKE, ana()).await;
            let expected = "Provider configuration known only after apply";
            assert_eq!(summaries(&found), [expected]);
        }
    }
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn c128_c129_a_revocation_is_planned_without_requests_and_reports_each_step() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    for name in [REVOKE, "hwgrants_csms_revoke"] {
        grant_outside(&sandbox);
        let before = sandbox.world().requests().len();
        for open in [
            "resource_id",
            "type",
            "grantee_type",
            "grantee_target_id",
            "region",
        ] {
            let mut wrote = ana();
            wrote[open] = unknown();
            let planned = terraform.plan_action(name, wrote, None).await;
            assert_eq!(planned.diagnostics, [], "{open}");
        }
        assert_eq!(sandbox.world().requests().len(), before);
        let (progress, found) = terraform.invoke_action(name, ana()).await;
        assert_eq!(found, []);
        let begins: Vec<_> = progress
            .iter()
            .map(|step| step.split(' ').next().unwrap())
            .collect();
        assert_eq!(begins, ["Listing", "Revoking", "Verified:"]);
        let count = sandbox
            .world()
            .grant_count(seed::SECRET_DB_PASSWORD, seed::USER_ANA);
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn a_grant_that_a_block_has_created_is_not_revoked_until_it_is_destroyed() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let stored = terraform.create(GRANT, ana()).await;
    let planned = terraform.plan_action(REVOKE, ana(), None).await.diagnostics;
    let (progress, found) = terraform.invoke_action(REVOKE, ana()).await;
    assert_eq!(progress, [""; 0]);
    for found in [planned, found] {
        assert_eq!(summaries(&found), ["Grant managed by Terraform"]);
    }
    terraform.make(GRANT, &stored, Json::Null).await;
    grant_outside(&sandbox);
    let planned = terraform.plan_action(REVOKE, ana(), None).await;
    assert_eq!(planned.diagnostics, []);
    let (_, found) = terraform.invoke_action(REVOKE, ana()).await;
    assert_eq!(found, []);
}
