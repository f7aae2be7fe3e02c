//! The states of a review of several plans.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::grant::Day;
use crate::review::section::Section;
use crate::review::state::StateReview;

/// What the plan of one state does by itself, whatever the other plans do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StateJson<'a> {
    /// The name of the state.
    pub name: &'a str,
    /// The date of the plan in UTC; `null` if the plan has no timestamp.
    pub planned_on: Option<Day>,
    /// Whether the plan is complete: nothing failed, was deferred or was excluded by `-target`.
    pub is_complete: bool,
    /// The number of accesses with each outcome; outcomes without any are left out.
    pub counts: BTreeMap<OutcomeJson, usize>,
}

/// What happens to an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OutcomeJson {
    /// It is gained.
    Gained,
    /// It may be gained.
    MayGain,
    /// Its expiry is later.
    Extended,
    /// Its expiry is removed.
    EndRemoved,
    /// Its new expiry is not known.
    EndUnclear,
    /// It has another level or expiry.
    Changed,
    /// It is lost.
    Lost,
    /// It may be lost.
    MayLose,
    /// Its expiry is earlier.
    Shortened,
    /// It gets an expiry.
    EndSet,
    /// It remains in effect, but is no longer managed.
    Kept,
    /// It is briefly interrupted.
    Interrupted,
    /// It moves to another address.
    Moved,
    /// It was changed outside of Terraform, and is left as it is.
    Drifted,
    /// It is unchanged.
    Unchanged,
}

impl<'a> From<&'a StateReview> for StateJson<'a> {
    fn from(state: &'a StateReview) -> Self {
        let counts = state.counts.iter();
        let counts = counts.map(|(section, count)| ((*section).into(), *count));
        Self {
            name: state.name.as_str(),
            planned_on: state.planned_on.map(Day::from),
            is_complete: state.is_complete,
            counts: counts.collect(),
        }
    }
}

impl From<Section> for OutcomeJson {
    fn from(section: Section) -> Self {
        match section {
            Section::Gains => Self::Gained,
            Section::MayGain => Self::MayGain,
            Section::Extended => Self::Extended,
            Section::ExpiryRemoved => Self::EndRemoved,
            Section::ExpiryUnclear => Self::EndUnclear,
            Section::Changed => Self::Changed,
            Section::Loses => Self::Lost,
            Section::MayLose => Self::MayLose,
            Section::Shortened => Self::Shortened,
            Section::ExpiryAdded => Self::EndSet,
            Section::Stays => Self::Kept,
            Section::Interrupted => Self::Interrupted,
            Section::Moved => Self::Moved,
            Section::Drifted => Self::Drifted,
            Section::Unchanged => Self::Unchanged,
        }
    }
}
