//! Signals: a managed plugin ignores Ctrl-C and stops on SIGTERM; in debug mode both stop it.

use tokio_util::sync::CancellationToken;

use super::{Error, Mode};

/// Handles the signals for the rest of the process, and cancels `stop` when one requests termination.
///
/// A managed plugin ignores Ctrl-C: the terminal sends it to host and plugin alike, and the host decides which work may
/// still finish. It ends on SIGTERM. SIGHUP is left alone, because `nohup` has to be able to switch it off.
///
/// # Errors
/// [`Error::Signal`].
pub(super) fn stop_on_signal(mode: Mode, stop: &CancellationToken) -> Result<(), Error> {
    let mut signals = SignalListener::install().map_err(Error::Signal)?;
    let stop = stop.clone();
    tokio::spawn(async move {
        signals.ended(mode).await;
        stop.cancel();
    });
    Ok(())
}

#[cfg(unix)]
struct SignalListener {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl SignalListener {
    /// Replaces the default handlers of SIGINT and SIGTERM.
    fn install() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for a signal that ends the plugin in this mode.
    async fn ended(&mut self, mode: Mode) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => match mode {
                    Mode::Debug => return,
                    Mode::Managed => tracing::debug!("ignoring interrupt; the host handles interrupts"),
                }
            }
        }
    }
}

#[cfg(windows)]
struct SignalListener {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl SignalListener {
    fn install() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    async fn ended(&mut self, mode: Mode) {
        loop {
            self.interrupt.recv().await;
            match mode {
                Mode::Debug => return,
                Mode::Managed => tracing::debug!("ignoring interrupt; the host handles interrupts"),
            }
        }
    }
}
