//! A pretend Huawei Cloud: a real HTTP server on this machine for tests and for trying things out.
//!
//! It is written from the API reference, not from the client, and shares only the wire types with it: two readings
//! that check each other. What the reference demands is enforced; the choices made where it is silent are listed in
//! `csms`, `iam` and `sts`, and the other choices for grants are [`Quirks`]. It knows neither the client nor Terraform.
//!
//! One file per concern: [`Sandbox`] starts and stops; `connection` and `http` carry a request from the socket to a
//! handler, `gate` checks its caller, by token or `signature`; `csms`, `repo`, `iam`, `sts` and `metadata` hold the
//! handlers; [`World`] is the state, `store` its rules, `clock` its time; [`Fault`] is what goes wrong on request;
//! `admin` is `/_sandbox/`, and `page` what people see there; [`seed`] is what there is at the start; `data_file` is the file that outlives the process, and
//! `persistence` writes it. A new service is one file with a list of operations, and
//! its line in `http::operations`.
//!
//! ```no_run
//! # fn main() -> Result<(), hwgrants::sandbox::Error> {
//! use hwgrants::sandbox::{Action, BlockingSandbox, Fault, Options, seed};
//!
//! let sandbox = BlockingSandbox::start(Options::default())?;
//! let world = sandbox.world();
//! world.faults().add(Fault::on("CreateGrants", Action::throttle("5 second")).times(2));
//! println!("{}", sandbox.url());
//! assert!(world.grants(seed::SECRET_DB_PASSWORD).is_empty());
//! # Ok(())
//! # }
//! ```

pub mod seed;

mod action;
mod admin;
mod blocking;
mod call;
mod clock;
mod connection;
mod csms;
mod data_file;
mod fault;
mod gate;
mod grant;
mod grant_table;
mod http;
mod iam;
mod id;
mod identity;
mod lag;
mod metadata;
mod page;
mod persistence;
mod quirk;
mod refusal;
mod repo;
mod request_log;
mod resource;
mod signature;
mod state;
mod store;
mod sts;
mod token;
mod world;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use action::{FaultBody, IamAction, RetryAfter, When};
pub use blocking::BlockingSandbox;
pub use call::PublishedOperation;
pub use clock::{Ahead, TimeSource, UnreadableSpan};
pub use data_file::DataFileError;
pub use fault::{Fault, Faults};
pub use grant::{GranteeKind, StoredGrant, StoredGrantee};
pub use id::{AccountId, GranteeId, ProjectId, ResourceId};
pub use identity::{
    AccessKey, Agency, IdentityProvider, IssuedIdToken, MAX_LOGIN_TRIES, Principal, SandboxUser,
};
pub use metadata::{MetadataService, MetadataTokens};
pub use quirk::{
    AnswerForm, DeleteMissing, DeleteStatus, DeleteUnaimed, Duplicate, EndForm, Expired,
    GroupDelete, Groups, IdForm, KindForm, ListForm, Names, NoExpiry, NoGrants, PendingList,
    QuirkError, Quirks, RepoMissing, RepoStatus, StateForm, TimeForm, UpdateMissing,
    UpdateWithoutEnd, UuidForm,
};
pub use request_log::RequestRecord;
pub use resource::{ResourceKind, SandboxProject, SandboxResource, SecretState};
pub use seed::Seed;
pub use signature::{SignatureError, SignedRequest};
pub use state::{GrantedResource, NamedGrant, SavedState};
pub use token::{IssuedToken, Permission};
pub use world::World;

use data_file::DataFile;
use http::Served;
use persistence::Writer;

/// The operations of every service, in the order of the documentation.
#[must_use]
pub fn operations() -> Vec<PublishedOperation> {
    http::operations()
        .map(call::ApiOperation::publish)
        .collect()
}

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
    pub clock_ahead: Ahead,
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
            clock_ahead: Ahead::default(),
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
            .field("clock_ahead", &self.clock_ahead)
            .field("quirks", &self.quirks)
            .finish_non_exhaustive()
    }
}

/// What can go wrong with a sandbox itself.
#[derive(Debug, Error)]
pub enum Error {
    /// The port cannot be listened on.
    #[error(
        "cannot listen on `127.0.0.1:{port}`: {source}; choose another port, or 0 for any that is free"
    )]
    Listen {
        /// Port asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be used.
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    /// The system gives no thread to run on.
    #[error("cannot start the sandbox's thread: {0}")]
    Thread(io::Error),
    /// There is no such secret or group of secrets.
    #[error("there is no secret or group of secrets `{0}`")]
    NoResource(ResourceId),
    /// There is no such quirk, or it has no such choice.
    #[error(transparent)]
    Quirk(#[from] QuirkError),
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
        let world = World::new(options.clock, data_file.is_some().then(Writer::default));
        options.seed.sow(&world);
        if let Some(contents) = contents.flatten() {
            world.restore(contents);
        }
        if options.clock_ahead != Ahead::default() {
            world.set_clock_ahead(options.clock_ahead);
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
                Some(tokio::spawn(persistence::keep(
                    world.clone(),
                    data_file,
                    finish.clone(),
                )))
            }
        };

        let stop = CancellationToken::new();
        let served = Served {
            world: world.clone(),
            seed: options.seed,
            stop: stop.clone(),
        };
        let server = connection::serve(listener, http::router(served), stop.clone());
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
