//! Renames of twelve grants.

use std::time::Duration;

use super::{ALIASES, SECRETS, TYPE, live, twelve, users};
use crate::harness::Workspace;

/// How the second configuration is applied.
#[derive(Clone, Copy, Debug)]
struct How {
    parallelism: usize,
    delay: Duration,
    is_saved: bool,
    loses_record: bool,
}

/// Applies one configuration and then the other; the writes of the second one.
fn apply_both(first: &str, second: &str, how: How) -> (Workspace, Vec<&'static str>) {
    let workspace = Workspace::with(first);
    workspace.apply().succeeded();
    assert_eq!(live(&workspace), users());
    workspace.write(second);
    workspace.delay(how.delay);
    let parallelism = format!("-parallelism={}", how.parallelism);
    let writes = workspace.writes_of(|| {
        if how.is_saved {
            let plan = ["plan", "-input=false", "-out=test.tfplan", &parallelism];
            workspace.run(&plan).succeeded();
            if how.loses_record {
                std::fs::remove_dir_all(workspace.path().join(".terraform/hwgrants")).unwrap();
            }
            let apply = ["apply", "-input=false", &parallelism, "test.tfplan"];
            workspace.run(&apply).succeeded();
        } else {
            let apply = ["apply", "-input=false", "-auto-approve", &parallelism];
            workspace.run(&apply).succeeded();
        }
    });
    workspace.world().faults().clear();
    (workspace, writes)
}

fn rename(from: &str, to: &str, how: How) {
    let (workspace, writes) = apply_both(&twelve("old", from), &twelve("new", to), how);
    assert_eq!(writes, [""; 0], "{from} to {to}: {how:?}");
    assert_eq!(live(&workspace), users(), "{from} to {to}: {how:?}");
    assert_eq!(workspace.state().len(), 12);
    workspace.assert_plan_is_empty();
}

fn each(parallelism: usize, delay: u64) {
    for is_saved in [false, true] {
        for to in ["hwgrants.one", "hwgrants.two"] {
            let how = How {
                parallelism,
                delay: Duration::from_millis(delay),
                is_saved,
                loses_record: false,
            };
            rename("hwgrants.one", to, how);
        }
    }
}

#[test]
fn renaming_twelve_blocks_sends_no_writes_at_parallelism_one() {
    for delay in [0, 50] {
        each(1, delay);
    }
}

#[test]
fn renaming_twelve_blocks_sends_no_writes_at_parallelism_ten() {
    for delay in [0, 50, 300] {
        each(10, delay);
    }
}

#[test]
fn renaming_twelve_blocks_sends_no_writes_in_twenty_runs() {
    for number in 0..20 {
        let how = How {
            parallelism: 10,
            delay: Duration::from_millis(200),
            is_saved: number % 2 == 1,
            loses_record: false,
        };
        let to = ["hwgrants.one", "hwgrants.two"][number / 2 % 2];
        rename("hwgrants.one", to, how);
    }
}

#[test]
fn renaming_without_the_plan_record_ends_with_all_twelve_grants() {
    for parallelism in [1, 10] {
        for to in ["hwgrants.one", "hwgrants.two"] {
            let how = How {
                parallelism,
                delay: Duration::from_millis(50),
                is_saved: true,
                loses_record: true,
            };
            let (workspace, _) =
                apply_both(&twelve("old", "hwgrants.one"), &twelve("new", to), how);
            assert_eq!(live(&workspace), users(), "{to}: {how:?}");
            assert_eq!(workspace.state().len(), 12);
            workspace.assert_plan_is_empty();
        }
    }
}

/// Grants of the users from this one on, by `count`.
fn counted(from: usize) -> String {
    format!(
        "{ALIASES}\nlocals {{\n  users = [for number in range({from}, 12) : number]\n}}\n\nresource \"{TYPE}\" \"this\" {{\n  \
         provider = hwgrants.one\n  count = length(local.users)\n  resource_id = {SECRETS:?}[local.users[count.index] % 3]\n  \
         type = \"SECRET\"\n  grantee_type = \"user\"\n  grantee_target_id = \"user-${{local.users[count.index]}}\"\n}}\n"
    )
}

#[test]
fn a_count_that_is_shifted_by_one_revokes_one_grant() {
    for parallelism in [1, 10] {
        for (delay, is_saved) in [(0, false), (300, true)] {
            let how = How {
                parallelism,
                delay: Duration::from_millis(delay),
                is_saved,
                loses_record: false,
            };
            let (workspace, writes) = apply_both(&counted(0), &counted(1), how);
            assert_eq!(writes, ["DeleteGrant"], "{how:?}");
            let mut users = users();
            users.remove("user-0");
            assert_eq!(live(&workspace), users);
            workspace.assert_plan_is_empty();
        }
    }
}
