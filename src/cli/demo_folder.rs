//! The working folder of the demo: `examples/demo`, this build of the plugin, and the shell settings to use both.
//!
//! A folder belongs to the demo if it contains the marker file; other folders that are not empty are not touched. Each
//! demo recreates its folder, because its sandbox is new too, and renames files that the user changed.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::distribution::mirror;
use crate::text::shell_word;

/// The marker file; it records what was written, so that changes can be detected.
const MARKER_FILE: &str = ".hwgrants-demo.json";

/// The example, carried along so that the demo needs no checkout.
const EXAMPLE: [(&str, &str); 3] = [
    ("main.tf", include_str!("../../examples/demo/main.tf")),
    (
        "variables.tf",
        include_str!("../../examples/demo/variables.tf"),
    ),
    ("outputs.tf", include_str!("../../examples/demo/outputs.tf")),
];

/// Terraform's files from an earlier demo, whose sandbox is gone.
const LEFTOVERS: [&str; 4] = [
    ".terraform.lock.hcl",
    "terraform.tfstate",
    "terraform.tfstate.backup",
    PLAN,
];

/// Name of the saved plan.
pub(super) const PLAN: &str = "demo.tfplan";

/// Settings for a shell.
pub(super) const SHELL_SETTINGS: &str = "env.sh";

/// A folder that is ready for `terraform init`, locked for the lifetime of this value.
#[derive(Debug)]
pub(super) struct DemoFolder {
    path: PathBuf,
    /// Holds the lock.
    _mark: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// It holds something and has no mark.
    #[error("`{}` is not empty and was not created by `hwgrants demo`", .0.display())]
    Foreign(PathBuf),
    /// Another process has it.
    #[error("`{}` is in use by another `hwgrants demo` process", .0.display())]
    InUse(PathBuf),
    /// The file system refuses.
    #[error("cannot read or write `{}`: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Foreign(_) => {
                Some("pass an empty or nonexistent directory with `--dir`".to_owned())
            }
            Self::InUse(_) => Some(
                "stop the other demo with Ctrl-C, or pass a different directory with `--dir`"
                    .to_owned(),
            ),
            Self::Io { .. } => None,
        }
    }
}

impl DemoFolder {
    /// Makes the folder, or makes it new: the example with `values` for its variables, and the `plugin` in a mirror.
    ///
    /// Returns also the names under which changed files were kept.
    pub(super) fn create(
        path: &Path,
        plugin: &Path,
        values: &str,
    ) -> Result<(Self, Vec<String>), Error> {
        let path = std::path::absolute(path).map_err(|source| Error::Io {
            path: path.to_path_buf(),
            source,
        })?;
        let failed = |source| Error::Io {
            path: path.clone(),
            source,
        };
        if !path.join(MARKER_FILE).is_file() && !is_empty(&path).map_err(failed)? {
            return Err(Error::Foreign(path));
        }
        fs::create_dir_all(&path).map_err(failed)?;
        let mut mark = open_mark(&path)?;
        let written = read_mark(&mut mark).map_err(failed)?;
        let kept = keep_changed(&path, &written).map_err(failed)?;
        remove_leftovers(&path).map_err(failed)?;

        let values = ("terraform.tfvars", values);
        let files: BTreeMap<String, String> = EXAMPLE
            .into_iter()
            .chain([values])
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect();
        write_mark(&mut mark, &files).map_err(failed)?;
        for (name, text) in &files {
            fs::write(path.join(name), text).map_err(failed)?;
        }
        mirror::create(&path, plugin).map_err(failed)?;
        Ok((Self { path, _mark: mark }, kept))
    }

    /// The folder's full path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `env.sh`: a shell that reads it talks to the demo's cloud, with the caller's own credentials put away.
    /// `programs` is a folder to be found on `PATH`.
    pub(super) fn write_shell_settings(
        &self,
        variables: &[(&str, String)],
        programs: Option<&Path>,
    ) -> Result<(), Error> {
        let mut text = String::from(
            "# Run `. ./env.sh` in a separate terminal. The script unsets that terminal's Huawei Cloud settings and\n\
             # credentials and points Terraform to the demo sandbox. It is for this directory only, because Terraform then\n\
             # installs providers only from `plugins`, and always uses the `.terraform` directory in this directory.\n\
             for name in $(env | sed -n 's/^\\(HW_[A-Z_]*\\)=.*/\\1/p; s/^\\(OS_[A-Z_]*\\)=.*/\\1/p'); do unset \
             \"$name\"; done\n",
        );
        let config = self.path.join(mirror::CONFIG_FILE);
        let data = self.path.join(".terraform");
        let own = [
            ("TF_CLI_CONFIG_FILE", config.to_string_lossy().into_owned()),
            ("TF_DATA_DIR", data.to_string_lossy().into_owned()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
        ];
        for (name, value) in variables.iter().chain(&own) {
            text.push_str(&format!("export {name}={}\n", shell_word(value)));
        }
        if let Some(programs) = programs {
            text.push_str(&format!(
                "export PATH={}:\"$PATH\"\n",
                shell_word(&programs.to_string_lossy())
            ));
        }
        let path = self.path.join(SHELL_SETTINGS);
        fs::write(&path, text).map_err(|source| Error::Io { path, source })
    }
}

/// A folder that is not there is empty.
fn is_empty(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Opens or creates the mark, and locks it until the file is closed.
fn open_mark(folder: &Path) -> Result<File, Error> {
    let path = folder.join(MARKER_FILE);
    let opened = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let mark = opened.map_err(|source| Error::Io {
        path: path.clone(),
        source,
    })?;
    match mark.try_lock() {
        Ok(()) => Ok(mark),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(folder.to_path_buf())),
        Err(TryLockError::Error(source)) => Err(Error::Io { path, source }),
    }
}

/// What was written last time, by name. A mark that cannot be read knows of no file, so that all are kept.
fn read_mark(mark: &mut File) -> io::Result<BTreeMap<String, String>> {
    let mut text = String::new();
    mark.read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// Replaces the content of the mark, which stays open and locked.
fn write_mark(mark: &mut File, files: &BTreeMap<String, String>) -> io::Result<()> {
    mark.rewind()?;
    mark.set_len(0)?;
    mark.write_all(serde_json::to_string_pretty(files)?.as_bytes())
}

/// Renames the files that are about to be written and are not as they were written last.
fn keep_changed(folder: &Path, written: &BTreeMap<String, String>) -> io::Result<Vec<String>> {
    let mut kept = Vec::new();
    for name in EXAMPLE
        .iter()
        .map(|(name, _)| *name)
        .chain(["terraform.tfvars"])
    {
        let text = match fs::read_to_string(folder.join(name)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if written.get(name) == Some(&text) {
            continue;
        }
        // Terraform reads no file that ends like this.
        let free = (1..)
            .map(|number| format!("{name}.kept-{number}"))
            .find(|name| !folder.join(name).exists());
        if let Some(free) = free {
            fs::rename(folder.join(name), folder.join(&free))?;
            kept.push(free);
        }
    }
    Ok(kept)
}

/// Removes Terraform's files of an earlier demo; those that do not exist are no error.
fn remove_leftovers(folder: &Path) -> io::Result<()> {
    let data = fs::remove_dir_all(folder.join(".terraform"));
    let files = LEFTOVERS
        .iter()
        .map(|name| fs::remove_file(folder.join(name)));
    for removed in std::iter::once(data).chain(files) {
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A parent for a folder, with a plugin beside it.
    fn parent() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let plugin = parent.path().join("plugin");
        fs::write(&plugin, "binary").unwrap();
        let folder = parent.path().join("demo");
        (parent, folder, plugin)
    }

    #[test]
    fn a_second_demo_removes_the_state_and_keeps_user_changes() {
        let (_parent, path, plugin) = parent();
        drop(DemoFolder::create(&path, &plugin, "day = 1\n").unwrap());
        fs::write(path.join("terraform.tfstate"), "{}").unwrap();
        fs::create_dir(path.join(".terraform")).unwrap();
        fs::write(path.join("main.tf"), "# mine\n").unwrap();
        fs::write(path.join("notes.txt"), "mine too").unwrap();

        let (_folder, kept) = DemoFolder::create(&path, &plugin, "day = 2\n").unwrap();

        assert_eq!(kept, ["main.tf.kept-1"]);
        assert_eq!(
            fs::read_to_string(path.join("main.tf.kept-1")).unwrap(),
            "# mine\n"
        );
        assert_eq!(
            fs::read_to_string(path.join("main.tf")).unwrap(),
            EXAMPLE[0].1
        );
        assert_eq!(
            fs::read_to_string(path.join("terraform.tfvars")).unwrap(),
            "day = 2\n"
        );
        assert!(path.join("notes.txt").exists());
        assert!(!path.join("terraform.tfstate").exists());
        assert!(!path.join(".terraform").exists());
    }

    #[test]
    fn a_foreign_folder_is_rejected_and_left_unchanged() {
        let (_parent, path, plugin) = parent();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("main.tf"), "# mine\n").unwrap();

        let refused = DemoFolder::create(&path, &plugin, "").unwrap_err();

        assert!(matches!(refused, Error::Foreign(_)), "{refused}");
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        assert_eq!(
            fs::read_to_string(path.join("main.tf")).unwrap(),
            "# mine\n"
        );
    }

    #[test]
    fn an_empty_folder_is_accepted() {
        let (_parent, path, plugin) = parent();
        fs::create_dir(&path).unwrap();
        DemoFolder::create(&path, &plugin, "").unwrap();
    }

    #[test]
    fn a_folder_in_use_is_rejected_until_it_is_released() {
        let (_parent, path, plugin) = parent();
        let first = DemoFolder::create(&path, &plugin, "").unwrap();
        let refused = DemoFolder::create(&path, &plugin, "").unwrap_err();
        assert!(matches!(refused, Error::InUse(_)), "{refused}");
        drop(first);
        DemoFolder::create(&path, &plugin, "").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn shell_settings_unset_the_callers_credentials_and_quote_paths() {
        let (parent, _, plugin) = parent();
        let path = parent.path().join("it's a \"demo\" $HOME");
        let (folder, _) = DemoFolder::create(&path, &plugin, "").unwrap();
        let variables = [("HW_AUTH_TOKEN", "it's $a token".to_owned())];
        folder
            .write_shell_settings(&variables, Some(Path::new("/opt/a b")))
            .unwrap();

        let output = std::process::Command::new("sh")
            .args([
                "-euc",
                ". ./env.sh; echo \"$HW_AUTH_TOKEN|${HW_ACCESS_KEY-none}|$TF_DATA_DIR|$PATH\"",
            ])
            .current_dir(&path)
            .env("HW_ACCESS_KEY", "of a real account")
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap();

        let expected = format!(
            "it's $a token|none|{}/.terraform|/opt/a b:/usr/bin:/bin\n",
            path.display()
        );
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
}
