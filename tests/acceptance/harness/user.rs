//! A user who has nothing but a home folder: neither a CLI configuration nor environment variables of Terraform.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hwgrants::distribution::HOSTS;
use hwgrants::distribution::package::Platform;

use super::{PLUGIN, Workspace};

/// A home folder, and an empty folder with README's configuration and a second required provider.
pub(crate) struct User {
    workspace: Workspace,
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

impl User {
    pub(crate) fn new() -> Self {
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

    /// A path in the folder of both.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The Terraform that it runs.
    pub(crate) fn terraform_program(&self) -> &Path {
        self.workspace.terraform().program()
    }

    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    pub(crate) fn set(&mut self, name: &str, value: impl ToString) {
        self.environment.insert(name.to_owned(), value.to_string());
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

    /// Runs `hwgrants` with success, and returns its output.
    #[track_caller]
    pub(crate) fn hwgrants(&self, args: &[&str]) -> String {
        let output = self.run(Path::new(env!("CARGO_BIN_EXE_hwgrants")), args);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}{errors}");
        text
    }

    /// Runs Terraform, and shows all that it prints.
    #[track_caller]
    pub(crate) fn terraform(&self, args: &[&str], code: i32) -> String {
        let output = self.run(self.terraform_program(), args);
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{args:?}:\n{text}");
        text
    }

    /// Puts another provider into the folder that needs no configuration, unpacked as people do by hand.
    pub(crate) fn install_toy(&self) {
        let platform = Platform::current();
        for host in HOSTS {
            let folder = self.path(&format!(
                "home/.terraform.d/plugins/{host}/acme/toy/1.0.0/{platform}"
            ));
            fs::create_dir_all(&folder).unwrap();
            // Any plugin will do that answers to another address.
            fs::copy(PLUGIN, folder.join("terraform-provider-toy_v1.0.0")).unwrap();
        }
    }

    /// README's configuration, on request with a second required provider that is used.
    pub(crate) fn write_configuration(&self, with_toy: bool) {
        let readme =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
        let (_, use_section) = readme.split_once("\n## Use\n").unwrap();
        let (_, block) = use_section.split_once("```terraform\n").unwrap();
        let (block, _) = block.split_once("```").unwrap();
        let one = "  required_providers {\n";
        let both = format!("{one}    toy = {{\n      source = \"acme/toy\"\n    }}\n");
        let main = match with_toy {
            true => block.replacen(one, &both, 1),
            false => block.to_owned(),
        };
        fs::write(self.path("work/main.tf"), main).unwrap();
        let toy = "data \"csms_grants\" \"all\" {\n  provider    = toy\n  resource_id = \"43d643d2-95ec-4b0f-8020-a84f3ce931cc\"\n}\n";
        if with_toy {
            fs::write(self.path("work/toy.tf"), toy).unwrap();
        }
    }

    /// `init`, `apply`, and a second plan without changes.
    #[track_caller]
    pub(crate) fn apply(&self) {
        self.terraform(&["init", "-input=false"], 0);
        let lock = fs::read_to_string(self.path("work/.terraform.lock.hcl")).unwrap();
        assert!(
            lock.contains("/hwgrants/hwgrants\"") && lock.contains("\"h1:"),
            "{lock}"
        );
        self.terraform(&["apply", "-input=false", "-auto-approve"], 0);
        self.terraform(&["plan", "-input=false", "-detailed-exitcode"], 0);
    }

    /// Removes what Terraform remembers of providers.
    pub(crate) fn forget(&self) {
        fs::remove_dir_all(self.path("work/.terraform")).unwrap();
        fs::remove_file(self.path("work/.terraform.lock.hcl")).unwrap();
    }
}
