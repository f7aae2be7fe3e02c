//! The ways in which Terraform gets at the plugin without a registry.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hwgrants::distribution::package::Platform;
use hwgrants::distribution::{HOSTS, mirror};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::harness::{Block, PLUGIN, Workspace};

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

/// A home folder, and an empty folder with README's configuration and a second required provider.
struct User {
    workspace: Workspace,
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

impl User {
    fn new() -> Self {
        // For its sandbox and its Terraform.
        let workspace = Workspace::new();
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let home = folder.path().join("home").display().to_string();
        let mut environment = workspace.environment().clone();
        environment.retain(|name, _| !name.starts_with("TF_"));
        environment.insert("HOME".to_owned(), home);
        environment.insert("XDG_DATA_DIRS".to_owned(), "/nonexistent".to_owned());
        environment.insert("CHECKPOINT_DISABLE".to_owned(), "1".to_owned());
        Self {
            workspace,
            folder,
            environment,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, program: &Path, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .current_dir(self.path("work"))
            .env_clear()
            .envs(&self.environment)
            .output()
            .unwrap()
    }

    #[track_caller]
    fn hwgrants(&self, args: &[&str]) -> String {
        let output = self.run(Path::new(env!("CARGO_BIN_EXE_hwgrants")), args);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}{errors}");
        text
    }

    /// Runs Terraform, and shows all that it prints.
    #[track_caller]
    fn terraform(&self, args: &[&str], code: i32) -> String {
        let output = self.run(self.workspace.terraform().program(), args);
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{args:?}:\n{text}");
        text
    }

    /// Puts another provider into the folder that needs no configuration, unpacked as people do by hand.
    fn install_toy(&self) {
        let platform = Platform::current();
        for host in HOSTS {
            let folder = self.path(&format!("home/.terraform.d/plugins/{host}/acme/toy/1.0.0/{platform}"));
            fs::create_dir_all(&folder).unwrap();
            // Any plugin will do that answers to another address.
            fs::copy(PLUGIN, folder.join("terraform-provider-toy_v1.0.0")).unwrap();
        }
    }

    /// README's configuration, as it is, and a second required provider that is used.
    fn write_configuration(&self) {
        let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
        let (_, use_section) = readme.split_once("\n## Use\n").unwrap();
        let (_, block) = use_section.split_once("```terraform\n").unwrap();
        let (block, _) = block.split_once("```").unwrap();
        fs::write(self.path("work/main.tf"), block).unwrap();
        let toy = "terraform {\n  required_providers {\n    toy = {\n      source = \"acme/toy\"\n    }\n  }\n}\n\n\
                   data \"csms_grants\" \"all\" {\n  provider    = toy\n  resource_id = \"43d643d2-95ec-4b0f-8020-a84f3ce931cc\"\n}\n";
        fs::write(self.path("work/toy.tf"), toy).unwrap();
    }

    /// `init`, `apply`, and a second plan without changes.
    #[track_caller]
    fn apply(&self) {
        self.terraform(&["init", "-input=false"], 0);
        let lock = fs::read_to_string(self.path("work/.terraform.lock.hcl")).unwrap();
        assert!(lock.contains("/hwgrants/hwgrants\"") && lock.contains("\"h1:"), "{lock}");
        self.terraform(&["apply", "-input=false", "-auto-approve"], 0);
        self.terraform(&["plan", "-input=false", "-detailed-exitcode"], 0);
    }

    /// Removes what Terraform remembers of providers.
    fn forget(&self) {
        fs::remove_dir_all(self.path("work/.terraform")).unwrap();
        fs::remove_file(self.path("work/.terraform.lock.hcl")).unwrap();
    }
}

#[test]
fn an_installed_provider_works_beside_another_one_until_it_is_uninstalled() {
    let user = User::new();
    user.install_toy();
    user.write_configuration();
    user.hwgrants(&["install"]);
    user.apply();

    // A second run of `init` keeps to the lock file, and a later build is installed over the earlier one.
    user.terraform(&["init", "-input=false"], 0);
    user.hwgrants(&["install"]);
    user.terraform(&["init", "-input=false"], 0);

    user.hwgrants(&["install", "--uninstall"]);
    let registries = user.path("home/.terraform.d/plugins");
    for host in HOSTS {
        let left: Vec<_> = fs::read_dir(registries.join(host)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["acme"]);
    }
}

#[test]
fn a_mirror_elsewhere_is_used_with_the_block_that_install_writes() {
    let user = User::new();
    user.install_toy();
    user.write_configuration();
    user.hwgrants(&["install", "--dir", "../mirror", "--write", "../home/.terraformrc"]);
    fs::copy(user.path("home/.terraformrc"), user.path("home/.tofurc")).unwrap();

    // The block disables the implied folder, in which the other provider is.
    fs::remove_file(user.path("work/toy.tf")).unwrap();
    user.apply();

    user.forget();
    user.hwgrants(&["install", "--dir", "../mirror", "--uninstall"]);
    assert!(!user.path("mirror").exists());
    user.terraform(&["init", "-input=false"], 1);
}

#[test]
fn concurrent_inits_share_a_plugin_cache() {
    let user = User::new();
    user.write_configuration();
    fs::remove_file(user.path("work/toy.tf")).unwrap();
    user.hwgrants(&["install"]);
    fs::create_dir(user.path("cache")).unwrap();
    let cache = user.path("cache").display().to_string();
    let folders: Vec<PathBuf> = (0..6).map(|number| user.path(&format!("copy-{number}"))).collect();
    for folder in &folders {
        fs::create_dir(folder).unwrap();
        fs::copy(user.path("work/main.tf"), folder.join("main.tf")).unwrap();
    }
    let inits: Vec<_> = folders
        .iter()
        .map(|folder| {
            Command::new(user.workspace.terraform().program())
                .args(["init", "-input=false", "-no-color"])
                .current_dir(folder)
                .env_clear()
                .envs(&user.environment)
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
