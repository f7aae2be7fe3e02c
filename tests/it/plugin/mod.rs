//! The start of a plugin, seen from the host: a real process, a real socket, mutual TLS.
//!
//! Tests bear the numbers of the conformance checklist. [`client`] is the host, for these and all protocol tests.

pub(crate) mod certificate;
pub(crate) mod client;

mod debug;
mod host_killed;
mod log;
mod panic;
mod service;
mod signal;
mod socket;
mod start;
mod tls;
