//! Bindings for TypeScript, generated from the provider's schema by the generator of CDK Terrain, the successor of CDK for Terraform:
//! they compile, and a program that uses them applies.
//!
//! The generator is installed in the target folder, in the version that is named in `program/package.json`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use hwgrants::cli::install_path;
use hwgrants::sandbox::seed;

use crate::harness::Workspace;
use crate::report::{Section, attempt};

/// What is copied from the checkout.
const FILES: [&str; 4] = ["package.json", "generate.js", "main.ts", "tsconfig.json"];

/// Where the program writes the configuration.
const CONFIGURATION: &str = "cdktf.out/stacks/grants/cdk.tf.json";

/// Generates, compiles and applies.
pub(crate) fn section() -> Section {
    let name = "bindings of CDK Terrain for TypeScript";
    match attempt(checked) {
        Ok(Some(seconds)) => Section {
            text: format!(
                "{name}: works, {seconds} s\n  works      generated from the long names, compiled, applied\n"
            ),
            has_failed: false,
        },
        Ok(None) => Section {
            text: format!("{name}: NOT CHECKED: `npm` is not on this machine\n"),
            has_failed: false,
        },
        Err(reason) => Section {
            text: format!("{name}: FAILED: {reason}\n"),
            has_failed: true,
        },
    }
}

/// The seconds that it took; none without `npm`.
fn checked() -> Option<u64> {
    let started_at = Instant::now();
    Command::new("npm").arg("--version").output().ok()?;
    let folder = install();
    let mut workspace = Workspace::new();
    workspace.set("HWGRANTS_TYPE_NAMES", "long");
    let schema = workspace.json(&["providers", "schema", "-json"]);
    std::fs::write(folder.join("schema.json"), schema.to_string()).unwrap();
    for made in ["bindings", "built", "cdktf.out"] {
        let _ = std::fs::remove_dir_all(folder.join(made));
    }
    node(&folder, &["generate.js", "schema.json", "bindings"]);
    node(&folder, &["node_modules/typescript/bin/tsc"]);
    node(&folder, &["built/main.js", seed::SECRET_DB_PASSWORD]);

    let configuration = std::fs::read_to_string(folder.join(CONFIGURATION)).unwrap();
    let mut configuration: serde_json::Value = serde_json::from_str(&configuration).unwrap();
    // The state belongs into the workspace.
    let terraform = configuration["terraform"].as_object_mut().unwrap();
    terraform.remove("backend");
    std::fs::remove_file(workspace.path().join("provider.tf")).unwrap();
    workspace.write_file("cdk.tf.json", &configuration.to_string());
    workspace.run(&["init", "-input=false"]).succeeded();
    workspace.apply().succeeded();
    let grants = workspace.world().grants(seed::SECRET_DB_PASSWORD);
    let grantees: Vec<_> = grants.keys().map(ToString::to_string).collect();
    assert_eq!(grantees, [seed::USER_ANA]);
    workspace.assert_plan_is_empty();
    Some(started_at.elapsed().as_secs())
}

/// Installs the generator, unless that has been done.
fn install() -> PathBuf {
    let target = install_path::target_folder().expect("a target folder");
    let folder = target.join("generator");
    std::fs::create_dir_all(&folder).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/generator/program");
    let wanted = std::fs::read_to_string(source.join("package.json")).unwrap();
    let installed = folder.join("installed.json");
    let is_installed = std::fs::read_to_string(&installed).ok().as_ref() == Some(&wanted);
    for file in FILES {
        std::fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    if !is_installed {
        let install = [
            "install",
            "--no-package-lock",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ];
        run(Command::new("npm").args(install).current_dir(&folder));
        std::fs::write(installed, wanted).unwrap();
    }
    folder
}

/// Runs a program of Node.js without a check for newer versions.
fn node(folder: &Path, args: &[&str]) {
    let mut command = Command::new("node");
    command.args(args).current_dir(folder);
    run(command.env("CHECKPOINT_DISABLE", "1"));
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
