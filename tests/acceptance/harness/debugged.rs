//! A plugin in debug mode, as a person or a debugger starts it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{PLUGIN, Workspace};

/// A plugin in debug mode; interrupted, and waited for, when dropped.
pub(crate) struct Debugged {
    child: Child,
    reattach: String,
}

impl Debugged {
    /// Starts one with the workspace's settings and waits until it has said how to reach it.
    pub(crate) fn start(workspace: &Workspace) -> Self {
        Self::logging_to(workspace, Stdio::null())
    }

    /// The same, with its log.
    pub(crate) fn logging_to(workspace: &Workspace, log: impl Into<Stdio>) -> Self {
        let mut command = Command::new(PLUGIN);
        workspace.prepare(&mut command);
        command.arg("-debug").stdout(Stdio::piped());
        command.stderr(log);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reattach = lines.find_map(|line| {
            let line = line.unwrap();
            let value = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='")?;
            Some(value.strip_suffix('\'').unwrap().to_owned())
        });
        Self {
            child,
            reattach: reattach.unwrap(),
        }
    }

    /// The value of `TF_REATTACH_PROVIDERS`.
    pub(crate) fn reattach(&self) -> &str {
        &self.reattach
    }

    /// Whether it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Debugged {
    fn drop(&mut self) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, Signal::SIGINT).unwrap();
        let status = self.child.wait().unwrap();
        assert!(std::thread::panicking() || status.success(), "{status}");
    }
}
