//! The states of a review of several plans.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::section::Section;
use crate::plan_json::StateName;
use crate::plan_json::completeness::Completeness;

/// What the plan of one state does, whatever other plans do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateReview {
    /// Its name.
    pub name: StateName,
    /// The day of the plan, in UTC; `None` if the plan has no timestamp.
    pub planned_on: Option<Date>,
    /// Whether applying the plan carries out all that is configured.
    pub completeness: Completeness,
    /// How many accesses are in each section; sections without any are left out.
    pub counts: BTreeMap<Section, usize>,
}
