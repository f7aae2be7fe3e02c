//! Terraform interrupted, and a plugin that Terraform did not start.

use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use hwgrants::sandbox::{Fault, FaultAction, When, seed};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::harness::{Block, Debugged, PATIENCE, Run, Workspace, in_days};

/// How soon an interrupted apply has to be over.
const SOON: Duration = Duration::from_secs(15);

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap())
}

/// Interrupts an apply once the cloud has the create, as Ctrl-C does: Terraform and all it has started.
fn interrupt_create(workspace: &Workspace, operation: &str) -> Run {
    let (run, took) = interrupted(workspace, operation);
    assert!(took < SOON, "{took:?}: {run}");
    run
}

/// The same, and how long the apply went on.
fn interrupted(workspace: &Workspace, operation: &str) -> (Run, Duration) {
    interrupted_after(workspace, || workspace.wait_for(operation))
}

/// Interrupts an apply when `wait` is over; how long it went on.
pub(crate) fn interrupted_after(workspace: &Workspace, wait: impl FnOnce()) -> (Run, Duration) {
    let child = workspace
        .command(&["apply", "-input=false", "-auto-approve"])
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait();
    killpg(pid(&child), Signal::SIGINT).unwrap();
    let interrupted_at = Instant::now();
    let output = child.wait_with_output().unwrap();
    let took = interrupted_at.elapsed();
    (Run::of("apply, interrupted", output), took)
}

#[test]
fn c33_an_interrupted_retry_wait_stops_immediately_and_keeps_the_state() {
    let waiting = Block::grant("csms_grant").set_to("depends_on", "[repo_kms_grant.this]");
    let workspace = Workspace::with(format!("{}{waiting}", Block::of("repo_kms_grant")));
    let throttled = Fault::on("CreateGrants", FaultAction::throttle("1 minute"));
    workspace.world().faults().add(throttled.endless());

    let (apply, took) = interrupted(&workspace, "CreateGrants");

    assert_eq!(apply.code, Some(1), "{apply}");
    // A twelfth of the wait that it was in, with time for Terraform to tidy up on a busy machine.
    assert!(took < Duration::from_secs(5), "{took:?}: {apply}");
    let state = workspace.state();
    assert_eq!(state.keys().collect::<Vec<_>>(), ["repo_kms_grant.this"]);
    assert_ne!(state["repo_kms_grant.this"]["tainted"], true);
    assert!(
        workspace
            .world()
            .grants(seed::SECRET_DB_PASSWORD)
            .is_empty()
    );
}

#[test]
fn c33_an_interrupted_grant_create_stops_soon_and_is_kept_in_state() {
    let workspace = Workspace::with(Block::grant("csms_grant"));
    let slow = FaultAction::Delay {
        delay: PATIENCE * 2,
        when: When::AfterEffect,
    };
    let fault = Fault::on("CreateGrants", slow);
    workspace.world().faults().add(fault);
    let apply = interrupt_create(&workspace, "CreateGrants");
    assert_eq!(apply.code, Some(1), "{apply}");
    let apply = apply.says("Interrupt received");
    let state = workspace.state();
    assert_eq!(state["csms_grant.this"]["tainted"], true, "{apply}");

    workspace.apply().succeeded();
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
    workspace.assert_plan_is_empty();
}

#[test]
fn c33_an_interrupted_delegation_create_stops_soon_and_is_kept_in_state() {
    let workspace = Workspace::with(Block::of("repo_kms_grant"));
    let slow = FaultAction::Delay {
        delay: PATIENCE * 2,
        when: When::AfterEffect,
    };
    let fault = Fault::on("CreateTenantKmsGrant", slow);
    workspace.world().faults().add(fault);
    let apply = interrupt_create(&workspace, "CreateTenantKmsGrant");
    assert_eq!(apply.code, Some(1), "{apply}");
    assert_eq!(
        workspace.state()["repo_kms_grant.this"]["tainted"],
        true,
        "{apply}"
    );
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
}

#[test]
fn c30_an_interrupted_create_is_recorded_in_state() {
    // Quick enough to be answered before Terraform asks the plugin to stop, or not: the state tells the truth either way.
    let workspace = Workspace::with(Block::grant("csms_grant").set("validity_time", &in_days(9)));
    let apply = interrupt_create(&workspace, "CreateGrants");
    assert_eq!(workspace.state().len(), 1, "{apply}");
    workspace.apply().succeeded();
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
    workspace.assert_plan_is_empty();
}

#[test]
fn c38_c39_one_plugin_in_debug_mode_serves_many_runs_and_settings() {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let mut workspace = Workspace::with(&grant);
    let mut plugin = Debugged::start(&workspace);
    workspace.set("TF_REATTACH_PROVIDERS", plugin.reattach());

    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    // C39: the settings of the run hold, not those of an earlier one.
    workspace.provider("token = \"made-up\"");
    let said = workspace.plan().failed();
    assert!(said.contains("Authentication failed"), "{said}");
    workspace.provider("");
    workspace.write(grant.set("validity_time", &in_days(60)));
    assert_eq!(workspace.change(), "update");
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
    assert!(plugin.is_running());
}

#[test]
fn c39_two_provider_configurations_do_not_mix_in_one_plugin_in_debug_mode() {
    let elsewhere = "cn-south-1";
    let alias =
        format!("provider \"hwgrants\" {{\n  alias  = \"other\"\n  region = {elsewhere:?}\n}}\n");
    let here = Block::grant("csms_grant");
    let there = Block::grant("hwgrants_csms_grant")
        .of_provider(Some("hwgrants.other"))
        .set("resource_id", seed::SECRET_API_KEY);
    let mut workspace = Workspace::with(format!("{alias}{here}{there}"));
    let plugin = Debugged::start(&workspace);
    workspace.set("TF_REATTACH_PROVIDERS", plugin.reattach());
    for _ in 0..2 {
        workspace.apply().succeeded();
        let region = |address| workspace.attributes(address)["region"].clone();
        assert_eq!(region("csms_grant.this"), seed::REGION);
        assert_eq!(region("hwgrants_csms_grant.this"), elsewhere);
    }
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();
}

#[test]
fn a_missing_socket_directory_is_named_and_a_missing_tmpdir_is_harmless() {
    let mut workspace = Workspace::with(Block::grant("csms_grant"));
    workspace.set("PLUGIN_UNIX_SOCKET_DIR", "/nowhere/at/all");
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(1), "{plan}");
    plan.says("`/nowhere/at/all`");
    workspace.unset("PLUGIN_UNIX_SOCKET_DIR");

    workspace.set("TMPDIR", "/nowhere/at/all");
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(2), "{plan}");
}
