//! Being asked to stop: Ctrl-C and SIGTERM.

use std::io;

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Ctrl-C. The terminal tells every process it started, so children know already.
    Interrupt,
    /// SIGTERM. It reaches this process alone.
    Terminate,
}

/// Catches both signals for as long as the process lives; without it either ends the process at once.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal. Nothing is lost when the wait is given up.
    pub(super) async fn recv(&mut self) -> Stop {
        tokio::select! {
            _ = self.interrupt.recv() => Stop::Interrupt,
            _ = self.terminate.recv() => Stop::Terminate,
        }
    }
}

/// Catches Ctrl-C for as long as the process lives; without it Ctrl-C ends the process at once.
#[cfg(windows)]
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for the next Ctrl-C. Nothing is lost when the wait is given up.
    pub(super) async fn recv(&mut self) -> Stop {
        self.interrupt.recv().await;
        Stop::Interrupt
    }
}
