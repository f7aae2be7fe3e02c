//! `hwgrants review` of a saved plan, with stand-ins for Terraform.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use tempfile::TempDir;

use super::{golden, unlocated};

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

/// Adds a program to the folder.
fn add_program(folder: &TempDir, name: &str, script: &str) {
    let program = folder.path().join("bin").join(name);
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Makes the saved plan of the folder an archive with these members.
fn write_archive(folder: &TempDir, members: &[(&str, &str)]) {
    let file = File::create(folder.path().join("plan.out")).unwrap();
    let mut archive = zip::ZipWriter::new(file);
    for (name, text) in members {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

/// A program that shows a plan.
fn show(case: &str) -> String {
    let plan = golden().join(case).join("plan.json");
    format!("exec /bin/cat '{}'", plan.display())
}

/// A program that refuses the plan of another one, as Terraform and OpenTofu do.
const REFUSE: &str = "printf '\u{2577}\\n\u{2502} Error: Failed to read plan file\\n\u{2502} \\n\u{2502} plan file was created by Terraform \
    1.9.4, but this is 1.15.5; plan files\\n\u{2502} cannot be transferred between different Terraform versions\\n\u{2575}\\n' >&2\nexit 1";

#[test]
fn of_two_programs_the_one_that_created_the_plan_reads_it() {
    let tofu_lock = "provider \"registry.opentofu.org/a/b\" {\n}\n";
    let lock = "provider \"registry.terraform.io/a/b\" {\n}\n";
    let (terraform, tofu) = (show("mixed"), show("rename"));
    let warning = format!("echo; echo 'Warning: so'\n{tofu}");
    for (name, members, programs, expected) in [
        (
            "Terraform",
            vec![("tfplan", ""), (".terraform.lock.hcl", lock)],
            [&*terraform, &*tofu],
            "mixed",
        ),
        (
            "OpenTofu",
            vec![("tfplan", ""), (".terraform.lock.hcl", tofu_lock)],
            [&*terraform, &*tofu],
            "rename",
        ),
        (
            "unknown",
            vec![("tfplan", "")],
            [&*terraform, &*tofu],
            "mixed",
        ),
        (
            "unknown and refused",
            vec![("tfplan", "")],
            [REFUSE, &*tofu],
            "rename",
        ),
        (
            "a warning before the plan, as from OpenTofu",
            vec![("tfplan", "")],
            [REFUSE, &*warning],
            "rename",
        ),
    ] {
        let folder = folder(Some(programs[0]));
        add_program(&folder, "tofu", programs[1]);
        write_archive(&folder, &members);
        let output = review(&folder).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{name}");
        let expected = unlocated(expected, hwgrants::review::Format::Text);
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected,
            "{name}"
        );
    }
}

#[test]
fn an_encrypted_plan_is_read_by_tofu_with_any_order_of_keys() {
    for text in [
        r#"{"meta":{"key_provider.pbkdf2.a":"e30="},"encrypted_data":"AA==","encryption_version":"v0"}"#,
        "{\n \"encrypted_data\": \"AA==\"}",
        r#"{"serial":0,"lineage":"","meta":{},"encrypted_data":"AA=="}"#,
    ] {
        let folder = folder(Some("exit 1"));
        fs::write(folder.path().join("plan.out"), text).unwrap();
        let said = failure(&folder);
        assert!(
            said.contains("reading an encrypted saved plan requires `tofu`"),
            "{said}"
        );
        assert!(
            said.contains("`tofu show -json plan.out > plan.json`"),
            "{said}"
        );
        add_program(&folder, "tofu", &show("mixed"));
        let output = review(&folder).output().unwrap();
        let expected = unlocated("mixed", hwgrants::review::Format::Text);
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn an_archive_without_a_plan_is_an_error_of_its_own() {
    let folder = folder(Some(&show("mixed")));
    write_archive(&folder, &[("plan.json", "{}")]);
    let said = failure(&folder);
    assert!(
        said.contains("`plan.out`: it is a ZIP archive, but not a saved plan"),
        "{said}"
    );
}

#[test]
fn plans_refused_by_both_programs_name_the_version_that_is_needed() {
    let folder = folder(Some(REFUSE));
    add_program(&folder, "tofu", REFUSE);
    // Field 14 of the plan, a text of 5 bytes.
    write_archive(&folder, &[("tfplan", "\u{8}\u{3}r\u{5}1.9.4")]);
    let said = failure(&folder);
    assert!(said.contains("[FOLDER]/bin/terraform show -json"), "{said}");
    assert!(
        said.contains("hint: use Terraform or OpenTofu 1.9.4, whichever created the plan"),
        "{said}"
    );
}

#[test]
fn terraform_cli_path_may_be_a_name_on_path() {
    let folder = folder(Some("exit 1"));
    add_program(&folder, "tofu-1.9", &show("mixed"));
    let output = review(&folder)
        .env("TERRAFORM_CLI_PATH", "tofu-1.9")
        .output()
        .unwrap();
    let expected = unlocated("mixed", hwgrants::review::Format::Text);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn the_path_of_a_plan_is_relative_to_chdir_if_it_exists_there() {
    let folder = folder(Some("[ -e \"$4\" ] && exec /bin/cat \"$4.json\""));
    let path = |name: &str| folder.path().join(name);
    let plan = |case: &str| fs::read(golden().join(case).join("plan.json")).unwrap();
    fs::create_dir(path("infra")).unwrap();
    for (name, bytes) in [
        ("infra/inside.json", plan("mixed")),
        ("infra/both.json", plan("mixed")),
        ("both.json", plan("rename")),
        ("outside.json", plan("rename")),
        ("infra/saved", b"PK\x03\x04....".to_vec()),
        ("infra/saved.json", plan("mixed")),
    ] {
        fs::write(path(name), bytes).unwrap();
    }
    let absolute = path("both.json");
    for (plan, expected) in [
        ("inside.json", "mixed"),
        ("both.json", "mixed"),
        ("outside.json", "rename"),
        ("saved", "mixed"),
        (absolute.to_str().unwrap(), "rename"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
        let output = command
            .env_remove("TERRAFORM_CLI_PATH")
            .env("PATH", path("bin"))
            .current_dir(folder.path())
            .args(["review", "--chdir", "infra", plan])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{plan}");
        let expected = unlocated(expected, hwgrants::review::Format::Text);
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            expected,
            "{plan}"
        );
    }
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
    let expected = unlocated("mixed", hwgrants::review::Format::Text);
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
