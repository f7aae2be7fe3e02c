//! Terraform killed in the middle of an apply: what it has started ends, too.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use hwgrants::sandbox::{Fault, FaultAction, RetryAfter, When, seed};
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use crate::harness::{Block, Workspace};

/// How soon the plugins of a Terraform that was killed have to be gone.
const END_LIMIT: Duration = Duration::from_secs(10);

/// How long the cloud takes for an answer: it comes after the kill, and before the plugin has to end.
const DELAY: Duration = Duration::from_secs(2);

/// The plugins that run from a workspace's mirror.
fn plugins(workspace: &Workspace) -> Vec<PathBuf> {
    let folder = workspace.path();
    let mut system = System::new().unwrap();
    let what = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
    let programs = system
        .processes()
        .values()
        .filter_map(|process| process.exe());
    let own = programs.filter(|program| program.starts_with(&folder));
    own.map(PathBuf::from).collect()
}

/// Kills Terraform as soon as a create has been sent, and waits until its plugin has ended.
fn kill_while_creating(workspace: &Workspace) {
    let mut terraform = workspace
        .command(&["apply", "-input=false", "-auto-approve"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    workspace.wait_for("CreateGrants");
    assert!(!plugins(workspace).is_empty());
    // SIGKILL: Terraform cannot end what it has started.
    terraform.kill().unwrap();
    terraform.wait().unwrap();
    wait_until_plugins_end(workspace);
}

/// Waits until the plugins of a Terraform that was just killed are gone.
pub(crate) fn wait_until_plugins_end(workspace: &Workspace) {
    let killed_at = Instant::now();
    while !plugins(workspace).is_empty() {
        assert!(killed_at.elapsed() < END_LIMIT, "{:?}", plugins(workspace));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn after_a_kill_the_plugin_reads_the_create_back_and_exits() {
    let workspace = Workspace::with(Block::grant("csms_grant"));
    let slow = FaultAction::Delay {
        delay: DELAY,
        when: When::AfterEffect,
    };
    workspace
        .world()
        .faults()
        .add(Fault::on("CreateGrants", slow));
    kill_while_creating(&workspace);
    // That nothing temporary is left, the workspace checks at its end.
    let requests = workspace.world().requests();
    let sent = requests
        .iter()
        .position(|request| request.operation == Some("CreateGrants"))
        .unwrap();
    let mut afterwards = requests[sent..].iter();
    assert!(afterwards.any(|request| request.operation == Some("ListGrants")));
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
}

#[test]
fn a_killed_terraform_run_does_not_retry_a_throttled_create() {
    let workspace = Workspace::with(Block::grant("csms_grant"));
    // Long enough for the plugin to see that Terraform is gone, and for it to live on if it does not.
    let retry_after = RetryAfter::Seconds(3);
    let throttled = FaultAction::Throttle {
        limit: 200,
        window: "1 minute".to_owned(),
        retry_after: Some(retry_after),
    };
    workspace
        .world()
        .faults()
        .add(Fault::on("CreateGrants", throttled));
    kill_while_creating(&workspace);
    let requests = workspace.world().requests();
    let creates = requests
        .iter()
        .filter(|request| request.operation == Some("CreateGrants"));
    assert_eq!(creates.count(), 1);
    assert!(
        workspace
            .world()
            .grants(seed::SECRET_DB_PASSWORD)
            .is_empty()
    );
}
