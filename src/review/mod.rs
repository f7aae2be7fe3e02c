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

pub mod change;
pub mod finding;
pub mod format;
pub mod gate;
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
pub mod text;

pub use format::Format;
pub use gate::{FailureReason, Gate};
pub use location::SourceLocations;
pub use policy::Policy;
pub use report::Report;

use std::io;
use std::mem;

use crate::access::net;
use crate::plan_json::plan::ResourceChange;
use crate::plan_json::{self, Error};
use change::PlanStep;

/// Reviews one plan, in the JSON that `terraform show -json` prints. It is read as a stream, in large pieces.
///
/// # Errors
/// If it cannot be read, or is no plan in a form that is understood. Nothing of its values is in the error.
pub fn review(json: impl io::Read, policy: &Policy) -> Result<Report, Error> {
    let mut plan = plan_json::read_plan(json)?;
    // What is understood is not kept twice.
    let mut changes = steps(mem::take(&mut plan.changes), PlanStep::planned)?;
    let drift = steps(mem::take(&mut plan.drift), PlanStep::read)?;
    change::name_grantees(&mut changes, &drift);
    let access = net::combine(mem::take(&mut plan.access));
    change::name_objects(&mut changes, &access.rows);
    Ok(Report::new(plan, access, &changes, &drift, policy))
}

/// The changes understood, each by this.
fn steps(
    changes: Vec<ResourceChange>,
    read: fn(&ResourceChange) -> Result<PlanStep, Error>,
) -> Result<Vec<PlanStep>, Error> {
    changes.into_iter().map(|change| read(&change)).collect()
}
