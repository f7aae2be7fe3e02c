//! The server side of HashiCorp's go-plugin, version 1.7, over gRPC.
//!
//! A host runs our executable with a cookie in the environment, reads one line from our standard output that says where
//! and how we listen, and connects once. [`serve`] is that whole life, a step per line. What is served beside go-plugin's
//! own services, the host's names for environment variables and the cookie are the caller's, in [`Plugin`].
//!
//! This module imports nothing of ours but `text` and must know neither the host nor what the plugin is for.

mod active_count;
mod builtin_service;
mod connection;
mod debug;
mod environment;
mod error;
mod handshake;
mod host_watch;
mod instance;
mod listener;
pub mod logging;
pub mod panic;
mod reflection;
mod server;
mod signal;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod socket_folder;
mod tls;

// Public for the tests, which live outside the crate and play the host; hidden because it is generated.
#[doc(hidden)]
pub mod proto;

use std::io::Write;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use self::active_count::ActiveCount;
use self::instance::InstanceRouter;
use self::listener::Listener;
use self::tls::ServerTls;

pub use environment::{HostEnvironment, Transport};
pub use error::Error;

/// What the host expects of this plugin: a constant of the program.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// Name of the executable, for the notice to a person who starts it by hand.
    pub name: &'static str,
    /// The variable by which the host identifies itself.
    pub cookie: Cookie,
    /// Major version of the host's protocol that our services speak.
    pub protocol_version: u32,
    /// How a person tells the host of a plugin that runs already.
    pub reattach: Reattach,
    /// Environment variables that may hold a log level; the first that is not empty counts.
    pub log_variables: &'static [&'static str],
    /// Root of the `tracing` targets that are logged, for example a crate's name; libraries stay silent.
    pub log_target: &'static str,
    /// What the names of our folders for sockets begin with. No other program and no person may choose it: what is left of
    /// such folders is removed.
    pub socket_prefix: &'static str,
}

/// The environment variable by which a plugin knows that its host, and not a person, has started it.
#[derive(Debug, Clone, Copy)]
pub struct Cookie {
    /// Name of the variable.
    pub key: &'static str,
    /// The value it must have, exactly.
    pub value: &'static str,
}

/// The environment variable by which a person tells the host of a plugin in debug mode.
#[derive(Debug, Clone, Copy)]
pub struct Reattach {
    /// Name of the host's variable.
    pub variable: &'static str,
    /// The plugin's key in the variable's JSON object.
    pub key: &'static str,
}

/// Who starts and stops the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A host: cookie, handshake line and mutual TLS; ends by the host's call or with its connection, and ignores Ctrl-C,
    /// which is the host's.
    Managed,
    /// A person with a debugger: no cookie, no TLS, prints how to attach; serves any number of connections, each with an
    /// instance of its own, and ends with Ctrl-C.
    Debug,
}

/// The caller's gRPC services, and their definitions for reflection.
#[derive(Clone)]
pub struct Services {
    routes: Arc<dyn Fn() -> Routes + Send + Sync>,
    descriptors: &'static [&'static [u8]],
    /// Cancelled once the host of a managed plugin is gone.
    host_gone: CancellationToken,
}

impl Services {
    /// `routes` makes an instance of the services, which shares nothing with others; message limits are theirs to set.
    /// `descriptors` are encoded `FileDescriptorSet`s, decoded only when reflection is used.
    #[must_use]
    pub fn new(
        routes: impl Fn() -> Routes + Send + Sync + 'static,
        descriptors: &'static [&'static [u8]],
    ) -> Self {
        Self {
            routes: Arc::new(routes),
            descriptors,
            host_gone: CancellationToken::new(),
        }
    }

    /// The same services, which learn by `host_gone` that the host is gone and that calls under way have little time left.
    #[must_use]
    pub fn with_host_gone(self, host_gone: CancellationToken) -> Self {
        Self { host_gone, ..self }
    }
}

/// Serves until the host or the person who started us asks for the end; then answers what can be answered within half a
/// second and returns. Without a host that has connected, or whose connection is gone, it returns as well.
///
/// `output` is standard output: it receives the handshake line, or why there is none, or in debug mode the instructions,
/// and nothing else.
/// Calls that still run on return are cut when the runtime ends, so the caller should end it at once. Not repeatable
/// within a process: signals stay as this function leaves them.
///
/// # Errors
/// [`Error::StartedByHand`] without the right cookie, before anything was done. Otherwise what kept the plugin from
/// listening or from telling so; never something that a client did.
///
/// Source: go-plugin 1.7, `Serve`.
pub async fn serve(
    plugin: &Plugin,
    environment: &HostEnvironment,
    mode: Mode,
    services: Services,
    mut output: impl Write,
) -> Result<(), Error> {
    handshake::check_cookie(plugin, environment, mode)?;
    let stop = CancellationToken::new();
    let begun = prepare(plugin, environment, mode, &stop);
    let (listener, tls) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            if mode == Mode::Managed {
                handshake::announce_failure(plugin, &error, &mut output);
            }
            return Err(error);
        }
    };
    let clients = ActiveCount::default();
    let incoming = listener.accept(tls.as_ref(), &clients);
    match mode {
        Mode::Managed => {
            handshake::announce(plugin, environment, &listener, tls.as_ref(), &mut output)
        }
        Mode::Debug => debug::announce(plugin, &listener, &mut output),
    }?;
    listener.sweep();
    let instances = InstanceRouter::new(services, mode, &stop);
    server::run(instances, incoming, &clients, mode, &stop).await
}

/// All that can keep the plugin from serving.
fn prepare(
    plugin: &Plugin,
    environment: &HostEnvironment,
    mode: Mode,
    stop: &CancellationToken,
) -> Result<(Listener, Option<ServerTls>), Error> {
    signal::stop_on_signal(mode, stop)?;
    let tls = ServerTls::for_client(environment, mode)?;
    let listener = Listener::bind(plugin, environment, mode)?;
    Ok((listener, tls))
}
