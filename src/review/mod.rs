//! What a plan does to access, for the person who reviews it: who gains, who loses, until when, and what stays.
//!
//! Steps, each in its own file: [`plan_json`](crate::plan_json) reads the plan without its sensitive values, [`grant`] and
//! [`change`] work out the net effect per grantee and resource, [`finding`] has the rules and [`policy`] how
//! strict they are, [`report`] is the outcome as data, and [`text`] and the other formats only print. This room knows
//! plans in JSON alone: no network, no files and no clock, so the same plan makes the same report on any day.

pub mod change;
pub mod finding;
pub mod format;
pub mod grant;
pub mod html;
pub mod json;
pub mod junit;
pub mod location;
pub mod markdown;
pub mod phrasing;
pub mod policy;
pub mod report;
pub mod sarif;
pub mod text;

pub use format::Format;
pub use location::Places;
pub use policy::Policy;
pub use report::Report;

use std::io;
use std::mem;

use crate::plan_json::Error;
use crate::plan_json::plan::{Plan, ResourceChange};
use change::PlanStep;

/// Reviews one plan, in the JSON that `terraform show -json` prints. It is read as a stream, in large pieces.
///
/// # Errors
/// If it cannot be read, or is no plan in a form that is understood. Nothing of its values is in the error.
pub fn review(json: impl io::Read, policy: &Policy) -> Result<Report, Error> {
    let mut plan = Plan::read(json)?;
    // What is understood is not kept twice.
    let mut changes = steps(mem::take(&mut plan.changes), PlanStep::planned)?;
    let drift = steps(mem::take(&mut plan.drift), PlanStep::read)?;
    change::name_grantees(&mut changes, &drift);
    Ok(Report::new(plan, &changes, &drift, policy))
}

/// The changes understood, each by this.
fn steps(
    changes: Vec<ResourceChange>,
    read: fn(&ResourceChange) -> Result<PlanStep, Error>,
) -> Result<Vec<PlanStep>, Error> {
    changes.into_iter().map(|change| read(&change)).collect()
}

/// Which plans fail the policy check; those with findings of the severity `error` always do, unless none may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// None, not even those with findings.
    Never,
    /// Those with findings alone.
    #[default]
    Findings,
    /// Those with changes that may concern access and are not reviewed.
    Unreviewed,
    /// Those in which a grant that is reviewed gives more access, or may give more.
    Broadening,
    /// Those with changes of access, brief interruptions and forgotten grants included, or with changes that are not
    /// reviewed.
    Any,
}

impl Gate {
    /// Why the plan of this report fails; `None` if it passes.
    #[must_use]
    pub fn reason(self, report: &Report) -> Option<Reason> {
        let has_change = match self {
            Self::Never => return None,
            Self::Findings | Self::Unreviewed => false,
            Self::Broadening => report.changes.iter().any(change::AccessChange::may_broaden),
            Self::Any => report.changes.iter().any(change::AccessChange::is_change),
        };
        let unreviewed = match self {
            Self::Unreviewed | Self::Any => report.unreviewed_count(),
            Self::Never | Self::Findings | Self::Broadening => 0,
        };
        let findings = report
            .findings
            .iter()
            .filter(|finding| finding.is_blocking());
        let findings = findings.count();
        (has_change || unreviewed > 0 || findings > 0).then_some(Reason {
            has_change,
            unreviewed,
            findings,
        })
    }
}

/// Why a plan fails the policy check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Whether it changes access in a way that the gate does not let pass.
    pub has_change: bool,
    /// How many changes that may concern access are not reviewed and under no live waiver, if the gate counts them.
    pub unreviewed: usize,
    /// How many errors the rules have found that no live waiver covers.
    pub findings: usize,
}
