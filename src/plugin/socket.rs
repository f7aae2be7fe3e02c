//! Unix sockets: their location, their permissions and their removal.
//!
//! A socket lies in a folder of its own that its owner alone may enter, unless the host names a folder or a group: then
//! the host has its own arrangement.

use std::fs::{Permissions, set_permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::sys::stat::{Mode as FileMode, umask};
use tempfile::TempPath;
use tokio::net::UnixListener;

use super::socket_folder::{SOCKET, SocketFolder};
use super::{Error, HostEnvironment, Mode, Plugin};

/// Permissions of a socket that a group may connect to.
const OWNER_AND_GROUP: u32 = 0o660;

/// What is removed when it is dropped: the socket, or its folder and all in it.
pub(super) enum SocketCleanup {
    /// A socket in a folder of the host, or one that a group may connect to.
    File(#[expect(dead_code, reason = "held only for its destructor")] TempPath),
    /// A socket in a folder of its own.
    Folder(SocketFolder),
}

impl SocketCleanup {
    /// Removes what dead plugins have left beside the socket.
    pub(super) fn sweep(&self) {
        match self {
            Self::File(_) => {}
            Self::Folder(folder) => folder.sweep(),
        }
    }
}

/// An open socket and its path.
pub(super) struct Socket {
    pub(super) listener: UnixListener,
    /// Path as text, without characters that the handshake line cannot hold.
    pub(super) path: String,
    pub(super) remains: SocketCleanup,
}

impl Socket {
    /// Opens a socket: in the host's folder, else in the first folder for temporary files in which it can be opened.
    ///
    /// # Errors
    /// [`Error::Socket`] or [`Error::SocketGroup`].
    ///
    /// Source: go-plugin 1.7, `serverListener_unix`, for a host's folder and group.
    pub(super) fn open(
        plugin: &Plugin,
        environment: &HostEnvironment,
        mode: Mode,
    ) -> Result<Self, Error> {
        let named = environment.socket_dir.as_ref();
        let dirs = named.map_or(environment.temporary_dirs.as_slice(), std::slice::from_ref);
        let group = environment.socket_group.as_deref();
        // A person in debug mode has no TLS, so a folder that others may enter is not enough.
        let has_own_folder = group.is_none() && (named.is_none() || mode == Mode::Debug);
        let mut tried = Vec::new();
        for dir in dirs {
            let opened = std::path::absolute(dir).and_then(|dir| {
                if has_own_folder {
                    Self::in_own_folder(&dir, plugin.socket_prefix)
                } else {
                    Self::in_folder(&dir)
                }
            });
            match opened {
                Ok(socket) => {
                    socket.give_to(group)?;
                    return Ok(socket);
                }
                Err(error) => tried.push((dir.clone(), error.to_string())),
            }
        }
        Err(Error::Socket { tried })
    }

    /// Opens a socket in a new folder that its owner alone may enter.
    fn in_own_folder(dir: &Path, prefix: &'static str) -> io::Result<Self> {
        let folder = SocketFolder::create(dir, prefix)?;
        let file = folder.path().join(SOCKET);
        Ok(Self {
            listener: listen(&file)?,
            path: printable(&file)?,
            remains: SocketCleanup::Folder(folder),
        })
    }

    /// Opens a socket with a unique name directly in the folder.
    fn in_folder(dir: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new()
            .prefix("plugin")
            .make_in(dir, listen)?;
        let (listener, file) = file.into_parts();
        Ok(Self {
            listener,
            path: printable(&file)?,
            remains: SocketCleanup::File(file),
        })
    }

    /// Lets a group connect, given by number or name.
    fn give_to(&self, group: Option<&str>) -> Result<(), Error> {
        let Some(group) = group else {
            return Ok(());
        };
        give_to_group(Path::new(&self.path), group).map_err(|error| Error::SocketGroup {
            group: group.to_owned(),
            reason: error.to_string(),
        })
    }
}

/// Creates a socket to which only its owner can connect, at any time.
fn listen(path: &Path) -> io::Result<UnixListener> {
    // All but reading and writing by its owner.
    let forbidden = FileMode::S_IXUSR | FileMode::S_IRWXG | FileMode::S_IRWXO;
    let usual = umask(forbidden);
    let listener = UnixListener::bind(path);
    umask(usual);
    listener
}

/// The path as the handshake line can hold it.
fn printable(path: &Path) -> io::Result<String> {
    let text = path.to_str().filter(|path| !path.contains(['|', '\n']));
    text.map(str::to_owned).ok_or_else(|| {
        io::Error::other(
            "the socket path contains characters that are not allowed in the handshake line",
        )
    })
}

/// Changes group and permissions of a socket. A number is taken as it is; a name must exist.
fn give_to_group(path: &Path, group: &str) -> io::Result<()> {
    let number = match group.parse() {
        Ok(number) => number,
        Err(_) => match nix::unistd::Group::from_name(group)? {
            Some(group) => group.gid.as_raw(),
            None => return Err(io::Error::other("no such group")),
        },
    };
    chown(path, None, Some(number))?;
    set_permissions(path, Permissions::from_mode(OWNER_AND_GROUP))
}

/// The folders in which a socket may lie when the host names none, the user's own first. The others have short paths: the
/// path of a socket has some hundred bytes at most.
pub(super) fn temporary_dirs(runtime_dir: Option<PathBuf>) -> Vec<PathBuf> {
    let mut dirs = vec![std::env::temp_dir()];
    let others = [PathBuf::from("/tmp"), PathBuf::from("/var/tmp")];
    for dir in runtime_dir.into_iter().chain(others) {
        if !dirs.contains(&dir) {
            dirs.push(dir);
        }
    }
    dirs
}
