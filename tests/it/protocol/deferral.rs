//! A provider block that is not known yet: what is put off, for whom, and what is not.

use hwgrants::protocol::proto::*;
use hwgrants::sandbox::{Sandbox, seed};
use serde_json::{Value as Json, json};

use super::codec::{decode, is_unknown, unknown};
use super::message::{has_error, summaries};
use super::schema_type::{block_type, written};
use super::server::{Served, sandbox};
use super::terraform::{Terraform, value};

const GRANT: &str = "csms_grant";
const GRANTS: &str = "csms_grants";

/// The real provider with this token in its block, and how many requests it has sent.
async fn with_token(sandbox: &Sandbox, token: Json) -> (Served, Terraform) {
    let served = Served::hwgrants(sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({"token": token})).await;
    (served, terraform)
}

fn capabilities(deferral_allowed: bool) -> Option<ClientCapabilities> {
    Some(ClientCapabilities {
        deferral_allowed,
        ..ClientCapabilities::default()
    })
}

fn wrote() -> Json {
    json!({
        "resource_id": seed::SECRET_DB_PASSWORD,
        "type": "SECRET",
        "grantee_type": "user",
        "grantee_target_id": seed::USER_ANA,
    })
}

/// What a client is answered that may, or may not, be told to wait: the reason, and the messages, of each call.
async fn answers(terraform: &Terraform, allowed: bool) -> Vec<(Option<Deferred>, Vec<Diagnostic>)> {
    let mut client = terraform.client.clone();
    let ty = terraform.ty(GRANT);
    let config = terraform.config(GRANT, &wrote());
    let mut stored = config.clone();
    stored["id"] = "x".into();

    let request = read_resource::Request {
        type_name: GRANT.to_owned(),
        current_state: value(&stored, &ty),
        private: b"{\"listed\":\"yes\"}".to_vec(),
        client_capabilities: capabilities(allowed),
        ..read_resource::Request::default()
    };
    let read = client.read_resource(request).await.unwrap().into_inner();
    if read.deferred.is_some() {
        let state = read.new_state.as_ref().unwrap();
        assert_eq!(decode(&state.msgpack, &ty).unwrap(), stored);
        assert_eq!(read.private, b"{\"listed\":\"yes\"}");
    }

    let request = plan_resource_change::Request {
        type_name: GRANT.to_owned(),
        prior_state: value(&Json::Null, &ty),
        proposed_new_state: value(&config, &ty),
        config: value(&config, &ty),
        client_capabilities: capabilities(allowed),
        ..plan_resource_change::Request::default()
    };
    let plan = client
        .plan_resource_change(request)
        .await
        .unwrap()
        .into_inner();
    let planned = decode(&plan.planned_state.unwrap().msgpack, &ty).unwrap();
    assert_eq!(planned["resource_id"], seed::SECRET_DB_PASSWORD);
    assert!(is_unknown(&planned["uuid"]));

    let request = import_resource_state::Request {
        type_name: GRANT.to_owned(),
        id: format!(
            "SECRET/{}/user/{}",
            seed::SECRET_DB_PASSWORD,
            seed::USER_ANA
        ),
        client_capabilities: capabilities(allowed),
        ..import_resource_state::Request::default()
    };
    let import = client
        .import_resource_state(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(import.imported_resources.len(), 1);

    let source = &terraform.data_sources[GRANTS];
    let ty = block_type(source);
    let config = written(source, json!({"resource_id": seed::SECRET_DB_PASSWORD}));
    let request = read_data_source::Request {
        type_name: GRANTS.to_owned(),
        config: value(&config, &ty),
        client_capabilities: capabilities(allowed),
        ..read_data_source::Request::default()
    };
    let data = client.read_data_source(request).await.unwrap().into_inner();
    if data.deferred.is_some() {
        let state = decode(&data.state.as_ref().unwrap().msgpack, &ty).unwrap();
        assert_eq!(state["resource_id"], seed::SECRET_DB_PASSWORD);
        assert!(is_unknown(&state["grants"]) && state["timeouts"].is_null());
    }
    vec![
        (read.deferred, read.diagnostics),
        (plan.deferred, plan.diagnostics),
        (import.deferred, import.diagnostics),
        (data.deferred, data.diagnostics),
    ]
}

#[tokio::test]
async fn c111_an_unknown_provider_block_defers_calls_if_the_client_allows_it() {
    let sandbox = sandbox().await;
    let (_served, terraform) = with_token(&sandbox, unknown()).await;
    let reason = deferred::Reason::ProviderConfigUnknown.into();
    for (deferred, found) in answers(&terraform, true).await {
        assert_eq!(deferred, Some(Deferred { reason }));
        assert_eq!(found, []);
    }
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn c111_without_client_support_nothing_is_deferred_and_reads_fail() {
    let sandbox = sandbox().await;
    let (_served, terraform) = with_token(&sandbox, unknown()).await;
    let answers = answers(&terraform, false).await;
    assert!(answers.iter().all(|(deferred, _)| deferred.is_none()));
    let failed: Vec<_> = answers.iter().map(|(_, found)| has_error(found)).collect();
    assert_eq!(failed, [true, false, false, true]);
    for (_, found) in [&answers[0], &answers[3]] {
        assert_eq!(
            summaries(found),
            ["Provider configuration known only after apply"]
        );
    }
    assert_eq!(sandbox.world().requests(), []);
}

#[tokio::test]
async fn c111_a_known_provider_block_defers_nothing() {
    let sandbox = sandbox().await;
    let (_served, terraform) = with_token(&sandbox, seed::TOKEN.into()).await;
    for (deferred, found) in answers(&terraform, true).await {
        assert_eq!(deferred, None);
        assert!(!has_error(&found), "{found:?}");
    }
}
