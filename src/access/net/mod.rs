//! The net effect of a whole plan on access.

mod combine;
mod overlap;
mod relation;
pub mod row;

pub use combine::{Summary, combine};
