//! Errors that prevent the plugin from serving.

use std::io;
use std::path::PathBuf;

/// Why [`serve`](super::serve) gave up. Its text is for standard error, where the host, or a person, reads it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cookie is absent or wrong: a person has started us.
    #[error(
        "`{name}` is a plugin and is not meant to be run directly.\nThe host program starts and stops the plugin \
         automatically.\nTo use the plugin, declare it in the host program's configuration."
    )]
    StartedByHand {
        /// Name of the executable.
        name: &'static str,
    },

    /// The host wants TLS, and its certificate is none.
    #[error(
        "cannot read the certificate in `PLUGIN_CLIENT_CERT`: {reason}. The host sets this variable to a single \
         PEM block. Check whether a wrapper script modifies the variable"
    )]
    ClientCertificate {
        /// What is wrong with it.
        reason: String,
    },

    /// Our own key, certificate or TLS settings could not be made.
    #[error("cannot set up TLS: {0}")]
    Tls(Box<dyn std::error::Error + Send + Sync>),

    /// No socket could be opened.
    #[error(
        "cannot open a socket: {}. Set `TMPDIR` to a writable directory with a short path. If the host sets \
         `PLUGIN_UNIX_SOCKET_DIR`, change that variable instead",
        list_attempts(tried)
    )]
    Socket {
        /// The folders that were tried, and what the system says about each.
        tried: Vec<(PathBuf, String)>,
    },

    /// The group that may connect could not be set.
    #[error(
        "cannot change the socket's group to `{group}` (set by `PLUGIN_UNIX_SOCKET_GROUP`): {reason}"
    )]
    SocketGroup {
        /// The group, as given.
        group: String,
        /// What the system says.
        reason: String,
    },

    /// No TCP port could be opened.
    #[error("cannot listen on 127.0.0.1: {reason}. Check `PLUGIN_MIN_PORT` and `PLUGIN_MAX_PORT`")]
    Port {
        /// What is wrong.
        reason: String,
    },

    /// The system refused to tell us of signals.
    #[error("cannot install signal handlers: {0}")]
    Signal(#[source] io::Error),

    /// The handshake line, or the instructions of debug mode, could not be written.
    #[error("cannot write to standard output, which the host reads: {0}")]
    Announce(#[source] io::Error),

    /// The server gave up.
    #[error("the gRPC server failed: {0}")]
    Serve(#[source] tonic::transport::Error),
}

fn list_attempts(tried: &[(PathBuf, String)]) -> String {
    let tried = tried.iter();
    let tried = tried.map(|(dir, reason)| format!("in `{}`: {reason}", dir.display()));
    tried.collect::<Vec<_>>().join("; ")
}
