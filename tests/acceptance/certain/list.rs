//! An answer that is no list is never "no access".

use http::StatusCode;
use hwgrants::sandbox::{FaultAction, seed};

use super::{ADDRESS, applied, audit, fail, impatient, live_expiry};
use crate::harness::{Block, Workspace};

/// Answers to a list that prove nothing.
fn no_lists() -> Vec<(u16, &'static str)> {
    vec![
        (
            200,
            r#"{"error_code":"CSMS.0500","error_msg":"internal error"}"#,
        ),
        (
            200,
            r#"{"error":{"code":401,"message":"m","title":"Unauthorized"}}"#,
        ),
        (200, r#""none""#),
        (200, "0"),
        (200, "<html>welcome</html>"),
        (200, r#"{"data":{"id":"another","grantee_user":[]}}"#),
        (404, r#"{"error_code":"KMS.0005","error_msg":"none"}"#),
        (404, r#"{"error_code":"APIGW.0101","error_msg":"none"}"#),
        (404, r#"{"kind":"Status","reason":"NotFound","code":404}"#),
    ]
}

fn answer((status, body): (u16, &str)) -> FaultAction {
    FaultAction::raw(StatusCode::from_u16(status).unwrap(), body)
}

/// A grant, and a data source of the same secret.
fn with_data_source() -> String {
    let seen = Block::data("csms_grants").set("resource_id", seed::SECRET_DB_PASSWORD);
    format!("{}{seen}", impatient())
}

#[track_caller]
fn assert_kept(workspace: &Workspace, body: &str) {
    assert_eq!(live_expiry(workspace), Some(None), "{body}");
    let state = workspace.state();
    assert!(state.contains_key(ADDRESS), "{body}: {state:?}");
}

#[test]
fn a_response_that_is_not_a_list_fails_and_keeps_state_and_grant() {
    let workspace = applied(&impatient());
    for no_list in no_lists() {
        let (_, body) = no_list;
        fail(&workspace, "ListGrants", answer(no_list));
        assert_eq!(workspace.plan().code, Some(1), "{body}");
        assert_eq!(workspace.apply().code, Some(1), "{body}");
        assert_eq!(workspace.destroy().code, Some(1), "{body}");
        let refresh = workspace.run(&["apply", "-refresh-only", "-auto-approve", "-input=false"]);
        assert_eq!(refresh.code, Some(1), "{body}");
        let audited = audit(&workspace);
        assert_eq!(audited.code, Some(1), "{audited}");
        assert_kept(&workspace, body);
        workspace.world().faults().clear();
    }
    workspace.assert_plan_is_empty();
}

#[test]
fn a_data_source_rejects_a_response_that_is_not_a_list() {
    let workspace = Workspace::new();
    workspace.provider("  max_retries = 0");
    workspace.write(with_data_source());
    for no_list in no_lists() {
        fail(&workspace, "ListGrants", answer(no_list));
        let said = workspace.plan().failed();
        assert!(said.contains("csms_grants"), "{said}");
        workspace.world().faults().clear();
    }
}

#[test]
fn a_destroy_without_refresh_fails_while_the_list_cannot_be_read() {
    let workspace = applied(&impatient());
    // The service has done nothing, and no list can show it.
    fail(&workspace, "DeleteGrant", answer((200, "{}")));
    fail(
        &workspace,
        "ListGrants",
        answer((200, r#"{"error_code":"CSMS.0500","error_msg":"m"}"#)),
    );
    let destroy = workspace.run(&["destroy", "-refresh=false", "-auto-approve", "-input=false"]);
    assert_eq!(destroy.code, Some(1), "{destroy}");
    assert_kept(&workspace, "");
}

#[test]
fn one_ambiguous_empty_response_removes_nothing_from_state() {
    let workspace = applied(&impatient());
    for body in [
        "null",
        "{}",
        r#"{"data":null}"#,
        r#"{"data":{}}"#,
        r#"{"data":[]}"#,
    ] {
        let fault = hwgrants::sandbox::Fault::on("ListGrants", answer((200, body)));
        workspace.world().faults().add(fault);
        workspace.assert_plan_is_empty();
        assert_kept(&workspace, body);
    }
}

#[test]
fn an_audit_without_a_valid_list_of_secrets_fails() {
    let workspace = applied(&impatient());
    for body in [
        "{}",
        "null",
        r#"{"secrets":null}"#,
        r#"{"error_code":"CSMS.0500","error_msg":"m"}"#,
        "[]",
    ] {
        fail(&workspace, "ListSecrets", answer((200, body)));
        let audited = audit(&workspace);
        assert_eq!(audited.code, Some(1), "{audited}");
        workspace.world().faults().clear();
    }
}
