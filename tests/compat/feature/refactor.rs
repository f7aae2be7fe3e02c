//! States that are moved, let go, or come from another release.

use hwgrants::sandbox::seed;
use serde_json::Value;

use crate::client::Client;
use crate::harness::{Block, Workspace, in_days};

/// A `moved` block from a resource's long name to the short one, and back.
pub(super) fn moved(client: &Client) {
    let grant = |name| Block::grant(name).set("validity_time", &in_days(30));
    let pairs = [
        (grant("hwgrants_csms_grant"), grant("csms_grant")),
        (
            Block::of("hwgrants_repo_kms_grant"),
            Block::of("repo_kms_grant"),
        ),
    ];
    for (long, short) in pairs {
        let workspace = client.workspace(&long);
        workspace.apply().succeeded();
        for (from, to) in [(&long, &short), (&short, &long)] {
            let (from, address) = (from.address(), to.address());
            workspace.write(format!(
                "{to}moved {{\n  from = {from}\n  to   = {address}\n}}\n"
            ));
            assert_eq!(workspace.change(), "");
            let writes = workspace.writes_of(|| workspace.apply().succeeded());
            assert!(writes.is_empty(), "{writes:?}");
            let state = workspace.state();
            assert!(state.keys().eq([&address]), "{state:?}");
            workspace.write(to);
            workspace.assert_plan_is_empty();
        }
    }
}

/// A `removed` block lets a grant go without taking it back.
pub(super) fn removed(client: &Client) {
    let grant = Block::grant("csms_grant");
    let workspace = client.workspace(&grant);
    workspace.apply().succeeded();
    let address = grant.address();
    workspace.write(format!(
        "removed {{\n  from = {address}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
    ));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert!(writes.is_empty(), "{writes:?}");
    assert!(workspace.state().is_empty());
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
}

/// A state as a release without identities has written it plans empty, and the next apply changes nothing in the cloud.
pub(super) fn state_without_identity(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let delegation = Block::of("repo_kms_grant");
    let workspace = client.workspace(format!("{grant}{delegation}"));
    workspace.apply().succeeded();
    forget_identities(&workspace);
    workspace.assert_plan_is_empty();
    let writes = workspace.writes_of(|| {
        let apply = workspace.apply().succeeded();
        apply.says("0 added, 0 changed, 0 destroyed")
    });
    assert!(writes.is_empty(), "{writes:?}");
    workspace.assert_plan_is_empty();
}

/// What the oldest release has made goes on under this client: nothing to do, then a change in place.
pub(super) fn state_of_the_oldest(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let delegation = Block::of("repo_kms_grant");
    let workspace = client.workspace(format!("{grant}{delegation}"));
    let oldest = Client::oldest();
    for args in [
        &["init", "-input=false"][..],
        &["apply", "-input=false", "-auto-approve"],
    ] {
        oldest.run_in(&workspace, args).succeeded();
    }
    // OpenTofu's registry is another one, so its lock file lacks the provider.
    workspace.run(&["init", "-input=false"]).succeeded();
    let writes = workspace.writes_of(|| {
        workspace.assert_plan_is_empty();
        let apply = workspace.apply().succeeded();
        apply.says("0 added, 0 changed, 0 destroyed")
    });
    assert!(writes.is_empty(), "{writes:?}");
    let grant = grant.set("validity_time", &in_days(60));
    workspace.write(format!("{grant}{delegation}"));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, ["UpdateGrant"]);
    workspace.assert_plan_is_empty();
}

fn forget_identities(workspace: &Workspace) {
    let mut state = workspace.json(&["state", "pull"]);
    for resource in state["resources"].as_array_mut().unwrap() {
        for instance in resource["instances"].as_array_mut().unwrap() {
            let instance = instance.as_object_mut().unwrap();
            instance.retain(|name, _| !name.starts_with("identity"));
        }
    }
    let serial = state["serial"].as_u64().unwrap();
    state["serial"] = Value::from(serial + 1);
    workspace.write_file("terraform.tfstate", &state.to_string());
}
