//! `hwgrants install`: what it writes, prints and refuses to overwrite.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A home folder and a working folder, both empty.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        fs::create_dir(machine.path("home")).unwrap();
        fs::create_dir(machine.path("work")).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    /// Runs `hwgrants install`, and shows all that a caller sees of it.
    fn install(&self, args: &[&str]) -> String {
        // Any program will do: what is printed must not depend on the Terraform of this machine.
        self.install_with(
            args,
            &[("TERRAFORM_CLI_PATH", env!("CARGO_BIN_EXE_hwgrants"))],
        )
    }

    fn install_with(&self, args: &[&str], variables: &[(&str, &str)]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("TF_") || name.starts_with("XDG_") {
                command.env_remove(&*name);
            }
        }
        let output = command
            .arg("install")
            .args(args)
            .current_dir(self.path("work"))
            .env("HOME", self.path("home"))
            .env("XDG_DATA_DIRS", "/nonexistent")
            .env_remove("TERRAFORM_CLI_PATH")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let folder = self.path("");
        let folder = folder.display().to_string();
        let platform = hwgrants::distribution::package::Platform::current();
        super::show(&output)
            .replace(folder.trim_end_matches('/'), "[FOLDER]")
            .replace(&platform.to_string(), "[PLATFORM]")
    }

    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        collect(self.0.path(), self.0.path(), &mut files);
        files.sort();
        files
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(root, &path, files),
            false => files.push(path.strip_prefix(root).unwrap().display().to_string()),
        }
    }
}

#[test]
fn install_says_that_neither_terraform_nor_tofu_is_installed() {
    let words = "Neither `terraform` nor `tofu` is on `PATH`.";
    let machine = Machine::new();
    let without = machine.install_with(&[], &[("PATH", "/nonexistent")]);
    assert!(without.contains(words), "{without}");
    let with = machine.install(&[]);
    assert!(!with.contains(words), "{with}");
}

#[test]
fn install_writes_one_archive_per_registry_and_uninstall_removes_everything() {
    let machine = Machine::new();
    insta::assert_snapshot!("install", machine.install(&[]));
    let files = machine.files();
    assert_eq!(files.len(), 2, "{files:?}");
    for (file, host) in files
        .iter()
        .zip(["registry.opentofu.org", "registry.terraform.io"])
    {
        let prefix = format!(
            "home/.terraform.d/plugins/{host}/hwgrants/hwgrants/terraform-provider-hwgrants_"
        );
        assert!(
            file.starts_with(&prefix) && file.ends_with(".zip"),
            "{file}"
        );
    }
    insta::assert_snapshot!("uninstall", machine.install(&["--uninstall"]));
    assert_eq!(fs::read_dir(machine.path("home")).unwrap().count(), 0);
    insta::assert_snapshot!("uninstall_again", machine.install(&["--uninstall"]));
}

#[test]
fn a_mirror_in_another_directory_comes_with_the_block_that_uses_it() {
    let machine = Machine::new();
    insta::assert_snapshot!("install_dir", machine.install(&["--dir", "mirror"]));
    assert!(
        machine
            .files()
            .iter()
            .all(|file| file.starts_with("work/mirror/"))
    );
}

#[test]
fn write_appends_the_block_once_and_never_changes_another_block() {
    let machine = Machine::new();
    let config = machine.path("home/.terraformrc");
    fs::write(&config, "disable_checkpoint = true\n").unwrap();
    let args = ["--dir", "mirror", "--write", "../home/.terraformrc"];

    insta::assert_snapshot!("install_write", machine.install(&args));
    let written = fs::read_to_string(&config).unwrap();
    assert!(
        written.starts_with("disable_checkpoint = true\n\nprovider_installation {\n"),
        "{written}"
    );

    insta::assert_snapshot!("install_write_again", machine.install(&args));
    assert_eq!(fs::read_to_string(&config).unwrap(), written);

    let other = ["--dir", "other", "--write", "../home/.terraformrc"];
    insta::assert_snapshot!("install_write_refused", machine.install(&other));
    assert_eq!(fs::read_to_string(&config).unwrap(), written);
}

#[test]
fn write_does_not_touch_a_file_that_it_cannot_read() {
    let machine = Machine::new();
    let config = machine.path("work/own.rc");
    for text in ["provider_installation {", "{\"disable_checkpoint\": true}"] {
        fs::write(&config, text).unwrap();
        let shown = machine.install(&["--write", "own.rc"]);
        assert!(
            shown.starts_with("status: 1\n") && shown.contains("nothing was changed"),
            "{shown}"
        );
        assert_eq!(fs::read_to_string(&config).unwrap(), text);
    }
}

#[test]
fn a_development_override_is_reported_with_exit_code_2() {
    let machine = Machine::new();
    let text = "provider_installation {\n  dev_overrides {\n    \"hwgrants/hwgrants\" = \"/build\"\n  }\n  direct {}\n}\n";
    fs::write(machine.path("home/.terraformrc"), text).unwrap();
    insta::assert_snapshot!("install_shadowed", machine.install(&[]));
}

#[test]
fn a_directory_that_is_searched_by_default_needs_no_block() {
    let machine = Machine::new();
    let shown = machine.install(&["--dir", "terraform.d/plugins"]);
    assert!(shown.starts_with("status: 0\n"), "{shown}");
    assert!(!shown.contains("provider_installation"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_written_is_an_error() {
    let machine = Machine::new();
    fs::write(machine.path("work/file"), "").unwrap();
    let shown = machine.install(&["--dir", "file"]);
    assert!(
        shown.starts_with("status: 1\n") && shown.contains("[FOLDER]/work/file"),
        "{shown}"
    );
}
