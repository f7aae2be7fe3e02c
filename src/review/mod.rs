//! Reports the effect of a plan on access for its reviewers: who gains or loses access, until when, and what is unchanged.
//!
//! Steps, each in its own file: [`plan_json`] reads the plan without its sensitive values, [`grant`] and
//! [`change`] work out the net effect per grantee and resource, [`finding`] has the rules and [`policy`] how
//! strict they are, [`report`] is the outcome as data, and [`text`] and the other formats only print. This module knows
//! plans in JSON alone: no network, no files and no clock, so the same plan makes the same report on any day.
//!
//! ```
//! use hwgrants::review::change::Effect;
//! use hwgrants::review::{Gate, Policy, review};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let plan = include_str!("../../examples/review/plan.json");
//! let report = review(plan.as_bytes(), &Policy::default())?;
//! assert!(report.count(Effect::Gains) > 0);
//! assert!(Gate::Any.reason(&report).is_some());
//! # Ok(())
//! # }
//! ```
//!
//! A [`Gate`] turns a report into the result of the policy check, and each format is a type that implements
//! [`Display`](std::fmt::Display).

pub mod baseline;
pub mod change;
pub mod finding;
pub mod format;
pub mod gate;
pub mod github;
pub mod gitlab;
pub mod grant;
pub mod html;
pub mod json;
pub mod junit;
pub mod location;
pub mod markdown;
pub mod phrasing;
pub mod policy;
pub mod report;
pub mod rule;
pub mod sarif;
pub mod section;
pub mod set;
pub mod state;
pub mod text;

pub use baseline::Baseline;
pub use format::Format;
pub use gate::{FailureReason, Gate};
pub use location::SourceLocations;
pub use policy::Policy;
pub use report::Report;
pub use set::PlanSet;
pub use state::StateReview;

use std::io;

use crate::plan_json::{self, Error};

/// Reviews one plan, in the JSON that `terraform show -json` prints. It is read as a stream, in large pieces.
///
/// # Errors
/// If it cannot be read, or is no plan in a form that is understood. Nothing of its values is in the error.
pub fn review(json: impl io::Read, policy: &Policy) -> Result<Report, Error> {
    let mut plans = PlanSet::default();
    plans.add(None, plan_json::read_plan(json)?)?;
    Ok(plans.review(policy))
}
