//! The files of a record: one per host, to which its processes append lines, and an empty lock file per process, locked
//! while it lives.
//!
//! The record decides whether something is deleted, so other users must not be able to write it: the folder and files
//! belong to the user, are private, and links are not followed.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::entry::{Entry, ProcessId};
use super::host_process::HostId;
use super::index::Index;

/// How long a record is kept.
const MAX_AGE: Duration = Duration::from_secs(7 * 86_400);

/// The minimum age at which other processes remove the lock file of an ended one.
const MIN_AGE: Duration = Duration::from_secs(60);

/// Records of other hosts that are read at most, newest first.
const MAX_OTHERS: usize = 50;

/// Bytes of a record that are read at most.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Extension of a record, which is named after its host.
const RECORD_EXTENSION: &str = "record";
/// Extension of a lock file, which is named after host and process.
const LOCK_EXTENSION: &str = "life";

/// The open files of one process.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    host: HostId,
    /// The record for appending: the system places each write at the end, so that lines of different processes do not
    /// mix.
    added: File,
    /// The same file for reading, with a position of its own.
    read: File,
    /// How much of the file has been read, or was written by this process with nothing of others in between.
    offset: u64,
    /// Held for as long as this process lives.
    _life: File,
    /// Path of the lock file, removed when this is dropped.
    lock_path: PathBuf,
}

impl Files {
    /// Opens the record of `host` in a folder, which is made if need be.
    ///
    /// # Errors
    /// The folder cannot be made or written, or is not this user's alone.
    pub(super) fn open(folder: &Path, host: HostId, process: ProcessId) -> io::Result<Self> {
        ensure_private_folder(folder)?;
        remove_stale_files(folder);
        let path = record_path(folder, host.0);
        let mut options = OpenOptions::new();
        let added = open_private_file(&path, options.append(true).create(true))?;
        let read = open_private_file(&path, OpenOptions::new().read(true))?;
        let life_path = lock_path(folder, host, process);
        let mut options = OpenOptions::new();
        let life = open_private_file(&life_path, options.write(true).create_new(true))?;
        life.try_lock()?;
        Ok(Self {
            folder: folder.to_owned(),
            host,
            added,
            read,
            offset: 0,
            _life: life,
            lock_path: life_path,
        })
    }

    pub(super) fn host(&self) -> HostId {
        self.host
    }

    /// Adds lines, all at once, so that those of others do not come between; whether all that was before them has been read,
    /// so that they need not be.
    ///
    /// # Errors
    /// They could not be written, or not whole.
    pub(super) fn add(&mut self, lines: &str) -> io::Result<bool> {
        let written = self.added.write(lines.as_bytes())?;
        if written != lines.len() {
            return Err(io::Error::from(ErrorKind::WriteZero));
        }
        let end = self.offset + u64::try_from(written).unwrap_or_default();
        // Where what was appended ends; on Windows that need not be known, but how long the file is.
        let is_at = match cfg!(unix) {
            true => self.added.stream_position()?,
            false => self.added.metadata()?.len(),
        };
        let is_alone = is_at == end;
        if is_alone {
            self.offset = end;
        }
        Ok(is_alone)
    }

    /// Deletes the record, because it cannot be completed: an incomplete one would suggest that nothing else is
    /// planned.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(record_path(&self.folder, self.host.0));
    }

    /// What has been added since the last time, by this process too; only whole lines.
    ///
    /// # Errors
    /// The file could not be read.
    pub(super) fn read_new(&mut self) -> io::Result<String> {
        let length = self.added.metadata()?.len().min(MAX_BYTES);
        let Some(count) = length.checked_sub(self.offset).filter(|count| *count > 0) else {
            return Ok(String::new());
        };
        self.read.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        (&mut self.read).take(count).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(end.map_or(0, |end| end + 1));
        self.offset += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Whether a process of this host lives.
    pub(super) fn is_alive(&self, process: ProcessId) -> bool {
        let path = lock_path(&self.folder, self.host, process);
        match open_private_file(&path, OpenOptions::new().read(true)) {
            Ok(life) => matches!(life.try_lock_shared(), Err(TryLockError::WouldBlock)),
            Err(_) => false,
        }
    }

    /// The record of another host in the same folder, if there is one.
    pub(super) fn record_of(&self, host: u64) -> Option<Index> {
        index_of(&record_path(&self.folder, host))
    }

    /// The records of other hosts in the same folder, newest first.
    pub(super) fn other_records(&self) -> Vec<Index> {
        let own = record_path(&self.folder, self.host.0);
        let mut found: Vec<(SystemTime, PathBuf)> = files_in(&self.folder)
            .filter(|(path, _)| {
                path.extension().is_some_and(|is| is == RECORD_EXTENSION) && *path != own
            })
            .map(|(path, modified_at)| (modified_at, path))
            .collect();
        found.sort();
        let newest = found.into_iter().rev().take(MAX_OTHERS);
        newest.filter_map(|(_, path)| index_of(&path)).collect()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // If this fails, another process removes it later.
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// Reads lines into an index; what is no entry is passed over.
pub(super) fn read_into(index: &mut Index, lines: &str) {
    for (by, entry) in lines.lines().filter_map(Entry::read) {
        index.add(by, entry);
    }
}

/// Reads a record, up to [`MAX_BYTES`]; `None` if there is none or it is not this user's alone.
fn index_of(path: &Path) -> Option<Index> {
    let file = open_private_file(path, OpenOptions::new().read(true)).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    let mut index = Index::default();
    read_into(&mut index, &String::from_utf8_lossy(&bytes));
    Some(index)
}

fn record_path(folder: &Path, host: u64) -> PathBuf {
    folder.join(format!("{host:016x}.{RECORD_EXTENSION}"))
}

fn lock_path(folder: &Path, host: HostId, process: ProcessId) -> PathBuf {
    folder.join(format!("{:016x}-{process:016x}.{LOCK_EXTENSION}", host.0))
}

/// The files in a folder, and when they were last changed.
fn files_in(folder: &Path) -> impl Iterator<Item = (PathBuf, SystemTime)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let modified_at = entry.metadata().ok()?.modified().ok()?;
        Some((entry.path(), modified_at))
    })
}

/// Removes what is too old, and what ended processes have left.
fn remove_stale_files(folder: &Path) {
    for (path, modified_at) in files_in(folder) {
        let age = modified_at.elapsed().unwrap_or_default();
        let has_ended = || {
            let life = open_private_file(&path, OpenOptions::new().read(true));
            life.is_ok_and(|life| life.try_lock().is_ok())
        };
        let is_useless = match path.extension().and_then(|extension| extension.to_str()) {
            Some(RECORD_EXTENSION) => age > MAX_AGE,
            Some(LOCK_EXTENSION) => age > MIN_AGE && has_ended(),
            _ => false,
        };
        if is_useless {
            // If this fails, the next process tries again.
            let _ = fs::remove_file(path);
        }
    }
}

/// Makes a folder for this user alone, or checks that it is.
fn ensure_private_folder(folder: &Path) -> io::Result<()> {
    match private_builder().create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() {
        return Err(io::Error::other("the path is not a directory"));
    }
    check_private(&metadata, 0o077)
}

/// Makes folders for this user alone.
#[cfg(unix)]
fn private_builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Who may read what is in a user's own folders, Windows decides.
#[cfg(not(unix))]
fn private_builder() -> DirBuilder {
    DirBuilder::new()
}

/// Opens a file that is this user's alone; no link.
fn open_private_file(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(
            nix::fcntl::OFlag::O_NOFOLLOW.bits() | nix::fcntl::OFlag::O_NONBLOCK.bits(),
        );
    }
    #[cfg(not(unix))]
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(io::Error::other("the file is a symbolic link"));
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("the file is not a regular file"));
    }
    check_private(&metadata, 0o077)?;
    Ok(file)
}

#[cfg(unix)]
fn check_private(metadata: &fs::Metadata, of_others: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let is_own = metadata.uid() == nix::unistd::geteuid().as_raw();
    let is_open = metadata.permissions().mode() & of_others != 0;
    let is_linked = metadata.is_file() && metadata.nlink() > 1;
    if is_own && !is_open && !is_linked {
        return Ok(());
    }
    Err(io::Error::other(
        "the file or directory is not private to the current user",
    ))
}

/// What is in a user's own folders is the user's.
#[cfg(not(unix))]
fn check_private(_: &fs::Metadata, _: u32) -> io::Result<()> {
    Ok(())
}
