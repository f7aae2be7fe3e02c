//! A line on a terminal that counts while something takes long.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the line changes.
const INTERVAL: Duration = Duration::from_millis(500);

/// The line; it disappears when this value is dropped.
pub(super) struct ProgressLine {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ProgressLine {
    /// Shows what `status` says and the elapsed time on standard error; nothing if that is not a terminal, so that logs
    /// stay short.
    pub(super) fn start(status: impl Fn() -> String + Send + 'static) -> Self {
        Self::start_after(INTERVAL, status)
    }

    /// The same, of work that is usually done before this delay has passed.
    pub(super) fn start_after(
        delay: Duration,
        status: impl Fn() -> String + Send + 'static,
    ) -> Self {
        match io::stderr().is_terminal() {
            true => Self::on(io::stderr(), delay, INTERVAL, status),
            false => Self {
                stop: None,
                thread: None,
            },
        }
    }

    fn on(
        mut output: impl Write + Send + 'static,
        delay: Duration,
        interval: Duration,
        status: impl Fn() -> String + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::channel();
        let started_at = Instant::now();
        let thread = std::thread::spawn(move || {
            let mut pause = delay;
            let mut is_shown = false;
            // Written back to the start of the line; a terminal that goes away is no failure.
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
                (pause, is_shown) = (interval, true);
                let seconds = started_at.elapsed().as_secs();
                let _ = write!(output, "\r\x1b[K{}, {seconds} s", status());
                let _ = output.flush();
            }
            if is_shown {
                let _ = write!(output, "\r\x1b[K");
                let _ = output.flush();
            }
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed, and is no reason to fail.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_line_counts_and_disappears() {
        let output = Output::default();
        let text = {
            let output = output.clone();
            move || String::from_utf8(output.0.lock().unwrap().clone()).unwrap()
        };
        let moment = Duration::from_millis(1);
        let progress = ProgressLine::on(output, moment, moment, || "12 of 60 MB".to_owned());
        while !text().contains("\r\x1b[K12 of 60 MB, 0 s") {
            std::thread::yield_now();
        }
        drop(progress);
        assert!(text().ends_with("\r\x1b[K"), "{:?}", text());
    }

    #[test]
    fn nothing_is_written_before_the_delay_has_passed() {
        let output = Output::default();
        drop(ProgressLine::on(
            output.clone(),
            Duration::from_secs(60),
            Duration::from_millis(1),
            String::new,
        ));
        assert_eq!(*output.0.lock().unwrap(), b"");
    }
}
