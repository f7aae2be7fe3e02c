//! The states of a review of several plans.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::grant::Day;
use crate::plan_json::completeness::Completeness;
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
    /// Whether the plan is complete, or why it is not; the graver cause if there are several.
    pub completeness: CompletenessJson,
    /// The number of accesses with each outcome; outcomes without any are left out.
    pub counts: BTreeMap<OutcomeJson, usize>,
}

/// Whether applying a plan carries out all that is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CompletenessJson {
    /// It does, as far as the plan shows. Terraform before 1.8 and OpenTofu do not record `-target`.
    Complete,
    /// `-target` or a similar option excluded part of the configuration.
    Partial,
    /// Changes are deferred to a later plan.
    Deferred,
    /// Planning failed; Terraform does not apply such a plan.
    Errored,
}

impl From<Completeness> for CompletenessJson {
    fn from(completeness: Completeness) -> Self {
        match completeness {
            Completeness::Complete => Self::Complete,
            Completeness::Partial => Self::Partial,
            Completeness::Deferred => Self::Deferred,
            Completeness::Errored => Self::Errored,
        }
    }
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
            is_complete: state.completeness.is_complete(),
            completeness: state.completeness.into(),
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
