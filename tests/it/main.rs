//! Everything that needs no Terraform: wire definitions, handshake, protocol, client, sandbox, tidy.

mod cli;
mod client;
// `cfg(test)`, so that clippy takes the helpers in there for tests, which may `unwrap`.
#[cfg(test)]
mod plugin;
mod protocol;
mod sandbox;
mod tidy;
mod wire;
