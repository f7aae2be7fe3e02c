//! The sections of a report: what happens to access, for our grants and for the accesses of other types.

use crate::access::net::row::{Change, Row};
use crate::plan_json::grant_type::GrantType;
use crate::review::change::{self, AccessChange, Effect};

/// What happens to accesses, in the order of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Access is gained.
    Gains,
    /// The plan does not show whether access is gained.
    MayGain,
    /// The expiry is later.
    Extended,
    /// The expiry is removed.
    ExpiryRemoved,
    /// The expiry may change.
    ExpiryUnclear,
    /// The level or the expiry is another one.
    Changed,
    /// Access is lost.
    Loses,
    /// The plan does not show whether access is lost.
    MayLose,
    /// The expiry is earlier.
    Shortened,
    /// An expiry is added.
    ExpiryAdded,
    /// The object is destroyed or forgotten, but the access remains in effect.
    Stays,
    /// Access is the same afterwards, but briefly interrupted.
    Interrupted,
    /// Access is the same afterwards, but given at another address.
    Moved,
    /// Access was changed outside of Terraform, and the plan leaves it so.
    Drifted,
    /// Access is unchanged.
    Unchanged,
}

impl Section {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 15] = [
        Self::Gains,
        Self::MayGain,
        Self::Extended,
        Self::ExpiryRemoved,
        Self::ExpiryUnclear,
        Self::Changed,
        Self::Loses,
        Self::MayLose,
        Self::Shortened,
        Self::ExpiryAdded,
        Self::Stays,
        Self::Interrupted,
        Self::Moved,
        Self::Drifted,
        Self::Unchanged,
    ];
}

impl From<Effect> for Section {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Gains => Self::Gains,
            Effect::Extended => Self::Extended,
            Effect::ExpiryRemoved => Self::ExpiryRemoved,
            Effect::ExpiryUnclear => Self::ExpiryUnclear,
            Effect::Loses => Self::Loses,
            Effect::Shortened => Self::Shortened,
            Effect::ExpiryAdded => Self::ExpiryAdded,
            Effect::Stays => Self::Stays,
            Effect::Interrupted => Self::Interrupted,
            Effect::Unchanged => Self::Unchanged,
        }
    }
}

impl From<&AccessChange> for Section {
    fn from(change: &AccessChange) -> Self {
        if change.notes.contains(&change::Note::Forgotten) {
            Self::Stays
        } else {
            change.effect.into()
        }
    }
}

impl From<&Row> for Section {
    fn from(row: &Row) -> Self {
        match row.change {
            Change::Unaffected if row.is_drift() => Self::Drifted,
            Change::Gained => Self::Gains,
            Change::MayGain => Self::MayGain,
            Change::Lost => Self::Loses,
            Change::MayLose => Self::MayLose,
            Change::Changed => Self::Changed,
            Change::Kept => Self::Stays,
            Change::Interrupted => Self::Interrupted,
            Change::Moved => Self::Moved,
            Change::Unaffected => Self::Unchanged,
        }
    }
}

/// Whether an access is that of one of our grants, which a report shows in more depth.
#[must_use]
pub fn is_grant(row: &Row) -> bool {
    GrantType::of(row.type_name).is_some()
}
