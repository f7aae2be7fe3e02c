//! An experiment with one grant that shows how the service behaves where its documentation does not say.
//!
//! [`probe`] creates, changes and deletes a grant for one user on one secret, with the user's consent, and concludes from the
//! responses which setting of each of the sandbox's quirks describes the service. Access must never outlast the experiment without
//! notice: nothing is sent if the grant already exists, a [`Journal`] is written before each request that changes something, the grant
//! is deleted at the end whatever happens, and its absence is confirmed. [`remove_leftover`] removes what a run left that was killed.
//!
//! This module must not know how the provider serves its host, what is about to change, files, or the environment: callers pass in
//! journal, time and cancellation.

mod classify;
mod cleanup;
mod delegation;
mod error;
mod experiment;
mod finding;
mod grant_client;
mod journal;
mod lag;
mod leftover;
mod markdown;
mod ownership;
mod precondition;
mod reading;
mod report;
mod steps;
mod target;
mod timing;

pub use cleanup::CleanupError;
pub use error::ProbeError;
pub use experiment::{Cleanup, OtherGrants, ProbeOutcome, ProbeRun, probe};
pub use finding::{Conclusion, Fact, Finding};
pub use journal::{Journal, JournalEntry, StepName};
pub use leftover::{Leftover, remove_leftover};
pub use markdown::Markdown;
pub use report::ProbeReport;
pub use target::{ProbeDates, ProbeTarget};
pub use timing::Pace;
