//! A plan as Terraform writes it in JSON: the parts that concern access.
//!
//! Errors name the part of the plan, never values.
//!
//! Source: Terraform, JSON Output Format, "Plan Representation" and "Change Representation", format version 1.x.

use std::collections::BTreeMap;
use std::sync::Arc;

use arcstr::ArcStr;
use jiff::Timestamp;

use super::action_reason::ActionReason;
use super::completeness::Completeness;
use super::coverage::Coverage;
use super::dialect::Dialect;
use super::grant_type::GrantType;
use super::value::{Attributes, PlanValue};
use crate::access::Evidence;

/// The parts of a plan that concern access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The timestamp of the plan; plans of Terraform before 1.5 have none.
    pub planned_at: Option<Timestamp>,
    /// Whether applying it carries out all that is configured.
    pub completeness: Completeness,
    /// The changes of grants, unchanged ones included, in the order of the plan. At the end are grants in the state without a
    /// change, as after `-target` or `-refresh-only`: they are kept.
    pub changes: Vec<ResourceChange>,
    /// The changes outside of Terraform since the last apply; in the plan's order.
    pub drift: Vec<ResourceChange>,
    /// The changes that are deferred to a later plan; in the plan's order.
    pub deferred: Vec<DeferredChange>,
    /// The changes that may affect access and are not reviewed: by type, then by address.
    pub not_reviewed: Vec<NotReviewed>,
    /// Why Terraform replaces or destroys objects of the reviewed types, by address.
    pub reasons: BTreeMap<String, ActionReason>,
    /// What it does to accesses, of all types that are declared in the table of access types.
    pub access: Evidence,
    /// The parts of the configuration that concern access.
    pub configuration: Configuration,
}

impl Default for Plan {
    /// A plan without changes, whose time is not known.
    fn default() -> Self {
        Self {
            planned_at: None,
            completeness: Completeness::Complete,
            changes: Vec::new(),
            drift: Vec::new(),
            deferred: Vec::new(),
            not_reviewed: Vec::new(),
            reasons: BTreeMap::new(),
            access: Evidence::default(),
            configuration: Configuration::default(),
        }
    }
}

impl Plan {
    /// Adds the plan of another state. The day to count from is that of the latest plan: whatever has expired for one of them
    /// has expired.
    pub fn extend(&mut self, other: Self) {
        self.planned_at = self.planned_at.max(other.planned_at);
        self.completeness = self.completeness.max(other.completeness);
        self.reasons.extend(other.reasons);
        self.changes.extend(other.changes);
        self.drift.extend(other.drift);
        self.deferred.extend(other.deferred);
        self.not_reviewed.extend(other.not_reviewed);
        self.not_reviewed.sort();
        self.access.extend(other.access);
        self.configuration
            .modules
            .extend(other.configuration.modules);
        self.configuration
            .projects
            .extend(other.configuration.projects);
        self.configuration
            .dialects
            .extend(other.configuration.dialects);
    }
}

/// A change that may affect access and is not reviewed: of another type that can affect access, of a type of this provider
/// without rules, a deferred one of a grant, or the invocation of an action of this provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotReviewed {
    /// The type of the resource, such as `huaweicloud_obs_bucket`.
    pub type_name: String,
    /// What a review makes of the type.
    pub coverage: Coverage,
    /// The resource address, instance key included; the instances of a deferred change may not be known yet.
    pub address: String,
    /// Which part of the plan holds it.
    pub part: Part,
    /// What happens to the object, or has happened to it.
    pub operation: PlannedOperation,
    /// The attributes that are set before or after, by name. Only for types of this provider without rules, and the arguments
    /// of actions; empty for all others.
    pub attributes: Vec<AttributeChange>,
}

/// One attribute before and after a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttributeChange {
    /// The name of the attribute.
    pub name: String,
    /// The value before; null if there was no object.
    pub before: PlanValue,
    /// The value after; null if there is no object.
    pub after: PlanValue,
}

/// A part of a plan that lists changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `resource_changes`: what applying the plan does.
    Planned,
    /// `resource_drift`: what was changed outside of Terraform since the last apply.
    Drift,
    /// `deferred_changes`: what a later plan does.
    Deferred,
}

impl Part {
    /// Its key in the plan.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Planned => "resource_changes",
            Self::Drift => "resource_drift",
            Self::Deferred => "deferred_changes",
        }
    }
}

/// What happens to an object that is not reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlannedOperation {
    /// It is created.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed and another created, in either order.
    Replace,
    /// It is removed from the state but remains in the cloud, and another is created.
    ForgetAndCreate,
    /// It is removed from the state but remains in the cloud.
    Forget,
    /// It is an action of this provider, which is invoked.
    Invoke,
    /// An operation that this version does not know.
    Unknown,
}

/// A deferred change, because something it depends on is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeferredChange {
    /// The reason in the plan, such as `provider_config_unknown`.
    pub reason: String,
    /// The change, as far as it is known.
    pub change: ResourceChange,
}

/// The parts of the configuration that concern access.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The `source` of each module call, without credentials, by the address of the module without instance keys, such
    /// as `module.team.module.oncall`.
    pub modules: BTreeMap<String, String>,
    /// The project that the provider configuration of each block of ours names, by the address of the block without
    /// instance keys, such as `module.team.csms_grant.each`; only if it is a constant or a variable of the
    /// root module.
    pub projects: BTreeMap<String, PlanValue>,
    /// The dialect of the configuration, if the plan shows it, by the name of the state; empty for a plan without a name.
    pub dialects: BTreeMap<String, Dialect>,
}

/// What happens to one object of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceChange {
    /// Where it is declared, module and instance included. Shared, because a report has it several times.
    pub address: ArcStr,
    /// The address in the state, if it is another one.
    pub previous_address: Option<String>,
    /// Whether it is a deposed object, left over from an interrupted replacement.
    pub is_deposed: bool,
    /// Which of our resources it is.
    pub kind: GrantType,
    /// What Terraform does.
    pub action: Action,
    /// Whether a replacement creates the new object before it destroys the old one.
    pub is_created_first: bool,
    /// Whether the object exists and is only imported.
    pub is_import: bool,
    /// The object before. The same in memory as afterwards if it is equal, as most objects of large plans are.
    pub before: Option<Arc<Attributes>>,
    /// The object afterwards, as far as it is known.
    pub after: Option<Arc<Attributes>>,
    /// Whether `validity_time` changes or may change: kept apart, because a sensitive one cannot be compared.
    pub is_expiry_changed: bool,
    /// Whether anything changes but `validity_time` and `status`, and what changes with them.
    pub is_otherwise_changed: bool,
    /// How `status` changes, if both values are known and may be shown.
    pub status_change: Option<StatusChange>,
}

/// How the status of a grant changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusChange {
    /// From `active` to `expired`.
    Expired,
    /// From `expired` to `active`.
    Reactivated,
}

/// What Terraform does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing, or reading it.
    Keep,
    /// Creates it.
    Create,
    /// Changes it in place.
    Update,
    /// Destroys it.
    Delete,
    /// Destroys it and creates another, in either order.
    Replace,
    /// Removes it from the state; it remains in the cloud.
    Forget,
}
