//! The socket: where it is, who may connect, and that nothing of it is left.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;

use nix::sys::signal::Signal;

use super::client::Host;

/// The permissions of a file.
fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn c09_the_socket_is_created_in_the_requested_directory() {
    let host = Host::new();
    let temporary = host.dir().to_owned();
    let plugin = host.start().await;
    let folder = plugin.socket().parent().unwrap().to_owned();
    assert_eq!(folder.parent(), Some(temporary.as_path()));

    let wanted = tempfile::tempdir().unwrap();
    let host = Host::new().set("PLUGIN_UNIX_SOCKET_DIR", wanted.path());
    let plugin = host.start().await;
    assert_eq!(plugin.socket().parent(), Some(wanted.path()));
}

#[tokio::test]
async fn c09_concurrent_plugins_have_their_own_sockets() {
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        Host::new()
            .set("PLUGIN_UNIX_SOCKET_DIR", dir.path())
            .start()
    };
    let (a, b, c, d) = tokio::join!(start(), start(), start(), start());
    let sockets = BTreeSet::from([a, b, c, d].map(|plugin| plugin.socket()));
    assert_eq!(sockets.len(), 4);
}

#[tokio::test]
async fn a_missing_socket_directory_is_named_in_the_error() {
    let host = Host::new().set("PLUGIN_UNIX_SOCKET_DIR", "/nowhere/at/all");
    host.run().await.declined("`/nowhere/at/all`");
}

#[tokio::test]
async fn c10_the_socket_belongs_to_the_requested_group() {
    use nix::unistd::{Gid, Group, geteuid, getgid};

    // Only root may give a file to a group it is not in.
    let group = if geteuid().is_root() {
        Gid::from_raw(1)
    } else {
        getgid()
    };
    let name = Group::from_gid(group).unwrap().unwrap().name;
    for spelling in [group.to_string(), name] {
        let host = Host::new().set("PLUGIN_UNIX_SOCKET_GROUP", &spelling);
        let plugin = host.start().await;
        let file = std::fs::metadata(plugin.socket()).unwrap();
        assert_eq!(file.gid(), group.as_raw(), "{spelling}");
        assert_eq!(file.permissions().mode() & 0o777, 0o660, "{spelling}");
    }
}

#[tokio::test]
async fn c10_an_unknown_group_is_an_error_that_leaves_no_socket() {
    let host = Host::new().set("PLUGIN_UNIX_SOCKET_GROUP", "no-such-group");
    host.run().await.declined("`no-such-group`");
}

#[tokio::test]
async fn c11_the_socket_is_removed_on_shutdown() {
    let plugin = Host::new().start().await;
    assert_eq!(plugin.files(), [plugin.socket().parent().unwrap()]);
    assert!(plugin.shutdown().await.files.is_empty());
}

#[tokio::test]
async fn only_the_owner_may_connect_under_any_umask() {
    for umask in ["000", "022", "277"] {
        let plugin = Host::new().umask(umask).start().await;
        let socket = plugin.socket();
        assert_eq!(mode(socket.parent().unwrap()), 0o700, "{umask}");
        assert_eq!(mode(&socket), 0o600, "{umask}");
        plugin.connect().await;
    }
}

#[tokio::test]
async fn only_the_owner_may_connect_in_debug_mode() {
    let plugin = Host::nobody().argument("-debug").umask("000");
    let plugin = plugin.start().await;
    let socket = plugin.debug_socket();
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    assert_eq!(mode(&socket), 0o600);

    // Also in a folder that others may enter: there is no TLS.
    let wanted = tempfile::tempdir().unwrap();
    let host = Host::nobody().argument("-debug").umask("000");
    let _plugin = host
        .set("PLUGIN_UNIX_SOCKET_DIR", wanted.path())
        .start()
        .await;
    let mut entries = fs::read_dir(wanted.path()).unwrap();
    let folder = entries.next().unwrap().unwrap().path();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("socket")), 0o600);
}

#[tokio::test]
async fn a_socket_in_the_hosts_directory_is_owner_only() {
    let wanted = tempfile::tempdir().unwrap();
    let host = Host::new().umask("000");
    let plugin = host.set("PLUGIN_UNIX_SOCKET_DIR", wanted.path());
    assert_eq!(mode(&plugin.start().await.socket()), 0o600);
}

#[tokio::test]
async fn an_unusable_temporary_directory_falls_back_to_a_short_path() {
    let long = tempfile::tempdir().unwrap();
    let too_long = long.path().join("x".repeat(120));
    fs::create_dir(&too_long).unwrap();
    for useless in [too_long.as_path(), Path::new("/nowhere/at/all")] {
        let plugin = Host::new().set("TMPDIR", useless).start().await;
        assert_eq!(plugin.field(3), "unix");
        plugin.connect().await;
        let folder = plugin.socket().parent().unwrap().to_owned();
        assert!(plugin.shutdown().await.status.success());
        assert!(!folder.exists());

        let debug = Host::nobody().argument("-debug").set("TMPDIR", useless);
        let plugin = debug.start().await;
        plugin.signal(Signal::SIGINT);
        let ended = plugin.ended().await;
        assert!(
            ended.stdout.contains(r#""Network":"unix""#),
            "{}",
            ended.stdout
        );
    }
    assert_eq!(fs::read_dir(&too_long).unwrap().count(), 0);
}

#[tokio::test]
async fn a_new_plugin_removes_only_the_sockets_of_killed_plugins() {
    let living = Host::new().start().await;
    let dir = living.files()[0].parent().unwrap().to_owned();
    let killed = Host::new().set("TMPDIR", &dir).start().await;
    let left = killed.socket();
    killed.signal(Signal::SIGKILL);
    killed.ended().await;
    assert!(left.exists(), "nothing could be removed");

    let next = Host::new().set("TMPDIR", &dir).start().await;
    // The host learns first where to connect; who is connected is served, which begins after the removal.
    for plugin in [&living, &next] {
        plugin.connect().await;
    }
    assert!(!left.parent().unwrap().exists());
}

/// A user of this machine that is nobody's.
const NOBODY: u32 = 65534;

/// Whether another user of this machine can connect to a socket; it is refused for no other reason than that.
fn another_user_connects(socket: &Path) -> bool {
    let connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])";
    let mut python = std::process::Command::new("python3");
    python.args(["-I", "-c", connect]).arg(socket);
    let output = python.current_dir("/").uid(NOBODY).gid(NOBODY).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let is_refused = said.contains("PermissionError");
    assert_ne!(output.status.success(), is_refused, "{said}");
    !is_refused
}

#[tokio::test]
async fn another_user_cannot_connect_with_or_without_debug_mode() {
    if !nix::unistd::geteuid().is_root() {
        crate::not_checked::not_checked(
            "whether another user can connect, because only root can act as another user",
        );
        return;
    }
    // Folders that everybody may enter, so that what is refused is refused by what the plugin has made.
    let open = || {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        dir
    };
    let (temporary, wanted) = (open(), open());
    let known = temporary.path().join("known");
    let _listener = std::os::unix::net::UnixListener::bind(&known).unwrap();
    fs::set_permissions(&known, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(another_user_connects(&known));

    let managed = || Host::new().umask("000").set("TMPDIR", temporary.path());
    let debug = || Host::nobody().argument("-debug").umask("000");
    let in_wanted = |host: Host| host.set("PLUGIN_UNIX_SOCKET_DIR", wanted.path());
    for host in [managed(), in_wanted(managed())] {
        let plugin = host.start().await;
        assert!(!another_user_connects(&plugin.socket()));
        plugin.connect().await;
    }
    // Not in the same folders: a plugin removes the sockets of killed ones only after it has said where it listens.
    let (temporary, wanted) = (open(), open());
    let in_temporary = debug().set("TMPDIR", temporary.path());
    let in_wanted = debug().set("PLUGIN_UNIX_SOCKET_DIR", wanted.path());
    for (host, dir) in [(in_temporary, &temporary), (in_wanted, &wanted)] {
        let _plugin = host.start().await;
        let entries = fs::read_dir(dir.path()).unwrap();
        let sockets = entries.map(|entry| entry.unwrap().path().join("socket"));
        let sockets: Vec<_> = sockets.filter(|socket| socket.exists()).collect();
        assert_eq!(sockets.len(), 1);
        assert!(!another_user_connects(&sockets[0]));
    }
}
