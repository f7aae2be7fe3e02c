//! Terraform's protocol over real gRPC: a small Terraform on one side, a probe or the real provider on the other.
//!
//! Tests bear the numbers of the conformance checklist. [`codec`], [`terraform_core`] and [`terraform`] are written from the
//! protocol's description and share nothing with the provider but the generated messages.

pub(crate) mod codec;
pub(crate) mod message;
mod probe;
mod schema_type;
pub(crate) mod server;
pub(crate) mod terraform;
pub(crate) mod terraform_core;

mod action;
mod apply;
mod computed_value;
mod concurrency;
mod config;
mod data_source;
mod declined;
mod deferral;
mod function;
mod fuzz;
mod golden;
mod golden_state;
mod grant;
mod grant_identity;
mod guardrail;
mod identity;
mod list;
mod log;
mod malformed;
mod move_state;
mod plan;
mod required;
mod rpc;
mod schema;
mod state;
mod value;
