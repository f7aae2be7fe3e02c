//! The files that a report is written to, besides standard output.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::super::error::Error;
use super::super::output::Printer;
use crate::review::Format;
use crate::text;

/// The name of standard output.
const STANDARD_OUTPUT: &str = "-";

/// How many links lead to a file at most, as on Linux.
const MAX_LINKS: usize = 40;

/// A file and the format of the report in it, written `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Out {
    /// The format.
    pub(super) format: Format,
    /// The file as it was passed; `-` is standard output.
    pub(super) path: PathBuf,
}

/// Checks that each report has a file of its own.
///
/// # Errors
/// If two reports would be written to one file, under one path or two, or to standard output.
pub(super) fn check(outs: &[Out]) -> Result<(), Error> {
    let mut targets = BTreeSet::new();
    for out in outs {
        // Pipes and devices can take several reports.
        let is_special = fs::metadata(&out.path).is_ok_and(|found| !found.is_file());
        if out.is_standard_output() || !is_special {
            let target = match out.is_standard_output() {
                true => out.path.clone(),
                false => resolve(&out.path),
            };
            if !targets.insert(target) {
                return Err(Error::OutTwice {
                    path: out.path.clone(),
                });
            }
        }
    }
    Ok(())
}

/// Prints a report in one of the formats other than text. The formats for programs keep their values, but have no commands to
/// a CI server in them.
pub(super) fn print(format: Format, report: &str, printer: Printer) -> io::Result<()> {
    match format {
        Format::Text | Format::Markdown => printer.text(report),
        Format::Json | Format::Sarif | Format::Gitlab => printer.document(text::log_json(report)),
        // Its commands are meant, and the texts of others in them are escaped.
        Format::Github => printer.document(report),
        Format::Junit | Format::Html => printer.document(text::log_markup(report)),
    }
}

/// The file that a path leads to, through links and in a canonical spelling as far as it exists.
fn resolve(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // A link may lead to a file that does not exist yet.
    for _ in 0..MAX_LINKS {
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = folder(&path).join(target);
    }
    let name = path.file_name();
    match (folder(&path).canonicalize(), name) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The error without the path of a temporary file, which `tempfile` appends.
fn without_path(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((cause, _)) => io::Error::new(error.kind(), cause),
        None => error,
    }
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
    /// Whether the report replaces the one on standard output.
    pub(super) fn is_standard_output(&self) -> bool {
        self.path.as_os_str() == STANDARD_OUTPUT
    }

    /// Replaces the content of the file at once: readers see either the old or the new text, never a part.
    ///
    /// # Errors
    /// If the file cannot be written; its content is unchanged then.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            // A pipe or a device cannot be replaced.
            return File::create(&self.path)?.write_all(text.as_bytes());
        }
        // A link stays, and the file that it leads to is replaced.
        let path = resolve(&self.path);
        let file = created_as_usual(&mut tempfile::Builder::new()).tempfile_in(folder(&path));
        let mut file = file.map_err(without_path)?;
        file.write_all(text.as_bytes())?;
        // Some file systems report a lack of space only here.
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
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

    #[cfg(unix)]
    #[test]
    fn two_reports_to_one_file_are_refused_under_any_path() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("sub")).unwrap();
        symlink("a", path("link")).unwrap();
        symlink(path("sub"), path("subs")).unwrap();
        let is_refused = |names: [&str; 2]| {
            let outs = names.map(|name| Out {
                format: Format::Text,
                path: match name {
                    "-" => name.into(),
                    name => path(name),
                },
            });
            check(&outs).is_err()
        };
        for is_there in [false, true] {
            for (names, expected) in [
                (["a", "a"], true),
                (["a", "./a"], true),
                (["a", "sub/../a"], true),
                (["a", "link"], true),
                (["sub/b", "subs/b"], true),
                (["-", "-"], true),
                (["a", "b"], false),
                (["a", "-"], false),
                (["a", "sub/a"], false),
                (["/dev/null", "/dev/null"], false),
            ] {
                assert_eq!(is_refused(names), expected, "{names:?}");
            }
            if !is_there {
                File::create(path("a")).unwrap();
                File::create(path("sub/b")).unwrap();
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_the_file_that_it_leads_to_is_written() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("sub")).unwrap();
        symlink("second", path("link")).unwrap();
        symlink("sub/review.txt", path("second")).unwrap();
        let out = Out {
            format: Format::Text,
            path: path("link"),
        };
        for text in ["new\n", "newer\n"] {
            out.write(text).unwrap();
            assert!(path("link").is_symlink() && path("second").is_symlink());
            assert_eq!(fs::read_to_string(path("sub/review.txt")).unwrap(), text);
        }
        let nowhere = Out {
            format: Format::Text,
            path: path("nowhere/a.txt"),
        };
        let said = nowhere.write("").unwrap_err().to_string();
        assert!(!said.contains("path"), "{said}");
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
