//! What could not be read, although it may change access.

use std::fmt;

/// A part of a plan that may change access and is not understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The address of the resource.
    pub address: String,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// The type of the resource.
    pub type_name: String,
    /// Why.
    pub reason: Reason,
}

/// Why something is not understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The change is not as Terraform writes it.
    Malformed,
    /// The type cannot be read.
    Opaque,
    /// The plan does not have the object that these actions are about.
    NoObject(Vec<String>),
    /// The plan has actions that this version does not know.
    UnknownActions(Vec<String>),
    /// The attribute is not JSON.
    NoJson(String),
    /// The attribute is JSON, and no policy.
    NoPolicy(String),
    /// The policy that names who may use an agency has a statement that denies.
    Deny(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("the change cannot be read"),
            Self::Opaque => f.write_str("may change access, read the block"),
            Self::NoObject(actions) if actions.is_empty() => {
                f.write_str("no action: the plan does not show the object")
            }
            Self::NoObject(actions) => {
                write!(
                    f,
                    "{}: the plan does not show the object",
                    actions.join("/")
                )
            }
            Self::UnknownActions(actions) if actions.is_empty() => {
                f.write_str("the change has no action")
            }
            Self::UnknownActions(actions) => write!(f, "unknown action: {}", actions.join("/")),
            Self::NoPolicy(attribute) => write!(f, "`{attribute}` is not a policy"),
            Self::NoJson(attribute) => write!(f, "`{attribute}` is not JSON"),
            Self::Deny(attribute) => write!(
                f,
                "`{attribute}` contains a statement with the effect `Deny`"
            ),
        }
    }
}
