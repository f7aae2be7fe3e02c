//! Nothing is concluded without a definite answer: what real Terraform reports and stores when answers prove nothing.

mod answer;
mod expiry;
mod list;
mod update;
mod version;

use std::process::Command;

use hwgrants::sandbox::{Fault, FaultAction, seed};

use crate::harness::{Block, Run, Workspace};

const TYPE: &str = "csms_grant";
const ADDRESS: &str = "csms_grant.this";

/// The grant of [`Block::grant`], whose operations end after a few seconds.
fn impatient() -> Block {
    Block::grant(TYPE).inside(
        "timeouts {\n    create = \"4s\"\n    read   = \"4s\"\n    update = \"4s\"\n    delete = \"4s\"\n  }",
    )
}

/// A workspace with this block, applied, whose provider repeats nothing.
fn applied(block: &Block) -> Workspace {
    let workspace = Workspace::new();
    workspace.provider("  max_retries = 0");
    workspace.write(block);
    workspace.apply().succeeded();
    workspace
}

/// When the grant of [`Block::grant`] expires in the cloud; none if there is no such grant.
fn live_expiry(workspace: &Workspace) -> Option<Option<String>> {
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    let found = grants
        .into_iter()
        .find(|(grantee, _)| grantee.as_str() == seed::USER_ANA);
    let (_, grant) = found?;
    Some(grant.validity_date.map(|date| date.to_string()))
}

/// Lets every request of an operation meet this fault.
fn fail(workspace: &Workspace, operation: &str, action: FaultAction) {
    let fault = Fault::on(operation, action).endless();
    workspace.world().faults().add(fault);
}

/// `hwgrants audit --fail-on any` on the state of a workspace.
fn audit(workspace: &Workspace) -> Run {
    let state = workspace.run(&["show", "-json"]).succeeded().stdout;
    workspace.write_file("state.json", &state);
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    workspace.prepare(&mut command);
    command.args(["audit", "state.json", "--fail-on", "any"]);
    let output = command.current_dir(workspace.path()).output().unwrap();
    Run::of("(hwgrants audit)", output)
}
