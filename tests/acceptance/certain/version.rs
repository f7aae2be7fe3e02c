//! What version 0.1.0 has stored still works: its states with their private data, and its saved plans.
//!
//! `tests/data/version-0.1.0` was written by that version under Terraform 1.15.5: a state with grants of a user, a group and
//! an account, and a saved plan that removes an expiry (then a replacement), sets one, deletes one grant and creates another.

use std::path::Path;

use hwgrants::cli::terraform::Release;
use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Debugged, Workspace};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/version-0.1.0");

/// A workspace with the files, in a cloud that holds what they say.
fn workspace() -> Workspace {
    // The one that wrote the files: another one refuses a saved plan.
    let workspace = Workspace::on(Release::LATEST);
    for name in ["main.tf", "terraform.tfstate", "saved.tfplan"] {
        std::fs::copy(Path::new(FOLDER).join(name), workspace.path().join(name)).unwrap();
    }
    std::fs::remove_file(workspace.path().join("provider.tf")).unwrap();
    let world = workspace.world();
    for (secret, grantee, kind, end) in [
        (
            seed::SECRET_DB_PASSWORD,
            seed::USER_ANA,
            GranteeKind::User,
            Some("2090-01-31"),
        ),
        (
            seed::SECRET_DB_PASSWORD,
            seed::GROUP_ONCALL,
            GranteeKind::Group,
            None,
        ),
        (
            seed::SECRET_API_KEY,
            seed::USER_ANA,
            GranteeKind::User,
            None,
        ),
    ] {
        let end = end.map(|end| end.parse().unwrap());
        world.put_grant(secret, grantee, kind, end).unwrap();
    }
    world.set_delegation(seed::ACCOUNT_ID, true);
    workspace
}

/// Who may use a secret, and until when.
fn granted(workspace: &Workspace, secret: &str) -> Vec<(String, Option<String>)> {
    let grants = workspace.world().grants(secret);
    let shown = grants.into_iter().map(|(grantee, grant)| {
        let end = grant.validity_date.map(|date| date.to_string());
        (grantee.to_string(), end)
    });
    shown.collect()
}

#[track_caller]
fn assert_second_step(workspace: &Workspace) {
    let mut expected = [
        (seed::USER_ANA.to_owned(), None),
        (seed::GROUP_ONCALL.to_owned(), Some("2090-06-30".to_owned())),
    ];
    expected.sort();
    let mut found = granted(workspace, seed::SECRET_DB_PASSWORD);
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(
        granted(workspace, seed::SECRET_API_KEY),
        [(seed::USER_BEN.to_owned(), Some("2090-01-31".to_owned()))]
    );
    let plan = workspace.run(&["plan", "-input=false", "-detailed-exitcode", "-var=step=2"]);
    assert_eq!(plan.code, Some(0), "{plan}");
}

#[test]
fn a_state_from_0_1_0_plans_no_change_and_can_be_updated_and_destroyed() {
    let workspace = workspace();
    workspace.assert_plan_is_empty();
    let apply = workspace.run(&["apply", "-input=false", "-auto-approve", "-var=step=2"]);
    apply.succeeded();
    assert_second_step(&workspace);
    workspace
        .run(&["destroy", "-input=false", "-auto-approve", "-var=step=2"])
        .succeeded();
    assert!(granted(&workspace, seed::SECRET_DB_PASSWORD).is_empty());
    assert!(granted(&workspace, seed::SECRET_API_KEY).is_empty());
}

#[test]
fn a_plan_saved_by_0_1_0_can_be_applied() {
    let mut workspace = workspace();
    // A plan names the packages of its providers; this one was made with a provider of no package.
    std::fs::remove_file(workspace.path().join(".terraform.lock.hcl")).unwrap();
    let plugin = Debugged::start(&workspace);
    workspace.set("TF_REATTACH_PROVIDERS", plugin.reattach());
    workspace
        .run(&["apply", "-input=false", "saved.tfplan"])
        .succeeded();
    assert_second_step(&workspace);
}
