//! Terraform's plugin protocol 6, converted to framework types and back.
//!
//! Each call is looked up, decoded, carried out by [`framework::engine`](crate::framework::engine) and encoded. Nothing
//! here knows which provider it serves.

mod call;
mod dynamic_value;
mod from_proto;
mod limit;
mod list;
mod rpc;
mod service;
mod state_json;
mod to_proto;
mod type_json;

// Public for the tests, which live outside the crate and play Terraform; hidden because it is generated.
#[doc(hidden)]
pub mod proto;

pub use service::ProviderService;

/// What the client of this protocol sets in the environment of a plugin it starts: name and value.
pub const MAGIC_COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);

/// Major version of the protocol.
pub const VERSION: u32 = 6;
