//! What newcomers are shown works: the demo, and every example.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use hwgrants::cli::terraform::Release;
use hwgrants::sandbox::{GranteeKind, seed};

use crate::harness::{Run, Workspace};

/// Runs the demo into an empty folder.
fn demo(change: impl FnOnce(&mut Command)) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    command
        .args(["demo", "--dir"])
        .arg(folder.path().join("demo"));
    change(&mut command);
    Run::of("(in the demo)", command.output().unwrap())
}

fn assert_both_grants_were_made(demo: Run) {
    let demo = demo.succeeded().says("Apply complete! Resources: 3 added");
    let demo = demo.says("csms_grant.ana: Creation complete");
    let demo = demo.says("repo_kms_grant.this: Creation complete");
    demo.says("No changes. Your infrastructure matches the configuration.");
}

#[test]
fn the_demo_creates_both_grants() {
    assert_both_grants_were_made(demo(|_| {}));
}

#[test]
fn the_demo_creates_both_grants_without_terraform_installed() {
    // Python alone is on this `PATH`, by a word that leads to the real one.
    let asked = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable, end='')"])
        .output()
        .unwrap();
    let python = String::from_utf8(asked.stdout).unwrap();
    let programs = tempfile::tempdir().unwrap();
    let word = programs.path().join("python3");
    std::fs::write(&word, format!("#!/bin/sh\nexec '{python}' \"$@\"\n")).unwrap();
    std::fs::set_permissions(&word, Permissions::from_mode(0o755)).unwrap();
    let demo = demo(|command| {
        command
            .env_remove("TERRAFORM_CLI_PATH")
            .env("PATH", programs.path());
    });
    assert_both_grants_were_made(demo.says("Terraform v1.15"));
}

/// The folders of `examples/{kind}`.
fn examples(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("examples").join(kind);
    let mut examples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    examples.sort();
    assert!(examples.len() >= 2, "{examples:?}");
    examples
}

/// A workspace with an example, behind the provider block of the examples.
fn workspace_of(example: &Path, file: &str) -> Workspace {
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let workspace = Workspace::with(read(example.join(file)));
    let provider = example.join("../../provider/provider.tf");
    workspace.write_file("provider.tf", &read(provider));
    workspace
}

#[test]
fn every_example_of_a_resource_applies_and_is_formatted() {
    for example in examples("resources") {
        let workspace = workspace_of(&example, "resource.tf");
        assert_applies_and_is_formatted(&workspace);
    }
}

#[test]
fn every_example_of_a_data_source_applies_and_is_formatted() {
    for example in examples("data-sources") {
        let workspace = workspace_of(&example, "data-source.tf");
        let text = std::fs::read_to_string(example.join("data-source.tf")).unwrap();
        let writes = workspace.writes_of(|| assert_applies_and_is_formatted(&workspace));
        // Only a resource in the example writes.
        let expected = usize::from(text.contains("\nresource \""));
        assert_eq!(writes.len(), expected, "{example:?} {writes:?}");
    }
}

#[test]
fn every_example_of_a_list_resource_finds_something_and_is_formatted() {
    for example in examples("list-resources") {
        let workspace = Workspace::on(Release::LATEST);
        let world = workspace.world();
        world.set_delegation(seed::ACCOUNT_ID, true);
        let (secret, ana) = (seed::SECRET_DB_PASSWORD, seed::USER_ANA);
        let put = world.put_grant(secret, ana, GranteeKind::User, None);
        put.unwrap();
        let file = "list-resource.tfquery.hcl";
        let text = std::fs::read_to_string(example.join(file)).unwrap();
        let count = text.matches("\nlist \"").count();
        workspace.write_file(file, &text);
        workspace.run(&["fmt", "-check", "-diff", file]).succeeded();
        let query = workspace.run(&["query"]).succeeded();
        let type_name = example.file_name().unwrap().to_str().unwrap();
        let found = query.stdout.matches(&format!("list.{type_name}.")).count();
        assert_eq!(found, count, "{query}");
    }
}

fn assert_applies_and_is_formatted(workspace: &Workspace) {
    for file in ["main.tf", "provider.tf"] {
        workspace.run(&["fmt", "-check", "-diff", file]).succeeded();
    }
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    assert!(!workspace.state().is_empty());
}

#[test]
fn every_example_import_command_works() {
    for example in examples("resources") {
        let workspace = workspace_of(&example, "resource.tf");
        workspace.apply().succeeded();
        let script = std::fs::read_to_string(example.join("import.sh")).unwrap();
        let commands = script
            .lines()
            .filter_map(|line| line.strip_prefix("terraform "));
        let mut count = 0;
        for command in commands {
            workspace.forget_state();
            let args: Vec<&str> = command.split(' ').collect();
            let args = [&args[..1], &["-input=false"], &args[1..]].concat();
            workspace.run(&args).succeeded();
            assert_eq!(workspace.state().len(), 1, "{command}");
            count += 1;
        }
        assert_eq!(count, 2, "{script}");
    }
}
