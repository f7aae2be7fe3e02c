//! What the rules find in a plan, as data.
//!
//! The checks stand by family: `expiry`, `grantee`, `declaration`, `unreviewed`, `access`, `assertion`. They know a `context` and no policy;
//! `evaluation` applies scope, severity and waivers. An unknown or sensitive value never makes a finding.

mod access;
mod assertion;
mod context;
mod declaration;
mod evaluation;
mod expiry;
mod fact;
mod grantee;
mod state_move;
mod subject;
mod unreviewed;

pub use assertion::{AssertionOutcome, AssertionResult};
pub(super) use context::ReviewContext;
pub(super) use evaluation::Evaluation;
pub use evaluation::Finding;
pub use fact::{DatedExpiry, FindingFact, StateMove};
pub(super) use grantee::notes_on_revoked;
pub use subject::Subject;
