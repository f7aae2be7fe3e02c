//! How a policy applies one rule.

use crate::review::rule::{FindingSeverity, Rule, RuleScope};

/// How one rule is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::review) struct RuleSetting {
    pub(in crate::review) is_enabled: bool,
    pub(in crate::review) severity: FindingSeverity,
    pub(in crate::review) scope: RuleScope,
    /// Its threshold; unused by a rule without one.
    pub(in crate::review) days: i32,
}

impl RuleSetting {
    /// The defaults of a rule.
    pub(super) fn of(rule: Rule) -> Self {
        Self {
            is_enabled: true,
            severity: rule.severity(),
            scope: rule.scope(),
            days: rule
                .threshold()
                .map(|threshold| threshold.days)
                .unwrap_or_default(),
        }
    }
}
