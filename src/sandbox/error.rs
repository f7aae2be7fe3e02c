//! What can go wrong with a sandbox itself.

use std::io;

use thiserror::Error;

use super::id::ResourceId;
use super::persistence::data_file::DataFileError;
use super::quirk::QuirkError;

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
