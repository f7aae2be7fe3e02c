//! Updates that fail in any way are errors, and are sent again.

use http::StatusCode;
use hwgrants::sandbox::{FaultAction, GranteeKind, Groups, Quirks, UpdateWithoutEnd, When, seed};

use super::{ADDRESS, TYPE, applied, fail, impatient, live_expiry};
use crate::harness::{Block, Workspace, in_days};

/// Ways to fail that prove nothing, or prove that nothing happened.
fn failures() -> Vec<(&'static str, FaultAction)> {
    let ok = |body: &str| FaultAction::raw(StatusCode::OK, body);
    vec![
        (
            "404 with a code",
            FaultAction::error(StatusCode::NOT_FOUND, "CSMS.0005", "none"),
        ),
        (
            "500",
            FaultAction::error(StatusCode::INTERNAL_SERVER_ERROR, "CSMS.0500", "failed"),
        ),
        ("200 with HTML", ok("<html>welcome</html>")),
        ("200 empty", ok("")),
        (
            "200 with an error",
            ok(r#"{"error_code":"CSMS.0500","error_msg":"internal error"}"#),
        ),
        ("200 about no grant", ok(r#"{"data":{}}"#)),
        (
            "a dropped connection",
            FaultAction::Drop {
                when: When::BeforeEffect,
            },
        ),
    ]
}

#[test]
fn an_update_that_failed_is_never_reported_as_done() {
    let end = in_days(900);
    let workspace = applied(&impatient());
    for (name, failure) in failures() {
        workspace.write(impatient().set("validity_time", &end));
        fail(&workspace, "UpdateGrant", failure);
        let apply = workspace.apply();
        assert_eq!(apply.code, Some(1), "{name}: {apply}");
        let state = workspace.state();
        assert!(
            state[ADDRESS]["values"]["validity_time"].is_null(),
            "{name}: {state:?}"
        );
        assert_eq!(live_expiry(&workspace), Some(None), "{name}");
        workspace.world().faults().clear();
        assert_eq!(workspace.change(), "update", "{name}");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, ["UpdateGrant"], "{name}");
        assert_eq!(live_expiry(&workspace), Some(Some(end.clone())), "{name}");
        workspace.assert_plan_is_empty();

        // Back to the beginning.
        workspace.write(impatient());
        workspace.apply().succeeded();
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn with_create_before_destroy_an_expiry_is_removed_by_update() {
    for update_without_end in UpdateWithoutEnd::ALL {
        let block = Block::grant(TYPE).inside("lifecycle {\n    create_before_destroy = true\n  }");
        let workspace = Workspace::with(block.clone().set("validity_time", &in_days(30)));
        workspace.world().set_quirks(Quirks {
            update_without_end: *update_without_end,
            ..Quirks::default()
        });
        workspace.apply().succeeded();

        workspace.write(&block);
        assert_eq!(workspace.change(), "update");
        workspace.plan().says("Access may be briefly interrupted");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        let expected: &[&str] = match update_without_end {
            UpdateWithoutEnd::Clears => &["UpdateGrant"],
            UpdateWithoutEnd::Keeps => &["UpdateGrant", "DeleteGrant", "CreateGrants"],
        };
        assert_eq!(writes, expected);
        assert_eq!(live_expiry(&workspace), Some(None));
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn an_expiry_found_to_be_null_at_apply_is_removed() {
    let config = |input: &str| {
        let end = "terraform_data.end.output == \"never\" ? null : terraform_data.end.output";
        let grant = Block::grant(TYPE).set_to("validity_time", end);
        format!("{grant}\nresource \"terraform_data\" \"end\" {{\n  input = {input:?}\n}}\n")
    };
    let workspace = Workspace::with(config(&in_days(30)));
    workspace.apply().succeeded();
    assert_eq!(live_expiry(&workspace), Some(Some(in_days(30))));
    workspace.write(config("never"));
    workspace.apply().succeeded();
    assert_eq!(live_expiry(&workspace), Some(None));
    workspace.assert_plan_is_empty();
    workspace.write(config(&in_days(60)));
    workspace.apply().succeeded();
    assert_eq!(live_expiry(&workspace), Some(Some(in_days(60))));
    workspace.assert_plan_is_empty();
}

#[test]
fn a_create_refused_after_the_delete_names_the_user_without_access() {
    let block = Block::grant(TYPE);
    let workspace = applied(&block.clone().set("validity_time", &in_days(30)));
    workspace.write(&block);
    let refused = FaultAction::error(StatusCode::FORBIDDEN, "CSMS.0302", "not allowed");
    fail(&workspace, "CreateGrants", refused);
    let said = workspace.apply().failed();
    assert!(said.contains("Error: Access lost"), "{said}");
    let lost = format!("The user `{}` now has no access", seed::USER_ANA);
    assert!(said.contains(&lost), "{said}");
    assert_eq!(live_expiry(&workspace), None);
    // The next apply creates it.
    workspace.world().faults().clear();
    assert_eq!(workspace.change(), "create");
    workspace.apply().succeeded();
    assert_eq!(live_expiry(&workspace), Some(None));
    workspace.assert_plan_is_empty();
}

#[test]
fn an_update_leaves_create_time_null_until_the_next_refresh() {
    let group = Block::grant(TYPE)
        .set("grantee_type", "group")
        .set("grantee_target_id", seed::GROUP_ONCALL);
    let workspace = Workspace::with(&group);
    workspace.world().set_quirks(Quirks {
        groups: Groups::Invisible,
        ..Quirks::default()
    });
    // The answer to the create tells no times.
    let id = seed::SECRET_DB_PASSWORD;
    let bare = FaultAction::raw(
        StatusCode::OK,
        &format!(r#"{{"data":{{"resourceId":"{id}"}}}}"#),
    );
    let fault = hwgrants::sandbox::Fault::on("CreateGrants", bare.after_effect());
    workspace.world().faults().add(fault);
    workspace.apply().succeeded();
    assert!(workspace.attributes(ADDRESS)["create_time"].is_null());

    // From now on the list shows the grant, and when it was created.
    workspace.world().set_quirks(Quirks::default());
    workspace.write(group.set("validity_time", &in_days(30)));
    let args = ["apply", "-refresh=false", "-input=false", "-auto-approve"];
    workspace.run(&args).succeeded();
    assert!(workspace.attributes(ADDRESS)["create_time"].is_null());
    workspace.assert_plan_is_empty();
    workspace.apply().succeeded();
    assert!(workspace.attributes(ADDRESS)["create_time"].is_string());
    let world = workspace.world().grants(id);
    let granted = world.iter().any(|(_, grant)| {
        grant.grantee_kind == GranteeKind::Group
            && grant.validity_date.map(|date| date.to_string()) == Some(in_days(30))
    });
    assert!(granted, "{world:?}");
}
