//! Ctrl-C during an apply of many slow grants: no grant may exist that the state does not know.

use std::collections::BTreeSet;
use std::fs::{File, read, read_to_string};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use hwgrants::sandbox::{Fault, FaultAction, When, seed};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;

use crate::harness::{Block, Run, Workspace};

const GRANTS: usize = 50;

/// How long the service takes to answer after it has made a grant.
const SLOW: Duration = Duration::from_secs(3);

/// How soon an apply interrupted once has to be over. Without an interrupt it would take [`SLOW`] at least.
const SOON: Duration = Duration::from_secs(10);

/// How often an apply that is given up is begun anew because Terraform left half a file of its state.
const ATTEMPTS: usize = 10;

fn fifty() -> Workspace {
    let grants = Block::grant("csms_grant")
        .set_to("count", &GRANTS.to_string())
        .set("grantee_target_id", "user-${count.index}");
    Workspace::with(&grants)
}

/// An apply of all grants at once, interrupted when half of them are being made.
fn interrupted(workspace: &Workspace) -> Run {
    stopped(workspace, |_, _| ())
}

/// The same, interrupted again as soon as Terraform has taken note of the first time: it has not yet got the answers of the
/// grants under way.
fn given_up(workspace: &Workspace) -> Run {
    stopped(workspace, |group, output| {
        let deadline = Instant::now() + SOON;
        while !read_to_string(output)
            .unwrap()
            .contains("Interrupt received")
        {
            assert!(Instant::now() < deadline, "no word of the interrupt");
            std::thread::sleep(Duration::from_millis(1));
        }
        killpg(group, Signal::SIGINT).unwrap();
    })
}

/// An apply that is interrupted, with what is done to its process group thereafter, looking at its output.
fn stopped(workspace: &Workspace, next: impl FnOnce(Pid, &Path)) -> Run {
    let slow = FaultAction::Delay {
        delay: SLOW,
        when: When::AfterEffect,
    };
    let fault = Fault::on("CreateGrants", slow).endless();
    workspace.world().faults().add(fault);
    let output = workspace.path().join("apply.txt");
    let file = File::create(&output).unwrap();
    let mut child = workspace
        .command(&["apply", "-input=false", "-auto-approve", "-parallelism=50"])
        .process_group(0)
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap();
    workspace.wait_for_many("CreateGrants", GRANTS / 2);
    let group = Pid::from_raw(child.id().try_into().unwrap());
    killpg(group, Signal::SIGINT).unwrap();
    let interrupted_at = Instant::now();
    next(group, &output);
    let status = child.wait().unwrap();
    let took = interrupted_at.elapsed();
    let apply = Run::of(
        "apply, interrupted",
        Output {
            status,
            stdout: read(&output).unwrap(),
            stderr: Vec::new(),
        },
    );
    assert_eq!(apply.code, Some(1), "{apply}");
    assert!(took < SOON, "{took:?}: {apply}");
    apply
}

/// Whether the file of the state is whole. Terraform exits on a second interrupt even while it writes that file: what it
/// leaves then is nothing, which it reads as no state, or some pages of it, which it refuses to read ever after.
fn has_whole_state(workspace: &Workspace) -> bool {
    let state = read(workspace.path().join("terraform.tfstate")).unwrap_or_default();
    state.is_empty() || serde_json::from_slice::<Value>(&state).is_ok()
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

    let apply = interrupted(&workspace).says("Interrupt received");

    let granted = granted(&workspace);
    assert!(granted.len() >= GRANTS / 2, "{granted:?}");
    let unknown: Vec<_> = granted.difference(&known(&workspace)).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:?}: {apply}");
    all_are_made_by_the_next_apply(&workspace);
}

#[test]
fn grants_lost_by_a_second_interrupt_are_adopted_by_the_next_apply() {
    // Terraform gives up what is under way: it takes no more answers. What exists by then and is not noted yet is lost to
    // it, whatever the provider does.
    let given_up = || {
        let workspace = fifty();
        given_up(&workspace).says("Two interrupts received");
        has_whole_state(&workspace).then_some(workspace)
    };
    let workspace = (0..ATTEMPTS)
        .find_map(|_| given_up())
        .expect("a state that is whole");

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
