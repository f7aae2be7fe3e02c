//! What `examples/review` holds and says.

use std::fs;
use std::path::Path;
use std::process::Command;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/review"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The commands in a text, each on one line, up to what the shell does with their status.
fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().map(str::trim);
    let commands = lines.filter_map(|line| line.strip_prefix("hwgrants review "));
    let words = commands.map(|command| {
        let (command, _) = command.split_once(" ||").unwrap_or((command, ""));
        command.split_whitespace().map(str::to_owned).collect()
    });
    words.collect()
}

/// Copies what the commands read to where they look for it: beside them, or in the folder of the examples.
fn lay_out(target: &Path) {
    let examples = target.join("examples/review");
    fs::create_dir_all(examples.join("config/team")).unwrap();
    for name in [
        "plan.json",
        "policy.toml",
        "config/main.tf",
        "config/provider.tf",
        "config/team/main.tf",
    ] {
        fs::copy(folder().join(name), examples.join(name)).unwrap();
    }
    fs::create_dir_all(target.join("plans/production")).unwrap();
    for (name, copy) in [
        ("plan.json", "plans/production/plan.json"),
        ("policy.toml", "policy.toml"),
    ] {
        fs::copy(folder().join(name), target.join(copy)).unwrap();
    }
}

#[test]
fn documented_commands_exit_as_described_and_write_their_files() {
    for (name, statuses, written) in [
        (
            "github.yml",
            vec![2],
            vec!["review.md", "review.sarif", "review.html"],
        ),
        (
            "gitlab.yml",
            vec![2],
            vec![
                "review.xml",
                "review.md",
                "review.html",
                "gl-code-quality-report.json",
            ],
        ),
        (
            "azure-pipelines.yml",
            vec![2],
            vec!["review.md", "review.xml", "review.html"],
        ),
        ("terragrunt.sh", vec![2], vec!["review.md", "review.html"]),
        ("README.md", vec![0, 2], vec!["review.html"]),
    ] {
        let text = read(&folder().join(name));
        let place = tempfile::tempdir().unwrap();
        lay_out(place.path());
        let ended = commands(&text).into_iter().map(|args| {
            let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
                .arg("review")
                .args(args)
                .current_dir(place.path())
                .output()
                .unwrap();
            output.status.code().unwrap()
        });
        assert_eq!(ended.collect::<Vec<_>>(), statuses, "{name}");
        for file in written {
            assert!(text.contains(file), "{name}: {file}");
            assert!(!read(&place.path().join(file)).is_empty(), "{name}: {file}");
        }
    }
}
