//! One resource change, with its grants understood.

use crate::plan_json::Error;
use crate::plan_json::plan::{Action, ResourceChange, StatusChange};
use crate::review::grant::PlannedGrant;

/// One resource change, with its grants understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStep {
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
    /// Whether anything changes but the end and the status.
    pub is_otherwise_changed: bool,
    /// Whether the grant has expired, or is active again.
    pub status_change: Option<StatusChange>,
    /// The grant so far.
    pub before: Option<PlannedGrant>,
    /// The grant afterwards.
    pub after: Option<PlannedGrant>,
    /// What the block lacks, if it cannot be a grant for want of it.
    pub missing: Option<Box<Missing>>,
}

/// Mandatory arguments that are null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Their names, sorted.
    pub arguments: Vec<&'static str>,
    /// What applying the plan does to the block.
    pub outcome: StepOutcome,
}

/// What applying a plan does to a block that lacks a mandatory argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// It revokes the grant that the block has, and then fails to create another.
    RevokesAndFails,
    /// It fails, and changes no access.
    Fails,
    /// Nothing is planned for it.
    Nothing,
}

impl PlanStep {
    /// Understands a change that has happened.
    ///
    /// # Errors
    /// If the end of a grant is no date.
    pub fn read(change: &ResourceChange) -> Result<Self, Error> {
        let read = |attributes| {
            PlannedGrant::read(change.kind, attributes)
                .ok_or_else(|| Error::of_change(&change.address))
        };
        Ok(Self {
            address: change.address.clone(),
            previous_address: change.previous_address.clone(),
            is_deposed: change.is_deposed,
            action: change.action,
            is_import: change.is_import,
            is_end_changed: change.is_end_changed,
            is_otherwise_changed: change.is_otherwise_changed,
            status_change: change.status_change,
            before: change.before.as_ref().map(read).transpose()?,
            after: change.after.as_ref().map(read).transpose()?,
            missing: None,
        })
    }

    /// Understands a change that is planned. One that must fail is understood as what it does until then.
    ///
    /// # Errors
    /// If the end of a grant is no date.
    pub fn planned(change: &ResourceChange) -> Result<Self, Error> {
        let step = Self::read(change)?;
        let Some(after) = &change.after else {
            return Ok(step);
        };
        let mandatory = change.kind.mandatory().iter().copied();
        let arguments: Vec<&str> = mandatory.filter(|name| after.is_null(name)).collect();
        Ok(if arguments.is_empty() {
            step
        } else {
            step.fail(arguments, change.is_created_first)
        })
    }

    /// The step as far as it gets without these arguments.
    fn fail(self, arguments: Vec<&'static str>, is_created_first: bool) -> Self {
        let is_revoked = self.action == Action::Replace && !is_created_first;
        let (action, outcome) = match self.action {
            Action::Replace if is_revoked => (Action::Delete, StepOutcome::RevokesAndFails),
            Action::Create => (Action::Create, StepOutcome::Fails),
            Action::Replace | Action::Update => (Action::Keep, StepOutcome::Fails),
            action @ (Action::Keep | Action::Delete | Action::Forget) => {
                (action, StepOutcome::Nothing)
            }
        };
        let after = match outcome {
            StepOutcome::RevokesAndFails => None,
            StepOutcome::Fails => self.before.clone(),
            StepOutcome::Nothing => self.after,
        };
        Self {
            action,
            is_end_changed: outcome == StepOutcome::RevokesAndFails,
            after,
            missing: Some(Box::new(Missing { arguments, outcome })),
            ..self
        }
    }

    pub(super) fn removes(&self) -> bool {
        matches!(self.action, Action::Delete | Action::Replace)
    }

    pub(super) fn makes(&self) -> bool {
        matches!(self.action, Action::Create | Action::Replace)
    }
}
