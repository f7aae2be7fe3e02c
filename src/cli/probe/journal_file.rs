//! The journals of the probe: one file per grant, locked while the probe runs.
//!
//! Entries are appended, each as a line that is synced to disk before its request is sent. If the last line is incomplete, its request
//! was not sent, so the line before it counts.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::probe::{Journal, JournalEntry, ProbeTarget};

/// How often opening a journal is tried that other processes remove.
const MAX_ATTEMPTS: usize = 10;

/// Extension of a journal.
const EXTENSION: &str = "journal";

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum JournalError {
    /// The operating system names no directory for such files.
    #[error(
        "cannot determine the directory for the journal, because the home directory is unknown"
    )]
    NoFolder,
    /// A file or directory cannot be used.
    #[error("cannot use `{}`: {source}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has the journal.
    #[error("another probe of this grant is running; its journal is `{}`", .0.display())]
    Busy(PathBuf),
    /// A file is not a journal.
    #[error("`{}` is not a valid journal: {problem}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
}

impl JournalError {
    /// What to do about it.
    pub(in crate::cli) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoFolder => Some("set `HOME`"),
            Self::Io { .. } => None,
            Self::Busy(_) => Some("wait until the other process ends"),
            Self::Invalid { .. } => Some(
                "an earlier run may have left a grant; check the grants on the secret with `hwgrants audit`, then delete the file",
            ),
        }
    }
}

/// The directory of all journals.
#[derive(Clone, Debug)]
pub(super) struct JournalFolder(PathBuf);

/// A journal that this process has locked.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    /// The last complete entry, which an earlier run has left.
    pub(super) leftover: Option<JournalEntry>,
}

impl JournalFolder {
    /// The directory of the current user.
    pub(super) fn of_user() -> Result<Self, JournalError> {
        let base = dirs::state_dir().or_else(dirs::data_local_dir);
        let base = base.ok_or(JournalError::NoFolder)?;
        Ok(Self(base.join("hwgrants").join("probe")))
    }

    /// The journals that ended processes have left, each locked, and why others cannot be used. Those of running processes, and that of
    /// `own`, are not among them.
    pub(super) fn leftovers(
        &self,
        own: Option<&ProbeTarget>,
    ) -> Result<Vec<Result<JournalFile, JournalError>>, JournalError> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(io_error(&self.0, source)),
        };
        let own = own.map(|target| self.0.join(file_name(target)));
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| io_error(&self.0, source))?.path();
            let is_journal = path.extension().is_some_and(|is| is == EXTENSION);
            if is_journal && Some(&path) != own.as_ref() {
                paths.push(path);
            }
        }
        paths.sort();
        let mut found = Vec::new();
        for path in paths {
            match JournalFile::open(&path, OpenOptions::new().read(true).write(true)) {
                Ok(Some(journal)) if journal.leftover.is_some() => found.push(Ok(journal)),
                // The process ended before it sent anything.
                Ok(Some(mut journal)) => {
                    let _ = journal.remove();
                }
                Ok(None) | Err(JournalError::Busy(_)) => {}
                Err(error) => found.push(Err(error)),
            }
        }
        Ok(found)
    }

    /// The journal of a grant, created if it does not exist.
    pub(super) fn open(&self, target: &ProbeTarget) -> Result<JournalFile, JournalError> {
        create_private_folder(&self.0).map_err(|source| io_error(&self.0, source))?;
        let path = self.0.join(file_name(target));
        // Another process may remove it meanwhile.
        for _ in 0..MAX_ATTEMPTS {
            if let Some(journal) = JournalFile::open(&path, &mut private_options())? {
                sync_folder(&self.0).map_err(|source| io_error(&self.0, source))?;
                return Ok(journal);
            }
        }
        Err(JournalError::Busy(path))
    }
}

impl JournalFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Forgets what an earlier run has left, which does not exist any more.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.leftover = None;
        self.file.set_len(0)?;
        self.file.sync_all()
    }

    /// Opens and locks a journal; `None` if it was removed before it was locked.
    fn open(path: &Path, options: &mut OpenOptions) -> Result<Option<Self>, JournalError> {
        let failed = |source| io_error(path, source);
        let mut file = match options.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed(source)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Busy(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Another process may have removed or replaced it meanwhile.
        let is_same = || -> io::Result<bool> {
            let open = same_file::Handle::from_file(file.try_clone()?)?;
            Ok(open == same_file::Handle::from_path(path)?)
        };
        match is_same() {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed(source)),
        }
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let invalid = |problem: String| JournalError::Invalid {
            path: path.to_owned(),
            problem,
        };
        match file.read_to_string(&mut text) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(invalid("it is not UTF-8 text".to_owned()));
            }
            Err(source) => return Err(failed(source)),
        }
        let complete = text.rfind('\n').and_then(|end| text.get(..end));
        let last = complete.and_then(|lines| lines.lines().last());
        let leftover = last.map(JournalEntry::parse).transpose();
        Ok(Some(Self {
            path: path.to_owned(),
            file,
            leftover: leftover.map_err(invalid)?,
        }))
    }
}

impl Journal for JournalFile {
    fn write(&mut self, entry: &JournalEntry) -> io::Result<()> {
        // The line feed in front completes a line that an earlier failure has cut.
        let line = format!("\n{}\n", entry.text()?);
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(line.as_bytes())?;
        self.file.sync_all()
    }

    fn remove(&mut self) -> io::Result<()> {
        // A file that cannot be removed must not announce a grant any more.
        self.file.set_len(0)?;
        self.file.sync_all()?;
        fs::remove_file(&self.path)
    }
}

/// The same name for the same grant; IDs may contain characters that file names may not.
fn file_name(target: &ProbeTarget) -> String {
    let parts = [
        target.endpoint.as_str(),
        target.location.region.as_str(),
        target.location.project_id.as_str(),
        target.secret_id.as_str(),
        target.user_id.as_str(),
    ];
    let digest = Sha256::digest(parts.join("\n"));
    let name: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{name}.{EXTENSION}")
}

fn io_error(path: &Path, source: io::Error) -> JournalError {
    JournalError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A file that only the current user can read: it contains IDs.
fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes a new file in the folder durable, and the folder itself, which may be new as well.
fn sync_folder(folder: &Path) -> io::Result<()> {
    const MAX_NEW_FOLDERS: usize = 5;
    if cfg!(unix) {
        for folder in folder.ancestors().take(MAX_NEW_FOLDERS) {
            match File::open(folder).and_then(|opened| opened.sync_all()) {
                Err(error) if error.kind() == ErrorKind::PermissionDenied => break,
                synced => synced?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{GranteeId, ProjectId, ProjectLocation, Region, ResourceId};

    /// An entry, as a run writes it.
    const ENTRY: &str = r#"{"version":1,"endpoint":"https://kms.example.com","region":"cn-north-4","project_id":"p","secret_id":"s","user_id":"u","started_at":"2026-11-30T12:00:00Z","written_at":"2026-11-30T12:00:00Z","step":"create","pending":{"expires_on":"2026-12-04"},"created_at":[],"clock_ahead":null,"shows_dates":null,"absent_form":{"list":null}}"#;

    fn target() -> ProbeTarget {
        ProbeTarget {
            location: ProjectLocation {
                region: Region::new("cn-north-4").unwrap(),
                project_id: ProjectId::new("p").unwrap(),
            },
            secret_id: ResourceId::new("s").unwrap(),
            user_id: GranteeId::new("u").unwrap(),
            endpoint: "https://kms.example.com".to_owned(),
        }
    }

    #[test]
    fn a_journal_is_written_found_cleared_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = JournalFolder(folder.path().join("a").join("b"));
        assert!(folder.leftovers(None).unwrap().is_empty());
        let entry = JournalEntry::parse(ENTRY).unwrap();
        let mut journal = folder.open(&target()).unwrap();
        assert_eq!(journal.leftover, None);
        journal.write(&entry).unwrap();
        journal.write(&entry).unwrap();
        // Of a running process.
        assert!(folder.leftovers(None).unwrap().is_empty());
        assert!(matches!(folder.open(&target()), Err(JournalError::Busy(_))));
        drop(journal);

        let mut found = folder.leftovers(None).unwrap();
        let found = found.pop().unwrap().unwrap();
        assert_eq!(found.leftover, Some(entry.clone()));
        drop(found);
        assert!(folder.leftovers(Some(&target())).unwrap().is_empty());
        let mut journal = folder.open(&target()).unwrap();
        assert_eq!(journal.leftover, Some(entry.clone()));
        journal.clear().unwrap();
        drop(journal);
        let mut journal = folder.open(&target()).unwrap();
        assert_eq!(journal.leftover, None);
        journal.write(&entry).unwrap();
        journal.remove().unwrap();
        drop(journal);
        assert!(folder.leftovers(None).unwrap().is_empty());
    }
}
