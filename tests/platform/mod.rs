//! The plugin built for another platform than the one of the tests, and the programs that run it there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use hwgrants::cli::install_path;

use crate::not_checked::not_checked;

/// Held while the plugin is built, because two builds would wait for each other in any case.
static BUILD: Mutex<()> = Mutex::new(());

/// The plugin for a target, built with `make platform-plugin`; `None`, and said, if this machine has no tools for that.
///
/// # Panics
/// If the build fails.
pub(crate) fn plugin(target: &str) -> Option<PathBuf> {
    let folder = install_path::target_folder().expect("a target folder");
    let programs = folder.join("tools/zig/bin");
    if !programs.join("cargo-zigbuild").is_file() || !has_standard_library(target) {
        not_checked(&format!(
            "the plugin for `{target}`, because its linker or its standard library is not installed; run `make platform-tools`"
        ));
        return None;
    }
    let _build = BUILD.lock().unwrap();
    let output = Command::new("make")
        .args(["--silent", "platform-plugin", &format!("TARGET={target}")])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", &folder)
        .env_remove("MAKEFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{target}: {text}");
    let suffix = if target.contains("windows") {
        ".exe"
    } else {
        ""
    };
    let name = format!("{target}/debug/terraform-provider-hwgrants{suffix}");
    Some(folder.join(name))
}

fn has_standard_library(target: &str) -> bool {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .unwrap();
    let folder = String::from_utf8_lossy(&output.stdout);
    Path::new(folder.trim()).is_dir()
}

/// The first of these programs on `PATH` or at a path; `None`, and said, if this machine has none of them.
pub(crate) fn emulator(names: &[&str], checked: &str, package: &str) -> Option<PathBuf> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&search).collect();
    let found = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        not_checked(&format!(
            "{checked}, because this machine has no `{}`; install the package `{package}`",
            names[0]
        ));
    }
    found
}
