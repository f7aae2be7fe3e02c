//! The policy check: which plans fail it, and why.

use super::change::AccessChange;
use super::report::Report;
use super::section::is_grant;
use crate::access::net::row::{Change, Row};

/// Which plans fail the policy check. Except with `Never`, findings of the severity `error` always fail it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// None, not even those with findings.
    Never,
    /// Those with findings alone.
    #[default]
    Findings,
    /// Those with changes that are not reviewed: of types that can affect access, or of types that are not known to affect it.
    Unreviewed,
    /// Those that give public access, or may give it: to everyone, every signed-in account or every network. Changes that can
    /// affect access and are not reviewed count.
    Public,
    /// Those in which a reviewed type gives more access, or may give more.
    Broadening,
    /// Those with changes of access, brief interruptions and forgotten grants included, or with changes of types that can affect
    /// access and are not reviewed.
    Any,
}

impl Gate {
    /// Why the plan of this report fails; `None` if it passes.
    #[must_use]
    pub fn reason(self, report: &Report) -> Option<FailureReason> {
        let rows = report.access.iter().map(|row| &**row);
        let mut others = rows.filter(|row| !is_grant(row));
        let has_change = match self {
            Self::Never => return None,
            Self::Findings | Self::Unreviewed => false,
            Self::Public => others.any(may_be_public),
            Self::Broadening => {
                report.changes.iter().any(AccessChange::may_broaden) || others.any(Row::may_broaden)
            }
            Self::Any => {
                report.changes.iter().any(AccessChange::is_change) || others.any(changes_access)
            }
        };
        let unreviewed = match self {
            Self::Unreviewed => report.unreviewed_count() + report.other_count(),
            Self::Any | Self::Public => report.unreviewed_count(),
            Self::Never | Self::Findings | Self::Broadening => 0,
        };
        let findings = report
            .findings
            .iter()
            .filter(|finding| finding.is_blocking());
        let findings = findings.count();
        (has_change || unreviewed > 0 || findings > 0).then_some(FailureReason {
            has_change,
            unreviewed,
            findings,
        })
    }
}

/// Whether anything happens to an access. What one resource forgets and another takes over is in effect all the time.
fn changes_access(row: &Row) -> bool {
    let is_handed_over = row.change == Change::Moved && row.is_handed_over();
    row.is_change() && !is_handed_over
}

/// Whether a change gives public access, or may give it.
#[must_use]
pub fn may_be_public(row: &Row) -> bool {
    row.may_broaden() && row.is_public() != Some(false)
}

/// Why a plan fails the policy check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureReason {
    /// Whether it changes access in a way that the gate does not allow.
    pub has_change: bool,
    /// How many changes that may affect access are not reviewed and have no valid waiver, if the gate counts them.
    pub unreviewed: usize,
    /// How many findings of the severity `error` have no valid waiver.
    pub findings: usize,
}
