//! What the cloud may refuse or fail at: what is said, and what is in the state afterwards.

use std::net::TcpListener;

use axum::http::StatusCode;
use hwgrants::sandbox::{Fault, FaultAction, seed};

use crate::harness::{Block, Workspace, in_days};

const TYPE: &str = "csms_grant";

/// What an apply that fails says, a sentence a line, with all masked that differs from run to run.
pub(crate) fn shown(workspace: &Workspace) -> String {
    let apply = workspace.apply();
    assert_eq!(apply.code, Some(1), "{apply}");
    let mut words: String = apply.words();
    words = words.split_off(words.find("Error: ").unwrap());
    for request in workspace.world().requests() {
        words = words.replace(&request.request_id, "[REQUEST ID]");
    }
    let address = workspace.address();
    words = words.replace(&address, "[ADDRESS]");
    mask_time(&words).replace(". ", ".\n")
}

/// `1 attempt in 21 ms)` to `1 attempt in [TIME])`.
fn mask_time(text: &str) -> String {
    for attempts in [" attempt in ", " attempts in "] {
        if let Some((before, after)) = text.split_once(attempts) {
            let (_, after) = after.split_once(')').unwrap();
            return format!("{before}{attempts}[TIME]){}", mask_time(after));
        }
    }
    text.to_owned()
}

/// A grant to be made, once, in front of a cloud with a fault.
fn workspace_with(fault: Fault) -> Workspace {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HW_MAX_RETRIES", 0);
    workspace.world().faults().add(fault);
    workspace
}

#[test]
fn an_invalid_or_expired_token_fails_authentication() {
    let mut texts = Vec::new();
    for token in ["made-up", seed::TOKEN_EXPIRED] {
        let mut workspace = Workspace::with(Block::grant(TYPE));
        workspace.set("HW_AUTH_TOKEN", token);
        let text = shown(&workspace);
        assert!(!text.contains(token));
        assert!(workspace.state().is_empty());
        texts.push(text);
    }
    insta::assert_snapshot!(texts.join("\n\n"));
}

#[test]
fn an_unknown_secret_is_named() {
    let grant = Block::grant(TYPE).set("resource_id", "00000000-0000-4000-8000-000000000000");
    let workspace = Workspace::with(grant);
    insta::assert_snapshot!(shown(&workspace));
}

#[test]
fn a_missing_permission_names_the_denied_operation() {
    let mut workspace = Workspace::with(format!(
        "{}{}",
        Block::grant(TYPE),
        Block::of("repo_kms_grant").set_to("depends_on", "[csms_grant.this]")
    ));
    workspace.set("HW_AUTH_TOKEN", seed::TOKEN_READ_ONLY);
    let mut texts = vec![shown(&workspace)];
    workspace.write(Block::of("repo_kms_grant"));
    texts.push(shown(&workspace));
    insta::assert_snapshot!(texts.join("\n\n"));
}

#[test]
fn a_host_that_cannot_be_reached_is_named() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    workspace.set("HWGRANTS_ENDPOINT", &address);
    workspace.set("HW_MAX_RETRIES", 1);
    let text = shown(&workspace).replace(&address, "[CLOSED]");
    // The number differs between systems.
    let text = text
        .replace(" (os error 111)", "")
        .replace(" (os error 61)", "");
    insta::assert_snapshot!(text);
}

#[test]
fn an_endpoint_without_this_api_is_named() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    let wrong = format!("{}/elsewhere", workspace.address());
    workspace.set("HWGRANTS_ENDPOINT", &wrong);
    insta::assert_snapshot!(shown(&workspace));
}

#[test]
fn persistent_throttling_is_reported() {
    let fault = Fault::on("ListGrants", FaultAction::throttle("1 minute")).endless();
    let workspace = workspace_with(fault);
    insta::assert_snapshot!(shown(&workspace));
}

#[test]
fn temporary_throttling_is_retried() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HW_MAX_RETRIES", 3);
    let fault = Fault::on("CreateGrants", FaultAction::throttle("1 second"));
    workspace.world().faults().add(fault);
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn a_rejected_create_leaves_nothing_in_state() {
    let refused = FaultAction::error(
        StatusCode::BAD_REQUEST,
        "CSMS.0001",
        "invalid request parameter",
    );
    let workspace = workspace_with(Fault::on("CreateGrants", refused));
    insta::assert_snapshot!(shown(&workspace));
    assert!(workspace.state().is_empty());
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn c114_a_create_that_takes_effect_but_fails_yields_one_grant() {
    let failed = |status| {
        Fault::on(
            "CreateGrants",
            FaultAction::raw(status, "<html>oops</html>").after_effect(),
        )
    };
    let dropped = FaultAction::Drop {
        when: hwgrants::sandbox::When::AfterEffect,
    };
    for fault in [
        failed(StatusCode::INTERNAL_SERVER_ERROR),
        failed(StatusCode::BAD_GATEWAY),
        failed(StatusCode::GATEWAY_TIMEOUT),
        Fault::on("CreateGrants", dropped),
    ] {
        let workspace = Workspace::with(Block::grant(TYPE).set("validity_time", &in_days(30)));
        workspace.world().faults().add(fault);
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["CreateGrants"]);
        assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
        workspace.assert_plan_is_empty();
        workspace.destroy().succeeded();
    }
}

#[test]
fn c114_a_create_with_unknown_outcome_is_tainted_and_then_replaced() {
    let created = FaultAction::raw(StatusCode::BAD_GATEWAY, "").after_effect();
    let workspace = workspace_with(Fault::on("CreateGrants", created));
    // The looks of the plan and before the write are answered, and no other.
    let nothing = FaultAction::raw(StatusCode::OK, r#"{"data":{"grantee_user":[]}}"#);
    let failing = FaultAction::raw(StatusCode::INTERNAL_SERVER_ERROR, "");
    for fault in [
        Fault::on("ListGrants", nothing).times(2),
        Fault::on("ListGrants", failing).endless(),
    ] {
        workspace.world().faults().add(fault);
    }
    insta::assert_snapshot!(shown(&workspace));
    workspace.world().faults().clear();
    assert_eq!(workspace.change(), "delete create");
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
}

#[test]
fn c115_a_failed_update_keeps_the_prior_state() {
    let grant = Block::grant(TYPE).set("validity_time", &in_days(30));
    let mut workspace = Workspace::with(&grant);
    workspace.set("HW_MAX_RETRIES", 0);
    workspace.apply().succeeded();
    workspace.write(grant.set("validity_time", &in_days(60)));
    let refused = FaultAction::error(
        StatusCode::FORBIDDEN,
        "CSMS.0403",
        "You may not change this",
    );
    let fault = Fault::on("UpdateGrant", refused);
    workspace.world().faults().add(fault);
    workspace.apply().failed();
    assert_eq!(
        workspace.attributes("csms_grant.this")["validity_time"],
        in_days(30)
    );
    assert_eq!(workspace.change(), "update");
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn c116_a_delete_that_fails_keeps_the_state() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HW_MAX_RETRIES", 0);
    workspace.apply().succeeded();
    let refused = FaultAction::error(
        StatusCode::FORBIDDEN,
        "CSMS.0403",
        "You may not delete this",
    );
    let fault = Fault::on("DeleteGrant", refused);
    workspace.world().faults().add(fault);
    let said = workspace.destroy().failed();
    assert!(said.contains("Error: Permission denied"), "{said}");
    assert_eq!(workspace.state().len(), 1);
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert!(workspace.state().is_empty());
}

#[test]
fn c116_destroying_a_grant_already_revoked_succeeds() {
    let workspace = Workspace::with(Block::grant(TYPE));
    workspace.apply().succeeded();
    workspace
        .run(&["plan", "-destroy", "-input=false", "-out=destroy.tfplan"])
        .succeeded();
    let world = workspace.world();
    assert!(world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_ANA));
    workspace
        .run(&["apply", "-input=false", "destroy.tfplan"])
        .succeeded();
    assert!(workspace.state().is_empty());
}

#[test]
fn a_refresh_that_fails_keeps_the_state() {
    let mut workspace = Workspace::with(Block::grant(TYPE));
    workspace.set("HW_MAX_RETRIES", 0);
    workspace.apply().succeeded();
    let failed = FaultAction::raw(StatusCode::SERVICE_UNAVAILABLE, "");
    let fault = Fault::on("ListGrants", failed);
    workspace.world().faults().add(fault);
    workspace.plan().failed();
    assert_eq!(workspace.state().len(), 1);
    workspace.assert_plan_is_empty();
}

#[test]
fn create_update_and_destroy_wait_for_a_lagging_list() {
    let grant = Block::grant(TYPE).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&grant);
    let fault = Fault::on("ListGrants", FaultAction::Lag { reads: 1 }).endless();
    workspace.world().faults().add(fault);
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.write(grant.set("validity_time", &in_days(60)));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert!(workspace.state().is_empty());
}

#[test]
fn a_delegation_that_never_takes_effect_is_kept_tainted_until_refresh() {
    let block = Block::of("repo_kms_grant").inside("timeouts {\n    create = \"3s\"\n  }");
    let workspace = Workspace::with(block);
    let body = format!(r#"{{"tenant_id":"{}","assumed":false}}"#, seed::ACCOUNT_ID);
    let answer = FaultAction::raw(StatusCode::OK, &body);
    let fault = Fault::on("CreateTenantKmsGrant", answer);
    workspace.world().faults().add(fault);
    insta::assert_snapshot!(shown(&workspace));
    assert_eq!(workspace.state()["repo_kms_grant.this"]["tainted"], true);
    assert_eq!(workspace.change(), "create");
}
