//! A check of a set-up, step by step: what works, what does not, and how to repair it.
//!
//! The steps depend on each other: a step whose precondition failed is skipped, so that the first failed step is the one to repair.
//! Everything is read-only: requests are GETs, except those that sign in, and a password is sent once. A step is ok or failed only
//! after a definite answer; anything else is a failure that says so.
//!
//! This module must not know how the provider serves its host, what is about to change, files, or the environment: callers pass in
//! what they have read there.

pub mod diagnosis;
mod failure;
pub mod json;
mod network;
mod permission;
mod redaction;
mod report;
mod settings;
mod sign_in;
mod step;
mod terraform;
mod text_format;

pub use diagnosis::{Setup, diagnose};
pub use json::Json;
pub use redaction::Redaction;
pub use report::Report;
pub use step::{Group, Outcome, Step, StepId};
pub use terraform::{ProgramFinding, check_program};
pub use text_format::Text;
