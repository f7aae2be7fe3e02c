//! What a rule consists of: everything about it but its page in `docs/rules`, in one constant.

use jiff::civil::Date;

use super::context::ReviewContext;
use super::{FindingSeverity, RuleScope};

/// One rule. The values are what holds without a policy.
#[derive(Debug)]
pub(super) struct Definition {
    /// Its name in policies and reports.
    pub(super) id: &'static str,
    /// What it finds, in a few words.
    pub(super) title: &'static str,
    /// `Error` only for what is wrong in every team's eyes.
    pub(super) severity: FindingSeverity,
    /// Which grants it looks at.
    pub(super) scope: RuleScope,
    /// How it looks.
    pub(super) check: RuleCheck,
}

/// How a rule looks, by what it has to be told. A value that is unknown or sensitive never makes a hit.
#[derive(Debug)]
pub(super) enum RuleCheck {
    /// At the plan alone.
    Plan(fn(&ReviewContext<'_>) -> Vec<Hit>),
    /// At the plan on its day.
    Day(fn(&ReviewContext<'_>, Date) -> Vec<Hit>),
    /// At the plan on its day, and a number of days ahead.
    Days(Threshold, fn(&ReviewContext<'_>, Date, i32) -> Vec<Hit>),
}

/// A number of days that a policy may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    /// The key in a policy.
    pub name: &'static str,
    /// What it is without a policy.
    pub days: i32,
}

/// Something that a rule has found, before a policy is asked.
#[derive(Debug)]
pub(super) struct Hit {
    /// The block.
    pub(super) address: String,
    /// The attribute to look at.
    pub(super) attribute: Option<&'static str>,
    /// Whether the plan changes access here.
    pub(super) is_changed: bool,
    /// What is so, why it matters, and what to do.
    pub(super) message: String,
}
