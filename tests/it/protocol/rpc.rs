//! Every call there is: those served and those declined, and what each answers to a request that makes no sense.

use hwgrants::protocol::proto::*;
use prost_reflect::DescriptorPool;
use tokio_stream::StreamExt;
use tonic::Code;

use super::message::{is_error, sound};
use super::server::{Client, Served, client, sandbox};
use crate::plugin::client::Host;

/// What a call answered to.
#[derive(Debug)]
pub(super) enum Answer {
    /// An answer with these messages.
    Messages(Vec<Diagnostic>),
    /// A text that says what went wrong; empty if nothing did.
    Text(String),
}

/// The calls served.
pub(super) const SERVED: [&str; 28] = [
    "ApplyResourceChange",
    "CallFunction",
    "CloseEphemeralResource",
    "ConfigureProvider",
    "GenerateResourceConfig",
    "GetFunctions",
    "GetMetadata",
    "GetProviderSchema",
    "GetResourceIdentitySchemas",
    "ImportResourceState",
    "InvokeAction",
    "ListResource",
    "MoveResourceState",
    "OpenEphemeralResource",
    "PlanAction",
    "PlanResourceChange",
    "ReadDataSource",
    "ReadResource",
    "RenewEphemeralResource",
    "StopProvider",
    "UpgradeResourceIdentity",
    "UpgradeResourceState",
    "ValidateActionConfig",
    "ValidateDataResourceConfig",
    "ValidateEphemeralResourceConfig",
    "ValidateListResourceConfig",
    "ValidateProviderConfig",
    "ValidateResourceConfig",
];

/// The calls declined: state stores, an experiment.
pub(super) const DECLINED: [&str; 8] = [
    "ConfigureStateStore",
    "DeleteState",
    "GetStates",
    "LockState",
    "ReadStateBytes",
    "UnlockState",
    "ValidateStateStoreConfig",
    "WriteStateBytes",
];

/// Calls that answer well whatever they are asked about.
const ALWAYS_WELL: [&str; 5] = [
    "GetFunctions",
    "GetMetadata",
    "GetProviderSchema",
    "GetResourceIdentitySchemas",
    "StopProvider",
];

macro_rules! call {
    ($client:expr, $($method:ident $module:ident $rpc:literal { $($field:ident: $value:expr),* })*) => {
        vec![$({
            let request = $module::Request { $($field: $value,)* ..Default::default() };
            let reply = $client.$method(request).await.unwrap_or_else(|status| panic!("{}: {status}", $rpc));
            ($rpc, Answer::Messages(reply.into_inner().diagnostics))
        }),*]
    };
}

/// Calls everything that is served once, about the type `name`, and otherwise with an empty request.
#[expect(
    clippy::needless_update,
    reason = "some requests have no field but the type's name"
)]
pub(super) async fn call_everything(
    client: &mut Client,
    name: &str,
) -> Vec<(&'static str, Answer)> {
    let name = || name.to_owned();
    let mut answers = call! { client,
        get_metadata get_metadata "GetMetadata" {}
        get_provider_schema get_provider_schema "GetProviderSchema" {}
        get_resource_identity_schemas get_resource_identity_schemas "GetResourceIdentitySchemas" {}
        get_functions get_functions "GetFunctions" {}
        validate_provider_config validate_provider_config "ValidateProviderConfig" {}
        configure_provider configure_provider "ConfigureProvider" {}
        validate_resource_config validate_resource_config "ValidateResourceConfig" { type_name: name() }
        upgrade_resource_state upgrade_resource_state "UpgradeResourceState" { type_name: name() }
        upgrade_resource_identity upgrade_resource_identity "UpgradeResourceIdentity" { type_name: name() }
        read_resource read_resource "ReadResource" { type_name: name() }
        plan_resource_change plan_resource_change "PlanResourceChange" { type_name: name() }
        apply_resource_change apply_resource_change "ApplyResourceChange" { type_name: name() }
        import_resource_state import_resource_state "ImportResourceState" { type_name: name() }
        move_resource_state move_resource_state "MoveResourceState" { target_type_name: name() }
        generate_resource_config generate_resource_config "GenerateResourceConfig" { type_name: name() }
        validate_data_resource_config validate_data_resource_config "ValidateDataResourceConfig" { type_name: name() }
        read_data_source read_data_source "ReadDataSource" { type_name: name() }
        validate_ephemeral_resource_config validate_ephemeral_resource_config "ValidateEphemeralResourceConfig"
            { type_name: name() }
        open_ephemeral_resource open_ephemeral_resource "OpenEphemeralResource" { type_name: name() }
        renew_ephemeral_resource renew_ephemeral_resource "RenewEphemeralResource" { type_name: name() }
        close_ephemeral_resource close_ephemeral_resource "CloseEphemeralResource" { type_name: name() }
        validate_list_resource_config validate_list_resource_config "ValidateListResourceConfig" { type_name: name() }
        validate_action_config validate_action_config "ValidateActionConfig" { type_name: name() }
        plan_action plan_action "PlanAction" { action_type: name() }
    };
    let request = list_resource::Request {
        type_name: name(),
        ..Default::default()
    };
    let mut events = client.list_resource(request).await.unwrap().into_inner();
    let mut found = Vec::new();
    while let Some(event) = events.next().await {
        found.extend(event.unwrap().diagnostic);
    }
    answers.push(("ListResource", Answer::Messages(found)));

    let request = invoke_action::Request {
        action_type: name(),
        ..Default::default()
    };
    let mut events = client.invoke_action(request).await.unwrap().into_inner();
    let only = events.next().await.unwrap().unwrap();
    assert!(events.next().await.is_none());
    let Some(invoke_action::event::Type::Completed(completed)) = only.r#type else {
        panic!("{only:?}");
    };
    answers.push(("InvokeAction", Answer::Messages(completed.diagnostics)));

    let request = call_function::Request {
        name: name(),
        arguments: Vec::new(),
    };
    let reply = client.call_function(request).await.unwrap().into_inner();
    assert_eq!(reply.result, None);
    answers.push(("CallFunction", Answer::Text(reply.error.unwrap().text)));

    let reply = client
        .stop_provider(stop_provider::Request {})
        .await
        .unwrap()
        .into_inner();
    answers.push(("StopProvider", Answer::Text(reply.error)));
    answers
}

/// Checks that each call said what went wrong, and how it should be said.
fn explained(answers: &[(&str, Answer)], well: &[&str]) {
    for (rpc, answer) in answers {
        let is_well = match answer {
            Answer::Messages(found) => {
                sound(found);
                !found.iter().any(is_error)
            }
            Answer::Text(text) => text.is_empty(),
        };
        assert_eq!(is_well, well.contains(rpc), "{rpc}: {answer:?}");
    }
}

#[test]
fn every_protocol_call_is_either_served_or_declined() {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let service = pool.get_service_by_name("tfplugin6.Provider").unwrap();
    let mut methods: Vec<_> = service
        .methods()
        .map(|method| method.name().to_owned())
        .collect();
    methods.sort();
    let mut listed = [SERVED.as_slice(), DECLINED.as_slice()].concat();
    listed.sort_unstable();
    assert_eq!(methods, listed);
}

#[tokio::test]
async fn call_everything_covers_every_served_call() {
    let served = Served::probe().await;
    let answers = call_everything(&mut served.client(), "nothing").await;
    let mut called: Vec<_> = answers.into_iter().map(|(rpc, _)| rpc).collect();
    called.sort_unstable();
    assert_eq!(called, SERVED);
}

#[tokio::test]
async fn c81_c133_an_unknown_type_is_a_diagnostic_in_every_response() {
    let sandbox = sandbox().await;
    let mut well = ALWAYS_WELL.to_vec();
    well.push("ValidateProviderConfig");
    for name in [
        "nothing",
        "",
        "probe_",
        "\u{0}",
        "Thing",
        &"long".repeat(1000),
    ] {
        let real = Served::hwgrants(&sandbox).await;
        let answers = call_everything(&mut real.client(), name).await;
        // An absent provider block is null: a bug of whoever sends it.
        explained(&answers, &well);
    }
}

#[tokio::test]
async fn c80_c133_an_empty_request_for_a_known_type_is_a_diagnostic() {
    let served = Served::probe().await;
    let answers = call_everything(&mut served.client(), "thing").await;
    let mut well = ALWAYS_WELL.to_vec();
    well.extend([
        // Nothing stored is no identity.
        "UpgradeResourceIdentity",
        "ValidateListResourceConfig",
        "ValidateProviderConfig",
        "ValidateResourceConfig",
    ]);
    explained(&answers, &well);

    let answers = call_everything(&mut served.client(), "view").await;
    let mut well = ALWAYS_WELL.to_vec();
    well.extend(["ValidateProviderConfig", "ValidateDataResourceConfig"]);
    explained(&answers, &well);
}

#[tokio::test]
async fn c72_calls_work_without_a_prior_schema_request() {
    let plugin = Host::new().start().await;
    let mut fresh = client(plugin.connect().await);
    let request = validate_resource_config::Request {
        type_name: "csms_grant".to_owned(),
        ..Default::default()
    };
    let reply = fresh
        .validate_resource_config(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reply.diagnostics, []);
    let request = validate_data_resource_config::Request {
        type_name: "csms_grants".to_owned(),
        ..Default::default()
    };
    let reply = fresh
        .validate_data_resource_config(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reply.diagnostics, []);
    let request = upgrade_resource_state::Request {
        type_name: "hwgrants_repo_kms_grant".to_owned(),
        raw_state: Some(RawState {
            json: b"{}".to_vec(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let reply = fresh
        .upgrade_resource_state(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(reply.diagnostics, []);
    assert!(reply.upgraded_state.is_some());
}

#[tokio::test]
async fn c130_state_stores_are_declined() {
    let served = Served::probe().await;
    let mut client = served.client();
    macro_rules! codes {
        ($($method:ident($request:expr)),* $(,)?) => {
            [$(client.$method($request).await.err().map(|status| status.code())),*]
        };
    }
    let codes = codes![
        configure_state_store(configure_state_store::Request::default()),
        delete_state(delete_state::Request::default()),
        get_states(get_states::Request::default()),
        lock_state(lock_state::Request::default()),
        read_state_bytes(read_state_bytes::Request::default()),
        unlock_state(unlock_state::Request::default()),
        validate_state_store_config(validate_state_store::Request::default()),
        write_state_bytes(tokio_stream::empty::<write_state_bytes::RequestChunk>()),
    ];
    assert_eq!(codes, [Some(Code::Unimplemented); DECLINED.len()]);
}
