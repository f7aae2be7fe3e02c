//! hwgrants: a Terraform and OpenTofu provider, in Rust, for the two grants of Huawei Cloud that no other provider
//! offers, and the tools a team needs to try them.
//!
//! The modules, in reading order; the feature `tool` has those that only `hwgrants` uses:

/// Version of the provider and of the command-line tool, the only declaration of which is in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub mod text;

pub mod plugin;

pub mod protocol;

pub mod framework;

pub mod wire;

pub mod cloud;

pub mod run_record;

pub mod provider;

pub mod server;

#[cfg(feature = "tool")]
pub mod sandbox;

#[cfg(feature = "tool")]
pub mod access;

#[cfg(feature = "tool")]
pub mod plan_json;

#[cfg(feature = "tool")]
pub mod report_format;

#[cfg(feature = "tool")]
pub mod review;

#[cfg(feature = "tool")]
pub mod audit;

#[cfg(feature = "tool")]
pub mod doctor;

#[cfg(feature = "tool")]
pub mod probe;

#[cfg(feature = "tool")]
pub mod docs;

#[cfg(feature = "tool")]
pub mod distribution;

#[cfg(feature = "tool")]
pub mod cli;
