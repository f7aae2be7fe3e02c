//! The files that a report is written to, besides standard output.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::review::Format;

/// A file and the format of the report in it, written `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Out {
    /// The format.
    pub(super) format: Format,
    /// The file.
    pub(super) path: PathBuf,
}

impl FromStr for Out {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = Format::ALL.map(Format::name).join(", ");
        let Some((name, path)) = text.split_once('=') else {
            return Err(format!(
                "expected FORMAT=FILE, where FORMAT is one of {names}"
            ));
        };
        let format = Format::ALL.into_iter().find(|format| format.name() == name);
        let format =
            format.ok_or_else(|| format!("unknown format `{name}`, expected one of {names}"))?;
        if path.is_empty() {
            return Err("expected a file name after `=` in FORMAT=FILE".to_owned());
        }
        let path = path.into();
        Ok(Self { format, path })
    }
}

impl Out {
    /// Replaces the content of the file at once: readers see either the old or the new text, never a part.
    ///
    /// # Errors
    /// If the file cannot be written; its content is unchanged then.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            // A pipe or a device cannot be replaced.
            return File::create(&self.path)?.write_all(text.as_bytes());
        }
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut file = created_as_usual(&mut tempfile::Builder::new()).tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        // Some file systems report a lack of space only here.
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// With the permissions of any new file, because others are meant to read a report.
#[cfg(unix)]
fn created_as_usual<'a, 'b, 'c>(
    builder: &'c mut tempfile::Builder<'a, 'b>,
) -> &'c mut tempfile::Builder<'a, 'b> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn created_as_usual<'a, 'b, 'c>(
    builder: &'c mut tempfile::Builder<'a, 'b>,
) -> &'c mut tempfile::Builder<'a, 'b> {
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_requires_a_known_format_and_a_file_name() {
        let parsed = |text: &str| text.parse::<Out>();
        let expected = Out {
            format: Format::Text,
            path: "a=b.txt".into(),
        };
        assert_eq!(parsed("text=a=b.txt"), Ok(expected));
        assert!(parsed("review.md").unwrap_err().contains("FORMAT=FILE"));
        assert!(
            parsed("word=a")
                .unwrap_err()
                .contains("unknown format `word`")
        );
        assert!(
            parsed("text=")
                .unwrap_err()
                .contains("expected a file name")
        );
    }

    #[test]
    fn a_report_replaces_the_old_file_with_default_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("review.txt");
        let out = Out {
            format: Format::Text,
            path: path.clone(),
        };
        for text in ["a long old report\n", "new\n"] {
            out.write(text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let plain = folder.path().join("plain");
        File::create(&plain).unwrap();
        let of = |path| fs::metadata(path).unwrap().permissions();
        assert_eq!(of(&path), of(&plain));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
