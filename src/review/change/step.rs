//! One resource change, with its grants.

use std::sync::Arc;

use arcstr::ArcStr;

use crate::plan_json::Error;
use crate::plan_json::plan::{Action, ResourceChange, StatusChange};
use crate::plan_json::value::Attributes;
use crate::review::grant::{PlannedGrant, TextPool};

/// One resource change, with its grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// Where it is declared.
    pub address: ArcStr,
    /// The address in the state, if it is another one.
    pub previous_address: Option<ArcStr>,
    /// Whether it is a deposed object, left over from an interrupted replacement.
    pub is_deposed: bool,
    /// What Terraform does.
    pub action: Action,
    /// Whether a replacement creates the new object before it destroys the old one. The provider lets the new object take over
    /// the grant of the old one, so it is not revoked.
    pub is_created_first: bool,
    /// Whether planning failed for its state, among several states, so that Terraform does not carry it out.
    pub has_failed_plan: bool,
    /// Whether the grant exists and is only imported.
    pub is_import: bool,
    /// Whether the expiry changes or may change.
    pub is_expiry_changed: bool,
    /// Whether anything changes except expiry and status.
    pub is_otherwise_changed: bool,
    /// Whether the grant has expired, or is active again.
    pub status_change: Option<StatusChange>,
    /// The grant before.
    pub before: Option<Arc<PlannedGrant>>,
    /// The grant afterwards.
    pub after: Option<Arc<PlannedGrant>>,
    /// The mandatory arguments that the block lacks, if any.
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

/// What applying a plan does to a block that lacks a required argument.
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
    /// A change that has happened.
    ///
    /// # Errors
    /// If the expiry of a grant is not a date.
    pub fn read(change: &ResourceChange, pool: &mut TextPool) -> Result<Self, Error> {
        let mut read = |attributes: &Arc<Attributes>| {
            PlannedGrant::read(change.kind, attributes, pool)
                .map(Arc::new)
                .ok_or_else(|| Error::of_change(&change.address))
        };
        let before = change.before.as_ref().map(&mut read).transpose()?;
        let after = match (&change.before, &change.after) {
            (Some(old), Some(new)) if Arc::ptr_eq(old, new) => before.clone(),
            (_, new) => new.as_ref().map(read).transpose()?,
        };
        Ok(Self {
            address: change.address.clone(),
            previous_address: change.previous_address.as_deref().map(Into::into),
            is_deposed: change.is_deposed,
            action: change.action,
            is_created_first: change.is_created_first,
            has_failed_plan: false,
            is_import: change.is_import,
            is_expiry_changed: change.is_expiry_changed,
            is_otherwise_changed: change.is_otherwise_changed,
            status_change: change.status_change,
            before,
            after,
            missing: None,
        })
    }

    /// A planned change. If it must fail, its effect until the failure.
    ///
    /// # Errors
    /// If the expiry of a grant is not a date.
    pub fn planned(change: &ResourceChange, pool: &mut TextPool) -> Result<Self, Error> {
        let step = Self::read(change, pool)?;
        let Some(after) = &change.after else {
            return Ok(step);
        };
        let mandatory = change.kind.mandatory().iter().copied();
        let arguments: Vec<&str> = mandatory.filter(|name| after.is_null(name)).collect();
        Ok(if arguments.is_empty() {
            step
        } else {
            step.fail(arguments)
        })
    }

    /// The effect of the step until it fails without these arguments.
    fn fail(self, arguments: Vec<&'static str>) -> Self {
        let is_revoked = self.action == Action::Replace && !self.is_created_first;
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
            is_expiry_changed: outcome == StepOutcome::RevokesAndFails,
            after,
            missing: Some(Box::new(Missing { arguments, outcome })),
            ..self
        }
    }

    /// Whether the step destroys the object that it has before; removing it from the state does not.
    pub(super) fn removes(&self) -> bool {
        matches!(self.action, Action::Delete | Action::Replace)
    }

    /// Whether the step creates the object that it has afterwards, perhaps as a replacement.
    pub(super) fn creates(&self) -> bool {
        matches!(self.action, Action::Create | Action::Replace)
    }
}
