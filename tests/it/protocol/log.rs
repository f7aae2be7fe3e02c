//! What the real process logs about calls.

use std::collections::{BTreeMap, BTreeSet};

use hwgrants::protocol::proto::diagnostic::Severity;
use hwgrants::protocol::proto::{
    ClientCapabilities, DynamicValue, call_function, import_resource_state,
};
use hwgrants::sandbox::{Fault, FaultAction, seed};
use serde_json::{Value as Json, json};

use super::message::{has_error, is_error};
use super::rpc::{SERVED, call_everything};
use super::server::{client, sandbox};
use super::terraform::Terraform;
use crate::plugin::client::{Ended, Host};

/// The field that names the type a call is about.
fn type_field(rpc: &str) -> Option<&'static str> {
    match rpc {
        "GetFunctions"
        | "GetMetadata"
        | "GetProviderSchema"
        | "GetResourceIdentitySchemas"
        | "StopProvider"
        | "CallFunction"
        | "ConfigureProvider"
        | "ValidateProviderConfig" => None,
        "ValidateDataResourceConfig" | "ReadDataSource" => Some("tf_data_source_type"),
        "ListResource" | "ValidateListResourceConfig" => Some("tf_list_resource_type"),
        "InvokeAction" | "PlanAction" | "ValidateActionConfig" => Some("tf_action_type"),
        rpc if rpc.contains("Ephemeral") => Some("tf_ephemeral_resource_type"),
        _ => Some("tf_resource_type"),
    }
}

fn lines(ended: &Ended) -> Vec<Json> {
    ended
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[tokio::test]
async fn c44_every_call_is_logged_with_its_name_id_type_and_duration() {
    let plugin = Host::new()
        .set("TF_LOG_PROVIDER_HWGRANTS", "trace")
        .start()
        .await;
    let mut client = client(plugin.connect().await);
    let answers = call_everything(&mut client, "some_type").await;
    let ended = plugin.shutdown().await;

    let mut calls: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for line in lines(&ended) {
        if let Some(rpc) = line["tf_rpc"].as_str() {
            calls.entry(rpc.to_owned()).or_default().push(line);
        }
    }
    assert!(calls.keys().eq(SERVED), "{:?}", calls.keys());
    let mut ids = BTreeSet::new();
    for (rpc, lines) in &calls {
        let id = lines[0]["tf_req_id"].as_str().unwrap();
        assert!(id.len() == 36 && ids.insert(id), "{rpc}: {id}");
        for line in lines {
            assert_eq!(line["tf_req_id"], id, "{rpc}");
            assert_eq!(line["tf_provider_addr"], "hwgrants/hwgrants", "{rpc}");
            assert_eq!(line["tf_proto_version"], "6.11", "{rpc}");
            let fields = line.as_object().unwrap().keys();
            let fields: Vec<_> = fields.filter(|name| name.ends_with("_type")).collect();
            assert!(
                fields.iter().copied().eq(type_field(rpc).iter()),
                "{rpc}: {fields:?}"
            );
            assert!(
                fields.iter().all(|name| line[*name] == "some_type"),
                "{rpc}"
            );
        }
        let messages: Vec<_> = lines
            .iter()
            .map(|line| line["@message"].as_str().unwrap())
            .collect();
        let begin = [
            "received request",
            "sending downstream",
            "received downstream response",
        ];
        assert_eq!(messages[..3], begin, "{rpc}");
        let last = lines.last().unwrap();
        assert_eq!(last["@message"], "served request", "{rpc}");
        assert!(last["tf_req_duration_ms"].is_u64(), "{rpc}: {last}");
    }

    // Each message of an answer is a line, with its level.
    for (rpc, answer) in answers {
        let super::rpc::Answer::Messages(found) = answer else {
            continue;
        };
        let response = &calls[rpc][2];
        let errors = found.iter().filter(|each| is_error(each)).count();
        assert_eq!(response["diagnostic_error_count"], errors, "{rpc}");
        assert_eq!(
            response["diagnostic_warning_count"],
            found.len() - errors,
            "{rpc}"
        );
        let logged = calls[rpc]
            .iter()
            .filter(|line| line["diagnostic_summary"].is_string());
        let logged: Vec<_> = logged
            .map(|line| {
                (
                    line["@level"].as_str().unwrap(),
                    line["diagnostic_summary"].as_str().unwrap(),
                )
            })
            .collect();
        let level = |severity| {
            if severity == Severity::Error {
                "error"
            } else {
                "warn"
            }
        };
        let expected: Vec<_> = found
            .iter()
            .map(|each| (level(each.severity()), each.summary.as_str()))
            .collect();
        assert_eq!(logged, expected, "{rpc}");
    }
}

#[tokio::test]
async fn c44_diagnostics_with_their_attribute_and_function_errors_are_logged() {
    let plugin = Host::new().set("TF_LOG", "warn").start().await;
    let terraform = Terraform::new(client(plugin.connect().await)).await;
    let wrote = json!({"resource_id": "x", "type": "SECRET", "grantee_type": "user", "grantee_target_id": "u",
                       "timeouts": {"create": "soon"}});
    assert!(has_error(&terraform.validate("csms_grant", wrote).await));
    let request = call_function::Request {
        name: "none".to_owned(),
        arguments: Vec::new(),
    };
    terraform
        .client
        .clone()
        .call_function(request)
        .await
        .unwrap();
    let arguments = vec![DynamicValue::default()];
    let request = call_function::Request {
        name: "parse_grant_id".to_owned(),
        arguments,
    };
    terraform
        .client
        .clone()
        .call_function(request)
        .await
        .unwrap();
    drop(terraform);
    let ended = plugin.shutdown().await;
    let lines = lines(&ended);
    let pointer = "AttributeName(\"timeouts\").AttributeName(\"create\")";
    assert!(
        lines
            .iter()
            .any(|line| line["diagnostic_attribute"] == pointer),
        "{}",
        ended.stderr
    );
    let function = lines
        .iter()
        .find(|line| line["function_error_exists"] == true)
        .unwrap();
    assert!(
        function["function_error_text"]
            .as_str()
            .unwrap()
            .contains("`none`")
    );
    let of_argument = |line: &&Json| line["function_error_argument"] == 0;
    let function = lines.iter().find(of_argument).unwrap();
    assert_eq!(function["function_error_text"], "`id` must not be null");
}

#[tokio::test]
async fn c44_a_deferred_response_is_logged_with_its_reason() {
    let plugin = Host::new()
        .set("TF_LOG", "debug")
        .set("HWGRANTS_ENDPOINT", "http://127.0.0.1:9")
        .set("HW_REGION_NAME", seed::REGION)
        .start()
        .await;
    let block = json!({"token": super::codec::unknown()});
    let terraform = Terraform::configured(client(plugin.connect().await), block).await;
    let request = import_resource_state::Request {
        type_name: "repo_kms_grant".to_owned(),
        id: seed::ACCOUNT_ID.to_owned(),
        client_capabilities: Some(ClientCapabilities {
            deferral_allowed: true,
            ..ClientCapabilities::default()
        }),
        ..import_resource_state::Request::default()
    };
    let mut client = terraform.client.clone();
    let reply = client.import_resource_state(request).await.unwrap();
    assert!(reply.into_inner().deferred.is_some());
    drop((terraform, client));
    let ended = plugin.shutdown().await;
    let is_reason = |line: &Json| line["tf_deferred_reason"] == "PROVIDER_CONFIG_UNKNOWN";
    let lines = lines(&ended);
    let line = lines.iter().find(|line| is_reason(line)).unwrap();
    assert_eq!(line["tf_rpc"], "ImportResourceState");
}

/// What the sandbox signs a grant with.
const SIGNATURE: &str = "signature-hunter2";

/// A life with everything in it: a grant made, looked at, changed, refused and removed.
async fn live(host: Host) -> Ended {
    let sandbox = sandbox().await;
    let signed = json!({"data": {"uuid": "u", "signature": SIGNATURE}}).to_string();
    let signed = FaultAction::raw(http::StatusCode::OK, &signed).after_effect();
    sandbox
        .world()
        .faults()
        .add(Fault::on("CreateGrants", signed));
    let plugin = host
        .set("HWGRANTS_ENDPOINT", sandbox.url())
        .set("HW_REGION_NAME", seed::REGION)
        .set("HW_PROJECT_ID", seed::PROJECT_ID)
        .set("HW_AUTH_TOKEN", "environment-hunter2")
        .start()
        .await;
    let connected = client(plugin.connect().await);
    let terraform = Terraform::configured(connected, json!({"token": seed::TOKEN})).await;
    let wrote = json!({"resource_id": seed::SECRET_API_KEY, "type": "SECRET", "grantee_type": "user",
                       "grantee_target_id": seed::USER_DANA, "validity_time": "2099-12-31"});
    let stored = terraform.create("csms_grant", wrote.clone()).await;
    assert_eq!(stored.object["signature"], SIGNATURE);
    terraform
        .expect_no_change("csms_grant", &stored, &wrote)
        .await;
    let mut later = wrote.clone();
    later["validity_time"] = json!("2099-12-30");
    let stored = terraform.make("csms_grant", &stored, later).await;
    let found = terraform.configure(json!({"token": "wrong-hunter2"})).await;
    assert!(!has_error(&found));
    assert!(has_error(
        &terraform.read("csms_grant", &stored).await.found
    ));
    let found = terraform
        .configure(json!({"token": "", "region": "bad hunter2"}))
        .await;
    assert!(has_error(&found));
    let found = terraform.configure(json!({"token": seed::TOKEN})).await;
    assert!(!has_error(&found));
    terraform.make("csms_grant", &stored, Json::Null).await;
    drop(terraform);
    plugin.shutdown().await
}

#[tokio::test]
async fn c46_no_sensitive_value_is_logged_at_trace() {
    let ended = live(Host::new().set("TF_LOG", "trace")).await;
    assert!(ended.stderr.contains("ApplyResourceChange"));
    let secrets = [
        seed::TOKEN,
        "environment-hunter2",
        "wrong-hunter2",
        SIGNATURE,
    ];
    for secret in secrets {
        assert!(!ended.stderr.contains(secret), "{secret}");
    }
    assert_eq!(
        ended.stdout.lines().count(),
        1,
        "C4: nothing but the handshake"
    );
}

#[tokio::test]
async fn c41_c43_without_a_log_level_stderr_is_empty() {
    let ended = live(Host::new()).await;
    assert_eq!(ended.stderr, "");
}
