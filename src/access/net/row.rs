//! One row of a report on access: who gains, loses or keeps what.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arcstr::ArcStr;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::access::table::Table;
use crate::access::text::{SENSITIVE, UNKNOWN};

/// What the plan does to one access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It begins.
    Gained,
    /// It may begin: the plan does not show whether.
    MayGain,
    /// It ends.
    Lost,
    /// It may end: the plan does not show whether.
    MayLose,
    /// It has another level or end.
    Changed,
    /// Its object is destroyed or forgotten, and it remains in effect.
    Kept,
    /// It is the same afterwards, and briefly interrupted.
    Interrupted,
    /// It is the same afterwards, and given by another resource.
    Moved,
    /// It is the same afterwards, although something about it changes.
    Unaffected,
}

/// A grantee or a resource. There may be very many, so its kind and ID are not kept beside the text that they are parts of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    text: Box<str>,
    /// Where the ID begins and ends in the text; in bytes.
    id: Option<(u32, u32)>,
    names: Option<Box<Names>>,
    /// Whether the ID is unknown.
    pub is_unknown: bool,
    /// Whether the ID is sensitive.
    pub is_sensitive: bool,
}

/// In a struct, so that a party without names has no more than one pointer for them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Names(Vec<String>);

/// A value that may change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// The value before, if it is another one.
    pub before: Option<ArcStr>,
    /// The value afterwards; of an access that ends, the value that it had.
    pub after: ArcStr,
}

impl Transition {
    /// A value that does not change.
    pub(crate) fn constant(value: impl Into<ArcStr>) -> Self {
        Self {
            before: None,
            after: value.into(),
        }
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = &self.before {
            write!(f, "{before} -> ")?;
        }
        f.write_str(&self.after)
    }
}

/// What else is to be known about a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Terraform forgets the object.
    Forgotten,
    /// The destruction of the object revokes nothing.
    DestroyKeeps,
    /// The removal of an entry from a list revokes nothing.
    RemovalKeeps,
    /// Another resource, or someone outside of Terraform, gave it.
    GivenByOthers,
    /// The list is known after apply.
    UnknownList,
    /// An element of the list is known after apply.
    UnknownElement,
    /// The list is known after apply, and there may be others.
    PossiblyOthers,
    /// Whether the access exists depends on a value that is unknown or sensitive.
    UnknownCondition,
    /// The object is replaced.
    Replaced,
    /// The object is replaced, and the old one is destroyed after the new one is created.
    DestroyedLast,
    /// Moved to another resource.
    OtherAddress,
    /// Created here, and removed from the state at the other address.
    ForgottenElsewhere,
    /// The resource at this address gives the same access, before and afterwards.
    AlreadyGiven(ArcStr),
    /// The resource at this address gives the same access, and the service has one of each.
    StillGiven(ArcStr),
    /// The resource at this address declares the same access, which is destroyed with this one.
    AlsoDeclared(ArcStr),
    /// It was changed outside of Terraform, and the plan leaves it as it is.
    Drift,
    /// It was granted outside of Terraform, and the plan does not revoke it.
    GivenOutside,
    /// It was revoked outside of Terraform, and the plan does not grant it again.
    RevokedOutside,
    /// It is imported.
    Imported,
    /// It is written differently.
    Rewritten,
    /// The configuration no longer has an end, and the provider keeps it.
    EndKept,
    /// The configuration has it, and the plan does not create it.
    NotPlanned,
    /// The configuration has this level, and the plan does not change it.
    LevelNotPlanned(ArcStr),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forgotten => "removed from the state; not revoked",
            Self::DestroyKeeps => "destroying the resource does not revoke it",
            Self::RemovalKeeps => "removing an entry does not revoke it",
            Self::GivenByOthers => "not added by this block, which does not remove it",
            Self::UnknownList => "not known until apply, because a list or a policy is not",
            Self::UnknownElement => "not known until apply, because an element of a list is not",
            Self::PossiblyOthers => "and possibly others: the list is known after apply",
            Self::UnknownCondition => "depends on a value that is sensitive or known after apply",
            Self::Replaced => "replaced: briefly interrupted",
            Self::DestroyedLast => {
                "replaced: the old object is destroyed after the new one is created, which may revoke the access"
            }
            Self::OtherAddress => "the same access at another address",
            Self::ForgottenElsewhere => {
                "removed from the state at the other address: the access remains in effect"
            }
            Self::AlreadyGiven(address) => return write!(f, "already given by `{address}`"),
            Self::StillGiven(address) => return write!(f, "still given by `{address}`"),
            Self::AlsoDeclared(address) => {
                return write!(
                    f,
                    "also declared by `{address}`; destroying this block revokes it there as well"
                );
            }
            Self::Drift => "changed outside of Terraform, and left unchanged",
            Self::GivenOutside => "granted outside of Terraform, and not revoked by the plan",
            Self::RevokedOutside => "revoked outside of Terraform, and not granted again by the plan",
            Self::Imported => "imported: the access exists already",
            Self::Rewritten => "written differently: the access is unchanged",
            Self::EndKept => "the configuration no longer has an expiry, but the provider keeps it",
            Self::NotPlanned => "in the configuration, but not in the plan",
            Self::LevelNotPlanned(level) => {
                return write!(f, "`{level}` in the configuration, but not in the plan");
            }
        })
    }
}

/// The change of one access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What happens to it.
    pub change: Change,
    /// Who has it.
    pub grantee: Arc<Party>,
    /// What it is to.
    pub resource: Arc<Party>,
    /// How much it is; empty if its type has no levels.
    pub level: Transition,
    /// When it ends; empty if its type has no end, `never` if it could have one.
    pub until: Transition,
    /// The resource that gave it, if it moves from there to another one.
    pub moved_from: Option<ArcStr>,
    /// The resource that gives it.
    pub address: ArcStr,
    /// The type of that resource.
    pub type_name: &'static str,
    /// What else is to be known.
    pub note: Option<Note>,
}

/// Kinds of grantees that are never everyone, whatever their IDs are.
const PERSONAL: [&str; 22] = [
    "account",
    "accounts",
    "agency",
    "application",
    "applications",
    "cluster",
    "database",
    "federated",
    "function",
    "group",
    "groups",
    "holder",
    "holders",
    "members",
    "node",
    "project",
    "projects",
    "role",
    "server",
    "service",
    "user",
    "users",
];

/// Networks with every address.
const EVERY_NETWORK: [&str; 6] = [
    "0.0.0.0/0",
    "::/0",
    "0.0.0.0-255.255.255.255",
    "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "0:0:0:0:0:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "0000:0000:0000:0000:0000:0000:0000:0000-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

impl Party {
    /// A party with a known ID, which is this part of its text, in bytes; `None` if it has no ID.
    #[must_use]
    pub fn new(text: &str, id: Option<Range<usize>>) -> Self {
        let id = id.and_then(|id| Some((id.start.try_into().ok()?, id.end.try_into().ok()?)));
        Self {
            text: text.into(),
            id,
            names: None,
            is_unknown: false,
            is_sensitive: false,
        }
    }

    /// With the names of the objects that an unknown ID will be of.
    #[must_use]
    pub fn with_names(self, names: &[String]) -> Self {
        let names = (!names.is_empty()).then(|| Box::new(Names(names.to_vec())));
        Self { names, ..self }
    }

    /// All of it, as it is shown.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it is, such as `user`.
    #[must_use]
    pub fn kind(&self) -> Cow<'_, str> {
        let Some(id) = self.id_range() else {
            return Cow::Borrowed(&self.text);
        };
        let before = self.text.get(..id.start).unwrap_or_default();
        let after = self.text.get(id.end..).unwrap_or_default();
        let around = [' ', ',', ':'];
        if after.is_empty() && !before.contains("()") {
            return Cow::Borrowed(before.trim_matches(around));
        }
        let rest = format!("{before}{after}").replace("()", "");
        Cow::Owned(rest.trim_matches(around).to_owned())
    }

    /// Its ID; `None` if it has none, or if it is unknown or sensitive.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let id = self.id_range().and_then(|id| self.text.get(id));
        id.filter(|_| !self.is_unknown && !self.is_sensitive)
    }

    /// The names of the objects that an unknown ID will be of.
    #[must_use]
    pub fn names(&self) -> &[String] {
        self.names.as_ref().map_or(&[], |names| &names.0)
    }

    /// Where the ID is in the text.
    fn id_range(&self) -> Option<Range<usize>> {
        let (start, end) = self.id?;
        Some(start.try_into().ok()?..end.try_into().ok()?)
    }

    /// Whether it is everyone, every signed-in account or every network; `None` if the plan does not show it.
    #[must_use]
    pub fn is_public(&self) -> Option<bool> {
        let kind = self.kind();
        let is_everyone = &*self.text == "everyone"
            || self.text.starts_with("everyone (")
            || self.text.starts_with("everyone but ")
            || self.text.starts_with("every network");
        let id = self.id().unwrap_or_default();
        let first = kind.split(' ').next().unwrap_or_default();
        let is_of_all = |id: &str| {
            let is_open = !PERSONAL.contains(&first) || matches!(first, "user" | "account");
            EVERY_NETWORK.contains(&id) || is_open && is_every_account(id)
        };
        if is_everyone || id.split([',', ' ']).any(is_of_all) {
            return Some(true);
        }
        let is_hidden = self.is_unknown || self.is_sensitive;
        (!is_hidden || PERSONAL.contains(&first)).then_some(false)
    }
}

/// Whether an ID stands for every account.
fn is_every_account(id: &str) -> bool {
    matches!(id, "*" | "*/*" | "*:*")
        || id.starts_with("domain/*")
        || id.contains("iam::*:")
        || id.ends_with("::*")
}

impl Row {
    /// The resources that give it: two if it moves from the first to the second.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let addresses = self.moved_from.iter().chain([&self.address]);
        addresses.map(|address| &**address)
    }

    /// Whether it was given, revoked or changed outside of Terraform, and the plan leaves it so.
    #[must_use]
    pub fn is_drift(&self) -> bool {
        let is_drift = matches!(
            self.note,
            Some(Note::Drift | Note::GivenOutside | Note::RevokedOutside)
        );
        is_drift && self.change == Change::Unaffected
    }

    /// Whether the resource that gave it only forgets it, so that it is in effect all the time.
    #[must_use]
    pub fn is_handed_over(&self) -> bool {
        matches!(self.note, Some(Note::Imported | Note::ForgottenElsewhere))
    }

    /// Whether the access is public; `None` if the plan does not show it.
    #[must_use]
    pub fn is_public(&self) -> Option<bool> {
        let declaration = Table::current().declaration(self.type_name);
        if declaration.is_some_and(|declaration| declaration.is_private) {
            return Some(false);
        }
        self.grantee.is_public()
    }

    /// Whether access is broader afterwards, or may be.
    #[must_use]
    pub fn may_broaden(&self) -> bool {
        match self.change {
            Change::Gained | Change::MayGain => true,
            Change::Changed => {
                self.is_hidden()
                    || self.levels() != Some(Ordering::Less) && self.levels().is_some()
                    || self.until.before.is_some() && !self.is_shortened()
            }
            // What it has denied, if it has, is allowed.
            Change::MayLose if &*self.level.after == SENSITIVE => true,
            Change::Lost
            | Change::MayLose
            | Change::Kept
            | Change::Interrupted
            | Change::Moved
            | Change::Unaffected => false,
        }
    }

    /// Whether access is narrower afterwards, or may be.
    #[must_use]
    pub fn may_narrow(&self) -> bool {
        match self.change {
            Change::Lost | Change::MayLose => true,
            Change::Changed => {
                self.is_hidden()
                    || self.levels() != Some(Ordering::Greater) && self.levels().is_some()
                    || self.until.before.is_some() && !self.is_extended()
            }
            Change::Gained
            | Change::MayGain
            | Change::Kept
            | Change::Interrupted
            | Change::Moved
            | Change::Unaffected => false,
        }
    }

    /// Whether anything happens to the access.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.change != Change::Unaffected
    }

    /// Whether it is certain what happens: the plan shows it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        !matches!(self.change, Change::MayGain | Change::MayLose)
            && (self.change != Change::Changed || self.has_known_level())
    }

    /// Whether the plan shows all of the level.
    #[must_use]
    pub fn has_known_level(&self) -> bool {
        let level = self.level.to_string();
        !level.contains(UNKNOWN) && !level.contains(SENSITIVE)
    }

    /// Whether it changes in a way that may not be shown.
    fn is_hidden(&self) -> bool {
        self.level.before.is_none() && self.until.before.is_none()
    }

    /// Whether the level is less or greater afterwards, or the two cannot be compared; `None` if it is the same.
    fn levels(&self) -> Option<Ordering> {
        let before = self.level.before.as_ref()?;
        let (before, after) = (parts(before), parts(&self.level.after));
        // With more words, a part may restrict: a condition, an exception, `login only`.
        let mut all = before.iter().chain(&after);
        let is_plain = all.all(|part| !part.contains(' '));
        Some(if is_plain && before.is_subset(&after) {
            Ordering::Greater
        } else if is_plain && after.is_subset(&before) {
            Ordering::Less
        } else {
            Ordering::Equal
        })
    }

    /// Whether the access certainly ends earlier.
    fn is_shortened(&self) -> bool {
        let Some(before) = &self.until.before else {
            return false;
        };
        let after = &self.until.after;
        **before == *NEVER && is_date(after) || is_earlier(after, before)
    }

    /// Whether the access certainly ends later.
    fn is_extended(&self) -> bool {
        let Some(before) = &self.until.before else {
            return false;
        };
        let after = &self.until.after;
        is_date(before) && **after == *NEVER || is_earlier(before, after)
    }
}

/// The parts of a level.
pub(crate) fn parts(level: &str) -> BTreeSet<&str> {
    let level = level.strip_prefix("Allow ").unwrap_or(level);
    level.split(", ").collect()
}

/// The end of an access that has none.
const NEVER: &str = "never";

/// Whether one end is certainly before another.
fn is_earlier(one: &str, other: &str) -> bool {
    match (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        (Ok(one), Ok(other)) => one < other,
        // Dates and times without an offset are in order as texts.
        _ => is_date(one) && is_date(other) && one < other,
    }
}

/// Whether an end is a date or a time.
fn is_date(end: &str) -> bool {
    end.get(..10).is_some_and(|day| day.parse::<Date>().is_ok())
}
