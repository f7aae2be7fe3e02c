//! How a host program starts us: the server side of HashiCorp's go-plugin, version 1.7, over gRPC.
//!
//! A host runs our executable with a cookie in the environment, reads one line from our standard output that says where
//! and how we listen, and connects once. [`serve`] is that whole life, a step per line. What is served beside go-plugin's
//! own services, the host's names for environment variables and the cookie are the caller's, in [`Plugin`].
//!
//! This room imports nothing of ours and must know neither the host nor what the plugin is for.

mod connection;
mod control;
mod debug;
mod environment;
mod error;
mod handshake;
mod listener;
pub mod logging;
pub mod panic;
mod reflection;
mod server;
mod signal;
mod tls;

// Public for the tests, which live outside the crate and play the host; hidden because it is generated.
#[doc(hidden)]
pub mod proto;

use std::io::Write;

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub use environment::{Environment, Transport};
pub use error::Error;

/// What one host expects of its plugins: a constant of the program.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// Name of the executable, for the notice to a person who starts it by hand.
    pub name: &'static str,
    /// The host's proof that it knows what it starts.
    pub cookie: Cookie,
    /// Major version of the host's protocol that our services speak.
    pub protocol_version: u32,
    /// How a person tells the host of a plugin that runs already.
    pub reattach: Reattach,
    /// Environment variables that may hold a log level; the first that is not empty counts.
    pub log_variables: &'static [&'static str],
    /// Root of the `tracing` targets that are logged, for example a crate's name; libraries stay silent.
    pub log_target: &'static str,
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

/// Who started us, and who ends us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A host: cookie, handshake line and mutual TLS; ends by the host's call, and ignores Ctrl-C, which is the host's.
    Managed,
    /// A person with a debugger: no cookie, no TLS, prints how to attach; ends with Ctrl-C.
    Debug,
}

/// The caller's gRPC services, and their definitions for reflection.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// The services; message limits are theirs to set.
    pub routes: Routes,
    /// Encoded `FileDescriptorSet`s; not read before somebody asks for reflection.
    pub descriptors: &'static [&'static [u8]],
}

/// Serves until the host or the person who started us asks for the end; then answers what can be answered within half a
/// second and returns.
///
/// `output` is standard output: it receives the handshake line, or in debug mode the instructions, and nothing else.
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
    environment: &Environment,
    mode: Mode,
    services: Services,
    mut output: impl Write,
) -> Result<(), Error> {
    handshake::check_cookie(plugin, environment, mode)?;
    let tls = tls::Tls::for_client(environment, mode)?;
    let listener = listener::Listener::bind(environment)?;
    let stop = CancellationToken::new();
    signal::stop_on_signal(mode, &stop)?;
    let routes = control::add_to(services, &stop).await;
    let incoming = listener.accept(tls.as_ref());
    match mode {
        Mode::Managed => {
            handshake::announce(plugin, environment, &listener, tls.as_ref(), &mut output)
        }
        Mode::Debug => debug::announce(plugin, &listener, &mut output),
    }?;
    server::run(routes, incoming, &stop).await
}
