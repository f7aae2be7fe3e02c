//! A terminal on which a command writes its messages.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a text may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was written to the terminal.
pub(crate) struct Terminal {
    written: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// Starts a command whose standard error is a terminal.
pub(crate) fn start(mut command: Command) -> (Child, Terminal) {
    let pair = nix::pty::openpty(None, None).expect("a terminal");
    let child = command.stderr(pair.slave).spawn().expect("a process");
    // It holds the other end, which must be closed for the reader to finish.
    drop(command);
    let written = Arc::new(Mutex::new(Vec::new()));
    let target = written.clone();
    let mut master = File::from(pair.master);
    let reader = std::thread::spawn(move || {
        let mut piece = [0; 1024];
        // Linux reports an error when the process has closed the terminal.
        while let Ok(length @ 1..) = master.read(&mut piece) {
            target.lock().unwrap().extend_from_slice(&piece[..length]);
        }
    });
    (child, Terminal { written, reader })
}

impl Terminal {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    /// Waits until this was written.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        let started_at = Instant::now();
        while !self.text().contains(text) {
            assert!(
                started_at.elapsed() < PATIENCE,
                "no `{text}` in {}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything that was written, after the process has ended.
    pub(crate) fn finish(self) -> String {
        let Self { written, reader } = self;
        reader.join().unwrap();
        String::from_utf8_lossy(&written.lock().unwrap()).into_owned()
    }
}
