//! The ways in which Terraform gets at the plugin without a registry.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use hwgrants::distribution::{HOSTS, mirror};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::harness::{Block, User, Workspace};

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

#[test]
fn an_installed_provider_works_beside_another_one_until_it_is_uninstalled() {
    let user = User::new();
    user.install_toy();
    user.write_configuration(true);
    user.hwgrants(&["install"]);
    user.apply();

    // A second run of `init` keeps to the lock file, and a later build is installed over the earlier one.
    user.terraform(&["init", "-input=false"], 0);
    user.hwgrants(&["install"]);
    user.terraform(&["init", "-input=false"], 0);

    user.hwgrants(&["install", "--uninstall"]);
    let registries = user.path("home/.terraform.d/plugins");
    for host in HOSTS {
        let left: Vec<_> = fs::read_dir(registries.join(host))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["acme"]);
    }
}

#[test]
fn a_mirror_elsewhere_is_used_with_the_block_that_install_writes() {
    let user = User::new();
    user.write_configuration(false);
    user.hwgrants(&[
        "install",
        "--dir",
        "../mirror",
        "--write",
        "../home/.terraformrc",
    ]);
    fs::copy(user.path("home/.terraformrc"), user.path("home/.tofurc")).unwrap();

    user.apply();

    user.forget();
    user.hwgrants(&["install", "--dir", "../mirror", "--uninstall"]);
    assert_eq!(fs::read_dir(user.path("mirror")).unwrap().count(), 0);
    user.terraform(&["init", "-input=false"], 1);
}

#[test]
fn concurrent_inits_share_a_plugin_cache() {
    let user = User::new();
    user.write_configuration(false);
    user.hwgrants(&["install"]);
    fs::create_dir(user.path("cache")).unwrap();
    let cache = user.path("cache").display().to_string();
    let folders: Vec<PathBuf> = (0..6)
        .map(|number| user.path(&format!("copy-{number}")))
        .collect();
    for folder in &folders {
        fs::create_dir(folder).unwrap();
        fs::copy(user.path("work/main.tf"), folder.join("main.tf")).unwrap();
    }
    let inits: Vec<_> = folders
        .iter()
        .map(|folder| {
            Command::new(user.terraform_program())
                .args(["init", "-input=false", "-no-color"])
                .current_dir(folder)
                .env_clear()
                .envs(user.environment())
                .env("TF_PLUGIN_CACHE_DIR", &cache)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for init in inits {
        let output = init.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
    }
}
