//! Waivers: which findings a team accepts, who is responsible, and until when.

use jiff::civil::Date;

use super::pattern::Pattern;
use crate::review::rule::Rule;

/// A waiver as a report shows it, on the day to count from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiver {
    /// Who is responsible for it.
    pub owner: String,
    /// Why the finding is accepted.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Date,
    /// Whether that day has passed.
    pub has_expired: bool,
}

/// A waiver to remove from the policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StaleWaiver {
    /// The address pattern of the waiver, as in the policy.
    pub address: String,
    /// The rule.
    pub rule: Rule,
    /// The waiver itself.
    pub waiver: Waiver,
    /// Whether there is a finding that it covers, or would cover if it had not expired.
    pub is_matched: bool,
}

/// A waiver as a policy file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::review) struct PolicyWaiver {
    pub(super) address: Pattern,
    pub(super) rule: Rule,
    pub(super) owner: String,
    pub(super) reason: String,
    /// The last day on which it is valid.
    pub(super) until: Date,
}

impl PolicyWaiver {
    /// The waiver on this day.
    pub(in crate::review) fn on(&self, today: Date) -> Waiver {
        Waiver {
            owner: self.owner.clone(),
            reason: self.reason.clone(),
            until: self.until,
            has_expired: self.until < today,
        }
    }
}
