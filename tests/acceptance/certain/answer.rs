//! Answers to writes that are about something else, and deletions that are refused.

use http::StatusCode;
use hwgrants::sandbox::{EndFormat, Fault, FaultAction, Quirks, seed};
use serde_json::json;

use super::{ADDRESS, TYPE, applied, fail, impatient, live_expiry};
use crate::harness::{Block, Workspace, in_days};

fn answer(body: &serde_json::Value) -> FaultAction {
    FaultAction::raw(StatusCode::OK, &body.to_string())
}

#[test]
fn a_create_response_with_another_grantee_or_expiry_is_reported() {
    let asked = in_days(30);
    for (data, told) in [
        (
            json!({"uuid": "u", "granteeUser": seed::USER_BEN}),
            format!("the response is for the grantee `{}`", seed::USER_BEN),
        ),
        (
            json!({"uuid": "u", "validityTime": "2099-01-31"}),
            "the expiration date is 2099-01-31".to_owned(),
        ),
    ] {
        let workspace = Workspace::with(impatient().set("validity_time", &asked));
        let told_other = answer(&json!({ "data": data })).after_effect();
        let fault = Fault::on("CreateGrants", told_other.clone());
        workspace.world().faults().add(fault);
        // The list shows what was asked for.
        let apply = workspace.apply().succeeded();
        apply.says("Warning: Contradictory response").says(&told);
        workspace.assert_plan_is_empty();

        // The list does not show it, and the service says the same of every update.
        let workspace = Workspace::with(impatient().set("validity_time", &asked));
        workspace.world().set_quirks(Quirks {
            end: EndFormat::Hidden,
            ..Quirks::default()
        });
        fail(&workspace, "CreateGrants", told_other.clone());
        fail(&workspace, "UpdateGrant", told_other);
        let said = workspace.apply().failed();
        assert!(said.contains("Error: Outcome unknown"), "{said}");
        assert!(said.contains(&told), "{said}");
        assert_eq!(workspace.state()[ADDRESS]["tainted"], true);
    }
}

#[test]
fn malformed_response_fields_do_not_affect_valid_ones() {
    let workspace = Workspace::with(Block::grant(TYPE));
    let odd = json!({"data": {
        "uuid": "u-1", "type": 1, "signature": {}, "createTime": [], "granteeUser": seed::USER_ANA}});
    let fault = Fault::on("CreateGrants", answer(&odd).after_effect());
    workspace.world().faults().add(fault);
    workspace.apply().succeeded();
    assert_eq!(workspace.attributes(ADDRESS)["uuid"], "u-1");
    workspace.assert_plan_is_empty();
}

#[test]
fn a_refused_delete_succeeds_if_the_grant_is_not_listed() {
    for (status, code, is_warned) in [
        (StatusCode::BAD_REQUEST, "CSMS.0002", false),
        (StatusCode::FORBIDDEN, "CSMS.0302", true),
        (StatusCode::NOT_FOUND, "CSMS.0005", false),
    ] {
        let workspace = applied(&impatient());
        let world = workspace.world();
        world.remove_grant(seed::SECRET_DB_PASSWORD, seed::USER_ANA);
        fail(
            &workspace,
            "DeleteGrant",
            FaultAction::error(status, code, "no"),
        );
        let destroy =
            workspace.run(&["destroy", "-refresh=false", "-auto-approve", "-input=false"]);
        let words = destroy.succeeded().words();
        let warning = "Warning: Deletion refused, but grant not listed";
        assert_eq!(words.contains(warning), is_warned, "{words}");
        assert!(workspace.state().is_empty());
    }
}

#[test]
fn a_delete_fails_while_the_grant_is_still_listed() {
    for (first, second) in [
        // Confirmed without an effect, then not found.
        (FaultAction::raw(StatusCode::NO_CONTENT, ""), "CSMS.0005"),
        (
            FaultAction::error(StatusCode::NOT_FOUND, "CSMS.0005", "none"),
            "CSMS.0005",
        ),
        (
            FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "no"),
            "CSMS.0302",
        ),
        (FaultAction::raw(StatusCode::OK, "{}"), "CSMS.0005"),
    ] {
        let block = Block::grant(TYPE).inside("timeouts {\n    delete = \"20s\"\n  }");
        let workspace = applied(&block);
        let faults = workspace.world().faults();
        faults.add(Fault::on("DeleteGrant", first));
        let again = FaultAction::error(StatusCode::NOT_FOUND, second, "none");
        faults.add(Fault::on("DeleteGrant", again).endless());
        let destroy = workspace.destroy();
        assert_eq!(destroy.code, Some(1), "{destroy}");
        assert!(workspace.state().contains_key(ADDRESS));
        assert_eq!(live_expiry(&workspace), Some(None));
        workspace.world().faults().clear();
        workspace.destroy().succeeded();
        assert_eq!(live_expiry(&workspace), None);
    }
}

#[test]
fn a_create_polls_until_the_delegation_is_in_effect() {
    let workspace = Workspace::with(Block::of("repo_kms_grant"));
    let not_yet = json!({"tenant_id": seed::ACCOUNT_ID, "assumed": false});
    let fault = Fault::on("CreateTenantKmsGrant", answer(&not_yet).after_effect());
    workspace.world().faults().add(fault);
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn a_created_delegation_that_cannot_be_read_back_is_kept_in_state() {
    let workspace = Workspace::with(Block::of("repo_kms_grant"));
    let denied = FaultAction::error(StatusCode::FORBIDDEN, "CH.004403", "no permission");
    fail(&workspace, "ShowTenantKmsGrant", denied);
    let said = workspace.apply().failed();
    assert!(
        said.contains("Error: Delegation could not be read back"),
        "{said}"
    );
    assert!(
        said.contains("The resource is stored in the state."),
        "{said}"
    );
    assert!(!said.contains("Only an administrator"), "{said}");
    assert!(workspace.state().contains_key("repo_kms_grant.this"));
}

#[test]
fn a_delegation_with_unknown_outcome_is_kept_in_state() {
    let workspace = Workspace::new();
    workspace.provider("  max_retries = 0");
    workspace.write(Block::of("repo_kms_grant").inside("timeouts {\n    create = \"3s\"\n  }"));
    for failure in [
        FaultAction::raw(StatusCode::BAD_GATEWAY, ""),
        answer(&json!({"tenant_id": "another", "assumed": true})),
        answer(&json!({"error_code": "CH.000001", "error_msg": "m"})),
    ] {
        let fault = Fault::on("CreateTenantKmsGrant", failure).endless();
        workspace.world().faults().add(fault);
        let said = workspace.apply().failed();
        assert!(said.contains("Error: Outcome unknown"), "{said}");
        assert!(said.contains("is stored in the state"), "{said}");
        assert_eq!(workspace.state()["repo_kms_grant.this"]["tainted"], true);
        workspace.world().faults().clear();
        // It is not in place, so nothing is left of it.
        workspace
            .run(&["apply", "-refresh-only", "-auto-approve", "-input=false"])
            .succeeded();
        assert!(workspace.state().is_empty());
    }
}

#[test]
fn an_import_reads_every_attribute_that_the_list_returns() {
    let key = format!(
        "SECRET/{}/user/{}",
        seed::SECRET_DB_PASSWORD,
        seed::USER_ANA
    );
    let block = Block::grant(TYPE).set("validity_time", &in_days(30));
    let workspace = Workspace::with(&block);
    workspace.apply().succeeded();
    let created = workspace.attributes(ADDRESS);
    workspace.forget_state();
    workspace
        .run(&["import", "-input=false", ADDRESS, &key])
        .succeeded();
    let imported = workspace.attributes(ADDRESS);
    let unreadable = ["uuid", "signature", "state", "update_time"];
    for (name, value) in created.as_object().unwrap() {
        if !unreadable.contains(&name.as_str()) {
            assert_eq!(&imported[name], value, "{name}");
        }
    }
    workspace.assert_plan_is_empty();
}

#[test]
fn a_group_grant_has_no_grantee_user_after_create_and_import() {
    let key = format!(
        "SECRET/{}/group/{}",
        seed::SECRET_DB_PASSWORD,
        seed::GROUP_ONCALL
    );
    let block = Block::grant(TYPE)
        .set("grantee_type", "group")
        .set("grantee_target_id", seed::GROUP_ONCALL);
    let workspace = Workspace::with(&block);
    workspace.apply().succeeded();
    assert!(workspace.attributes(ADDRESS)["grantee_user"].is_null());
    workspace.forget_state();
    workspace
        .run(&["import", "-input=false", ADDRESS, &key])
        .succeeded();
    let imported = workspace.attributes(ADDRESS);
    assert!(imported["grantee_user"].is_null());
    assert_eq!(imported["granted_resource_id"], seed::SECRET_DB_PASSWORD);
    workspace.assert_plan_is_empty();
}

#[test]
fn a_delegation_leaves_the_state_only_after_two_matching_reads() {
    let workspace = Workspace::with(Block::of("repo_kms_grant"));
    workspace.apply().succeeded();
    let without = json!({"tenant_id": seed::ACCOUNT_ID, "assumed": false});
    let faults = workspace.world().faults();
    faults.add(Fault::on("ShowTenantKmsGrant", answer(&without)));
    workspace.assert_plan_is_empty();
    for no_answer in [
        json!({}),
        json!({"tenant_id": "another", "assumed": false}),
        json!({"error_code": "CH.000001", "error_msg": "m"}),
    ] {
        fail(&workspace, "ShowTenantKmsGrant", answer(&no_answer));
        let read = workspace.run(&["apply", "-refresh-only", "-auto-approve", "-input=false"]);
        assert_eq!(read.code, Some(1), "{no_answer}: {read}");
        assert!(workspace.state().contains_key("repo_kms_grant.this"));
        workspace.world().faults().clear();
    }
    workspace.world().set_delegation(seed::ACCOUNT_ID, false);
    assert_eq!(workspace.change(), "create");
}
