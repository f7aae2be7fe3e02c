//! One row of a report on access: who gains, loses or keeps what.

use std::fmt;

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

/// A grantee or a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// What it is, such as `user`.
    pub kind: String,
    /// Its ID; none if it has none, or if it is unknown or sensitive.
    pub id: Option<String>,
    /// The names of the objects that an unknown ID will be of.
    pub names: Vec<String>,
    /// Whether the ID is unknown.
    pub is_unknown: bool,
    /// Whether the ID is sensitive.
    pub is_sensitive: bool,
    /// All of it, as it is shown.
    pub text: String,
}

/// A value that may change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transition {
    /// The value before, if it is another one.
    pub before: Option<String>,
    /// The value afterwards; of an access that ends, the value that it had.
    pub after: String,
}

impl Transition {
    /// A value that does not change.
    pub(crate) fn constant(value: impl Into<String>) -> Self {
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
    /// Moved to another resource.
    OtherAddress,
    /// The resource at this address gives the same access, before and afterwards.
    AlreadyGiven(String),
    /// The resource at this address gives the same access, and the service has one of each.
    StillGiven(String),
    /// The resource at this address declares the same access, which is destroyed with this one.
    AlsoDeclared(String),
    /// It was changed outside of Terraform, and the plan leaves it as it is.
    Drift,
    /// It is imported.
    Imported,
    /// It is written differently.
    Rewritten,
    /// The configuration no longer has an end, and the provider keeps it.
    EndKept,
    /// The configuration has it, and the plan does not create it.
    NotPlanned,
    /// The configuration has this level, and the plan does not change it.
    LevelNotPlanned(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forgotten => "removed from the state; remains in effect",
            Self::DestroyKeeps => "destroying the resource does not revoke it",
            Self::RemovalKeeps => "removing an entry does not revoke it",
            Self::GivenByOthers => "not added by this block, which does not remove it",
            Self::UnknownList => "the list is known after apply",
            Self::UnknownElement => "an element of the list is known after apply",
            Self::PossiblyOthers => "and possibly others: the list is known after apply",
            Self::UnknownCondition => "depends on a value that is sensitive or known after apply",
            Self::Replaced => "replaced: briefly interrupted",
            Self::OtherAddress => "the same access at another address",
            Self::AlreadyGiven(address) => return write!(f, "already given by `{address}`"),
            Self::StillGiven(address) => return write!(f, "still given by `{address}`"),
            Self::AlsoDeclared(address) => {
                return write!(f, "also declared by `{address}`, which does not keep it");
            }
            Self::Drift => "changed outside of Terraform, and left unchanged",
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
    pub grantee: Party,
    /// What it is to.
    pub resource: Party,
    /// How much it is; empty if its type has no levels.
    pub level: Transition,
    /// When it ends; empty if its type has no end, `never` if it could have one.
    pub until: Transition,
    /// The resources that give it: two if it moves from the first to the second.
    pub addresses: Vec<String>,
    /// The type of the last of them.
    pub type_name: String,
    /// What else is to be known.
    pub note: Option<Note>,
}
