//! Starts and stops a sandbox: listener, world, data file, server task.

pub(super) mod blocking;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::sandbox::admin;
use crate::sandbox::clock::{ClockOffset, TimeSource};
use crate::sandbox::error::Error;
use crate::sandbox::http::{AppState, connection, router};
use crate::sandbox::persistence::data_file::DataFile;
use crate::sandbox::persistence::writer::{self, WriteTracker};
use crate::sandbox::quirk::Quirks;
use crate::sandbox::seed::Seed;
use crate::sandbox::world::World;

/// How long stopping waits for answers under way.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// How to start a sandbox.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// What there is at the start.
    pub seed: Seed,
    /// Tells the time.
    pub clock: TimeSource,
    /// File that keeps what the cloud holds, but nothing secret, from one start to the next: read if it is there,
    /// else made from the seed. None keeps it in memory.
    pub data: Option<PathBuf>,
    /// How far the calendar is ahead of the clock; not at all means as far as the file says, if there is one.
    pub clock_offset: ClockOffset,
    /// What the service decides where the API reference leaves it open; all at their defaults means as the file says,
    /// if there is one.
    pub quirks: Quirks,
}

impl Default for SandboxOptions {
    /// Any free port, the demo's seed, the machine's clock, no file.
    fn default() -> Self {
        Self {
            port: 0,
            seed: Seed::default(),
            clock: Arc::new(Timestamp::now),
            data: None,
            clock_offset: ClockOffset::default(),
            quirks: Quirks::default(),
        }
    }
}

impl fmt::Debug for SandboxOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Options")
            .field("port", &self.port)
            .field("seed", &self.seed)
            .field("data", &self.data)
            .field("clock_offset", &self.clock_offset)
            .field("quirks", &self.quirks)
            .finish_non_exhaustive()
    }
}

/// A running sandbox. It stops when dropped; [`Sandbox::stop`] also waits until it has.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    world: World,
    stop: CancellationToken,
    server: JoinHandle<()>,
    /// Writes to the file, if there is one, until the server has ended.
    keeper: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on the current tokio runtime; it accepts requests when this returns.
    ///
    /// # Errors
    /// `Listen` if the port is taken or may not be used, `DataFile` if the file cannot be used.
    pub async fn start(options: SandboxOptions) -> Result<Self, Error> {
        let port = options.port;
        let listen_error = |source| Error::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let kept = options.data.as_deref().map(DataFile::open).transpose()?;
        let (data_file, contents) = kept.unzip();
        let writer = Arc::new(WriteTracker::default());
        let world = World::new(options.clock, data_file.is_some().then(|| writer.clone()));
        options.seed.load(&world);
        if let Some(contents) = contents.flatten() {
            world.restore(contents);
        }
        if options.clock_offset != ClockOffset::default() {
            world.set_clock_offset(options.clock_offset);
        }
        if options.quirks != Quirks::default() {
            world.set_quirks(options.quirks);
        }
        let finish = CancellationToken::new();
        let keeper = match data_file {
            None => None,
            Some(mut data_file) => {
                // At once, so that a file that cannot be written is noticed before anything depends on it.
                data_file.write(&world.contents())?;
                let kept = world.clone();
                Some(tokio::spawn(writer::keep(
                    writer,
                    move || kept.contents(),
                    data_file,
                    finish.clone(),
                )))
            }
        };

        let stop = CancellationToken::new();
        let app = AppState {
            world: world.clone(),
            seed: options.seed,
            stop: stop.clone(),
        };
        let routes = admin::router(&app);
        let server = connection::serve(listener, router(app, routes), stop.clone());
        let finish = finish.drop_guard();
        let server = tokio::spawn(async move {
            // Whatever ends the server, answered or aborted, ends the writing after it.
            let _finish = finish;
            server.await;
        });
        Ok(Self {
            address,
            world,
            stop,
            server,
            keeper,
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the pretend cloud holds.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Stops listening, cuts short the delays under way, and waits up to two seconds for their answers; then until the
    /// file, if there is one, is written and free for another sandbox.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP_PATIENCE, &mut self.server)
            .await
            .is_err()
        {
            self.server.abort();
        }
        if let Some(keeper) = self.keeper.take() {
            drop(keeper.await);
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
