//! A real browser without a window, driven over two pipes: messages are JSON, each ended by a zero byte.
//!
//! Source: Chrome DevTools Protocol, `--remote-debugging-pipe`.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::not_checked::not_checked;

/// Names on `PATH`, best first.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// How long the browser may be silent. It starts in seconds, on a busy machine in many.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one empty page. It is gone when dropped.
pub(super) struct Browser {
    process: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    session: Option<String>,
    command_count: u64,
    complaints: Vec<Value>,
    requests: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    /// A browser to check this with; `None` if the machine has none, which is said.
    pub(super) fn start(checked: &str) -> Option<Self> {
        let program = Self::find();
        if program.is_none() {
            not_checked(&format!(
                "{checked} in a real browser, because this machine has none; install Chromium, or name one in `CHROMIUM`"
            ));
        }
        program.as_deref().map(Self::run)
    }

    /// The browser of this machine: `$CHROMIUM`, or the first of the known names on `PATH`.
    fn find() -> Option<PathBuf> {
        if let Some(named) = env::var_os("CHROMIUM") {
            return Some(PathBuf::from(named));
        }
        let search = env::var_os("PATH")?;
        let folders: Vec<PathBuf> = env::split_paths(&search).collect();
        let names = PROGRAMS.iter();
        names
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
            .find(|path| path.is_file())
    }

    fn run(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        // The shell lays the pipes where the browser looks for them.
        let mut process = Command::new("sh")
            .args([
                "-c",
                r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1"#,
            ])
            .arg(program)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args([
                "--headless=new",
                "--remote-debugging-pipe",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--no-proxy-server",
                // The user of a container may have no namespaces to give; the only page it sees is our own.
                "--no-sandbox",
                "about:blank",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let commands = process.stdin.take().expect("a pipe");
        let output = process.stdout.take().expect("a pipe");
        let (tell, answers) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0) {
                let message = message
                    .ok()
                    .and_then(|text| serde_json::from_slice(&text).ok());
                let is_told = message.map(|message: Value| tell.send(message).is_ok());
                if is_told != Some(true) {
                    break;
                }
            }
        });
        let mut browser = Self {
            process,
            commands,
            answers,
            session: None,
            command_count: 0,
            complaints: Vec::new(),
            requests: Vec::new(),
            _profile: profile,
        };
        let page = browser.command("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.command("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.command(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Sends a command and waits for its result.
    pub(super) fn command(&mut self, method: &str, parameters: Value) -> Value {
        self.command_count += 1;
        let mut command = json!({"id": self.command_count, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        self.commands
            .write_all(format!("{command}\0").as_bytes())
            .expect("the browser listens");
        loop {
            let message = self.answers.recv_timeout(PATIENCE);
            let message = message.unwrap_or_else(|error| panic!("`{method}`: {error}"));
            if message["id"] == self.command_count {
                assert_eq!(message["error"], Value::Null, "`{method}`");
                return message["result"].clone();
            }
            if message["method"] == "Network.requestWillBeSent" {
                let url = message["params"]["request"]["url"].as_str();
                self.requests.extend(url.map(str::to_owned));
            }
            let is_complaint = match message["method"].as_str() {
                Some("Runtime.exceptionThrown" | "Log.entryAdded") => true,
                Some("Runtime.consoleAPICalled") => message["params"]["type"] != "log",
                _ => false,
            };
            if is_complaint {
                self.complaints.push(message["params"].clone());
            }
        }
    }

    /// What an expression, or the promise that it is, comes to on the page.
    pub(super) fn value(&mut self, expression: &str) -> Value {
        let evaluated = self.command(
            "Runtime.evaluate",
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true}),
        );
        let thrown = &evaluated["exceptionDetails"];
        assert_eq!(*thrown, Value::Null, "{expression}");
        evaluated["result"]["value"].clone()
    }

    /// Waits until a condition holds on the page.
    pub(super) fn wait_until(&mut self, condition: &str) {
        let wait = format!(
            "new Promise((hold, fail) => {{
                const end = Date.now() + 20000;
                const look = () => {{
                    if ({condition}) hold(true);
                    else if (Date.now() > end) fail(new Error('never'));
                    else setTimeout(look, 10);
                }};
                look();
            }})"
        );
        self.value(&wait);
    }

    /// Opens a page and waits until it is complete.
    pub(super) fn open(&mut self, url: &str) {
        self.command("Page.navigate", json!({"url": url}));
        let condition = format!("location.href === '{url}' && document.readyState === 'complete'");
        self.wait_until(&condition);
    }

    /// Presses and lets go a key that has no letter.
    pub(super) fn press(&mut self, key: &str, code: u32, text: &str) {
        let down = json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.command("Input.dispatchKeyEvent", down);
        let up = json!({"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code});
        self.command("Input.dispatchKeyEvent", up);
    }

    /// Asks pages for their `light` or `dark` colours.
    pub(super) fn prefer(&mut self, scheme: &str) {
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.command("Emulation.setEmulatedMedia", json!({"features": [feature]}));
    }

    /// Makes the page this many pixels wide.
    pub(super) fn resize(&mut self, width: u32) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.command("Emulation.setDeviceMetricsOverride", size);
        self.wait_until(&format!("window.innerWidth === {width}"));
    }

    /// What has been asked for since the browser started, pages included: addresses, in order.
    pub(super) fn requests(&self) -> &[String] {
        &self.requests
    }

    /// What the page has complained of in its console.
    pub(super) fn complaints(&self) -> &[Value] {
        &self.complaints
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
