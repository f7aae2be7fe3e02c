//! The file that a sandbox keeps what it holds in, from one start to the next.
//!
//! **Shape**: JSON, see [`DataFileContents`], with the version of its format. Tokens, keys and passwords are not in it; they
//! come from the seed at each start. A write goes to `FILE.new` in the same folder, is forced to the disk, and takes
//! the place of `FILE` at once, so whoever reads it at whatever moment sees the old contents or the new ones.
//! `FILE.lock` is locked as long as the data file is open and stays there, empty: each write replaces `FILE`, and with it
//! a lock on it. On Unix `FILE` is locked besides, before it takes its place, so that a hard link does not lead another
//! sandbox to it by another name.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sandbox::clock::ClockOffset;
use crate::sandbox::store::snapshot::StoreSnapshot;

/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;

/// Links that may lead from one to the next.
const MAX_LINKS: u32 = 40;

/// What is kept. The versions tell apart forms that an older program would misunderstand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::sandbox) struct DataFileContents {
    version: u32,
    /// How far the calendar is ahead of the clock.
    #[serde(rename = "clock_ahead")]
    pub(in crate::sandbox) clock_offset: ClockOffset,
    /// What the store holds, without secrets.
    #[serde(rename = "holdings")]
    pub(in crate::sandbox) snapshot: StoreSnapshot,
}

/// A file that is read once and written often, by this process alone.
#[derive(Debug)]
pub(in crate::sandbox) struct DataFile {
    path: PathBuf,
    /// What the file holds; none while there is no file.
    written: Option<Vec<u8>>,
    /// Unlocked when it is closed, however the process ends.
    lock: File,
    /// The file itself, locked; none while there is no file, and where it cannot be locked.
    own: Option<File>,
}

/// Why a file cannot be used. Its contents are left as they are.
#[derive(Debug, Error)]
pub enum DataFileError {
    /// The system does not let it be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else than a sandbox has written it.
    #[error("`{}` is not the file of a sandbox: {reason}", path.display())]
    NotADataFile {
        /// The file.
        path: PathBuf,
        /// What gives it away.
        reason: String,
    },
    /// A newer program has written it.
    #[error("`{}` has format {version}, and this program knows formats up to {VERSION}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version it bears.
        version: u32,
    },
    /// Another sandbox is running on it.
    #[error("`{}` is in use by another sandbox", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let it be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl DataFileError {
    /// What to do about it, in a line.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "name a file that you may read and write, or one that is not there yet"
            }
            Self::NotADataFile { .. } => {
                "the file is left as it is; name another one, or one that is not there yet"
            }
            Self::Newer { .. } => {
                "the file is left as it is; use the program that wrote it, or name another file"
            }
            Self::InUse { .. } => "stop the other sandbox, or name another file",
            Self::Unwritable { .. } => {
                "name a file in a folder that is there, that you may write to, and that has room"
            }
        }
    }
}

impl DataFileContents {
    /// What is held now, in the format of this program.
    pub(in crate::sandbox) fn new(clock_offset: ClockOffset, snapshot: StoreSnapshot) -> Self {
        Self {
            version: VERSION,
            clock_offset,
            snapshot,
        }
    }

    fn parse(path: &Path, text: &[u8]) -> Result<Self, DataFileError> {
        /// All that is certain of every format.
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
    /// Opens the file for this process alone, and reads what it holds; nothing if it is not there.
    ///
    /// # Errors
    /// All of them. The contents of the file are never changed.
    pub(in crate::sandbox) fn open(
        path: &Path,
    ) -> Result<(Self, Option<DataFileContents>), DataFileError> {
        let path = resolve(path).map_err(|source| DataFileError::Unwritable {
            path: path.to_owned(),
            source,
        })?;
        // A look before the lock, so that none is laid beside a file that is not ours.
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

    /// Writes the contents; they are on the disk when this returns. Does nothing if they are there already.
    ///
    /// # Errors
    /// `Unwritable`; the file then holds what it held.
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

    fn replace(&mut self, contents: &DataFileContents) -> io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(contents)?;
        text.push(b'\n');
        if self.written.as_ref() == Some(&text) {
            return Ok(text);
        }
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let draft = with_suffix(&self.path, ".new");
        // A process that was killed leaves its draft; with the lock held it can be nobody else's.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let name = draft.file_name().unwrap_or_default();
        // One name, so that drafts do not pile up. Made anew each time, for its owner alone, and removed on failure.
        let mut file = tempfile::Builder::new()
            .prefix(name)
            .rand_bytes(0)
            .tempfile_in(folder)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        if cfg!(unix) {
            // Nobody else knows the draft, so nobody holds it. Where it cannot be locked, `FILE.lock` has to do.
            drop(file.as_file().try_lock());
        }
        let file = file.persist(&self.path)?;
        // Windows lets nothing take the place of a file that is open, so there the next write would fail.
        self.own = cfg!(unix).then_some(file);
        sync_folder(folder)?;
        Ok(text)
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        // Not left to closing: a child that is being started holds a copy of the file for a moment, and with it the lock.
        if let Some(own) = &self.own {
            drop(own.unlock());
        }
        drop(self.lock.unlock());
    }
}

/// The file itself: another spelling or a link to it must find the same lock, and a link is not to be replaced. A link
/// may lead to a file that is not there yet.
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
    Err(io::Error::other("too many links lead on"))
}

/// The file, locked, if it is there and can be locked. Windows would keep people from reading it.
fn lock_data_file(path: &Path) -> Result<Option<File>, DataFileError> {
    if !cfg!(unix) {
        return Ok(None);
    }
    let Ok(file) = File::open(path) else {
        // Not there; or not to be read, which is found out by reading it.
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(DataFileError::InUse {
            path: path.to_owned(),
        }),
        // Some file systems lock only what is open for writing; `FILE.lock` has to do there.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// What the file holds, as text and understood; nothing if it is not there.
fn load(path: &Path) -> Result<Option<(Vec<u8>, DataFileContents)>, DataFileError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    let contents = DataFileContents::parse(path, &text)?;
    Ok(Some((text, contents)))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, DataFileError> {
    let unreadable = |source| DataFileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error)),
        // Reading a pipe would wait for ever, and a device must not be replaced.
        Ok(found) if !found.is_file() => Err(DataFileError::NotADataFile {
            path: path.to_owned(),
            reason: "it is no regular file".to_owned(),
        }),
        Ok(_) => fs::read(path).map(Some).map_err(unreadable),
    }
}

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

/// The file of that name with something behind it.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Forces the new name of a file to the disk, where folders can be.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
