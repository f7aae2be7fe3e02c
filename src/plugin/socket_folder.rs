//! Private folders for sockets, and the removal of those that killed plugins have left.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, fstatat};
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};
use tempfile::TempDir;

/// Name of the socket in its folder.
pub(super) const SOCKET: &str = "socket";

/// A file that is locked for as long as the plugin lives; the system drops the lock with the process, however it ends.
const LOCK: &str = "lock";

/// What the lock is called until it is locked, so that there is no moment at which a living plugin seems dead.
const NEW_LOCK: &str = "lock.new";

/// How old a folder without a lock has to be to count as left: its plugin may be about to make one.
const UNLOCKED_AGE: Duration = Duration::from_secs(60);

/// The same if it contains nothing of a plugin: another program may have created it, although it has our prefix.
const BARE_AGE: Duration = Duration::from_hours(24);

/// Permissions of a folder.
const OWNER_ALONE: u32 = 0o700;

/// Permission bits of group and others.
const OTHERS: u32 = 0o077;

/// A folder that is removed, with what is in it, when this is dropped.
pub(super) struct SocketFolder {
    /// Removed first when this is dropped, while the lock is still held.
    folder: TempDir,
    /// How the names of such folders begin.
    prefix: &'static str,
    /// Dropped, and so let go, after the folder is removed.
    _lock: File,
}

impl SocketFolder {
    /// Makes a folder with a name of its own in `dir`.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn create(dir: &Path, prefix: &'static str) -> io::Result<Self> {
        let permissions = Permissions::from_mode(OWNER_ALONE);
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(permissions.clone())
            .tempdir_in(dir)?;
        // Once more, because the process may be set to withhold permissions from its owner, too.
        fs::set_permissions(folder.path(), permissions)?;
        let new_lock = folder.path().join(NEW_LOCK);
        let lock = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new_lock)?;
        // Where files cannot be locked, the folder is never swept.
        let _ = lock.try_lock();
        fs::rename(new_lock, folder.path().join(LOCK))?;
        Ok(Self {
            folder,
            prefix,
            _lock: lock,
        })
    }

    /// Removes the folders beside it that dead plugins have left.
    pub(super) fn sweep(&self) {
        if let Some(dir) = self.path().parent() {
            sweep(dir, self.prefix, Some(self.path()));
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what dead plugins of this user have left in `dir`, but not the folder of this one: on some network file systems a
/// process may lock the same file twice. What cannot be removed is left to the next start.
fn sweep(dir: &Path, prefix: &str, own: Option<&Path>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(prefix);
        if is_ours && own != Some(&entry.path()) {
            let _ = remove_if_stale(&entry.path());
        }
    }
}

/// Removes a folder of ours whose plugin is dead. Follows no link, and removes only what a plugin puts there.
fn remove_if_stale(path: &Path) -> io::Result<()> {
    let folder = OpenOptions::new()
        .read(true)
        .custom_flags((OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW).bits())
        .open(path)?;
    let found = folder.metadata()?;
    if found.uid() != geteuid().as_raw() || found.mode() & OTHERS != 0 {
        return Ok(());
    }
    let flags = OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    // Held until all is removed.
    let _lock = match openat(&folder, LOCK, flags, Mode::empty()) {
        Ok(lock) => {
            let lock = File::from(lock);
            lock.try_lock().map_err(|_| ErrorKind::WouldBlock)?;
            Some(lock)
        }
        Err(Errno::ENOENT) if is_stale(&folder, &found) => None,
        Err(error) => return Err(error.into()),
    };
    for name in [SOCKET, NEW_LOCK, LOCK] {
        match unlinkat(&folder, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    fs::remove_dir(path)
}

/// Whether a folder without a lock is old enough.
fn is_stale(folder: &File, found: &Metadata) -> bool {
    let is_there = |name: &str| fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW).is_ok();
    let limit = if is_there(SOCKET) || is_there(NEW_LOCK) {
        UNLOCKED_AGE
    } else {
        BARE_AGE
    };
    let age = found.modified().map(|changed| changed.elapsed());
    matches!(age, Ok(Ok(age)) if age > limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::time::SystemTime;

    const PREFIX: &str = "test-";

    /// A folder as a dead plugin leaves it.
    fn left(dir: &Path, name: &str) -> PathBuf {
        let path = dir.join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(OWNER_ALONE)).unwrap();
        File::create(path.join(LOCK)).unwrap();
        drop(UnixListener::bind(path.join(SOCKET)).unwrap());
        path
    }

    fn age(path: &Path, by: Duration) {
        let then = SystemTime::now() - by;
        File::open(path).unwrap().set_modified(then).unwrap();
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_private_and_removed_with_its_contents() {
        let dir = tempfile::tempdir().unwrap();
        let folder = SocketFolder::create(dir.path(), PREFIX).unwrap();
        let mode = fs::metadata(folder.path()).unwrap().mode();
        assert_eq!(mode & 0o777, OWNER_ALONE);
        let _socket = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        drop(folder);
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn only_folders_of_dead_plugins_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let living = SocketFolder::create(dir.path(), PREFIX).unwrap();
        left(dir.path(), "test-dead");
        let other = left(dir.path(), "other-dead");
        let next = SocketFolder::create(dir.path(), PREFIX).unwrap();
        next.sweep();
        assert!(living.path().join(LOCK).exists());
        assert!(next.path().exists());
        assert!(other.exists());
        assert_eq!(names(dir.path()).len(), 3);
    }

    #[test]
    fn a_folder_without_a_lock_is_swept_when_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let path = left(dir.path(), "test-unlocked");
        fs::remove_file(path.join(LOCK)).unwrap();
        sweep(dir.path(), PREFIX, None);
        assert!(path.exists(), "its plugin may be about to make one");
        age(&path, UNLOCKED_AGE * 2);
        sweep(dir.path(), PREFIX, None);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_without_plugin_files_is_kept_for_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test-mine");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(OWNER_ALONE)).unwrap();
        age(&path, BARE_AGE - UNLOCKED_AGE);
        sweep(dir.path(), PREFIX, None);
        assert!(path.exists(), "somebody may have made it");
        age(&path, BARE_AGE + UNLOCKED_AGE);
        sweep(dir.path(), PREFIX, None);
        assert!(!path.exists());
    }

    #[test]
    fn folders_and_files_of_others_are_not_swept() {
        let dir = tempfile::tempdir().unwrap();
        let open_to_all = left(dir.path(), "test-open");
        fs::set_permissions(&open_to_all, Permissions::from_mode(0o755)).unwrap();
        let elsewhere = left(dir.path(), "elsewhere");
        symlink(&elsewhere, dir.path().join("test-link")).unwrap();
        File::create(dir.path().join("test-file")).unwrap();
        let linked = left(dir.path(), "test-linked-lock");
        fs::remove_file(linked.join(LOCK)).unwrap();
        symlink(elsewhere.join(LOCK), linked.join(LOCK)).unwrap();
        let more = left(dir.path(), "test-more");
        File::create(more.join("notes")).unwrap();
        sweep(dir.path(), PREFIX, None);
        for path in [&open_to_all, &elsewhere, &linked] {
            assert!(path.join(SOCKET).exists(), "{}", path.display());
        }
        assert!(dir.path().join("test-link").exists());
        assert!(dir.path().join("test-file").exists());
        assert_eq!(names(&more), ["notes"]);
    }
}
