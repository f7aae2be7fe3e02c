//! What a team wants looked at, and how strictly: the rules' switches, severities and thresholds, and the waivers.

/// The rules of one review.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {}
