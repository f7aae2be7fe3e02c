//! Assertions of a policy: access that no plan may give, and access that no plan may take away.

use jiff::civil::Date;

use super::pattern::Glob;
use crate::access::net::row::{Note, Party, Row, parts};

/// What an assertion says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Whether access must not be given, or must not be taken away.
    pub kind: AssertionKind,
    /// Which grantees it is about.
    pub grantee: GranteePattern,
    /// Which resources it is about; all of them if there is none.
    pub resource: Option<Glob>,
    /// Which levels it is about; all of them if there is none.
    pub level: Option<Glob>,
    /// Why it is asserted.
    pub reason: String,
    /// Who is responsible.
    pub owner: String,
    /// The last day on which it applies; always if there is none.
    pub until: Option<Date>,
}

/// Whether access must not be given, or must not be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionKind {
    /// No plan may give the access.
    Forbid,
    /// No plan may take the access away.
    Expect,
}

/// The grantees that an assertion is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GranteePattern {
    /// All of them.
    Any,
    /// Everyone, every signed-in account and every network.
    Public,
    /// Those whose ID, name or text matches.
    Matching(Glob),
}

impl Assertion {
    /// Whether it is about an access; `None` if the plan does not show it.
    #[must_use]
    pub fn is_about(&self, row: &Row) -> Option<bool> {
        let grantee = match &self.grantee {
            GranteePattern::Any => Some(true),
            GranteePattern::Public => row.is_public(),
            GranteePattern::Matching(pattern) => matches_party(pattern, &row.grantee),
        };
        // There may be grantees that the plan does not name.
        let has_others = matches!(row.note, Some(Note::PossiblyOthers | Note::UnknownList));
        let grantee = grantee.filter(|is_about| *is_about || !has_others);
        let resource = self.resource.as_ref();
        let resource = resource.map_or(Some(true), |pattern| matches_party(pattern, &row.resource));
        let level = self.level.as_ref();
        let level = level.map_or(Some(true), |pattern| matches_level(pattern, row));
        match [grantee, resource, level] {
            all if all.contains(&Some(false)) => Some(false),
            all if all.contains(&None) => None,
            _ => Some(true),
        }
    }

    /// Whether it applies on this day; always if the day is not known.
    #[must_use]
    pub fn is_in_force(&self, today: Option<Date>) -> bool {
        let days = self.until.zip(today);
        days.is_none_or(|(until, today)| today <= until)
    }
}

/// Whether a grantee or a resource matches by its ID, one of its names, or its text; `None` if the plan does not show it.
fn matches_party(pattern: &Glob, party: &Party) -> Option<bool> {
    let named = party.names().iter();
    let named = named.flat_map(|name| [name.clone(), format!("{} {name}", party.kind())]);
    let mut texts = named
        .chain(party.id().map(str::to_owned))
        .chain([party.text().to_owned()]);
    let is_hidden = party.is_unknown || party.is_sensitive;
    if texts.any(|text| pattern.matches(&text)) {
        return Some(true);
    }
    (!is_hidden).then_some(false)
}

/// Whether a level matches: as a whole or in one of its parts, before or afterwards; `None` if the plan does not show it.
fn matches_level(pattern: &Glob, row: &Row) -> Option<bool> {
    let before = row.level.before.as_deref();
    let mut is_hidden = false;
    for level in before.into_iter().chain([&*row.level.after]) {
        if pattern.matches(level) || parts(level).into_iter().any(|part| pattern.matches(part)) {
            return Some(true);
        }
        is_hidden |= level.contains("(known after apply)") || level.contains("(sensitive)");
    }
    (!is_hidden).then_some(false)
}
