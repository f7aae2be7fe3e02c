//! The sections of a report in words.

use crate::review::report::Report;
use crate::review::section::Section;

use super::grant::PhrasedGrant;
use crate::review::change::AccessChange;

/// The heading of a section.
#[must_use]
pub fn title(section: Section) -> &'static str {
    match section {
        Section::Gains => "Gains access",
        Section::MayGain => "May gain access",
        Section::Extended => "Access changes: later expiry",
        Section::ExpiryRemoved => "Access changes: expiry removed",
        Section::ExpiryUnclear => "Access changes: new expiry unknown",
        Section::Changed => "Access changes",
        Section::Loses => "Loses access",
        Section::MayLose => "May lose access",
        Section::Shortened => "Access changes: earlier expiry",
        Section::ExpiryAdded => "Access changes: expiry added",
        Section::Stays => "Not revoked, but no longer managed",
        Section::Interrupted => "Briefly loses access (revoked, then re-created)",
        Section::Moved => "Moves to another address",
        Section::Drifted => "Changed outside of Terraform, and left as it is",
        Section::Unchanged => "Unchanged",
    }
}

/// What happens to accesses, to follow their count.
#[must_use]
pub fn outcome(section: Section) -> &'static str {
    match section {
        Section::Gains => "gained",
        Section::MayGain => "may be gained",
        Section::Extended => "extended",
        Section::ExpiryRemoved => "expiry removed",
        Section::ExpiryUnclear => "new expiry unknown",
        Section::Changed => "changed",
        Section::Loses => "lost",
        Section::MayLose => "may be lost",
        Section::Shortened => "shortened",
        Section::ExpiryAdded => "expiry added",
        Section::Stays => "no longer managed but not revoked",
        Section::Interrupted => "briefly interrupted",
        Section::Moved => "moved",
        Section::Drifted => "changed outside of Terraform",
        Section::Unchanged => "unchanged",
    }
}

/// The accesses in a section: our grants, then those of other types. Unchanged grants without notes are left out, if they
/// are not wanted.
pub fn entries(
    report: &Report,
    section: Section,
    is_all: bool,
) -> impl Iterator<Item = PhrasedGrant> {
    let grants = report.changes.iter();
    let grants = grants.filter(move |change| Section::from(*change) == section);
    let is_shown = move |change: &&AccessChange| {
        is_all || section != Section::Unchanged || !change.notes.is_empty()
    };
    let grants = grants.filter(is_shown);
    let grants = grants.filter_map(|change| PhrasedGrant::of_change(report, change));
    let others = report.others(section);
    grants.chain(others.map(|row| PhrasedGrant::of_row(report, row)))
}
