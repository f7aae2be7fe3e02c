//! OpenTofu, built from its source by Go: no package contains it.

use std::path::PathBuf;
use std::process::Command;

use hwgrants::cli::install_path;
use serde_json::Value;

/// Where its source lies in Go's module proxy.
const MODULE: &str = "github.com/opentofu/opentofu";

/// What is built, oldest first.
pub(crate) const VERSIONS: &[&str] = &["1.9.4", "1.10.10", "1.11.5", "1.12.6"];

/// The program of this version, built unless that has been done; `None` where there is no Go.
///
/// # Panics
/// If it cannot be built.
pub(crate) fn built(version: &str) -> Option<PathBuf> {
    Command::new("go").arg("version").output().ok()?;
    let target = install_path::target_folder().expect("a target folder");
    let folder = target.join("opentofu").join(version);
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("tofu");
    if program.is_file() {
        return Some(program);
    }
    let go = |args: &[&str]| {
        let output = Command::new("go")
            .args(args)
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "go {}: {said}", args.join(" "));
        output.stdout
    };
    if !folder.join("go.mod").is_file() {
        go(&["mod", "init", "hwgrants.test/opentofu"]);
    }
    let downloaded = go(&["mod", "download", "-json", &format!("{MODULE}@v{version}")]);
    let downloaded: Value = serde_json::from_slice(&downloaded).unwrap();
    let source = PathBuf::from(downloaded["Dir"].as_str().unwrap());
    // Replacements count in the main module alone, so those of OpenTofu are taken over.
    let own = std::fs::read_to_string(source.join("go.mod")).unwrap();
    for line in own.lines() {
        let line = line.trim().trim_start_matches("replace ");
        if let [from, from_version, "=>", to, to_version] =
            line.split_whitespace().collect::<Vec<_>>()[..]
        {
            let replacement = format!("{from}@{from_version}={to}@{to_version}");
            go(&["mod", "edit", "-replace", &replacement]);
        }
    }
    let command = format!("{MODULE}/cmd/tofu");
    go(&["get", "-tool", &format!("{command}@v{version}")]);
    let unfinished = folder.join("tofu.part");
    go(&["build", "-o", unfinished.to_str().unwrap(), &command]);
    std::fs::rename(unfinished, &program).unwrap();
    Some(program)
}
