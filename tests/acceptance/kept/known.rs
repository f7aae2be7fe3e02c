//! What a plan does not know, and what another state has, with real Terraform.

use std::time::Duration;

use hwgrants::sandbox::{Fault, FaultAction as Does, seed};

use super::{ALIASES, grant, live, twelve};
use crate::harness::{Workspace, in_days};

const ANA: &str = seed::USER_ANA;

/// The ID of a secret that each new `version` makes unknown to the plan, and that stays the same.
fn unknown_id(version: u32) -> String {
    format!(
        "resource \"terraform_data\" \"secret\" {{\n  triggers_replace = {version}\n  input = \"{}\"\n}}\n\n",
        seed::SECRET_DB_PASSWORD
    )
}

/// A grant on that secret.
fn grant_on_unknown(version: u32, lifecycle: &str) -> String {
    format!(
        "{}resource \"csms_grant\" \"a\" {{\n  provider = hwgrants\n  resource_id = terraform_data.secret.output\n  type = \
         \"SECRET\"\n  grantee_type = \"user\"\n  grantee_target_id = \"{ANA}\"\n{lifecycle}}}\n",
        unknown_id(version)
    )
}

#[test]
fn renamed_blocks_with_a_new_expiry_send_one_update_each() {
    for parallelism in [1, 2, 10] {
        let workspace = Workspace::with(twelve("old", "hwgrants.one"));
        workspace.apply().succeeded();
        let end = format!("  validity_time = \"{}\"\n  grantee_target_id", in_days(30));
        let new = twelve("new", "hwgrants.one").replace("  grantee_target_id", &end);
        workspace.write(new);
        let parallelism = format!("-parallelism={parallelism}");
        let apply = ["apply", "-input=false", "-auto-approve", &parallelism];
        let writes = workspace.writes_of(|| workspace.run(&apply).succeeded());
        assert_eq!(writes, ["UpdateGrant"; 12], "{parallelism}");
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn create_before_destroy_as_advised_keeps_a_grant_with_an_unknown_id() {
    for (lifecycle, writes_expected) in [
        ("", &["DeleteGrant", "CreateGrants"][..]),
        (
            "  lifecycle {\n    create_before_destroy = true\n  }\n",
            &[],
        ),
    ] {
        let workspace = Workspace::with(grant_on_unknown(1, lifecycle));
        workspace.apply().succeeded();
        workspace.write(grant_on_unknown(2, lifecycle));
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(2), "{plan}");
        plan.says("Access may be interrupted")
            .says("`create_before_destroy = true`");
        let writes = workspace.writes_of(|| workspace.apply().succeeded());
        assert_eq!(writes, writes_expected, "{lifecycle}");
        assert_eq!(live(&workspace).len(), 1);
        workspace.assert_plan_is_empty();
    }
}

#[test]
fn a_not_found_error_is_retried_only_for_an_id_known_after_apply() {
    for body in [
        r#"{"error_code":"CSMS.0404","error_msg":"The secret does not exist"}"#,
        r#"{"error_code":"CSMS.0400","error_msg":"The user does not exist"}"#,
    ] {
        let status = if body.contains("0404") { 404 } else { 400 };
        let status = http::StatusCode::from_u16(status).unwrap();
        let unknown = || Fault::on("CreateGrants", Does::raw(status, body)).times(2);
        let workspace = Workspace::with(grant_on_unknown(1, ""));
        workspace.world().faults().add(unknown());
        workspace.apply().succeeded();
        assert_eq!(live(&workspace).len(), 1, "{body}");

        let workspace = Workspace::with(grant("a", "hwgrants", ANA, None));
        workspace.world().faults().add(unknown());
        let writes = workspace.writes_of(|| workspace.apply().failed());
        assert_eq!(writes, ["CreateGrants"], "{body}");
    }
}

#[test]
fn a_grant_moves_between_two_states_in_either_order_without_writes() {
    const OTHER: &str = "-state=other.tfstate";
    let old = grant("old", "hwgrants", ANA, None);
    let new = grant("new", "hwgrants", ANA, None);
    let removed =
        "removed {\n  from = csms_grant.old\n  lifecycle {\n    destroy = false\n  }\n}\n";
    let apply = |workspace: &Workspace, config: &str, state: &str| {
        workspace.write(config);
        let apply = ["apply", "-input=false", "-auto-approve", state];
        workspace.run(&apply).succeeded()
    };
    for is_new_first in [true, false] {
        let workspace = Workspace::with(&old);
        workspace.apply().succeeded();
        workspace.write(&new);
        let said = workspace
            .run(&["plan", "-input=false", OTHER])
            .succeeded()
            .words();
        assert!(said.contains("Grant already exists"), "{said}");
        let (_, id) = said.split_once("block with the ID `").unwrap();
        let (id, _) = id.split_once('`').unwrap();
        let import = format!("{new}import {{\n  to = csms_grant.new\n  id = \"{id}\"\n}}\n");
        let writes = workspace.writes_of(|| {
            let mut steps = [
                (import.as_str(), OTHER),
                (removed, "-state=terraform.tfstate"),
            ];
            if !is_new_first {
                steps.reverse();
            }
            for (config, state) in steps {
                apply(&workspace, config, state);
            }
        });
        assert_eq!(writes, [""; 0], "{is_new_first}");
        assert_eq!(live(&workspace).len(), 1);
    }
}

#[test]
fn a_stale_state_does_not_revoke_a_re_created_grant() {
    let workspace = Workspace::with(format!("{ALIASES}\n{}", grant("a", "hwgrants", ANA, None)));
    workspace.apply().succeeded();
    // The first list that shows it says when it was created.
    workspace.run(&["refresh"]).succeeded();
    let world = workspace.world();
    world.remove_grant(seed::SECRET_DB_PASSWORD, ANA);
    // The service counts in seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    let kind = hwgrants::sandbox::GranteeKind::User;
    world
        .put_grant(seed::SECRET_DB_PASSWORD, ANA, kind, None)
        .unwrap();
    let destroy = ["destroy", "-input=false", "-auto-approve", "-refresh=false"];
    let mut said = String::new();
    let writes = workspace.writes_of(|| said = workspace.run(&destroy).failed());
    assert!(said.contains("re-created"), "{said}");
    assert_eq!(writes, [""; 0]);
    assert_eq!(live(&workspace).len(), 1);
}
