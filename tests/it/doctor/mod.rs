//! `hwgrants doctor` on set-ups that work and on set-ups that do not, against the sandbox and servers of its own.

mod broken;
mod format;
mod privacy;
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hwgrants::distribution::mirror;
use hwgrants::distribution::package::{Package, Platform};
use hwgrants::sandbox::{BlockingSandbox, SandboxOptions, World, seed};
use serde_json::Value;
use tempfile::TempDir;

use server::Server;

/// Where `hwgrants install` installs to without options.
const MIRROR: &str = "home/.terraform.d/plugins";

/// A machine with Terraform, an installed provider and an account: everything that a working set-up has.
struct Machine {
    folder: TempDir,
    sandbox: BlockingSandbox,
    /// The whole environment.
    variables: BTreeMap<String, String>,
    /// Options of `hwgrants doctor`.
    options: Vec<String>,
    /// Servers that stop with the machine.
    servers: Vec<Server>,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = BlockingSandbox::start(SandboxOptions::default()).unwrap();
        let mut machine = Self {
            folder,
            sandbox,
            variables: BTreeMap::new(),
            options: Vec::new(),
            servers: Vec::new(),
        };
        for name in ["home", "work", "bin"] {
            fs::create_dir(machine.path(name)).unwrap();
        }
        machine.set_terraform("Terraform v1.11.4");
        machine.install(&Platform::current(), "build");
        let url = machine.sandbox.url().to_owned();
        for (name, value) in [
            ("HOME", machine.path("home").to_str().unwrap()),
            ("PATH", machine.path("bin").to_str().unwrap()),
            ("XDG_DATA_DIRS", "/nonexistent"),
            ("HWGRANTS_ENDPOINT", &url),
            ("HW_REGION_NAME", seed::REGION),
            ("HW_ACCESS_KEY", seed::ACCESS_KEY),
            ("HW_SECRET_KEY", seed::SECRET_KEY),
        ] {
            machine.set(name, value);
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn world(&self) -> &World {
        self.sandbox.world()
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// Replaces the access key by a token.
    fn set_token(&mut self, token: &str) {
        self.unset("HW_ACCESS_KEY");
        self.unset("HW_SECRET_KEY");
        self.set("HW_AUTH_TOKEN", token);
    }

    /// Replaces the access key by a password.
    fn set_password(&mut self, password: &str) {
        self.unset("HW_ACCESS_KEY");
        self.unset("HW_SECRET_KEY");
        self.set("HW_USER_NAME", seed::USER_NAME);
        self.set("HW_DOMAIN_NAME", seed::ACCOUNT_NAME);
        self.set("HW_USER_PASSWORD", password);
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A program `terraform` that prints this as its version.
    fn set_terraform(&self, version: &str) {
        let program = self.write("bin/terraform", &format!("#!/bin/sh\necho '{version}'\n"));
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Installs a build for a platform, and returns its hashes.
    fn install(&self, platform: &Platform, build: &str) -> [String; 2] {
        let package = Package::new(platform.clone(), build.as_bytes()).unwrap();
        mirror::install(&self.path(MIRROR), &package).unwrap();
        package.hashes().clone()
    }

    fn uninstall(&self) {
        fs::remove_dir_all(self.path(MIRROR)).unwrap();
    }

    /// Sends everything to this server.
    fn serve(&mut self, server: Server) {
        self.set("HWGRANTS_ENDPOINT", &server.url);
        self.servers.push(server);
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
        command
            .args(args)
            .current_dir(self.path("work"))
            .env_clear()
            .envs(&self.variables);
        command
    }

    fn doctor(&self, args: &[&str]) -> Output {
        let options = self.options.iter().map(String::as_str);
        let args: Vec<_> = ["doctor"]
            .into_iter()
            .chain(options)
            .chain(args.iter().copied())
            .collect();
        self.command(&args).output().unwrap()
    }

    /// The report as text, with the exit code.
    fn text(&self) -> (Option<i32>, String) {
        let output = self.doctor(&[]);
        assert!(output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    }

    /// The report as JSON, with the exit code.
    fn json(&self) -> (Option<i32>, Value) {
        let output = self.doctor(&["--format", "json"]);
        assert!(output.stderr.is_empty(), "{output:?}");
        let report = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report)
    }

    /// Masks what differs from run to run.
    fn mask(&self, text: &str) -> String {
        let port = self.sandbox.url().rsplit(':').next().unwrap();
        text.replace(self.path("").to_str().unwrap(), "[FOLDER]/")
            .replace(port, "[PORT]")
            .replace(&Platform::current().to_string(), "[PLATFORM]")
            .replace(hwgrants::VERSION, "[VERSION]")
    }
}

/// The steps of a report.
fn steps(report: &Value) -> &[Value] {
    report["steps"].as_array().unwrap()
}

/// The first step that failed.
fn first_failed(report: &Value) -> Option<&Value> {
    steps(report).iter().find(|step| step["result"] == "failed")
}

/// The folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
