//! What this provider does not offer: each call about it says so, in the form that its answer has, configured or not.

use hwgrants::protocol::proto::*;
use tokio_stream::StreamExt;

use super::message::{has_error, sound, summaries};
use super::server::{Client, Served, sandbox};

async fn client() -> (Served, Client) {
    let served = Served::hwgrants(&sandbox().await).await;
    let client = served.client();
    (served, client)
}

fn name() -> String {
    "csms_secret".to_owned()
}

#[track_caller]
fn declined(found: &[Diagnostic], summary: &str) {
    sound(found);
    assert!(has_error(found));
    assert_eq!(summaries(found), [summary]);
}

#[tokio::test]
async fn c122_c123_ephemeral_resource_calls_return_an_unknown_type_error() {
    let (_served, mut client) = client().await;
    let unknown = "Unknown ephemeral resource type";
    let request = open_ephemeral_resource::Request {
        type_name: name(),
        ..Default::default()
    };
    let opened = client
        .open_ephemeral_resource(request)
        .await
        .unwrap()
        .into_inner();
    declined(&opened.diagnostics, unknown);
    assert_eq!(
        (opened.result, opened.renew_at, opened.private),
        (None, None, None)
    );
    let request = renew_ephemeral_resource::Request {
        type_name: name(),
        private: Some(b"{}".to_vec()),
    };
    let renewed = client
        .renew_ephemeral_resource(request)
        .await
        .unwrap()
        .into_inner();
    declined(&renewed.diagnostics, unknown);
    assert_eq!((renewed.renew_at, renewed.private), (None, None));
    let request = close_ephemeral_resource::Request {
        type_name: name(),
        ..Default::default()
    };
    let closed = client
        .close_ephemeral_resource(request)
        .await
        .unwrap()
        .into_inner();
    declined(&closed.diagnostics, unknown);
}

#[tokio::test]
async fn c128_c129_an_unknown_action_is_not_planned_and_fails_in_one_completed_event() {
    let (_served, mut client) = client().await;
    let unknown = "Unknown action type";
    let request = validate_action_config::Request {
        type_name: name(),
        ..Default::default()
    };
    let valid = client
        .validate_action_config(request)
        .await
        .unwrap()
        .into_inner();
    declined(&valid.diagnostics, unknown);
    let request = plan_action::Request {
        action_type: name(),
        ..Default::default()
    };
    let planned = client.plan_action(request).await.unwrap().into_inner();
    declined(&planned.diagnostics, unknown);
    assert_eq!(planned.deferred, None);
    let request = invoke_action::Request {
        action_type: name(),
        ..Default::default()
    };
    let events = client.invoke_action(request).await.unwrap().into_inner();
    let events: Vec<_> = events.map(Result::unwrap).collect().await;
    let [
        invoke_action::Event {
            r#type: Some(invoke_action::event::Type::Completed(completed)),
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    declined(&completed.diagnostics, unknown);
}

#[tokio::test]
async fn c95_a_move_from_another_provider_is_rejected_with_an_import_hint() {
    let (_served, mut client) = client().await;
    let request = move_resource_state::Request {
        source_provider_address: "registry.example/other/cloud".to_owned(),
        source_type_name: "cloud_grant".to_owned(),
        source_schema_version: 7,
        source_state: Some(RawState {
            json: b"{\"id\":\"x\"}".to_vec(),
            ..Default::default()
        }),
        target_type_name: "csms_grant".to_owned(),
        source_private: b"\xff not ours".to_vec(),
        ..Default::default()
    };
    let reply = client
        .move_resource_state(request)
        .await
        .unwrap()
        .into_inner();
    declined(&reply.diagnostics, "Unable to move resource state");
    assert!(reply.diagnostics[0].detail.contains("import"));
    assert_eq!(reply.target_state, None);
    assert!(reply.target_private.is_empty());
}
