//! The ways in which Terraform gets at the plugin without a registry.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use hwgrants::distribution::mirror;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::harness::{Block, Workspace};

/// The folder in the mirror where Terraform finds the plugin unpacked, `…/VERSION/PLATFORM`.
fn package(workspace: &Workspace) -> PathBuf {
    let host = if workspace.run(&["version"]).stdout.starts_with("OpenTofu") {
        "registry.opentofu.org"
    } else {
        "registry.terraform.io"
    };
    let provider = workspace
        .path()
        .join("plugins")
        .join(host)
        .join("hwgrants/hwgrants");
    only_entry(&only_entry(&provider))
}

fn only_entry(folder: &Path) -> PathBuf {
    let mut entries = fs::read_dir(folder).unwrap();
    let entry = entries.next().unwrap().unwrap().path();
    assert!(entries.next().is_none(), "{}", folder.display());
    entry
}

/// Forgets what was installed.
fn uninstall(workspace: &Workspace) {
    fs::remove_dir_all(workspace.path().join(".terraform")).unwrap();
    fs::remove_file(workspace.path().join(".terraform.lock.hcl")).unwrap();
}

/// Terraform has locked the plugin's content, and the plugin works.
#[track_caller]
fn assert_installed(workspace: &Workspace) {
    let lock = fs::read_to_string(workspace.path().join(".terraform.lock.hcl")).unwrap();
    assert!(lock.contains("\"h1:"), "{lock}");
    assert_eq!(workspace.change(), "create");
}

#[test]
fn c137_the_plugin_is_installed_from_a_mirror_unpacked_and_packed() {
    let workspace = Workspace::with(Block::grant("csms_grant"));
    assert_installed(&workspace);

    uninstall(&workspace);
    let unpacked = package(&workspace);
    let binary = only_entry(&unpacked);
    let [platform, version] = [&unpacked, unpacked.parent().unwrap()]
        .map(|path| path.file_name().unwrap().display().to_string());
    let provider = unpacked.parent().unwrap().parent().unwrap();
    let archive = provider.join(format!(
        "terraform-provider-hwgrants_{version}_{platform}.zip"
    ));
    let mut zip = ZipWriter::new(File::create(archive).unwrap());
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file(binary.file_name().unwrap().display().to_string(), options)
        .unwrap();
    zip.write_all(&fs::read(&binary).unwrap()).unwrap();
    zip.finish().unwrap();
    fs::remove_dir_all(unpacked.parent().unwrap()).unwrap();
    workspace.run(&["init", "-input=false"]).succeeded();
    assert_installed(&workspace);
}

#[test]
fn c137_a_development_override_needs_no_init() {
    let workspace = Workspace::with(Block::grant("csms_grant"));
    uninstall(&workspace);
    let folder = package(&workspace);
    let config = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"hwgrants/hwgrants\" = {folder:?}\n  }}\n}}\n"
    );
    workspace.write_file(mirror::CONFIG_FILE, &config);
    let plan = workspace.plan();
    assert_eq!(plan.code, Some(2), "{plan}");
    plan.says("development overrides are in effect");
}
