//! Ctrl-C during an apply of many slow grants: no grant may exist that the state does not know.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use hwgrants::sandbox::{Action, Fault, When, seed};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;

use crate::harness::{Block, Run, Workspace};

const GRANTS: usize = 50;

/// How long the service takes to answer after it has made a grant.
const SLOW: Duration = Duration::from_secs(3);

/// How soon an apply interrupted once has to be over. Without an interrupt it would take [`SLOW`] at least.
const SOON: Duration = Duration::from_secs(10);

/// So soon after the first interrupt Terraform has not yet got the answers of the grants under way.
const AT_ONCE: Duration = Duration::from_millis(20);

fn fifty() -> Workspace {
    let grants = Block::grant("csms_grant")
        .set_to("count", &GRANTS.to_string())
        .set("grantee_target_id", "user-${count.index}");
    Workspace::with(&grants)
}

/// An apply of all grants at once, interrupted when half of them are being made, and again after these pauses.
fn interrupted(workspace: &Workspace, pauses: &[Duration]) -> Run {
    let slow = Action::Delay {
        delay: SLOW,
        when: When::AfterEffect,
    };
    let fault = Fault::on("CreateGrants", slow).endless();
    workspace.world().faults().add(fault);
    let child = workspace
        .command(&["apply", "-input=false", "-auto-approve", "-parallelism=50"])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    workspace.wait_for_many("CreateGrants", GRANTS / 2);
    let group = Pid::from_raw(child.id().try_into().unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    let interrupted_at = Instant::now();
    for pause in pauses {
        std::thread::sleep(*pause);
        killpg(group, Signal::SIGINT).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let took = interrupted_at.elapsed();
    let apply = Run::of("apply, interrupted", output);
    assert_eq!(apply.code, Some(1), "{apply}");
    assert!(took < SOON, "{took:?}: {apply}");
    apply
}

/// The grantees of the grants that exist.
fn granted(workspace: &Workspace) -> BTreeSet<String> {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    grants.keys().map(ToString::to_string).collect()
}

/// The grantees of the grants in the state.
fn known(workspace: &Workspace) -> BTreeSet<String> {
    let state = workspace.state();
    let grantee = |grant: &Value| {
        grant["values"]["grantee_target_id"]
            .as_str()
            .map(str::to_owned)
    };
    state.values().filter_map(grantee).collect()
}

#[test]
fn c33_c114_every_grant_that_exists_is_in_the_state_after_an_interrupt() {
    let workspace = fifty();

    let apply = interrupted(&workspace, &[]).says("Interrupt received");

    let granted = granted(&workspace);
    assert!(granted.len() >= GRANTS / 2, "{granted:?}");
    let unknown: Vec<_> = granted.difference(&known(&workspace)).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:?}: {apply}");
    all_are_made_by_the_next_apply(&workspace);
}

#[test]
fn what_a_second_interrupt_at_once_keeps_out_of_the_state_is_adopted_by_the_next_apply() {
    let workspace = fifty();

    // Terraform gives up what is under way: it takes no more answers. What exists by then and is not noted yet is lost to
    // it, whatever the provider does.
    interrupted(&workspace, &[AT_ONCE]).says("Two interrupts received");

    let granted = granted(&workspace);
    assert!(granted.len() >= GRANTS / 2);
    let lost: BTreeSet<_> = granted.difference(&known(&workspace)).cloned().collect();
    all_are_made_by_the_next_apply(&workspace);
    // What was noted in doubt is replaced, what was lost is adopted.
    let requests = workspace.world().requests();
    let deletes = requests.iter().filter(|request| request.method == "DELETE");
    let taken_back: Vec<_> = deletes
        .filter_map(|request| request.query.as_deref())
        .flat_map(|query| url::form_urlencoded::parse(query.as_bytes()))
        .filter(|(name, grantee)| name == "grantee_user" && lost.contains(grantee.as_ref()))
        .collect();
    assert!(taken_back.is_empty(), "{taken_back:?}");
}

fn all_are_made_by_the_next_apply(workspace: &Workspace) {
    workspace.world().faults().clear();
    workspace.apply().succeeded();
    assert_eq!(granted(workspace).len(), GRANTS);
    assert_eq!(known(workspace), granted(workspace));
    workspace.assert_plan_is_empty();
}
