//! What a plan does to access, for the person who reviews it: who gains, who loses, until when, and what stays.
//!
//! Four steps, each in its own file: [`plan`] reads the JSON that Terraform writes and keeps sensitive values to itself,
//! [`grant`] and [`change`] work out the net effect per grantee and resource, [`report`] is the outcome as data, and
//! [`text`] only prints. This room knows plans in JSON alone: no provider, no network, no files and no clock, so the same
//! plan makes the same report on any day.

pub mod change;
pub mod grant;
pub mod plan;
pub mod report;
pub mod text;

pub use plan::Error;
pub use report::Report;

/// Reviews one plan, in the JSON that `terraform show -json` prints.
///
/// # Errors
/// If this is no plan in a form that is understood. Nothing of its values is in the error.
pub fn review(json: &[u8]) -> Result<Report, Error> {
    let plan = plan::Plan::read(json)?;
    let steps = plan.changes.iter().map(change::Step::read);
    let mut steps = steps.collect::<Result<Vec<_>, _>>()?;
    change::name_grantees(&mut steps);
    Ok(Report::new(&plan, &steps))
}

/// Which plans are blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// None.
    Never,
    /// Those after which somebody has more access, or may have.
    Broadening,
    /// Those that change any access, or let go of some.
    Any,
}

impl Gate {
    /// Whether the plan of this report is blocked.
    #[must_use]
    pub fn is_blocking(self, report: &Report) -> bool {
        match self {
            Self::Never => false,
            Self::Broadening => report.changes.iter().any(change::Change::may_broaden),
            Self::Any => report.changes.iter().any(change::Change::is_change),
        }
    }
}
