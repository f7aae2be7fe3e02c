//! Grants, and what becomes of them, as JSON.

use arcstr::ArcStr;
use jiff::civil::Date;
#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::plan_json::value::PlanValue;
use crate::review::change::{self, AccessChange};
use crate::review::grant;

/// A date, such as `2026-12-01`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(transparent)]
pub struct Day(#[cfg_attr(test, schemars(extend("format" = "date")))] String);

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date.to_string())
    }
}

/// A value in the plan, or the reason why it is not shown. Only `known` has a `value`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(
    tag = "state",
    content = "value",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum ValueJson {
    /// A value that is shown exactly as in the plan.
    Known(String),
    /// Not set.
    Null,
    /// Known after apply.
    Unknown,
    /// Marked as sensitive, whether known or not.
    Sensitive,
}

impl From<&PlanValue> for ValueJson {
    fn from(value: &PlanValue) -> Self {
        match value {
            PlanValue::Known(text) => Self::Known(text.to_string()),
            PlanValue::Null => Self::Null,
            PlanValue::Unknown => Self::Unknown,
            PlanValue::Sensitive => Self::Sensitive,
        }
    }
}

/// The expiry of access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EndJson {
    /// Access expires on this date; the service defines the time of day.
    On {
        /// The expiration date.
        date: Day,
    },
    /// Access never expires.
    Never,
    /// The expiry is known only after apply: a date, or no expiry.
    Unknown,
    /// The plan marks the expiry as sensitive; it can be a date or no expiry.
    Sensitive,
}

impl From<grant::Expiry> for EndJson {
    fn from(end: grant::Expiry) -> Self {
        match end {
            grant::Expiry::On(date) => Self::On { date: date.into() },
            grant::Expiry::Never => Self::Never,
            grant::Expiry::Unknown => Self::Unknown,
            grant::Expiry::Sensitive => Self::Sensitive,
        }
    }
}

/// The key that identifies a grant, in canonical spelling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum GrantKeyJson {
    /// Access to a secret or a secret group.
    Csms {
        /// The region of the secret.
        region: ValueJson,
        /// The project of the secret.
        project_id: ValueJson,
        /// `SECRET` or `GROUP`.
        resource_type: ValueJson,
        /// The secret or the secret group.
        resource_id: ValueJson,
        /// `user` or `group`.
        grantee_type: ValueJson,
        /// The user or the user group.
        grantee_id: ValueJson,
    },
    /// Permission for CodeArts Repo to use the keys of an account.
    RepoKms {
        /// The region of CodeArts Repo.
        region: ValueJson,
        /// The account.
        tenant_id: ValueJson,
    },
}

impl From<&grant::PlannedGrantKey> for GrantKeyJson {
    fn from(key: &grant::PlannedGrantKey) -> Self {
        match key {
            grant::PlannedGrantKey::Csms {
                secret,
                grantee_type,
                grantee_id,
            } => Self::Csms {
                region: (&secret.region).into(),
                project_id: (&secret.project_id).into(),
                resource_type: (&secret.resource_type).into(),
                resource_id: (&secret.resource_id).into(),
                grantee_type: grantee_type.into(),
                grantee_id: grantee_id.into(),
            },
            grant::PlannedGrantKey::RepoKms { region, tenant_id } => Self::RepoKms {
                region: region.into(),
                tenant_id: tenant_id.into(),
            },
        }
    }
}

/// The expiry, reason and grantee name of a grant, before or after the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The expiry.
    pub end: EndJson,
    /// The reason in the configuration.
    pub reason: ValueJson,
    /// The grantee's name, as returned by the service.
    pub grantee_name: ValueJson,
}

impl From<&grant::PlannedGrant> for Terms {
    fn from(grant: &grant::PlannedGrant) -> Self {
        Self {
            end: grant.expiry.into(),
            reason: (&grant.reason).into(),
            grantee_name: (&grant.grantee_name).into(),
        }
    }
}

/// The net effect on the access of one grantee to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EffectJson {
    /// Access is gained.
    Gains,
    /// The expiry is later.
    Extended,
    /// The expiry is removed.
    EndRemoved,
    /// The expiry may change, but the old or the new expiry is unknown or sensitive.
    EndUnclear,
    /// Access is lost.
    Loses,
    /// The expiry is earlier.
    Shortened,
    /// An expiry is added.
    EndSet,
    /// The delegation is destroyed in Terraform, but remains in effect: the service has no API to revoke it.
    Stays,
    /// Access is the same afterwards, but briefly interrupted.
    Interrupted,
    /// Access is unchanged.
    Unchanged,
}

impl From<change::Effect> for EffectJson {
    fn from(effect: change::Effect) -> Self {
        match effect {
            change::Effect::Gains => Self::Gains,
            change::Effect::Extended => Self::Extended,
            change::Effect::ExpiryRemoved => Self::EndRemoved,
            change::Effect::ExpiryUnclear => Self::EndUnclear,
            change::Effect::Loses => Self::Loses,
            change::Effect::Shortened => Self::Shortened,
            change::Effect::ExpiryAdded => Self::EndSet,
            change::Effect::Stays => Self::Stays,
            change::Effect::Interrupted => Self::Interrupted,
            change::Effect::Unchanged => Self::Unchanged,
        }
    }
}

/// A note on a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NoteJson {
    /// Deleted at one address and created at another; a `moved` block can prevent this.
    Renamed {
        /// The address that is removed.
        from: String,
        /// The address that is created.
        to: String,
    },
    /// Deleted at one address and created at another; a `moved` block cannot prevent this, because one of the addresses
    /// keeps a grant.
    Shifted {
        /// The address that had the grant.
        from: String,
        /// The address that will have the grant.
        to: String,
    },
    /// Deleted by the plan of one state and created by the plan of another.
    MovedBetweenStates {
        /// The address that is removed.
        from: String,
        /// The address that is created.
        to: String,
    },
    /// Deleted by the plan of one state, and created by the plan of a state for which planning failed: access is lost until that
    /// plan is corrected and applied.
    RecreatedByFailedPlan {
        /// The address that would create the grant.
        address: String,
    },
    /// The grant cannot be created at this address, because it exists with a different expiry.
    CreateFails {
        /// The address that would create the grant.
        address: String,
    },
    /// The grant of a group is created at this address although it exists with a different expiry: creating it may fail, or may change the
    /// expiry.
    CreateMayFail {
        /// The address that would create the grant.
        address: String,
    },
    /// Moved by a `moved` block.
    Moved {
        /// The old address.
        from: String,
        /// The new address.
        to: String,
    },
    /// Imported into the state.
    Imported,
    /// Removed from the state; the access remains in effect.
    Forgotten,
    /// The grant has expired.
    Expired {
        /// The expiration date; `null` if it is unknown or sensitive.
        on: Option<Day>,
    },
    /// The grant had expired, and is active again.
    Reactivated {
        /// The new expiration date; `null` if the grant never expires, or if the date is unknown or sensitive.
        until: Option<Day>,
    },
    /// Changes only attributes that do not affect access, such as the reason.
    Updated,
    /// The grant of a user is revoked, but a user group has the same access: if the user is a member, access remains in effect.
    CoveredByGroup {
        /// The address of the block with the group's grant.
        address: String,
    },
    /// The plan of one state destroys the grant, and another state declares it: destroying it revokes it for both.
    DeclaredInOtherState {
        /// The address of the block in the other state.
        address: String,
    },
    /// One block of the grant is destroyed, but another block still declares the grant: access remains in effect.
    StillDeclared {
        /// The address of the block that still declares the grant.
        address: String,
    },
}

impl From<&change::Note> for NoteJson {
    fn from(note: &change::Note) -> Self {
        match note.clone() {
            change::Note::Renamed { from, to } => Self::Renamed { from, to },
            change::Note::Shifted { from, to } => Self::Shifted { from, to },
            change::Note::MovedBetweenStates { from, to } => Self::MovedBetweenStates { from, to },
            change::Note::RecreatedByFailedPlan { address } => {
                Self::RecreatedByFailedPlan { address }
            }
            change::Note::CreateFails { address } => Self::CreateFails { address },
            change::Note::CreateMayFail { address } => Self::CreateMayFail { address },
            change::Note::Moved { from, to } => Self::Moved { from, to },
            change::Note::Imported => Self::Imported,
            change::Note::Forgotten => Self::Forgotten,
            change::Note::Expired { on } => Self::Expired {
                on: on.map(Day::from),
            },
            change::Note::Reactivated { until } => Self::Reactivated {
                until: until.map(Day::from),
            },
            change::Note::Updated => Self::Updated,
            change::Note::CoveredByGroup { address } => Self::CoveredByGroup { address },
            change::Note::DeclaredInOtherState { address } => {
                Self::DeclaredInOtherState { address }
            }
            change::Note::StillDeclared { address } => Self::StillDeclared { address },
        }
    }
}

/// The net change of one grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeJson {
    /// The net effect.
    pub effect: EffectJson,
    /// The key of the grant.
    pub key: GrantKeyJson,
    /// The grant before the plan; `null` if there was none.
    pub before: Option<Terms>,
    /// The grant after the plan; `null` if the grant does not exist or Terraform does not manage it.
    pub after: Option<Terms>,
    /// Whether the grant is revoked and then re-created, which briefly interrupts access.
    pub is_interrupted: bool,
    /// Whether the change broadens or may broaden access.
    pub may_broaden: bool,
    /// Whether access changes, brief interruptions included, or remains in effect without being managed by this configuration.
    pub is_change: bool,
    /// The addresses of the blocks that declare the grant after the plan, sorted; if no block does, those of the
    /// removed blocks.
    pub addresses: Vec<String>,
    /// Notes on the change.
    pub notes: Vec<NoteJson>,
}

impl ChangeJson {
    /// `None` for a change of no grant, of which there is none in a report.
    pub(super) fn of(change: &AccessChange) -> Option<Self> {
        let grant = change.after.as_ref().or(change.before.as_ref())?;
        Some(Self {
            effect: change.effect.into(),
            key: (&grant.key).into(),
            before: change.before.as_ref().map(|grant| Terms::from(&**grant)),
            after: change.after.as_ref().map(|grant| Terms::from(&**grant)),
            is_interrupted: change.is_interrupted,
            may_broaden: change.may_broaden(),
            is_change: change.is_change(),
            addresses: addresses(&change.addresses),
            notes: change.notes.iter().map(NoteJson::from).collect(),
        })
    }
}

/// The addresses of the blocks of a grant.
pub(super) fn addresses(addresses: &[ArcStr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}
