//! Starts and stops a sandbox: listener, state, data file, server task.

pub(super) mod blocking;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{PathBuf, absolute};
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

/// How long `stop` waits for responses in progress.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// Options of a sandbox.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Port on 127.0.0.1; 0 for any free port.
    pub port: u16,
    /// Contents at the start.
    pub seed: Seed,
    /// Source of the system time.
    pub clock: TimeSource,
    /// Data file that keeps the state, without credentials, from one start to the next: read if it exists, otherwise created
    /// from the seed. None keeps the state in memory.
    pub data: Option<PathBuf>,
    /// Offset of the clock; zero means that of the data file, if there is one.
    pub clock_offset: ClockOffset,
    /// Quirks; all defaults means those of the data file, if there is one.
    pub quirks: Quirks,
}

impl Default for SandboxOptions {
    /// Any free port, the seed `demo`, the system clock, no data file.
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
        out.debug_struct("SandboxOptions")
            .field("port", &self.port)
            .field("seed", &self.seed)
            .field("data", &self.data)
            .field("clock_offset", &self.clock_offset)
            .field("quirks", &self.quirks)
            .finish_non_exhaustive()
    }
}

/// A running sandbox. It stops when dropped; [`Sandbox::stop`] also waits for the end.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    world: World,
    stop: CancellationToken,
    server: JoinHandle<()>,
    /// Writes the data file, if there is one, until the server has ended.
    writer_task: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on the current tokio runtime; it accepts requests when this returns.
    ///
    /// # Errors
    /// `Listen` if the port is in use or not permitted, `DataFile` if the data file cannot be used.
    pub async fn start(options: SandboxOptions) -> Result<Self, Error> {
        let port = options.port;
        let listen_error = |source| Error::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let opened = options.data.as_deref().map(DataFile::open).transpose()?;
        let (data_file, contents) = opened.unzip();
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
        let writer_task = match data_file {
            None => None,
            Some(mut data_file) => {
                // Write once now, so that a file that cannot be written fails the start.
                data_file.write(&world.contents())?;
                let source = world.clone();
                Some(tokio::spawn(writer::write_changes(
                    writer,
                    move || source.contents(),
                    data_file,
                    finish.clone(),
                )))
            }
        };

        let stop = CancellationToken::new();
        let app = AppState {
            world: world.clone(),
            seed: options.seed,
            address,
            data_file: options.data.map(|path| absolute(&path).unwrap_or(path)),
            stop: stop.clone(),
        };
        let routes = admin::router(&app);
        let server = connection::serve(listener, router(app, routes), stop.clone());
        let finish = finish.drop_guard();
        let server = tokio::spawn(async move {
            // Dropped however the server task ends, so that the writer ends after it.
            let _finish = finish;
            server.await;
        });
        Ok(Self {
            address,
            world,
            stop,
            server,
            writer_task,
        })
    }

    /// The address: `http://127.0.0.1:PORT`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The state of the cloud.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Stops listening, ends delays early, and waits up to two seconds for responses in progress; then until the data file, if
    /// there is one, is written and unlocked.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.server)
            .await
            .is_err()
        {
            self.server.abort();
        }
        if let Some(writer_task) = self.writer_task.take() {
            drop(writer_task.await);
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
