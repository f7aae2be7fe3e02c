//! The data file, which keeps the state of a sandbox from one start to the next, and the task that writes it.
//!
//! It knows what a file holds and nothing of who changes it.

pub(super) mod data_file;
pub(super) mod writer;
