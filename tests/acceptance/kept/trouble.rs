//! Renames where something goes wrong with the record of the plan, or on the way.

use std::fs::{read_dir, write};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use hwgrants::distribution::mirror;
use hwgrants::sandbox::{GranteeKind, seed};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::Value;

use super::{ALIASES, grant, live, twelve, users};
use crate::harness::{PATIENCE, PLUGIN, Run, Workspace};

const ANA: &str = seed::USER_ANA;

/// How soon an apply that only waits has to be over when it is interrupted. It would wait for three seconds.
const SOON: Duration = Duration::from_millis(2_000);

/// More grants than are read one by one.
const MANY: usize = 1_000;

fn records(workspace: &Workspace) -> PathBuf {
    workspace.path().join(".terraform/hwgrants")
}

/// Where records lie if the folder of the configuration cannot be written.
fn cache(workspace: &Workspace) -> PathBuf {
    workspace.path().join(".cache/hwgrants")
}

/// Starts Terraform in a process group of its own.
fn start(workspace: &Workspace, args: &[&str]) -> Child {
    workspace
        .command(args)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads what Terraform prints until these words come.
fn wait_for(child: &mut Child, words: &str) -> String {
    let began_at = Instant::now();
    let mut said = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&said).contains(words) {
        let output = child.stdout.as_mut().unwrap();
        assert_eq!(output.read(&mut byte).unwrap(), 1, "no `{words}`");
        assert!(began_at.elapsed() < PATIENCE, "no `{words}`");
        said.push(byte[0]);
    }
    String::from_utf8(said).unwrap()
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().unwrap())
}

/// Twelve grants, whose blocks are then renamed in the configuration.
fn about_to_be_renamed(provider: &str) -> Workspace {
    let workspace = Workspace::with(twelve("old", "hwgrants.one"));
    workspace.apply().succeeded();
    workspace.write(twelve("new", provider));
    workspace
}

fn assert_all_are_there(workspace: &Workspace) {
    workspace.world().faults().clear();
    assert_eq!(live(workspace), users());
    assert_eq!(workspace.state().len(), 12);
    workspace.assert_plan_is_empty();
}

#[test]
fn renaming_without_a_writable_path_ends_with_all_twelve_grants() {
    let workspace = about_to_be_renamed("hwgrants.one");
    // Files where the folders would be: permissions do not keep the superuser out.
    for place in [records(&workspace), cache(&workspace)] {
        let _ = std::fs::remove_dir_all(&place);
        write(place, "").unwrap();
    }
    let said = workspace.apply().succeeded().words();
    assert!(said.contains("not recorded on disk"), "{said}");
    assert_all_are_there(&workspace);
}

#[test]
fn the_record_falls_back_to_the_user_cache_directory() {
    let workspace = about_to_be_renamed("hwgrants.two");
    std::fs::remove_dir_all(records(&workspace)).unwrap();
    write(records(&workspace), "").unwrap();
    let _ = std::fs::remove_dir_all(cache(&workspace));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, [""; 0]);
    assert_all_are_there(&workspace);
    assert!(read_dir(cache(&workspace)).unwrap().count() > 0);
}

#[test]
fn renaming_on_a_full_disk_ends_with_all_twelve_grants() {
    // Nothing joins the processes of two provider configurations then.
    for blocks in [0, 4, 8] {
        let workspace = about_to_be_renamed("hwgrants.one");
        // No file of the plugin's may grow beyond so many kilobytes.
        let wrapper = workspace.path().join("plugin");
        let script =
            format!("#!/bin/bash\ntrap '' XFSZ\nulimit -f {blocks}\nexec {PLUGIN} \"$@\"\n");
        write(&wrapper, script).unwrap();
        let executable = PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&wrapper, executable).unwrap();
        mirror::create(&workspace.path(), &wrapper).unwrap();
        std::fs::remove_file(workspace.path().join(".terraform.lock.hcl")).unwrap();
        workspace.run(&["init", "-input=false"]).succeeded();
        workspace.apply().succeeded();
        assert_all_are_there(&workspace);
    }
}

#[test]
fn concurrent_runs_in_one_directory_do_not_interfere() {
    let workspace = about_to_be_renamed("hwgrants.two");
    workspace.delay(Duration::from_millis(200));
    let writes = workspace.writes_of(|| {
        let apply = start(&workspace, &["apply", "-input=false", "-auto-approve"]);
        let plans = (0..3).map(|_| workspace.run(&["plan", "-input=false", "-lock=false"]));
        for plan in plans.collect::<Vec<_>>() {
            plan.succeeded();
        }
        let apply = Run::of("apply", apply.wait_with_output().unwrap());
        apply.succeeded();
    });
    assert_eq!(writes, [""; 0]);
    assert_all_are_there(&workspace);
}

#[test]
fn a_kill_between_plan_and_apply_does_not_affect_the_next_apply() {
    let workspace = about_to_be_renamed("hwgrants.two");
    let mut planned = start(&workspace, &["apply"]);
    wait_for(&mut planned, "Enter a value:");
    kill(pid(&planned), Signal::SIGKILL).unwrap();
    planned.wait().unwrap();
    // The lock of the state dies with the process.
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, [""; 0]);
    assert_all_are_there(&workspace);
    // Whose plugins Terraform has left behind end by themselves, or with their group.
    let _ = killpg(pid(&planned), Signal::SIGKILL);
}

#[test]
fn an_interrupt_while_a_delete_waits_keeps_grant_and_state() {
    let workspace = Workspace::with(format!(
        "{ALIASES}\n{}",
        grant("old", "hwgrants.one", ANA, None)
    ));
    workspace.apply().succeeded();
    // What is planned here is known in full, so that it waits only where the record is gone.
    workspace.write(ALIASES);
    let plan = ["plan", "-input=false", "-out=test.tfplan"];
    workspace.run(&plan).succeeded();
    std::fs::remove_dir_all(records(&workspace)).unwrap();
    let writes = workspace.writes_of(|| {
        let mut apply = start(&workspace, &["apply", "-input=false", "test.tfplan"]);
        wait_for(&mut apply, "Destroying...");
        std::thread::sleep(Duration::from_millis(300));
        killpg(pid(&apply), Signal::SIGINT).unwrap();
        let interrupted_at = Instant::now();
        let apply = Run::of("apply", apply.wait_with_output().unwrap());
        assert!(interrupted_at.elapsed() < SOON, "{apply}");
        assert_eq!(apply.code, Some(1), "{apply}");
    });
    assert_eq!(writes, [""; 0]);
    assert_eq!(live(&workspace).len(), 1);
    assert_eq!(workspace.state().len(), 1);
}

#[test]
fn a_thousand_grants_passing_to_other_blocks_cause_one_warning() {
    let config = |prefix: &str, count: usize| {
        format!(
            "resource \"csms_grant\" \"this\" {{\n  provider = hwgrants\n  for_each = {{ for number in range({count}) : \
             \"{prefix}-${{number}}\" => number }}\n  resource_id = \"{}\"\n  type = \"SECRET\"\n  grantee_type = \
             \"user\"\n  grantee_target_id = \"user-${{each.value}}\"\n}}\n",
            seed::SECRET_DB_PASSWORD
        )
    };
    // Terraform takes minutes to create so many, so all but the first are put where they would be.
    let workspace = Workspace::with(config("old", 1));
    workspace.apply().succeeded();
    let path = workspace.path().join("terraform.tfstate");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let instances = state["resources"][0]["instances"].as_array_mut().unwrap();
    let first = instances[0].clone();
    for number in 1..MANY {
        let user = format!("user-{number}");
        let mut instance = first.clone();
        instance["index_key"] = format!("old-{number}").into();
        let attributes = &mut instance["attributes"];
        attributes["grantee_target_id"] = user.as_str().into();
        attributes["grantee_user"] = user.as_str().into();
        let id = attributes["id"].as_str().unwrap().replace("user-0", &user);
        attributes["id"] = id.into();
        // It has the number of the first one.
        instance.as_object_mut().unwrap().remove("private");
        instance.as_object_mut().unwrap().remove("identity");
        instances.push(instance);
        workspace
            .world()
            .put_grant(seed::SECRET_DB_PASSWORD, &user, GranteeKind::User, None)
            .unwrap();
    }
    write(&path, state.to_string()).unwrap();
    workspace.write(config("old", MANY));
    workspace.assert_plan_is_empty();

    workspace.write(config("new", MANY));
    let plan = workspace.plan();
    let warnings = plan.words().matches("Warning:").count();
    assert_eq!(warnings, 1, "{plan}");
    assert!(!plan.words().contains("more similar warnings"), "{plan}");
    let plan = plan.says("Grants move to other resources");
    assert!(
        plan.stdout
            .contains(&format!("{MANY} to add, 0 to change, {MANY} to destroy")),
        "{plan}"
    );
}
