//! The file that keeps the state of a sandbox from one start to the next.
//!
//! **Shape**: JSON, see [`DataFileContents`], with the version of its format. It has no tokens, keys and passwords, which come
//! from the seed at each start. A write goes to `FILE.new` in the same folder, is synced to disk and renamed to `FILE`, so that
//! a reader sees either the old or the new contents. `FILE.lock` is an empty file that is locked while the data file is open:
//! a lock on `FILE` alone would be lost with each rename. On Unix `FILE` is locked too, before the rename, so that another
//! sandbox cannot open it through a hard link.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sandbox::clock::ClockOffset;
use crate::sandbox::store::snapshot::StoreSnapshot;

/// Version of the format that is written, and the newest that is read.
const VERSION: u32 = 1;

/// Most symbolic links followed.
const MAX_LINKS: u32 = 40;

/// The contents of a data file. A new version means that older programs would misread the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct DataFileContents {
    /// Version of the format; a file with a newer one is not opened.
    version: u32,
    /// Offset of the clock.
    #[serde(rename = "clock_ahead")]
    pub(in crate::sandbox) clock_offset: ClockOffset,
    /// Contents of the store, without credentials.
    #[serde(rename = "holdings")]
    pub(in crate::sandbox) snapshot: StoreSnapshot,
}

/// An open data file, locked for this process.
#[derive(Debug)]
pub(in crate::sandbox) struct DataFile {
    /// Path of `FILE` without links, so that every spelling leads to the same lock.
    path: PathBuf,
    /// Bytes in the file; none while it does not exist.
    written: Option<Vec<u8>>,
    /// `FILE.lock`; unlocked when it is closed, however the process ends.
    lock: File,
    /// `FILE`, locked; none while it does not exist, and where it cannot be locked.
    own: Option<File>,
}

/// Why a data file cannot be used. Its contents are unchanged.
#[derive(Debug, Error)]
pub enum DataFileError {
    /// It cannot be read.
    #[error("cannot read the data file `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// It is not the data file of a sandbox.
    #[error("`{}` is not a sandbox data file: {reason}", path.display())]
    NotADataFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer version of the program has written it.
    #[error("the data file `{}` has format version {version}, but this version of hwgrants supports only versions up to {VERSION}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Version of the format.
        version: u32,
    },
    /// Another sandbox uses it.
    #[error("the data file `{}` is in use by another sandbox", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("cannot write the data file `{}`: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
}

impl DataFileError {
    /// What to do about it, in one line.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "choose a data file that you can read and write, or a path for a new file"
            }
            Self::NotADataFile { .. } => {
                "choose another data file, or a path for a new file; this file was not changed"
            }
            Self::Newer { .. } => {
                "upgrade hwgrants, or choose another data file; this file was not changed"
            }
            Self::InUse { .. } => "stop the other sandbox, or choose another data file",
            Self::Unwritable { .. } => {
                "choose a data file in an existing, writable folder with free disk space"
            }
        }
    }
}

impl DataFileContents {
    /// The contents to write, in the newest format.
    pub(in crate::sandbox) fn new(clock_offset: ClockOffset, snapshot: StoreSnapshot) -> Self {
        Self {
            version: VERSION,
            clock_offset,
            snapshot,
        }
    }

    /// Parses the contents. The version is read on its own first, because a newer format may have unknown fields.
    fn parse(path: &Path, text: &[u8]) -> Result<Self, DataFileError> {
        /// The part that all versions share.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }

        let foreign = |error: serde_json::Error| DataFileError::NotADataFile {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let Versioned { version } = serde_json::from_slice(text).map_err(foreign)?;
        if version > VERSION {
            let path = path.to_owned();
            return Err(DataFileError::Newer { path, version });
        }
        serde_json::from_slice(text).map_err(foreign)
    }
}

impl DataFile {
    /// Opens and locks the file, and reads its contents; none if it does not exist.
    ///
    /// # Errors
    /// Every `DataFileError`. The contents of the file are unchanged.
    pub(in crate::sandbox) fn open(
        path: &Path,
    ) -> Result<(Self, Option<DataFileContents>), DataFileError> {
        let path = resolve(path).map_err(|source| DataFileError::Unwritable {
            path: path.to_owned(),
            source,
        })?;
        // Read first, so that no lock file is created next to a file that is not a data file.
        load(&path)?;
        let lock = lock(&path)?;
        let own = lock_data_file(&path)?;
        let (written, contents) = load(&path)?.unzip();
        let data_file = Self {
            path,
            written,
            lock,
            own,
        };
        Ok((data_file, contents))
    }

    /// Writes the contents; they are on disk when this returns. Does nothing if the file has them already.
    ///
    /// # Errors
    /// `Unwritable`; the file is then unchanged.
    pub(in crate::sandbox) fn write(
        &mut self,
        contents: &DataFileContents,
    ) -> Result<(), DataFileError> {
        let text = self.replace(contents);
        let text = text.map_err(|source| DataFileError::Unwritable {
            path: self.path.clone(),
            source,
        })?;
        self.written = Some(text);
        Ok(())
    }

    /// Writes a draft and renames it to the file; returns the bytes written. Equal contents are not written again.
    fn replace(&mut self, contents: &DataFileContents) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(contents)?;
        text.push(b'\n');
        if self.written.as_ref() == Some(&text) {
            return Ok(text);
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let draft = with_suffix(&self.path, ".new");
        // A draft left by a process that was killed. The lock excludes that another process is writing it.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let name = draft.file_name().unwrap_or_default();
        // A fixed name, so that drafts do not accumulate. Created with permissions for its owner only, removed on failure.
        let mut file = tempfile::Builder::new()
            .prefix(name)
            .rand_bytes(0)
            .tempfile_in(folder)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        if cfg!(unix) {
            // No other process has the draft open. Where it cannot be locked, `FILE.lock` is enough.
            drop(file.as_file().try_lock());
        }
        let file = file.persist(&self.path)?;
        // Windows cannot rename over an open file, so the next write would fail there.
        self.own = cfg!(unix).then_some(file);
        sync_folder(folder)?;
        Ok(text)
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        // Closing is not enough: a child process that is being started briefly holds a copy of the file descriptor and the lock.
        if let Some(own) = &self.own {
            drop(own.unlock());
        }
        drop(self.lock.unlock());
    }
}

/// Resolves links and spellings of a path, so that all of them find the same lock and a link is not replaced by a file. The
/// target of a link need not exist.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match path.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            resolved => return resolved,
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize()?;
        let file = folder.join(name);
        match fs::read_link(&file) {
            Ok(target) => path = folder.join(target),
            Err(_) => return Ok(file),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Locks the file itself if it exists and can be locked. Not on Windows, where a lock would prevent reading it.
fn lock_data_file(path: &Path) -> Result<Option<File>, DataFileError> {
    if !cfg!(unix) {
        return Ok(None);
    }
    let Ok(file) = File::open(path) else {
        // It does not exist; or it cannot be read, which the next step reports.
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(DataFileError::InUse {
            path: path.to_owned(),
        }),
        // Some file systems lock only files that are open for writing; `FILE.lock` is enough there.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// The bytes and the contents of the file; none if it does not exist.
fn load(path: &Path) -> Result<Option<(Vec<u8>, DataFileContents)>, DataFileError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    let contents = DataFileContents::parse(path, &text)?;
    Ok(Some((text, contents)))
}

/// The bytes of the file; none if it does not exist. Only regular files are read.
fn read(path: &Path) -> Result<Option<Vec<u8>>, DataFileError> {
    let unreadable = |source| DataFileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error)),
        // Reading a pipe could block forever, and a device must not be replaced.
        Ok(found) if !found.is_file() => Err(DataFileError::NotADataFile {
            path: path.to_owned(),
            reason: "not a regular file".to_owned(),
        }),
        Ok(_) => fs::read(path).map(Some).map_err(unreadable),
    }
}

/// Creates and locks `FILE.lock`. Fails at once if another process has it: waiting would hang the start.
fn lock(path: &Path) -> Result<File, DataFileError> {
    let unwritable = |source| DataFileError::Unwritable {
        path: path.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let lock = options
        .open(with_suffix(path, ".lock"))
        .map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(DataFileError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
    }
}

/// The path with a suffix.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Syncs a folder to disk, which makes a rename in it durable. Does nothing on Windows.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
