//! A sandbox for synchronous code, with its own thread and runtime.

use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use tokio_util::sync::CancellationToken;

use super::{Sandbox, SandboxOptions};
use crate::sandbox::error::Error;
use crate::sandbox::world::World;

/// A running sandbox on its own thread. Dropping it waits until it has stopped.
#[derive(Debug)]
pub struct BlockingSandbox {
    url: String,
    world: World,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl BlockingSandbox {
    /// Starts a sandbox; it accepts requests when this returns. Works inside and outside a tokio runtime.
    ///
    /// # Errors
    /// `Listen` if the port is in use or not permitted, `DataFile` if the data file cannot be used, `Thread` if thread or runtime
    /// cannot be created.
    pub fn start(options: SandboxOptions) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let (sender, receiver) = mpsc::sync_channel(1);
        let run = async move {
            let sandbox = match Sandbox::start(options).await {
                Ok(sandbox) => sandbox,
                Err(error) => return drop(sender.send(Err(error))),
            };
            let started = (sandbox.url(), sandbox.world().clone());
            if sender.send(Ok(started)).is_ok() {
                stopped.cancelled().await;
            }
            sandbox.stop().await;
        };
        let thread = Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || runtime.block_on(run))
            .map_err(Error::Thread)?;
        let started = receiver.recv();
        let (url, world) =
            started.unwrap_or_else(|gone| Err(Error::Thread(std::io::Error::other(gone))))?;
        Ok(Self {
            url,
            world,
            stop,
            thread: Some(thread),
        })
    }

    /// The address: `http://127.0.0.1:PORT`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The state of the cloud.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }
}

impl Drop for BlockingSandbox {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
