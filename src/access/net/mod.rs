//! The net effect of a whole plan on access.

mod combine;
mod overlap;
pub mod row;

pub use combine::{Summary, combine};
