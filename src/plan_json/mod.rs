//! Terraform's JSON, as `review` and `audit` read it: plans and states, with the resource types, attributes and values in
//! them that concern access.
//!
//! [`plan`] is what is read of a plan, and `read` is its streaming reader; [`state`] is what is read of a state; [`coverage`] says which resource types concern
//! access, [`dialect`] which files the client of a plan reads, [`grant_type`] names our types and their attributes, [`value`] holds attribute values, and [`state_name`] tells the addresses of several plans apart. This module knows Terraform's formats only: no client of a provider, no files and no clock.
//!
//! ```
//! use hwgrants::plan_json::{Error, read_plan};
//!
//! # fn main() -> Result<(), Error> {
//! # let json = include_str!("../../examples/review/plan.json");
//! let plan = read_plan(json.as_bytes())?;
//! for change in &plan.changes {
//!     println!("{}", change.address);
//! }
//! // Cut off, it is an error, never a plan with fewer changes.
//! assert!(read_plan(&json.as_bytes()[..json.len() / 2]).is_err());
//! # Ok(())
//! # }
//! ```

pub mod action_reason;
pub mod completeness;
pub mod coverage;
mod decode;
pub mod dialect;
pub mod error;
pub mod grant_type;
pub mod plan;
mod qualify;
mod read;
pub mod state;
pub mod state_name;
pub mod value;

pub use error::Error;
pub use read::read as read_plan;
pub use state_name::StateName;
