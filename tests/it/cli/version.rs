//! `hwgrants version`, `completions` and `man`: what packagers and shells read.

use std::process::Command;

use serde_json::Value;

fn hwgrants(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_version_is_the_same_wherever_it_is_printed() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(hwgrants(&["--version"]), format!("hwgrants {version}\n"));
    assert!(hwgrants(&["version"]).starts_with(&format!("hwgrants {version} (")));
    let json: Value = serde_json::from_str(&hwgrants(&["version", "--json"])).unwrap();
    assert_eq!(json["version"], version);
    assert_eq!(json["protocol"], hwgrants::protocol::FULL_VERSION);
    assert!(json["target"].as_str().unwrap().contains('-'), "{json}");
    assert!(json.as_object().unwrap().contains_key("commit"), "{json}");
    let plugin = Command::new(env!("CARGO_BIN_EXE_terraform-provider-hwgrants"))
        .arg("--version")
        .output()
        .unwrap();
    let plugin = String::from_utf8(plugin.stdout).unwrap();
    assert_eq!(plugin, format!("terraform-provider-hwgrants {version}\n"));
}

#[test]
fn every_shell_completes_every_command() {
    let commands = [
        "audit",
        "completions",
        "demo",
        "install",
        "review",
        "sandbox",
        "version",
    ];
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = hwgrants(&["completions", shell]);
        for command in commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn bash_accepts_the_completion_script() {
    let script = hwgrants(&["completions", "bash"]);
    let test = format!("{script}\ncomplete -p hwgrants\n");
    match Command::new("bash").args(["-euc", &test]).output() {
        Ok(output) => {
            let registered = String::from_utf8_lossy(&output.stdout);
            assert!(registered.contains("_hwgrants"), "{output:?}");
        }
        Err(error) => {
            let why = format!("completions in bash, which does not start: {error}");
            crate::not_checked::not_checked(&why);
        }
    }
}

#[test]
fn each_command_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    hwgrants(&["man", folder.path().to_str().unwrap()]);
    for command in [
        "hwgrants",
        "hwgrants-install",
        "hwgrants-review",
        "hwgrants-sandbox",
    ] {
        let page = std::fs::read_to_string(folder.path().join(format!("{command}.1"))).unwrap();
        assert!(
            page.contains(".SH NAME") && page.contains(".SH DESCRIPTION"),
            "{command}:\n{page}"
        );
    }
}

#[test]
fn the_registry_manifest_names_the_protocol() {
    let manifest = include_str!("../../../terraform-registry-manifest.json");
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    let major = hwgrants::protocol::VERSION;
    let versions = serde_json::json!([format!("{major}.0")]);
    assert_eq!(manifest["metadata"]["protocol_versions"], versions);
}
