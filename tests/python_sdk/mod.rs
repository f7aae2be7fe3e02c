//! The official SDK for Python, in a virtual environment in the target folder, in the version that `requirements.txt` names.

use std::path::{Path, PathBuf};
use std::process::Command;

use hwgrants::cli::install_path;

/// The Python with the SDK, which is installed unless that has been done; none without Python 3.
///
/// # Errors
/// What failed, if the SDK cannot be installed.
pub(crate) fn installed() -> Option<Result<PathBuf, String>> {
    Command::new("python3").arg("--version").output().ok()?;
    Some(install())
}

fn install() -> Result<PathBuf, String> {
    let target = install_path::target_folder().expect("a target folder");
    let folder = target.join("sdk/python");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python_sdk/requirements.txt");
    let requirements = std::fs::read_to_string(&source).map_err(|error| error.to_string())?;
    let marker = folder.join("installed.txt");
    let program = folder.join("venv/bin/python");
    if std::fs::read_to_string(&marker).ok().as_ref() != Some(&requirements) {
        let venv = ["-m", "venv", "--clear"];
        run(Command::new("python3").args(venv).arg(folder.join("venv")))?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ];
        run(Command::new(&program).args(pip).arg(source))?;
        std::fs::write(marker, requirements).map_err(|error| error.to_string())?;
    }
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let complaints = String::from_utf8_lossy(&output.stderr);
            Err(format!("{command:?}: {complaints}"))
        }
    }
}
