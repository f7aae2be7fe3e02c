//! `GET /_sandbox/sign-in`: the commands that the page copies.

use std::process::{Command, Output};

use hwgrants::sandbox::sign_in::{CLOCK_VARIABLE, LIMITED_METHODS, METHODS};
use hwgrants::sandbox::{SandboxOptions, Seed};
use reqwest::Method;
use serde_json::{Value, json};

use super::Bench;

impl Bench {
    async fn sign_in_methods(&self) -> Vec<Value> {
        let methods = self.admin(Method::GET, "/sign-in", "").await.ok(200)["methods"].take();
        serde_json::from_value(methods).expect("a list")
    }
}

/// Runs `hwgrants audit` after commands for `sh`, in a shell that already has other credentials.
fn audit(commands: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("state.json"),
        r#"{"format_version":"1.0"}"#,
    )
    .unwrap();
    let script =
        format!("{commands}test -z \"${{HWGRANTS_CLOCK-}}\"\nexec \"$HWGRANTS\" audit state.json");
    Command::new("sh")
        .args(["-euc", &script])
        .env("HWGRANTS", env!("CARGO_BIN_EXE_hwgrants"))
        .envs(
            [
                "HW_AUTH_TOKEN",
                "HW_ACCESS_KEY",
                "HW_SECRET_KEY",
                "HW_USER_NAME",
                "HW_USER_PASSWORD",
                "HW_ASSUME_ROLE_AGENCY_NAME",
                "HWGRANTS_CLOCK",
            ]
            .map(|name| (name, "of-before")),
        )
        .current_dir(folder.path())
        .output()
        .unwrap()
}

#[tokio::test]
async fn the_commands_of_each_way_sign_in_whatever_was_set_before() {
    let bench = Bench::start().await;
    let methods = bench.sign_in_methods().await;
    let expected = METHODS.iter().chain(&LIMITED_METHODS);
    assert_eq!(methods.len(), expected.clone().count());
    for (shown, method) in methods.iter().zip(expected) {
        assert_eq!(shown["title"], method.title);
        for (name, value) in method.variables() {
            assert_eq!(shown["variables"][name], value);
        }
        let commands = shown["commands"]["sh"].as_str().expect("text").to_owned();
        assert_eq!(shown["commands"].as_object().map(|all| all.len()), Some(3));
        let output = tokio::task::spawn_blocking(move || audit(&commands));
        let output = output.await.unwrap();
        let is_expired = method.title == "an expired token";
        assert_eq!(output.status.success(), !is_expired, "{shown} {output:?}");
        assert_eq!(shown["variables"].get(CLOCK_VARIABLE), None);
    }
}

#[tokio::test]
async fn the_commands_set_the_clock_of_the_sandbox() {
    let bench = Bench::start().await;
    bench.admin(Method::PUT, "/clock", "-12h").await.ok(200);
    for method in bench.sign_in_methods().await {
        assert_eq!(method["variables"][CLOCK_VARIABLE], "12h ago");
        for (shell, line) in [
            ("sh", "export HWGRANTS_CLOCK='12h ago'"),
            ("fish", "set -gx HWGRANTS_CLOCK '12h ago'"),
            ("powershell", "$env:HWGRANTS_CLOCK = '12h ago'"),
        ] {
            let commands = method["commands"][shell].as_str().expect("text");
            assert!(commands.lines().any(|shown| shown == line), "{commands}");
        }
    }
}

#[tokio::test]
async fn an_empty_sandbox_has_no_way_to_sign_in() {
    let bench = Bench::start_with(SandboxOptions {
        seed: Seed::Empty,
        ..SandboxOptions::default()
    })
    .await;
    assert_eq!(json!(bench.sign_in_methods().await), json!([]));
}
