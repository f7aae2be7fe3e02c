//! Lists that show what was there a while ago.

use std::time::Duration;

use hwgrants::sandbox::{Fault, FaultAction, seed};

use super::{ADDRESS, TYPE, ana_until, assert_only_ana, granted, of_operation};
use crate::harness::{Block, Run, Workspace, in_days, wait_until};
use crate::process::interrupted_after;

/// What Terraform says when a provider forgets what it has just made.
const FORGOTTEN: &str = "root object was present, but now absent";

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_mins(10);

/// Lists that are so far behind, until the faults are cleared.
fn lag(workspace: &Workspace, span: Duration) {
    let fault = Fault::on("ListGrants", FaultAction::lag_for(span));
    workspace.world().faults().add(fault.endless());
}

#[track_caller]
fn is_green(run: Run) {
    let words = run.succeeded().words();
    assert!(!words.contains(FORGOTTEN), "{words}");
}

#[test]
fn every_change_succeeds_while_lists_lag_by_five_seconds() {
    let workspace = Workspace::with(ana_until(&in_days(30)));
    lag(&workspace, Duration::from_secs(5));

    is_green(workspace.apply());
    assert_only_ana(&workspace, &in_days(30));

    workspace.write(ana_until(&in_days(60)));
    assert_eq!(workspace.change(), "update");
    is_green(workspace.apply());
    assert_only_ana(&workspace, &in_days(60));

    workspace.write(Block::grant(TYPE));
    assert_eq!(workspace.change(), "update");
    is_green(workspace.apply());
    let without_end = [(seed::USER_ANA.to_owned(), None)].into();
    assert_eq!(
        granted(workspace.world(), seed::SECRET_DB_PASSWORD),
        without_end
    );
    workspace.assert_plan_is_empty();

    is_green(workspace.destroy());
    assert!(workspace.state().is_empty());
    assert!(granted(workspace.world(), seed::SECRET_DB_PASSWORD).is_empty());
    let requests = workspace.world().requests();
    assert_eq!(of_operation(&requests, "CreateGrants").len(), 2);
    assert_eq!(of_operation(&requests, "DeleteGrant").len(), 2);
}

#[test]
fn lag_beyond_the_timeout_is_reported_and_the_next_apply_recovers() {
    let grant = ana_until(&in_days(30)).inside("timeouts {\n    create = \"5s\"\n  }");
    let workspace = Workspace::with(&grant);
    lag(&workspace, FOR_EVER);

    let said = workspace.apply().failed();
    assert!(said.contains("The list may be out of date"), "{said}");
    assert!(!said.contains(FORGOTTEN), "{said}");
    assert!(workspace.state().contains_key(ADDRESS));
    let made = granted(workspace.world(), seed::SECRET_DB_PASSWORD);
    assert_eq!(made.len(), 1, "{made:?}");

    workspace.world().faults().clear();
    is_green(workspace.apply());
    assert_only_ana(&workspace, &in_days(30));
}

#[test]
fn an_interrupted_wait_for_a_lagging_list_keeps_the_grant_in_state() {
    let workspace = Workspace::with(ana_until(&in_days(30)));
    lag(&workspace, FOR_EVER);
    let is_looking = || {
        wait_until(workspace.world(), "look after the create", |requests| {
            let operations = requests.iter().map(|request| request.operation);
            let mut since = operations.skip_while(|each| *each != Some("CreateGrants"));
            since.any(|each| each == Some("ListGrants"))
        });
    };

    let (apply, took) = interrupted_after(&workspace, is_looking);

    assert_eq!(apply.code, Some(1), "{apply}");
    let apply = apply.says("Interrupt received");
    // Time for Terraform to tidy up on a busy machine; the look would go on for minutes.
    assert!(took < Duration::from_secs(5), "{took:?}: {apply}");
    assert!(workspace.state().contains_key(ADDRESS), "{apply}");
    workspace.world().faults().clear();
    is_green(workspace.apply());
    assert_only_ana(&workspace, &in_days(30));
}
