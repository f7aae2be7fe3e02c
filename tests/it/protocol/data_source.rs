//! Data sources: those of the probe and of the real provider.

use std::sync::Arc;

use http::StatusCode;
use hwgrants::protocol::proto::*;
use hwgrants::sandbox::{Fault, FaultAction as Does, GranteeKind, Sandbox, seed};
use serde_json::{Value as Json, json};

use super::codec::unknown;
use super::message::{has_error, pointer, sound, summaries};
use super::probe::{Probe, behaviour};
use super::schema_type::{block_type, written};
use super::server::{Served, sandbox};
use super::terraform::{Terraform, capabilities, check_storable, read_value, value};
use super::terraform_core::plan_problems;
use crate::plugin::client::within;

const VIEW: &str = "view";
const GRANTS: &str = "csms_grants";
const DELEGATION: &str = "repo_kms_grant";

impl Terraform {
    fn data_config(&self, name: &str, wrote: Json) -> Option<DynamicValue> {
        let block = &self.data_sources[name];
        value(&written(block, wrote), &block_type(block))
    }

    /// Validates a data source's configuration.
    pub(super) async fn validate_data(&self, name: &str, wrote: Json) -> Vec<Diagnostic> {
        let request = validate_data_resource_config::Request {
            type_name: name.to_owned(),
            config: self.data_config(name, wrote),
        };
        let mut client = self.client.clone();
        let reply = client.validate_data_resource_config(request).await.unwrap();
        let found = reply.into_inner().diagnostics;
        sound(&found);
        found
    }

    /// Reads a data source, and checks what it answers as Terraform does and a little more; null after an error.
    pub(super) async fn look(&self, name: &str, wrote: Json) -> (Json, Vec<Diagnostic>) {
        let request = read_data_source::Request {
            type_name: name.to_owned(),
            config: self.data_config(name, wrote.clone()),
            client_capabilities: capabilities(),
            ..read_data_source::Request::default()
        };
        let mut client = self.client.clone();
        let reply = client.read_data_source(request).await.unwrap().into_inner();
        sound(&reply.diagnostics);
        assert_eq!(reply.deferred, None);
        let block = &self.data_sources[name];
        let object = read_value(reply.state, &block_type(block));
        if has_error(&reply.diagnostics) {
            assert_eq!(object, Json::Null);
        } else {
            assert!(object.is_object());
            check_storable(block, &object);
            let config = written(block, wrote);
            let problems = plan_problems(block, &Json::Null, &config, &object);
            assert!(problems.is_empty(), "{problems:#?}");
        }
        (object, reply.diagnostics)
    }

    /// Reads a data source, which must succeed.
    pub(super) async fn see(&self, name: &str, wrote: Json) -> Json {
        let (object, found) = self.look(name, wrote).await;
        assert!(!has_error(&found), "{found:?}");
        object
    }
}

async fn probe() -> (Served, Terraform) {
    let served = Served::probe().await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    (served, terraform)
}

async fn real(sandbox: &Sandbox) -> (Served, Terraform) {
    let served = Served::hwgrants(sandbox).await;
    let terraform = Terraform::configured(served.client(), json!({})).await;
    (served, terraform)
}

#[tokio::test]
async fn c121_the_result_is_fully_known_and_keeps_the_configuration() {
    let (_served, terraform) = probe().await;
    for name in [VIEW, "probe_view"] {
        for wrote in [
            json!({"name": "Kettle"}),
            json!({"name": "Kettle", "region": "there", "timeouts": {"read": "1m"},
                   "listed": [{"label": "l", "count": 2}], "old": "x"}),
            json!({"name": "Kettle", "behaviour": behaviour::UNDECIDED}),
            json!({"name": "Kettle", "behaviour": behaviour::GONE}),
        ] {
            let seen = terraform.see(name, wrote.clone()).await;
            assert_eq!(seen["name"], "Kettle", "{wrote}");
        }
    }
    let seen = terraform.see(VIEW, json!({"name": "k"})).await;
    assert_eq!(seen["found"], json!(["p-K"]));
    assert_eq!(seen["region"], "here");
    let none = json!({"name": "k", "behaviour": behaviour::GONE});
    assert_eq!(terraform.see(VIEW, none).await["found"], json!([]));
}

#[tokio::test]
async fn c35_c121_a_failed_read_is_an_error_and_keeps_earlier_warnings() {
    let (_served, terraform) = probe().await;
    for (fails, summary) in [
        (behaviour::FORBIDDEN, "Refused"),
        (behaviour::PANIC, "Bug in the provider"),
        (behaviour::MISFIT, "Response does not match the schema"),
        (behaviour::DRIFT, "Response does not match the schema"),
    ] {
        let wrote = json!({"name": "kettle", "behaviour": fails});
        let (_, found) = terraform.look(VIEW, wrote).await;
        assert_eq!(summaries(&found), ["Looked", summary]);
    }
    let (_, found) = terraform
        .look(
            VIEW,
            json!({"name": "k", "behaviour": behaviour::FORBIDDEN}),
        )
        .await;
    assert_eq!(pointer(&found[1]), "behaviour");
}

#[tokio::test]
async fn c32_c33_c34_stop_cancels_only_the_running_data_source_read() {
    let probe = Probe::default();
    let hanging = Arc::clone(&probe.hanging);
    let served = Served::start(probe).await;
    let terraform = Terraform::configured(served.client(), json!({"prefix": "p"})).await;
    let wrote = json!({"name": "kettle", "behaviour": behaviour::HANG});
    let stop = async {
        hanging.notified().await;
        let mut client = served.client();
        let request = stop_provider::Request {};
        client.stop_provider(request).await.unwrap();
    };
    let ((_, found), ()) = within(async { tokio::join!(terraform.look(VIEW, wrote), stop) }).await;
    assert_eq!(summaries(&found), ["Looked", "Cancelled"]);
    terraform.see(VIEW, json!({"name": "kettle"})).await;
}

#[tokio::test]
async fn c80_c84_a_data_source_is_validated_but_not_read_before_configure() {
    let served = Served::probe().await;
    let terraform = Terraform::new(served.client()).await;
    let wrote = json!({"name": "kettle"});
    assert_eq!(terraform.validate_data(VIEW, wrote.clone()).await, []);
    let (_, found) = terraform.look(VIEW, wrote).await;
    assert_eq!(summaries(&found), ["Provider not configured"]);
}

#[tokio::test]
async fn c74_c77_c78_c132_data_source_validation_points_at_the_attribute() {
    let (_served, terraform) = probe().await;
    for (wrote, at, summary) in [
        (json!({"name": ""}), "name", "Invalid length"),
        (
            json!({"name": "k", "found": ["mine"]}),
            "found",
            "Read-only attribute is set",
        ),
        (
            json!({"name": "k", "old": "x"}),
            "old",
            "Attribute deprecated",
        ),
        (
            json!({"name": "k", "timeouts": {"read": "5"}}),
            "timeouts.read",
            "Invalid duration",
        ),
    ] {
        let found = terraform.validate_data(VIEW, wrote.clone()).await;
        assert_eq!(summaries(&found), [summary], "{wrote}");
        assert_eq!(pointer(&found[0]), at);
    }
    let open =
        json!({"name": unknown(), "old": unknown(), "listed": unknown(), "timeouts": unknown()});
    assert_eq!(terraform.validate_data(VIEW, open).await, []);
}

#[tokio::test]
async fn c111_an_unknown_configuration_is_rejected_and_never_deferred() {
    let (_served, terraform) = probe().await;
    for wrote in [
        json!({"name": unknown()}),
        json!({"name": "k", "listed": [{"label": unknown()}]}),
    ] {
        let (_, found) = terraform.look(VIEW, wrote).await;
        assert_eq!(summaries(&found), ["Configuration known only after apply"]);
    }
}

fn database(more: Json) -> Json {
    let mut wrote = json!({"resource_id": seed::SECRET_DB_PASSWORD});
    let wrote = wrote.as_object_mut().unwrap();
    wrote.extend(more.as_object().unwrap().clone());
    Json::Object(wrote.clone())
}

#[tokio::test]
async fn c121_the_grants_of_a_secret_are_read_with_any_configuration() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let end = jiff::civil::date(2099, 12, 31);
    for (grantee, kind, end) in [
        (seed::USER_ANA, GranteeKind::User, Some(end)),
        (seed::GROUP_ONCALL, GranteeKind::Group, None),
    ] {
        let put = sandbox
            .world()
            .put_grant(seed::SECRET_DB_PASSWORD, grantee, kind, end);
        put.unwrap();
    }
    for name in [GRANTS, "hwgrants_csms_grants"] {
        for more in [
            json!({}),
            json!({"region": seed::REGION, "project_id": seed::PROJECT_ID}),
            json!({"region": "", "project_id": ""}),
            json!({"timeouts": {}}),
            json!({"timeouts": {"read": "30s"}}),
        ] {
            // What is written is answered as it is, also where it stands for nothing.
            let written = |name: &str| more[name].as_str().map(str::to_owned);
            let region = written("region").unwrap_or_else(|| seed::REGION.to_owned());
            let project = written("project_id").unwrap_or_else(|| seed::PROJECT_ID.to_owned());
            assert_eq!(
                terraform.validate_data(name, database(more.clone())).await,
                []
            );
            let seen = terraform.see(name, database(more.clone())).await;
            assert_eq!(seen["name"], "db-password");
            assert_eq!(seen["type"], "SECRET");
            assert_eq!(seen["region"], region);
            assert_eq!(seen["project_id"], project);
            let [oncall, ana] =
                <[Json; 2]>::try_from(seen["grants"].as_array().unwrap().clone()).unwrap();
            assert_eq!(ana["grantee_target_id"], seed::USER_ANA);
            assert_eq!(ana["validity_time"], "2099-12-31");
            assert_eq!(ana["status"], "active");
            assert_eq!(oncall["grantee_target_id"], seed::GROUP_ONCALL);
            assert_eq!(oncall["validity_time"], Json::Null);
        }
    }
}

#[tokio::test]
async fn c121_an_unknown_secret_is_an_error_and_no_grants_an_empty_list() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let grants = terraform.see(GRANTS, database(json!({}))).await["grants"].clone();
    assert_eq!(grants, json!([]));

    let unknown = database(json!({"resource_id": "no-such-id"}));
    let (_, found) = terraform.look(GRANTS, unknown).await;
    assert_eq!(summaries(&found), ["Secret not found"]);
    assert_eq!(pointer(&found[0]), "resource_id");
}

/// Each form in which the service may say that nothing is granted.
#[tokio::test]
async fn each_no_grants_response_for_an_existing_secret_is_an_empty_list() {
    let sandbox = sandbox().await;
    let raw = |status, body: &str| Does::raw(status, body);
    for (answer, count, name) in [
        (
            Does::error(StatusCode::NOT_FOUND, "CSMS.0005", "None."),
            1,
            json!("db-password"),
        ),
        (
            Does::error(StatusCode::BAD_REQUEST, "CSMS.0005", "None."),
            1,
            json!("db-password"),
        ),
        // Believed when a second answer agrees.
        (raw(StatusCode::OK, r#"{"data": null}"#), 2, Json::Null),
        (raw(StatusCode::OK, "{}"), 2, Json::Null),
        (
            raw(StatusCode::OK, r#"{"data": {"grantee_user": []}}"#),
            1,
            Json::Null,
        ),
    ] {
        let (_served, terraform) = real(&sandbox).await;
        let fault = Fault::on("ListGrants", answer).times(count);
        sandbox.world().faults().add(fault);
        let seen = terraform.see(GRANTS, database(json!({}))).await;
        assert_eq!(seen["grants"], json!([]));
        assert_eq!(seen["name"], name);
    }
}

#[tokio::test]
async fn every_page_is_searched_before_a_secret_is_reported_as_unknown() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let page = |id: &str, marker: &str| {
        let page =
            json!({"secrets": [{"id": id, "name": id}], "page_info": {"next_marker": marker}});
        Fault::on("ListSecrets", Does::raw(StatusCode::OK, &page.to_string()))
    };
    let faults = sandbox.world().faults();
    let missing = Does::error(StatusCode::NOT_FOUND, "CSMS.0005", "None.");
    faults.add(Fault::on("ListGrants", missing).endless());
    faults.add(page("one", seed::SECRET_DB_PASSWORD));
    faults.add(page("two", ""));
    let (_, found) = terraform
        .look(GRANTS, json!({"resource_id": "three"}))
        .await;
    assert_eq!(summaries(&found), ["Secret not found"]);
    faults.add(page("one", seed::SECRET_DB_PASSWORD));
    faults.add(page("two", ""));
    let seen = terraform.see(GRANTS, json!({"resource_id": "two"})).await;
    assert_eq!(seen["name"], "two");
    assert_eq!(seen["type"], "SECRET");

    // Nobody knows, so nothing is concluded.
    let forbidden = Does::error(StatusCode::FORBIDDEN, "CSM.0403", "Not allowed.");
    faults.add(Fault::on("ListSecrets", forbidden).endless());
    let (_, found) = terraform.look(GRANTS, database(json!({}))).await;
    assert_eq!(summaries(&found), ["Permission denied"]);
}

#[tokio::test]
async fn c87_c121_permission_denied_is_an_error_and_never_an_empty_list() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    let forbidden = Does::error(StatusCode::FORBIDDEN, "CSM.0403", "Not allowed.");
    sandbox
        .world()
        .faults()
        .add(Fault::on_any(forbidden).endless());
    for (name, wrote) in [(GRANTS, database(json!({}))), (DELEGATION, json!({}))] {
        let (_, found) = terraform.look(name, wrote).await;
        assert_eq!(summaries(&found), ["Permission denied"]);
    }
}

#[tokio::test]
async fn c108_c121_a_delegation_is_read_and_never_created() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    for is_delegated in [false, true] {
        let world = sandbox.world();
        world.set_delegation(seed::ACCOUNT_ID, is_delegated);
        for name in [DELEGATION, "hwgrants_repo_kms_grant"] {
            for wrote in [
                json!({}),
                json!({"tenant_id": seed::ACCOUNT_ID, "region": seed::REGION, "timeouts": {"read": "1m"}}),
            ] {
                let seen = terraform.see(name, wrote).await;
                assert_eq!(seen["assumed"], is_delegated);
                assert_eq!(seen["tenant_id"], seed::ACCOUNT_ID);
                assert_eq!(seen["region"], seed::REGION);
            }
            let empty = json!({"tenant_id": "", "region": ""});
            assert_eq!(terraform.see(name, empty).await["assumed"], is_delegated);
        }
    }
    let requests = sandbox.world().requests();
    assert!(requests.iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn c132_real_data_source_validation_points_at_the_attribute() {
    let sandbox = sandbox().await;
    let (_served, terraform) = real(&sandbox).await;
    for (name, wrote, at) in [
        (GRANTS, database(json!({"resource_id": ""})), "resource_id"),
        (
            GRANTS,
            database(json!({"resource_id": "x".repeat(65)})),
            "resource_id",
        ),
        (GRANTS, database(json!({"region": "no/region"})), "region"),
        (GRANTS, database(json!({"project_id": "a/b"})), "project_id"),
        (
            GRANTS,
            database(json!({"resource_id": "a\n"})),
            "resource_id",
        ),
        (GRANTS, database(json!({"name": "mine"})), "name"),
        (DELEGATION, json!({"tenant_id": "a\n"}), "tenant_id"),
        (DELEGATION, json!({"assumed": true}), "assumed"),
        (
            DELEGATION,
            json!({"timeouts": {"read": "soon"}}),
            "timeouts.read",
        ),
    ] {
        let found = terraform.validate_data(name, wrote.clone()).await;
        assert!(has_error(&found), "{wrote}");
        assert!(found.iter().all(|each| pointer(each) == at), "{found:?}");
    }
    assert!(sandbox.world().requests().is_empty());
}

#[tokio::test]
async fn c134_warnings_of_one_kind_share_a_title_but_not_the_detail() {
    let (_served, terraform) = probe().await;
    let wrote = json!({"name": "kettle", "old": "x"});
    let thing = terraform.validate("thing", wrote.clone()).await;
    let view = terraform.validate_data(VIEW, wrote).await;
    assert_eq!(summaries(&thing), ["Attribute deprecated"]);
    assert_eq!(summaries(&view), summaries(&thing));
    assert!(thing[0].detail.contains("`note`") && view[0].detail.contains("`name`"));
}
