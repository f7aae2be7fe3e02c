//! Everything that needs no Terraform: wire definitions, handshake, protocol, client, sandbox, tidy.

mod cli;
mod client;
mod plugin;
mod protocol;
mod sandbox;
mod tidy;
mod wire;
