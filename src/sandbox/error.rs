//! Errors of the sandbox itself, apart from those that its services answer.

use std::io;

use thiserror::Error;

use super::id::ResourceId;
use super::persistence::data_file::DataFileError;
use super::quirk::QuirkError;

/// An error of the sandbox itself.
#[derive(Debug, Error)]
pub enum Error {
    /// The port is in use or not permitted.
    #[error(
        "cannot listen on `127.0.0.1:{port}`: {source}; choose another port, or 0 to use any free port"
    )]
    Listen {
        /// Requested port.
        port: u16,
        /// Cause.
        source: io::Error,
    },
    /// The data file cannot be used.
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    /// The thread or the runtime cannot be created.
    #[error("cannot start the sandbox thread: {0}")]
    Thread(io::Error),
    /// The secret or secret group does not exist.
    #[error("secret or secret group `{0}` does not exist")]
    NoResource(ResourceId),
    /// The quirk or its value does not exist.
    #[error(transparent)]
    Quirk(#[from] QuirkError),
}
