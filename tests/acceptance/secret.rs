//! What must not be seen, and what must.

use axum::http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction, IssuedToken, Permission, seed};
use jiff::Timestamp;
use serde_json::json;

use crate::harness::{Block, Workspace, in_days};

const TOKEN: &str = "planted-token-7d41c5e09f3b26a8d1740c";
const SIGNATURE: &str = "planted-signature-0b9e63";
const IN_AN_ARRAY: &str = "planted-in-an-array-5c18fa";

/// A workspace in which Terraform and the plugin log all they can, in front of a cloud that signs grants.
fn talkative() -> Workspace {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let mut workspace = Workspace::with(grant);
    let log = workspace.path().join("trace.log");
    workspace.set("TF_LOG", "TRACE");
    workspace.set("TF_LOG_PATH", log.display());
    let deployer = IssuedToken {
        user_name: "deployer".to_owned(),
        account_id: seed::ACCOUNT_ID.into(),
        project_id: seed::PROJECT_ID.into(),
        permissions: Permission::ALL.into(),
        expires_at: Timestamp::MAX,
    };
    workspace.world().add_token(TOKEN, deployer);
    for operation in ["CreateGrants", "UpdateGrant"] {
        let body = json!({"data": {"uuid": "u-1", "signature": SIGNATURE, "state": 0}}).to_string();
        let signed = FaultAction::raw(StatusCode::OK, &body).after_effect();
        workspace.world().faults().add(Fault::on(operation, signed));
    }
    workspace
}

/// Runs a whole life, and returns all that could be read of it.
fn life(workspace: &Workspace) -> String {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(60));
    let mut runs = vec![workspace.plan(), workspace.apply().succeeded()];
    runs.push(workspace.run(&["show"]));
    workspace.write(grant);
    runs.push(workspace.plan());
    runs.push(workspace.apply().succeeded());
    let state = workspace.attributes("csms_grant.this");
    assert_eq!(state["signature"], SIGNATURE);
    runs.push(workspace.destroy().succeeded());
    // A service that quotes what it was sent, in a place where no reader of messages looks.
    let body = json!({
        "error_code": "CSMS.0403",
        "error_msg": "No",
        "details": [{"headers": [["X-Auth-Token", IN_AN_ARRAY]]}],
    });
    let refused = FaultAction::raw(StatusCode::FORBIDDEN, &body.to_string());
    workspace
        .world()
        .faults()
        .add(Fault::on("CreateGrants", refused));
    runs.push(workspace.apply());
    let log = std::fs::read_to_string(workspace.path().join("trace.log")).unwrap();
    assert!(
        log.contains("CreateGrants") && log.contains("tf_rpc"),
        "the plugin has logged nothing"
    );
    runs.iter().map(|run| run.to_string()).collect::<String>() + &log
}

#[test]
fn c46_an_environment_token_and_a_signature_stay_out_of_logs_and_output() {
    let mut workspace = talkative();
    workspace.set("HW_AUTH_TOKEN", TOKEN);
    let seen = life(&workspace);
    assert!(!seen.contains(TOKEN));
    assert!(!seen.contains(SIGNATURE));
    assert!(seen.contains("CSMS.0403") && !seen.contains(IN_AN_ARRAY));
}

#[test]
fn c46_a_provider_block_token_stays_out_of_logs_and_output() {
    let mut workspace = talkative();
    workspace.unset("HW_AUTH_TOKEN");
    workspace.provider("token = var.token");
    workspace.write_file(
        "variables.tf",
        "variable \"token\" {\n  type = string\n  sensitive = true\n}\n",
    );
    workspace.write_file("terraform.tfvars", &format!("token = \"{TOKEN}\"\n"));
    let seen = life(&workspace);
    assert!(!seen.contains(TOKEN));
    assert!(!seen.contains(SIGNATURE));
    assert!(seen.contains("CSMS.0403") && !seen.contains(IN_AN_ARRAY));
}

#[test]
fn a_signature_is_sensitive_in_the_state() {
    let workspace = talkative();
    workspace.apply().succeeded();
    let state = workspace.state();
    let sensitive = &state["csms_grant.this"]["sensitive_values"];
    assert_eq!(sensitive["signature"], true);
    workspace
        .run(&["show"])
        .says("signature = (sensitive value)");
}

#[test]
fn c47_the_user_agent_names_terraform_provider_and_configured_suffix() {
    let mut workspace = Workspace::with(Block::grant("csms_grant"));
    workspace.set("TF_APPEND_USER_AGENT", "  team/7 (billing) ");
    workspace.apply().succeeded();
    let version = workspace.json(&["version", "-json"])["terraform_version"].take();
    let terraform = format!("Terraform/{} ", version.as_str().unwrap());
    let us = concat!(
        " terraform-provider-hwgrants/",
        env!("CARGO_PKG_VERSION"),
        " "
    );
    for request in workspace.world().requests() {
        let agent = request.user_agent.unwrap();
        assert!(
            agent.starts_with(&terraform)
                && agent.contains(us)
                && agent.ends_with(" team/7 (billing)"),
            "{agent}"
        );
    }
}
