//! Paths of Cargo's target folder and the plugin's binary, relative to the running program.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

/// The target folder this program was built into, or `None` when it has been installed elsewhere.
///
/// Found by the marks Cargo leaves there, so `CARGO_TARGET_DIR`, `build.target-dir` and `--target` need no care.
pub fn target_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    target_folder_of(&program).map(Path::to_path_buf)
}

/// Where the plugin's binary has to be: beside this program, or, for a test, beside the program it tests.
pub fn plugin_path() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    // Cargo puts test programs one folder deeper than the programs under test.
    let folder = if folder.ends_with("deps") {
        folder.parent()?
    } else {
        folder
    };
    Some(folder.join(format!("terraform-provider-hwgrants{EXE_SUFFIX}")))
}

/// The nearest folder above the program that has Cargo's marks.
fn target_folder_of(program: &Path) -> Option<&Path> {
    program.ancestors().skip(1).find(|folder| is_target(folder))
}

/// Cargo writes `.rustc_info.json` always, unless told not to cache it, and the tag only into a folder it created.
fn is_target(folder: &Path) -> bool {
    folder.join(".rustc_info.json").is_file()
        || std::fs::read_to_string(folder.join("CACHEDIR.TAG"))
            .is_ok_and(|tag| tag.contains("created by cargo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_binary_has_a_target_folder_with_the_plugin() {
        let target = target_folder().unwrap();
        assert!(plugin_path().unwrap().starts_with(&target));
        assert!(!plugin_path().unwrap().parent().unwrap().ends_with("deps"));
    }

    #[test]
    fn a_target_folder_is_found_by_either_marker_file() {
        for (mark, text) in [
            (".rustc_info.json", "{}"),
            ("CACHEDIR.TAG", "# created by cargo.\n"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(mark), text).unwrap();
            let program = folder
                .path()
                .join("aarch64-unknown-linux-gnu/debug/hwgrants");
            assert_eq!(target_folder_of(&program), Some(folder.path()), "{mark}");
        }
    }

    #[test]
    fn an_installed_program_has_no_target_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("CACHEDIR.TAG"),
            "Signature: of some other cache\n",
        )
        .unwrap();
        assert_eq!(target_folder_of(&folder.path().join("bin/hwgrants")), None);
    }
}
