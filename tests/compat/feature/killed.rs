//! An apply whose process is killed, as by `kill -9`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use hwgrants::sandbox::{Fault, FaultAction, When, seed};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::client::Client;
use crate::harness::{Block, PATIENCE, Workspace};

use super::tool::hwgrants;

/// A grant exists, and the process is killed while it waits for the response about a delegation.
fn killed(client: &Client) -> (Workspace, Block) {
    let delegation = Block::of("repo_kms_grant").set_to("depends_on", "[csms_grant.this]");
    let workspace = client.workspace(format!("{}{delegation}", Block::grant("csms_grant")));
    let slow = FaultAction::Delay {
        delay: PATIENCE * 2,
        when: When::AfterEffect,
    };
    let fault = Fault::on("CreateTenantKmsGrant", slow);
    workspace.world().faults().add(fault);
    let mut child = workspace
        .command(&["apply", "-input=false", "-auto-approve"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    workspace.wait_for("CreateTenantKmsGrant");
    kill(
        Pid::from_raw(child.id().try_into().unwrap()),
        Signal::SIGKILL,
    )
    .unwrap();
    child.wait().unwrap();
    assert_plugin_exits(&workspace);
    (workspace, delegation)
}

/// Waits until the plugin has removed its socket.
fn assert_plugin_exits(workspace: &Workspace) {
    let deadline = Instant::now() + PATIENCE;
    let temporary = workspace.path().join("tmp");
    while std::fs::read_dir(&temporary).unwrap().next().is_some() {
        assert!(Instant::now() < deadline, "the plugin does not exit");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The same apply continues: the grant is kept or adopted, and nothing is left that no state contains.
pub(super) fn recovers(client: &Client) {
    let (workspace, _) = killed(client);
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    let is_of_grant = |operation: &&str| *operation != "CreateTenantKmsGrant";
    assert!(!writes.iter().any(is_of_grant), "{writes:?}");
    workspace.assert_plan_is_empty();
    let state = workspace.run(&["show", "-json"]).succeeded().stdout;
    workspace.write_file("state.json", &state);
    hwgrants(&workspace, &["audit", "state.json", "--fail-on", "any"]).succeeded();
}

/// The state lacks the grant, because it is written every 20 seconds. If the grant's block is gone, only the audit finds it.
pub(super) fn state_lacks_grant(client: &Client) {
    let (workspace, delegation) = killed(client);
    let state: Vec<_> = workspace.state().into_keys().collect();
    assert_eq!(state, [""; 0], "the state has the grant");
    workspace.write(delegation.unset("depends_on"));
    workspace.apply().succeeded();
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    assert_eq!(grants.len(), 1);
    let state = workspace.run(&["show", "-json"]).succeeded().stdout;
    workspace.write_file("state.json", &state);
    let audit = hwgrants(&workspace, &["audit", "state.json", "--fail-on", "any"]);
    assert_eq!(audit.code, Some(2), "{audit}");
    assert!(audit.stdout.contains("Ana Ruiz"), "{audit}");
}
