//! What is not reviewed, as JSON.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::grant::ValueJson;
use crate::plan_json::plan;

/// A change that may affect access and is not reviewed: a change to another type that can grant, change or revoke
/// access, a change to a type of this provider for which there are no rules, or a deferred change to a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotReviewedJson {
    /// The resource type, such as `huaweicloud_obs_bucket`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The address of the block, including the instance key.
    pub address: String,
    /// What happens to the object, or has happened to it.
    pub action: ActionJson,
    /// The part of the plan that contains the change.
    pub part: PartJson,
    /// The attributes that are set before or after the change, by name, for types of this provider for which there are
    /// no rules; empty for all other types.
    pub attributes: Vec<AttributeChangeJson>,
}

/// One attribute before and after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AttributeChangeJson {
    /// The attribute name.
    pub name: String,
    /// The value before the change; a value that is not text is shown as JSON.
    pub before: ValueJson,
    /// The value after the change; a value that is not text is shown as JSON.
    pub after: ValueJson,
}

/// What happens to an object that is not reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActionJson {
    /// The object is created.
    Create,
    /// The object is updated in place.
    Update,
    /// The object is destroyed.
    Delete,
    /// The object is destroyed and another one is created, in either order.
    Replace,
    /// The object is removed from the state but remains in the cloud, and another one is created.
    ForgetAndCreate,
    /// The object is removed from the state but remains in the cloud.
    Forget,
    /// The plan contains an action that this version does not know.
    Unknown,
}

/// A part of a plan that lists changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PartJson {
    /// `resource_changes`: what applying the plan does.
    Planned,
    /// `resource_drift`: what was changed outside of Terraform since the last apply.
    Drift,
    /// `deferred_changes`: what a later plan does.
    Deferred,
}

impl From<&plan::NotReviewed> for NotReviewedJson {
    fn from(change: &plan::NotReviewed) -> Self {
        Self {
            type_name: change.type_name.clone(),
            address: change.address.clone(),
            action: change.operation.into(),
            part: change.part.into(),
            attributes: change
                .attributes
                .iter()
                .map(AttributeChangeJson::from)
                .collect(),
        }
    }
}

impl From<&plan::AttributeChange> for AttributeChangeJson {
    fn from(change: &plan::AttributeChange) -> Self {
        Self {
            name: change.name.clone(),
            before: (&change.before).into(),
            after: (&change.after).into(),
        }
    }
}

impl From<plan::PlannedOperation> for ActionJson {
    fn from(operation: plan::PlannedOperation) -> Self {
        match operation {
            plan::PlannedOperation::Create => Self::Create,
            plan::PlannedOperation::Update => Self::Update,
            plan::PlannedOperation::Delete => Self::Delete,
            plan::PlannedOperation::Replace => Self::Replace,
            plan::PlannedOperation::ForgetAndCreate => Self::ForgetAndCreate,
            plan::PlannedOperation::Forget => Self::Forget,
            plan::PlannedOperation::Unknown => Self::Unknown,
        }
    }
}

impl From<plan::Part> for PartJson {
    fn from(part: plan::Part) -> Self {
        match part {
            plan::Part::Planned => Self::Planned,
            plan::Part::Drift => Self::Drift,
            plan::Part::Deferred => Self::Deferred,
        }
    }
}
