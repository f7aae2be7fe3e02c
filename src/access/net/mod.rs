//! The net effect of a whole plan on access.

mod combine;
pub mod row;

pub use combine::{Summary, combine};
