//! `hwgrants review` of a saved plan, with stand-ins for Terraform.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use tempfile::TempDir;

use super::{golden, report};

/// A folder with a saved plan and this program as its `terraform`.
fn folder(terraform: Option<&str>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.out"), b"PK\x03\x04....").unwrap();
    fs::create_dir(folder.path().join("bin")).unwrap();
    if let Some(script) = terraform {
        let program = folder.path().join("bin/terraform");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// `hwgrants review` of the saved plan, started elsewhere.
fn review(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    command
        .env_remove("TERRAFORM_CLI_PATH")
        .env("PATH", folder.path().join("bin"))
        .current_dir(folder.path())
        .args(["review", "plan.out"]);
    command
}

/// What is said when it fails with nothing on standard output.
#[track_caller]
fn failure(folder: &TempDir) -> String {
    let output = review(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    said.replace(folder.path().to_str().unwrap(), "[FOLDER]")
}

#[test]
fn a_saved_plan_is_read_with_terraform_show() {
    let plan = golden().join("mixed/plan.json");
    let folder = folder(Some(&format!(
        "[ \"$1 $2 $3\" = 'show -json -no-color' ] && [ \"${{4##*/}}\" = plan.out ] && exec /bin/cat '{}'",
        plan.display()
    )));
    let output = review(&folder).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let expected = report("mixed", hwgrants::review::Format::Text);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn a_failed_terraform_show_is_one_error_with_a_hint() {
    let plan = golden().join("mixed/plan.json");
    let plan = plan.display();
    let broken = "╷\\n│ Error: Failed to load plugin schemas\\n│ \\n│ Run \\033[1mterraform init\\033[0m.\\n╵\\n";
    let shown = [
        ("no Terraform", None),
        ("a failure", Some(format!("printf '{broken}' >&2\nexit 1"))),
        (
            "a failure in the middle",
            Some(format!("/usr/bin/head -c 900 '{plan}'\nexit 3")),
        ),
        (
            "a failure at the end",
            Some(format!("/bin/cat '{plan}'\nexit 1")),
        ),
        (
            "a warning instead of a plan, as from OpenTofu, and a failure",
            Some(format!("echo 'Warning: so'\nprintf '{broken}' >&2\nexit 1")),
        ),
        ("no plan", Some("echo '{}'".to_owned())),
    ];
    let shown =
        shown.map(|(name, script)| format!("# {name}\n{}", failure(&folder(script.as_deref()))));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn an_interrupted_review_terminates_terraform() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let folder = folder(Some(
            "exec 3>fifo\necho waiting >&3\nexec /usr/bin/tail -f /dev/null",
        ));
        let fifo = folder.path().join("fifo");
        mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        let child = review(&folder).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(File::open(fifo).unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, "waiting\n");
        let pid = Pid::from_raw(child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
        // The end of this is the end of every process that writes to it.
        lines.read_to_string(&mut line).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            said, "error: interrupted before `plan.out` was read\n",
            "{signal}"
        );
    }
}
