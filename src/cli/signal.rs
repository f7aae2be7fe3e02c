//! Ctrl-C and SIGTERM.

use std::io;

/// The reason to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopReason {
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
    pub(super) async fn recv(&mut self) -> StopReason {
        tokio::select! {
            _ = self.interrupt.recv() => StopReason::Interrupt,
            _ = self.terminate.recv() => StopReason::Terminate,
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
    pub(super) async fn recv(&mut self) -> StopReason {
        self.interrupt.recv().await;
        StopReason::Interrupt
    }
}

/// Waits until the terminal is closed, the session ends, or the user asks for an immediate end. Most commands leave these signals to the
/// system; a command that must undo something catches them.
#[cfg(unix)]
pub(super) struct EndOfSession {
    hangup: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl EndOfSession {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    pub(super) async fn recv(&mut self) {
        tokio::select! {
            _ = self.hangup.recv() => {}
            _ = self.quit.recv() => {}
        }
    }
}

/// Waits until the console is closed, the user logs off, or the machine shuts down.
#[cfg(windows)]
pub(super) struct EndOfSession {
    interrupt: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    logoff: tokio::signal::windows::CtrlLogoff,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl EndOfSession {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_close, ctrl_logoff, ctrl_shutdown};
        Ok(Self {
            interrupt: ctrl_break()?,
            close: ctrl_close()?,
            logoff: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    pub(super) async fn recv(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.close.recv() => {}
            _ = self.logoff.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}

/// Sends the signal that this process received to another one. Ignored if that has ended meanwhile.
#[cfg(unix)]
pub(super) fn forward_signal(stop: StopReason, pid: Option<u32>) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let signal = match stop {
        StopReason::Interrupt => Signal::SIGINT,
        StopReason::Terminate => Signal::SIGTERM,
    };
    if let Some(Ok(pid)) = pid.map(i32::try_from) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// Ctrl-C reaches every process of a console by itself.
#[cfg(not(unix))]
pub(super) fn forward_signal(_stop: StopReason, _pid: Option<u32>) {}

/// Whether Ctrl-C at the terminal reaches this process and those that it has started, wherever their input comes from: they
/// are the group that the terminal works with. Without a terminal an interrupt has come from a program, to this one alone.
#[cfg(unix)]
pub(super) fn is_in_foreground_group() -> bool {
    use nix::unistd::{getpgrp, tcgetpgrp};
    let terminal = std::fs::File::open("/dev/tty");
    terminal.is_ok_and(|terminal| tcgetpgrp(terminal) == Ok(getpgrp()))
}

/// Ctrl-C reaches every process of a console by itself.
#[cfg(not(unix))]
pub(super) fn is_in_foreground_group() -> bool {
    true
}
