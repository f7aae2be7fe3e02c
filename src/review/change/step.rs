//! One resource change, with its grants understood.

use crate::review::error::Error;
use crate::review::grant::Grant;
use crate::review::plan::{Action, ResourceChange};

/// One resource change, with its grants understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is declared.
    pub address: String,
    /// Where the state has it so far, if that is elsewhere.
    pub previous_address: Option<String>,
    /// Whether an interrupted replacement has left it over.
    pub is_deposed: bool,
    /// What Terraform does.
    pub action: Action,
    /// Whether the grant exists and is only taken into the state.
    pub is_import: bool,
    /// Whether the end changes or may change.
    pub is_end_changed: bool,
    /// The grant so far.
    pub before: Option<Grant>,
    /// The grant afterwards.
    pub after: Option<Grant>,
}

impl Step {
    /// Understands a resource change.
    ///
    /// # Errors
    /// If the end of a grant is no date.
    pub fn read(change: &ResourceChange) -> Result<Self, Error> {
        let read = |attributes| {
            Grant::read(change.kind, attributes).ok_or_else(|| Error::of_change(&change.address))
        };
        Ok(Self {
            address: change.address.clone(),
            previous_address: change.previous_address.clone(),
            is_deposed: change.is_deposed,
            action: change.action,
            is_import: change.is_import,
            is_end_changed: change.is_end_changed,
            before: change.before.as_ref().map(read).transpose()?,
            after: change.after.as_ref().map(read).transpose()?,
        })
    }

    pub(super) fn removes(&self) -> bool {
        matches!(self.action, Action::Delete | Action::Replace)
    }

    pub(super) fn makes(&self) -> bool {
        matches!(self.action, Action::Create | Action::Replace)
    }
}
