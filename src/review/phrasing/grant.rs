//! One grant in words: grantee, resource, expiry and reason.

use std::sync::Arc;

use arcstr::ArcStr;

use crate::plan_json::action_reason::ActionReason;
use crate::plan_json::value::PlanValue;
use crate::review::change::{AccessChange, Effect, Note};
use crate::review::grant::{Expiry, PlannedGrant, PlannedGrantKey, SecretKey};
use crate::review::report::{Report, UpcomingExpiry};
use crate::review::section::Section;
use crate::text::line as clean;

/// The expiry of an access for which none can be set.
pub const NO_EXPIRY: &str = "no expiry";

/// One grant in words. Empty texts are left out of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhrasedGrant {
    /// The grantee, with its name in front if the plan has one.
    pub who: String,
    /// The name of the grantee alone.
    pub name: String,
    /// The resource.
    pub to: String,
    /// What the grantee may do.
    pub level: String,
    /// Region and project.
    pub location: String,
    /// The expiry, and the one before if it changes.
    pub expiry: String,
    /// The reason, and the one before if it changes.
    pub reason: String,
    /// The addresses of its blocks.
    pub blocks: Vec<String>,
    /// Notes.
    pub notes: Vec<String>,
}

impl PhrasedGrant {
    /// Grantee, resource, location and blocks, without expiry, reason and notes.
    fn of(grant: &PlannedGrant, addresses: &[ArcStr]) -> Self {
        let (who, to, location) = who_and_what(grant);
        Self {
            name: grantee_name(grant).unwrap_or_default(),
            who,
            to,
            location,
            blocks: addresses.iter().map(|address| clean(address)).collect(),
            ..Self::default()
        }
    }

    /// A change of a grant; `None` if it has neither a grant before nor after.
    #[must_use]
    pub fn of_change(report: &Report, change: &AccessChange) -> Option<Self> {
        let grant = change.after.as_ref().or(change.before.as_ref())?;
        let mut notes = Vec::new();
        if change.is_interrupted && change.effect != Effect::Interrupted {
            notes.push(
                "access is briefly interrupted: the grant is revoked, then re-created".to_owned(),
            );
        }
        notes.extend(change.notes.iter().map(note));
        let reasons = change.addresses.iter();
        let reasons = reasons.filter_map(|address| report.reasons.get(&**address));
        let is_kept = Section::from(change) == Section::Stays;
        notes.extend(reasons.map(|reason| action_reason(*reason, is_kept)));
        notes.dedup();
        Some(Self {
            expiry: expiry_text(report, change, grant),
            reason: reason(change),
            notes,
            ..Self::of(grant, &change.addresses)
        })
    }

    /// A change outside of Terraform; `None` if it has neither a grant before nor after.
    #[must_use]
    pub fn of_drift(report: &Report, change: &AccessChange) -> Option<Self> {
        let phrased = Self::of_change(report, change)?;
        let status = change.notes.iter().filter(|note| note.is_about_status());
        let status: Vec<String> = status.map(note).collect();
        let is_updated = status.is_empty() || change.notes.contains(&Note::Updated);
        let what = match change.effect {
            Effect::Gains => Some("access was granted"),
            Effect::Extended => Some("the expiry was extended"),
            Effect::ExpiryRemoved => Some("the expiry was removed"),
            Effect::ExpiryUnclear => Some("the expiry was changed"),
            Effect::Loses | Effect::Stays | Effect::Interrupted => Some("access was revoked"),
            Effect::Shortened => Some("the expiry was changed to an earlier date"),
            Effect::ExpiryAdded => Some("an expiry was added"),
            Effect::Unchanged => {
                is_updated.then_some("only attributes that do not affect access were changed")
            }
        };
        let what = what.map(str::to_owned);
        Some(Self {
            notes: status.into_iter().chain(what).collect(),
            ..phrased
        })
    }

    /// A grant that expires soon or has expired.
    #[must_use]
    pub fn of_upcoming_expiry(expiry: &UpcomingExpiry) -> Self {
        Self {
            expiry: expiry.on.to_string(),
            ..Self::of(&expiry.grant, &expiry.addresses)
        }
    }
}

/// The access that a grant gives, such as `user 2026 access to secret 43d6`.
pub(super) fn access(grant: &PlannedGrant) -> String {
    let (who, what, _) = who_and_what(grant);
    format!("{who} access to {what}")
}

/// The access that a grant gives, and until when.
pub(super) fn access_until(grant: &PlannedGrant) -> String {
    let access = access(grant);
    match (&grant.key, grant.expiry) {
        // A delegation has no expiry that could be set.
        (PlannedGrantKey::RepoKms { .. }, _) => access,
        (_, Expiry::On(date)) => format!("{access} until {date}"),
        (_, Expiry::Never) => format!("{access}, without an expiration date"),
        (_, Expiry::Unknown) => format!("{access}; its expiry is known after apply"),
        (_, Expiry::Sensitive) => format!("{access}; its expiry is a sensitive value"),
    }
}

/// The grantee, such as `group 2026`.
pub(super) fn grantee(grant: &PlannedGrant) -> String {
    let (who, _, _) = who_and_what(grant);
    who
}

/// Grantee, resource, and region with project.
fn who_and_what(grant: &PlannedGrant) -> (String, String, String) {
    let named = |kind: &PlanValue, id: &PlanValue| match (kind, id) {
        (PlanValue::Known(kind), PlanValue::Known(id)) => format!("{} {}", clean(kind), clean(id)),
        (PlanValue::Known(kind), id) => format!("a {} {}", clean(kind), shown(id)),
        (_, PlanValue::Known(id)) => clean(id),
        (_, id) => format!("a grantee {}", shown(id)),
    };
    match &grant.key {
        PlannedGrantKey::Csms {
            secret,
            grantee_type,
            grantee_id,
        } => {
            let SecretKey {
                region,
                project_id,
                resource_type,
                resource_id,
            } = &**secret;
            let kind = match resource_type {
                PlanValue::Known(kind) if &**kind == "SECRET" => "secret".to_owned(),
                PlanValue::Known(kind) if &**kind == "GROUP" => "secret group".to_owned(),
                PlanValue::Known(kind) => clean(kind),
                PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => {
                    "secret or secret group".to_owned()
                }
            };
            let who = named(grantee_type, grantee_id);
            let who = match (&grant.grantee_name, grantee_id) {
                (PlanValue::Known(name), PlanValue::Unknown) => {
                    let kind = match grantee_type {
                        PlanValue::Known(kind) => clean(kind),
                        PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => {
                            "grantee".to_owned()
                        }
                    };
                    format!("{kind} {} {}", clean(name), shown(grantee_id))
                }
                (PlanValue::Known(name), _) => format!("{} ({who})", clean(name)),
                _ => who,
            };
            let what = match (resource_id, &grant.resource_name) {
                (PlanValue::Known(id), Some(name)) => {
                    format!("{kind} {} ({})", clean(name), clean(id))
                }
                (PlanValue::Known(id), None) => format!("{kind} {}", clean(id)),
                (id, Some(name)) => format!("{kind} {} {}", clean(name), shown(id)),
                (id, None) => format!("a {kind} {}", shown(id)),
            };
            (
                who,
                what,
                format!("{}, project {}", shown(region), shown(project_id)),
            )
        }
        PlannedGrantKey::RepoKms { region, tenant_id } => {
            let what = format!("the KMS keys of account {}", shown(tenant_id));
            ("CodeArts Repo".to_owned(), what, shown(region))
        }
    }
}

/// The grantee's name, if it is known and may be shown.
#[must_use]
pub fn grantee_name(grant: &PlannedGrant) -> Option<String> {
    match &grant.grantee_name {
        PlanValue::Known(name) => Some(clean(name)),
        PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => None,
    }
}

/// The expiry, and the one before if it changes.
fn expiry_text(report: &Report, change: &AccessChange, grant: &PlannedGrant) -> String {
    if matches!(grant.key, PlannedGrantKey::RepoKms { .. }) {
        // A delegation has no expiry that could be set.
        return String::new();
    }
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if before.expiry != after.expiry => {
            let (after, before) = (expiry(report, after.expiry), expiry(report, before.expiry));
            format!("{after} (was {before})")
        }
        (Some(before), None) if change.effect == Effect::Loses => {
            format!("revoked (was {})", expiry(report, before.expiry))
        }
        _ => expiry(report, grant.expiry),
    }
}

/// An expiry, and whether it has passed.
fn expiry(report: &Report, expiry: Expiry) -> String {
    match expiry {
        Expiry::On(date) if report.planned_on.is_some_and(|today| date < today) => {
            format!("{date}, expired")
        }
        Expiry::On(date) => date.to_string(),
        Expiry::Never => "never expires".to_owned(),
        Expiry::Unknown => "known after apply".to_owned(),
        Expiry::Sensitive => "sensitive value".to_owned(),
    }
}

/// The reason, and the one before if it changes; empty if there is none.
fn reason(change: &AccessChange) -> String {
    let of = |grant: &Option<Arc<PlannedGrant>>| {
        grant
            .as_ref()
            .map_or(PlanValue::Null, |grant| grant.reason.clone())
    };
    let (before, after) = (of(&change.before), of(&change.after));
    match (before, after) {
        (before, PlanValue::Null) if change.after.is_none() => optional(&before),
        (before, after) if change.before.is_none() || before == after => optional(&after),
        (PlanValue::Null, after) => format!("{} (new)", optional(&after)),
        (before, PlanValue::Null) => format!("none (was: {})", optional(&before)),
        (before, after) => format!("{} (was: {})", optional(&after), optional(&before)),
    }
}

/// A value; empty if it is not set.
fn optional(value: &PlanValue) -> String {
    match value {
        PlanValue::Null => String::new(),
        value => shown(value),
    }
}

fn note(note: &Note) -> String {
    match note {
        Note::Renamed { from, to } => {
            let (from, to) = (clean(from), clean(to));
            format!(
                "renamed from {from} to {to}: {INTERRUPTION}; add a `moved` block to prevent this"
            )
        }
        Note::Shifted { from, to } => {
            let (from, to) = (clean(from), clean(to));
            format!("destroyed at {from} and created at {to}: {INTERRUPTION}")
        }
        Note::MovedBetweenStates { from, to } => {
            let (from, to) = (clean(from), clean(to));
            format!("moved from {from} to {to}: destroyed in one state and created in the other")
        }
        Note::RecreatedByFailedPlan { address } => {
            let address = clean(address);
            format!(
                "{address} re-creates the grant, but planning failed for that state: access is lost until the plan is corrected and applied"
            )
        }
        Note::CreateFails { address } => {
            let address = clean(address);
            format!(
                "creating the grant at {address} fails, because it already exists with a different expiry"
            )
        }
        Note::CreateMayFail { address } => {
            let address = clean(address);
            format!(
                "the grant already exists with a different expiry: creating it at {address} may fail or may change the expiry"
            )
        }
        Note::Moved { from, to } => format!("moved from {} to {}", clean(from), clean(to)),
        Note::Imported => "imported: access already exists".to_owned(),
        Note::Forgotten => {
            "removed from the state: not revoked, and no longer managed by this configuration"
                .to_owned()
        }
        Note::Expired { on: Some(date) } => format!("expired on {date}"),
        Note::Expired { on: None } => "expired".to_owned(),
        Note::Reactivated { until: Some(date) } => format!("active again until {date}"),
        Note::Reactivated { until: None } => "active again".to_owned(),
        Note::Updated => "changes only attributes that do not affect access".to_owned(),
        Note::CoveredByGroup { address } => {
            let address = clean(address);
            format!("the user keeps this access if they are a member of the group in {address}")
        }
        Note::DeclaredInOtherState { address } => {
            let address = clean(address);
            format!("also declared by {address}; destroying this block revokes it there as well")
        }
        Note::StillDeclared { address } => {
            let address = clean(address);
            format!("destroyed at one address but still declared at {address}: {INTERRUPTION}")
        }
    }
}

/// Why Terraform replaces or destroys a resource; `is_kept` if the access remains in effect all the same.
pub(super) fn action_reason(reason: ActionReason, is_kept: bool) -> String {
    let why = match reason {
        ActionReason::Tainted => "it is tainted",
        ActionReason::CannotUpdate => "an argument cannot be updated in place",
        ActionReason::Requested => "`-replace` was used",
        ActionReason::Triggered => "of `replace_triggered_by`",
        ActionReason::NoBlock => "the block was removed from the configuration",
        ActionReason::WrongRepetition => "`count` or `for_each` of the block was added or removed",
        ActionReason::CountIndex => "`count` was reduced",
        ActionReason::EachKey => "the key was removed from `for_each`",
        ActionReason::NoModule => "the module was removed from the configuration",
        ActionReason::NoMoveTarget => {
            "a `moved` block points to an address that is not in the configuration"
        }
        ActionReason::Disabled => "`enabled` is false",
    };
    let what = match reason {
        ActionReason::Tainted
        | ActionReason::CannotUpdate
        | ActionReason::Requested
        | ActionReason::Triggered => "replaced",
        _ if is_kept => "removed from the state, but not revoked,",
        _ => "destroyed",
    };
    format!("{what} because {why}")
}

/// What the provider cannot prevent without its record of the plan.
const INTERRUPTION: &str =
    "access may be interrupted if the plan is applied in a different directory";

/// A value, or why it cannot be shown.
fn shown(value: &PlanValue) -> String {
    match value {
        PlanValue::Known(text) => clean(text),
        other => format!("({})", hidden(other)),
    }
}

/// Why a value cannot be shown.
fn hidden(value: &PlanValue) -> &'static str {
    match value {
        PlanValue::Known(_) => "known",
        PlanValue::Null => "not set",
        PlanValue::Unknown => "known after apply",
        PlanValue::Sensitive => "sensitive value",
    }
}
