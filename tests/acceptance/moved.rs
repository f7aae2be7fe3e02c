//! A resource that takes its state along to its other name.

use serde_json::Value;

use crate::harness::{Block, Workspace, in_days};

/// A block and the same under the resource's other name.
fn pairs() -> [(Block, Block); 2] {
    let grant = |type_name| {
        Block::grant(type_name)
            .set("grantee_type", "0")
            .set("validity_time", &in_days(30))
            .set("reason", "on call")
            .inside("timeouts {\n    create = \"2m\"\n  }")
    };
    let delegation = |type_name| Block::of(type_name).set("reason", "encryption");
    [
        (grant("hwgrants_csms_grant"), grant("csms_grant")),
        (
            delegation("hwgrants_repo_kms_grant"),
            delegation("repo_kms_grant"),
        ),
    ]
}

fn moved(from: &Block, to: &Block) -> String {
    let (from, to) = (from.address(), to.address());
    format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")
}

/// What the state file keeps of the only object, but for the schema's own data.
fn stored(workspace: &Workspace) -> [Value; 3] {
    let mut state = workspace.json(&["state", "pull"]);
    let instance = &mut state["resources"][0]["instances"][0];
    ["attributes", "private", "identity"].map(|name| instance[name].take())
}

#[test]
fn c95_a_moved_block_switches_between_type_names_without_changes() {
    for (long, short) in pairs() {
        let workspace = Workspace::with(&long);
        workspace.apply().succeeded();
        workspace.assert_plan_is_empty();
        let before = stored(&workspace);
        for (from, to) in [(&long, &short), (&short, &long)] {
            workspace.write(format!("{to}{}", moved(from, to)));
            let words = format!("{} has moved to {}", from.address(), to.address());
            assert_eq!(workspace.change(), "", "{words}");
            let writes = workspace.writes_of(|| {
                let apply = workspace.apply().succeeded();
                apply.says(&words).says("0 added, 0 changed, 0 destroyed")
            });
            assert!(writes.is_empty(), "{writes:?}");
            assert_eq!(stored(&workspace), before);
            let state = workspace.state();
            assert!(state.keys().eq([&to.address()]), "{state:?}");
            workspace.write(to);
            workspace.assert_plan_is_empty();
        }
        workspace.destroy().succeeded();
    }
}

#[test]
fn c95_moving_another_resource_type_fails_and_keeps_its_state() {
    let delegation = Block::of("repo_kms_grant");
    let grant = Block::grant("csms_grant");
    let workspace = Workspace::with(&delegation);
    workspace.apply().succeeded();
    workspace.write(format!("{grant}{}", moved(&delegation, &grant)));
    let said = workspace.plan().failed();
    assert!(said.contains("Unable to move resource state"), "{said}");
    assert!(said.contains("to `csms_grant` (provider"), "{said}");
    assert!(workspace.state().contains_key(&delegation.address()));
}
