//! Assertions of a policy, as JSON.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::grant::Day;
use crate::review::finding::{AssertionOutcome, AssertionResult};
use crate::review::policy::{AssertionKind, GranteePattern};

/// What becomes of an assertion of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssertionJson {
    /// Whether access is forbidden or expected.
    pub kind: AssertionKindJson,
    /// The pattern for the grantee, or `public`; `null` for all grantees.
    pub grantee: Option<String>,
    /// The pattern for the resource; `null` for all resources.
    pub resource: Option<String>,
    /// The pattern for the level; `null` for all levels.
    pub level: Option<String>,
    /// Why it is asserted.
    pub reason: String,
    /// Who is responsible.
    pub owner: String,
    /// The last day on which it applies; `null` if it always applies.
    pub until: Option<Day>,
    /// What becomes of it.
    pub outcome: AssertionOutcomeJson,
}

/// Whether access is forbidden or expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssertionKindJson {
    /// No plan may give the access.
    Forbid,
    /// No plan may take the access away, narrow it, or end it earlier.
    Expect,
}

/// What becomes of an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssertionOutcomeJson {
    /// The plan violates it.
    Violated,
    /// The plan may violate it: it does not show whether it does.
    MayBeViolated,
    /// The plan has accesses that it is about, and does not violate it.
    Holds,
    /// The plan changes no access that it is about.
    NotMentioned,
    /// It no longer applies on `planned_on`.
    Expired,
}

impl From<&AssertionResult> for AssertionJson {
    fn from(result: &AssertionResult) -> Self {
        let assertion = &result.assertion;
        Self {
            kind: match assertion.kind {
                AssertionKind::Forbid => AssertionKindJson::Forbid,
                AssertionKind::Expect => AssertionKindJson::Expect,
            },
            grantee: match &assertion.grantee {
                GranteePattern::Any => None,
                GranteePattern::Public => Some("public".to_owned()),
                GranteePattern::Matching(pattern) => Some(pattern.to_string()),
            },
            resource: assertion.resource.as_ref().map(ToString::to_string),
            level: assertion.level.as_ref().map(ToString::to_string),
            reason: assertion.reason.clone(),
            owner: assertion.owner.clone(),
            until: assertion.until.map(Day::from),
            outcome: match result.outcome {
                AssertionOutcome::Violated => AssertionOutcomeJson::Violated,
                AssertionOutcome::MayBeViolated => AssertionOutcomeJson::MayBeViolated,
                AssertionOutcome::Holds => AssertionOutcomeJson::Holds,
                AssertionOutcome::NotMentioned => AssertionOutcomeJson::NotMentioned,
                AssertionOutcome::Expired => AssertionOutcomeJson::Expired,
            },
        }
    }
}
