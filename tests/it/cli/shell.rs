//! `hwgrants sandbox --shell`: what it prints is run by the shell for which it is printed.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::process::Command;

use hwgrants::sandbox::seed::{ACCESS_KEY, GROUP_ONCALL, ID_TOKEN, REGION, TOKEN};
use hwgrants::text::Shell;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::sandbox::Running;
use crate::not_checked::not_checked;
use crate::terminal;

/// Prints the environment that it is started with.
const PRINT_ENVIRONMENT: &str = "python3 -c 'import json, os; print(json.dumps(dict(os.environ)))'";

/// The environment of a program that the shell starts after `script`; `None`, and said, if the machine has no such shell.
fn environment(shell: Shell, script: &str) -> Option<BTreeMap<String, String>> {
    let (program, options): (_, &[&str]) = match shell {
        Shell::Sh => ("sh", &["-c"]),
        Shell::Fish => ("fish", &["--no-config", "-c"]),
        Shell::PowerShell => ("pwsh", &["-NoProfile", "-NonInteractive", "-Command"]),
    };
    let folder = tempfile::tempdir().unwrap();
    let script = format!("{script}\n{PRINT_ENVIRONMENT}");
    let started = Command::new(program)
        .args(options)
        .arg(script)
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output();
    let output = match started {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            not_checked(&format!(
                "what `hwgrants sandbox --shell {}` prints, because `{program}` is not installed",
                shell.name()
            ));
            return None;
        }
        started => started.unwrap(),
    };
    assert!(output.status.success(), "{output:?}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn every_shell_reads_awkward_values_unchanged() {
    let values = [
        "http://127.0.0.1:4780/v3",
        "12h ago",
        "-12h",
        "--erase",
        "it's",
        "it\u{2019}s \u{2018}quoted\u{201a} \u{201b}",
        r#"C:\new\'"\\"#,
        "$HOME ${PWD} $(id) (id) `id` {a,b} %self ~ * ? # ; & | < > ! ^ @",
        "two\nlines\tand a tab",
    ];
    let names: Vec<_> = (0..values.len())
        .map(|number| format!("V{number}"))
        .collect();
    for shell in Shell::ALL {
        let set = shell.export(names.iter().map(String::as_str).zip(values));
        let Some(environment) = environment(shell, &set) else {
            continue;
        };
        for (name, value) in names.iter().zip(values) {
            assert_eq!(environment[name], value, "{shell:?}: {set}");
        }
        let unset = shell.unset(names.iter().map(String::as_str));
        let environment = self::environment(shell, &format!("{set}\n{unset}")).unwrap();
        assert!(names.iter().all(|name| !environment.contains_key(name)));
    }
}

#[test]
fn the_settings_for_each_shell_sign_in_and_set_the_clock() {
    for shell in Shell::ALL {
        let args = ["--shell", shell.name(), "--clock", "-12h"];
        let running = Running::start(&args, |line| line.contains("HWGRANTS_CLOCK"));
        let Some(set) = environment(shell, &running.settings) else {
            continue;
        };
        assert_eq!(set["HWGRANTS_ENDPOINT"], running.url);
        assert_eq!(set["HWGRANTS_CLOCK"], "12h ago");
        assert_eq!(set["HW_REGION_NAME"], REGION);
        assert_eq!(set["HW_AUTH_TOKEN"], TOKEN);
        let comments = running.settings.lines();
        let other_ways: Vec<_> = comments
            .filter_map(|line| line.strip_prefix("#   "))
            .filter(|line| line.contains("HW_AUTH_TOKEN"))
            .collect();
        assert_eq!(other_ways.len(), 4, "{}", running.settings);
        for way in other_ways {
            let set = environment(shell, &format!("{}{way}", running.settings)).unwrap();
            assert!(!set.contains_key("HW_AUTH_TOKEN"), "{way}");
            let credentials = [
                "HW_ACCESS_KEY",
                "HW_USER_PASSWORD",
                "HW_ASSUME_ROLE_ID_TOKEN",
            ];
            assert!(
                credentials.iter().any(|name| set.contains_key(*name)),
                "{way}"
            );
        }
    }
}

#[test]
fn the_sdk_settings_for_each_shell_set_an_access_key_or_an_id_token() {
    for shell in Shell::ALL {
        let args = ["--print", "sdk", "--shell", shell.name(), "--clock", "+30d"];
        let running = Running::start(&args, |line| line.contains(GROUP_ONCALL));
        let settings = running.settings.clone();
        let (url, said) = (running.url.clone(), running.end());
        let clock = shell.export([("HWGRANTS_CLOCK", "30d")]);
        assert!(said.lines().any(|line| line == clock), "{said}");
        let Some(set) = environment(shell, &settings) else {
            continue;
        };
        assert_eq!(set["HUAWEICLOUD_SDK_REGION_CSMS_CN_NORTH_4"], url);
        assert_eq!(set["HUAWEICLOUD_SDK_AK"], ACCESS_KEY);
        let other_way: String = settings
            .lines()
            .skip_while(|line| *line != "# With an ID token:")
            .map_while(|line| line.strip_prefix("# "))
            .filter_map(|line| line.strip_prefix("  "))
            .take(2)
            .map(|line| format!("{line}\n"))
            .collect();
        let read = match shell {
            Shell::Sh => r#"export TOKEN="$(cat "$HUAWEICLOUD_SDK_ID_TOKEN_FILE")""#,
            Shell::Fish => "set -gx TOKEN (cat $HUAWEICLOUD_SDK_ID_TOKEN_FILE)",
            Shell::PowerShell => "$env:TOKEN = Get-Content -Raw $env:HUAWEICLOUD_SDK_ID_TOKEN_FILE",
        };
        let set = environment(shell, &format!("{settings}{other_way}{read}")).unwrap();
        assert!(!set.contains_key("HUAWEICLOUD_SDK_AK"), "{other_way}");
        assert_eq!(set["TOKEN"], ID_TOKEN, "{other_way}");
    }
}

#[test]
fn only_a_terminal_gets_commands_for_the_login_shell() {
    for (login_shell, output, expected) in [
        ("/usr/bin/fish", "", Shell::Fish),
        ("/bin/bash", "", Shell::Sh),
        ("/usr/bin/fish", "| cat", Shell::Sh),
    ] {
        let folder = tempfile::tempdir().unwrap();
        // Standard error is the terminal. The shell ends when the sandbox ends.
        let script =
            format!("{{ \"$HWGRANTS\" sandbox --port 0 & echo $! > pid; wait; }} {output} >&2");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .env("HWGRANTS", env!("CARGO_BIN_EXE_hwgrants"))
            .env("SHELL", login_shell)
            .current_dir(folder.path());
        let (mut child, terminal) = terminal::start(command);
        terminal.wait_for(&expected.export([("HW_REGION_NAME", REGION)]));
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        child.wait().unwrap();
        terminal.finish();
    }
}
