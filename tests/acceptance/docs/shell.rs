//! A shell that a test types into, as a reader of a page does: one command after the other, each with the effects of those
//! before it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How long a command may take: a few runs of Terraform, on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);

/// Before and after the exit code of a command.
const MARK: char = '\u{1}';

/// What a command did.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) code: i32,
    /// What it printed, in order, without colors.
    pub(super) output: String,
}

/// A running `bash`.
///
/// A command that starts a shell, such as `hwgrants sandbox -- bash`, gets the commands that follow, up to `exit`.
pub(super) struct Shell {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Shell {
    /// Starts it in a folder, with nothing but these variables.
    pub(super) fn start(folder: &Path, environment: &BTreeMap<String, String>) -> Self {
        let mut child = Command::new("bash")
            .current_dir(folder)
            .env_clear()
            .envs(environment)
            // A pipeline fails if any of its commands does. Inherited by the shells within.
            .env("SHELLOPTS", "pipefail")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(b"exec 2>&1\n").unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            input: Some(input),
            lines,
        }
    }

    /// Runs a command to its end, or up to the shell that it starts.
    #[track_caller]
    pub(super) fn run(&mut self, command: &str) -> Outcome {
        let text = format!("{command}\nprintf '\\n\\001%d\\001\\n' $?\n");
        self.input
            .as_mut()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let mut output = String::new();
        loop {
            let line = match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => panic!("`{command}` does not end:\n{output}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("`{command}` ends the shell:\n{output}")
                }
            };
            if let Some(code) = line.strip_prefix(MARK) {
                let code = code.trim_end_matches(MARK).parse().unwrap();
                return Outcome { code, output };
            }
            output.push_str(&without_colors(&line));
            output.push('\n');
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The end of the input ends a shell, and the sandbox around it. A command that hangs has to be killed.
        self.input = None;
        if thread::panicking() {
            let group = Pid::from_raw(self.child.id().try_into().unwrap());
            let _ = killpg(group, Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}

/// Without the sequences with which Terraform colors its output.
fn without_colors(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    text
}
