//! Terraform's plugin protocol 6: converts requests to framework types, and results back.
//!
//! Each call is decoded, processed by [`framework::engine`](crate::framework::engine) and encoded. This module is
//! independent of the provider that it serves.

mod action;
mod call;
mod dynamic_value;
mod from_proto;
mod function;
mod limit;
mod list;
mod rpc;
mod service;
mod state_json;
mod to_proto;
mod type_json;

// Public for the tests, which are outside the crate and act as Terraform; hidden because it is generated.
#[doc(hidden)]
pub mod proto;

pub use service::ProviderService;

/// Environment variable, name and value, that the client sets for a plugin that it starts.
pub const MAGIC_COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// Major version of the protocol.
pub const VERSION: u32 = 6;

/// Version of the protocol that the messages are generated from.
pub const FULL_VERSION: &str = "6.11";
