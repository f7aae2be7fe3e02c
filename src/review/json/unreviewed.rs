//! What is not reviewed, as JSON.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::grant::ValueJson;
use crate::access::unread::Unread;
use crate::plan_json::plan;
use crate::review::phrasing;
use crate::review::report::Report;

/// A change that is not reviewed, or all changes to a type that is not known to affect access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotReviewedJson {
    /// The resource type, such as `huaweicloud_obs_bucket`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Why it is not reviewed.
    pub reason: ReasonJson,
    /// Why it is not reviewed, in words.
    pub detail: String,
    /// How many resources it is about: one, unless `reason` is `other_type`.
    pub count: usize,
    /// The address of the block, including the instance key; `null` if `reason` is `other_type`.
    pub address: Option<String>,
    /// What happens to the object, or has happened to it; `null` if `reason` is `other_type` or `not_understood`.
    pub action: Option<ActionJson>,
    /// The part of the plan that contains the change.
    pub part: PartJson,
    /// The attributes that are set before or after the change, by name, for types of this provider for which there are
    /// no rules; empty for all other types.
    pub attributes: Vec<AttributeChangeJson>,
}

/// Why a change is not reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReasonJson {
    /// The type can affect access and is reviewed, but this change is not understood.
    NotUnderstood,
    /// The change is deferred to a later plan.
    Deferred,
    /// The type belongs to this provider, but this version has no rules for it.
    NoRules,
    /// The type is not known to affect access.
    OtherType,
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
    /// An action of this provider is invoked.
    Invoke,
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

/// What is not reviewed, of each kind.
pub(super) fn list(report: &Report) -> Vec<NotReviewedJson> {
    let not_understood = report.not_understood.iter().map(NotReviewedJson::from);
    let changes = report.not_reviewed.iter().map(NotReviewedJson::from);
    let mut all: Vec<NotReviewedJson> = not_understood.chain(changes).collect();
    all.sort_by(|left, right| {
        let key = |item: &NotReviewedJson| (item.type_name.clone(), item.address.clone());
        key(left).cmp(&key(right))
    });
    let others = report.other_types.iter();
    all.extend(others.map(|(type_name, count)| NotReviewedJson {
        type_name: type_name.clone(),
        reason: ReasonJson::OtherType,
        detail: phrasing::OTHER_TYPE.to_owned(),
        count: *count,
        address: None,
        action: None,
        part: PartJson::Planned,
        attributes: Vec::new(),
    }));
    all
}

impl From<&Unread> for NotReviewedJson {
    fn from(unread: &Unread) -> Self {
        Self {
            type_name: unread.type_name.clone(),
            reason: ReasonJson::NotUnderstood,
            detail: unread.reason.to_string(),
            count: 1,
            address: Some(unread.address.clone()),
            action: None,
            part: PartJson::Planned,
            attributes: Vec::new(),
        }
    }
}

impl From<&plan::NotReviewed> for NotReviewedJson {
    fn from(change: &plan::NotReviewed) -> Self {
        let reason = match change.part {
            plan::Part::Deferred => ReasonJson::Deferred,
            plan::Part::Planned | plan::Part::Drift => ReasonJson::NoRules,
        };
        Self {
            type_name: change.type_name.clone(),
            reason,
            detail: phrasing::reason_not_reviewed(change).to_owned(),
            count: 1,
            address: Some(change.address.clone()),
            action: Some(change.operation.into()),
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
            plan::PlannedOperation::Invoke => Self::Invoke,
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
