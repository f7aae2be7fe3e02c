//! A sandbox for code that is not asynchronous: a thread of its own with its own runtime.

use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use tokio_util::sync::CancellationToken;

use super::{Sandbox, SandboxOptions};
use crate::sandbox::error::Error;
use crate::sandbox::world::World;

/// A running sandbox on its own thread. It has stopped when dropping it returns.
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
    /// `Listen` if the port is taken or may not be used, `DataFile` if the file cannot be used, `Thread` if the system gives no thread or no event queue.
    pub fn start(options: SandboxOptions) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let (tell, told) = mpsc::sync_channel(1);
        let run = async move {
            let sandbox = match Sandbox::start(options).await {
                Ok(sandbox) => sandbox,
                Err(error) => return drop(tell.send(Err(error))),
            };
            let started = (sandbox.url(), sandbox.world().clone());
            if tell.send(Ok(started)).is_ok() {
                stopped.cancelled().await;
            }
            sandbox.stop().await;
        };
        let thread = Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || runtime.block_on(run))
            .map_err(Error::Thread)?;
        let started = told.recv();
        let (url, world) =
            started.unwrap_or_else(|gone| Err(Error::Thread(std::io::Error::other(gone))))?;
        Ok(Self {
            url,
            world,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the pretend cloud holds.
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
