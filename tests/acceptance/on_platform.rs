//! The plugin as it is released for other platforms: the main path, run by real Terraform.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use hwgrants::sandbox::seed;
use nix::unistd::geteuid;
use serde_json::json;

use crate::harness::{Block, Workspace, in_days};
use crate::not_checked::not_checked;
use crate::platform::{emulator, plugin};

/// Linux without glibc: a static program.
const STATIC_LINUX: &str = "x86_64-unknown-linux-musl";

/// The same for ARM.
const ARM_LINUX: &str = "aarch64-unknown-linux-musl";

/// Create, extend, import, drift and destroy, for both resources and a data source.
fn main_path(plugin: &Path) {
    let workspace = Workspace::with_plugin(plugin);
    let is_granted = || {
        workspace
            .world()
            .grant_count(seed::SECRET_DB_PASSWORD, seed::USER_ANA)
    };
    let is_delegated = || workspace.world().is_delegated(seed::ACCOUNT_ID);

    let grant = Block::grant("hwgrants_csms_grant").set("validity_time", &in_days(30));
    let delegation = Block::of("hwgrants_repo_kms_grant");
    let list = Block::data("hwgrants_csms_grants").set("resource_id", seed::SECRET_DB_PASSWORD);
    workspace.write(format!("{grant}{delegation}{list}"));
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();
    assert!(is_granted() == 1 && is_delegated());

    let later = grant.clone().set("validity_time", &in_days(60));
    workspace.write(format!("{later}{delegation}{list}"));
    assert_eq!(workspace.changes().len(), 1);
    workspace.apply().succeeded();
    let attributes = workspace.attributes(&grant.address());
    assert_eq!(attributes["validity_time"], json!(in_days(60)));

    let id = attributes["id"].as_str().unwrap().to_owned();
    workspace.forget_state();
    workspace
        .run(&["import", "-input=false", &grant.address(), &id])
        .succeeded();
    workspace.apply().succeeded();
    workspace.assert_plan_is_empty();

    workspace.destroy().succeeded();
    assert_eq!(is_granted(), 0);
}

#[test]
fn the_static_plugin_for_linux_runs_the_main_path() {
    if let Some(plugin) = plugin(STATIC_LINUX) {
        main_path(&plugin);
    }
}

#[test]
fn the_plugin_for_arm_runs_the_main_path_in_an_emulator() {
    let names = ["qemu-aarch64-static", "qemu-aarch64"];
    let Some(emulator) = emulator(&names, "the plugin for ARM", "qemu-user-static") else {
        return;
    };
    let Some(plugin) = plugin(ARM_LINUX) else {
        return;
    };
    // Terraform starts a program; this one starts the emulator in its place.
    let folder = tempfile::tempdir().unwrap();
    let wrapper = folder.path().join("terraform-provider-hwgrants");
    let script = format!(
        "#!/bin/sh\nexec '{}' '{}' \"$@\"\n",
        emulator.display(),
        plugin.display()
    );
    fs::write(&wrapper, script).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    main_path(&wrapper);
}

/// No file of the system is there: neither a loader nor a library.
#[test]
fn the_static_plugin_starts_in_an_empty_root_directory() {
    let Some(plugin) = plugin(STATIC_LINUX) else {
        return;
    };
    if !geteuid().is_root() {
        not_checked(
            "the static plugin in an empty root directory, because only root can change it",
        );
        return;
    }
    let root = tempfile::tempdir().unwrap();
    fs::copy(&plugin, root.path().join("plugin")).unwrap();
    let output = Command::new("chroot")
        .arg(root.path())
        .arg("/plugin")
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .unwrap();
    // Without a host it explains itself, as anywhere else.
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("is a plugin"), "{text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
}
