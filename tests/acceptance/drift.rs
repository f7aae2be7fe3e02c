//! `plan -refresh-only -detailed-exitcode`, as a scheduled job asks for drift.

use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Block, Workspace, in_days};

const NUMBERS: &str = "  max_retries = 4\n  guardrails {\n    max_validity_days = 90\n  }";

fn grant() -> Block {
    Block::grant("csms_grant").set("validity_time", &in_days(30))
}

#[track_caller]
fn assert_no_drift(workspace: &Workspace) {
    let refresh = workspace.plan_refresh_only();
    assert_eq!(refresh.code, Some(0), "{refresh}");
    workspace.assert_plan_is_empty();
}

#[test]
fn c51_a_refresh_after_apply_shows_no_drift() {
    // `state` is a number of the grant's; it also stands in an output.
    let output = "output \"state\" {\n  value = csms_grant.this.state\n}\n";
    let config = |grant: &Block| format!("{grant}{}{output}", Block::of("repo_kms_grant"));
    let workspace = Workspace::new();
    workspace.provider(NUMBERS);
    workspace.write(config(&grant()));
    workspace.apply().succeeded();
    assert!(workspace.attributes("csms_grant.this")["state"].is_number());
    assert_no_drift(&workspace);

    workspace.write(config(&grant().set("validity_time", &in_days(60))));
    workspace.apply().succeeded();
    assert_no_drift(&workspace);
}

#[test]
fn a_changed_expiry_and_a_revoked_grant_are_drift() {
    let workspace = Workspace::with(grant());
    workspace.apply().succeeded();
    let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
    let end = Some(in_days(60).parse().unwrap());
    let world = workspace.world();
    world
        .put_grant(secret, ana, GranteeKind::User, end)
        .unwrap();
    let refresh = workspace.plan_refresh_only();
    assert_eq!(refresh.code, Some(2), "{refresh}");
    refresh.says("validity_time");

    world.remove_grant(secret, ana);
    let refresh = workspace.plan_refresh_only();
    assert_eq!(refresh.code, Some(2), "{refresh}");
    refresh.says("csms_grant.this has been deleted");
}
