//! `hwgrants sandbox`: what it prints to sign in with, used as it is printed, and the command that runs with it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use hwgrants::sandbox::seed::{GROUP_ONCALL, PROJECT_ID, SECRET_API_KEY, TOKEN, USER_ANA, catalog};
use hwgrants::sandbox::{BlockingSandbox, GranteeKind, Quirks, SandboxOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const HWGRANTS: &str = env!("CARGO_BIN_EXE_hwgrants");

/// The state of a configuration without resources.
const NO_STATE: &str = r#"{"format_version":"1.0"}"#;

/// A sandbox that has printed its settings, and ends with this.
pub(super) struct Running {
    child: Child,
    pub(super) url: String,
    pub(super) settings: String,
    talk: BufReader<ChildStderr>,
}

impl Running {
    /// Starts it and reads its settings, which end with the line that is told.
    pub(super) fn start(args: &[&str], is_last: impl Fn(&str) -> bool) -> Self {
        let mut child = Command::new(HWGRANTS)
            .args(["sandbox", "--port", "0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap());
        let mut greeting = String::new();
        talk.read_line(&mut greeting).unwrap();
        let (_, url) = greeting.split_once(" at ").unwrap();
        let url = url.split(';').next().unwrap().to_owned();
        let mut settings = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            settings += &format!("{line}\n");
            if is_last(&line) {
                break;
            }
        }
        Self {
            child,
            url,
            settings,
            talk,
        }
    }

    /// What was asked of it, as JSON.
    fn requests(&self) -> String {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let request =
            format!("GET /_sandbox/requests HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it, and returns the rest of what it has said on standard error.
    pub(super) fn end(mut self) -> String {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        let mut said = String::new();
        self.talk.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a script in a shell that knows of no account, in a folder with an empty state.
fn shell(folder: &Path, script: &str) -> Output {
    fs::write(folder.join("state.json"), NO_STATE).unwrap();
    let mut command = Command::new("sh");
    for (name, _) in std::env::vars() {
        if ["HW_", "OS_", "HWGRANTS_"]
            .iter()
            .any(|known| name.starts_with(known))
        {
            command.env_remove(name);
        }
    }
    command
        .args(["-c", script])
        .env("HWGRANTS", HWGRANTS)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn the_help_lists_the_seed_credentials_ids_and_quirks() {
    let output = Command::new(HWGRANTS)
        .args(["sandbox", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for (name, value) in catalog::SECTIONS.iter().flat_map(|section| section.entries) {
        assert!(
            help.contains(name) && help.contains(value),
            "{name}: {help}"
        );
    }
    // One list of quirks for the help, the page and the documentation.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&help).contains(&words(&Quirks::text())), "{help}");
    assert!(help.contains("    expanded             One entry per member.\n"));
}

#[test]
fn every_printed_shell_sign_in_method_works() {
    let running = Running::start(&["--print", "shell"], |line| line.contains(GROUP_ONCALL));
    let ways: Vec<_> = running
        .settings
        .lines()
        .filter_map(|line| line.strip_prefix("#   "))
        .filter(|line| line.starts_with("unset "))
        .collect();
    assert_eq!(ways.len(), 4, "{}", running.settings);
    let folder = tempfile::tempdir().unwrap();
    for way in ["true"].iter().chain(&ways) {
        let script = format!(
            "{}\n{way}\nexec \"$HWGRANTS\" audit state.json --format json",
            running.settings
        );
        let output = shell(folder.path(), &script);
        assert!(output.status.success(), "{way}: {output:?}");
    }
    // Each by what it says, and none as the server that it runs on, which is asked where nothing is set.
    let requests = running.requests();
    assert!(!requests.contains("CreateMetadataToken"), "{requests}");
    for operation in [
        "KeystoneCreateToken",
        "CreateTemporaryAccessKey",
        "CreateTokenWithIdToken",
    ] {
        assert!(requests.contains(operation), "{operation} in {requests}");
    }
}

#[test]
fn both_hcloud_profiles_work_and_the_rest_goes_to_stderr() {
    let running = Running::start(&["--print", "hcloud", "--clock", "+30d"], |line| {
        line == "}"
    });
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), &running.settings).unwrap();
    let url = &running.url;
    for profile in ["sandbox", "partner"] {
        let script = format!(
            "export HW_SHARED_CONFIG_FILE=config.json HW_PROFILE={profile} HWGRANTS_ENDPOINT={url}\n\
             exec \"$HWGRANTS\" audit state.json"
        );
        let output = shell(folder.path(), &script);
        assert!(output.status.success(), "{profile}: {output:?}");
    }
    let said = running.end();
    for part in [SECRET_API_KEY, USER_ANA, "HWGRANTS_CLOCK=30d"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

/// Each form of what is live, on a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn incomplete_audit_output_exits_with_code_1() {
    let sandbox = BlockingSandbox::start(SandboxOptions::default()).unwrap();
    let kind = GranteeKind::User;
    let granted = sandbox
        .world()
        .put_grant(SECRET_API_KEY, USER_ANA, kind, None);
    granted.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for form in ["table", "json", "import"] {
        let script = format!(
            "export HWGRANTS_ENDPOINT={} HW_REGION_NAME=cn-north-4 HW_PROJECT_ID={PROJECT_ID} HW_AUTH_TOKEN={TOKEN}\n\
             exec \"$HWGRANTS\" audit state.json --format {form}",
            sandbox.url(),
        );
        let whole = shell(folder.path(), &script);
        assert!(whole.status.success(), "{form}: {whole:?}");
        assert!(!whole.stdout.is_empty(), "{form}: {whole:?}");
        let cut = shell(folder.path(), &format!("{script} >/dev/full"));
        assert_eq!(cut.status.code(), Some(1), "{form}: {cut:?}");
        let said = String::from_utf8(cut.stderr).unwrap();
        assert!(said.contains("error: cannot write "), "{form}: {said}");
    }
}

#[test]
fn a_command_runs_with_its_own_sandbox_and_sets_the_exit_code() {
    let run = |script: &str| {
        Command::new(env!("CARGO_BIN_EXE_hwgrants"))
            .args(["sandbox", "--", "sh", "-c", script])
            .env("HW_ACCESS_KEY", "a-real-one")
            .env("HWGRANTS_CLOCK", "+99d")
            .env_remove("CHECKPOINT_DISABLE")
            .env("HUAWEICLOUD_SDK_SECURITY_TOKEN", "a-real-one")
            .output()
            .unwrap()
    };
    let output = run("env; exit 7");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(!shown.contains("a-real-one"), "{shown}");
    assert!(
        !shown.contains("HWGRANTS_CLOCK"),
        "of another sandbox: {shown}"
    );
    for name in [
        "HWGRANTS_ENDPOINT=http://127.0.0.1:",
        "HW_AUTH_URL=http://127.0.0.1:",
        "HUAWEICLOUD_SDK_AK=",
        "CHECKPOINT_DISABLE=1",
    ] {
        assert!(shown.lines().any(|line| line.starts_with(name)), "{shown}");
    }
    assert_eq!(run("kill -KILL $$").status.code(), Some(128 + 9));
    assert_eq!(run("exit 0").status.code(), Some(0));
}

#[test]
fn signals_are_forwarded_to_the_command() {
    for (signal, name) in [(Signal::SIGINT, "INT"), (Signal::SIGTERM, "TERM")] {
        let script = format!("trap 'exit 9' {name}; echo ready; while :; do sleep 0.1; done");
        let mut child = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
            .args(["sandbox", "--", "sh", "-c", &script])
            // Not the group that the terminal of the tests works with, if there is one.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "ready");
        let pid = Pid::from_raw(child.id().try_into().unwrap());
        kill(pid, signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(9), "{signal}");
    }
}

/// Ctrl-C at a terminal, with the input from elsewhere: the terminal tells the command, and nobody else does.
#[test]
fn ctrl_c_at_a_terminal_interrupts_the_command_once() {
    let at_terminal = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.execv(sys.argv[1], [sys.argv[1], "sandbox", "--", sys.executable, "-c", sys.argv[2]])
shown = b""
while b"ready" not in shown:
    shown += os.read(terminal, 1000)
os.write(terminal, b"\x03")
try:
    while part := os.read(terminal, 1000):
        shown += part
except OSError:
    pass  # How Linux tells the end.
os.waitpid(pid, 0)
print(shown.decode())
"#;
    // Each signal is a byte in the pipe.
    let command = r#"
import os, signal, time
reader, writer = os.pipe()
os.set_blocking(writer, False)
signal.set_wakeup_fd(writer)
signal.signal(signal.SIGINT, lambda *_: None)
print("ready", flush=True)
time.sleep(1)
print("interrupted", len(os.read(reader, 9)), "times")
"#;
    let output = Command::new("python3")
        .args(["-c", at_terminal, HWGRANTS, command])
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("interrupted 1 times"), "{shown}");
}
