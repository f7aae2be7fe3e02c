//! One grant in words: who, to what, until when, and why.

use super::clean;
use crate::plan_json::value::PlanValue;
use crate::review::change::{AccessChange, Effect, Note};
use crate::review::grant::{End, PlannedGrant, PlannedGrantKey};
use crate::review::report::{Ending, Report};

/// One grant in words. Empty texts are left out of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhrasedGrant {
    /// Who has the access.
    pub who: String,
    /// To what.
    pub to: String,
    /// Region and project.
    pub place: String,
    /// When it ends, and when it ended so far if that was another time.
    pub until: String,
    /// Why there is the grant.
    pub reason: String,
    /// The addresses of its blocks.
    pub blocks: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

impl PhrasedGrant {
    fn of(grant: &PlannedGrant, addresses: &[String]) -> Self {
        let (who, to, place) = who_and_what(grant);
        Self {
            who,
            to,
            place,
            blocks: addresses.iter().map(|address| clean(address)).collect(),
            ..Self::default()
        }
    }

    /// What becomes of a grant; `None` for a change of none.
    #[must_use]
    pub fn of_change(report: &Report, change: &AccessChange) -> Option<Self> {
        let grant = change.after.as_ref().or(change.before.as_ref())?;
        let mut notes = Vec::new();
        if change.is_interrupted && change.effect != Effect::Interrupted {
            notes.push("loses access for a moment: it is removed and made again".to_owned());
        }
        notes.extend(change.notes.iter().map(note));
        Some(Self {
            until: until(report, change, grant),
            reason: reason(change),
            notes,
            ..Self::of(grant, &change.addresses)
        })
    }

    /// What has become of a grant outside of Terraform; `None` for a change of none.
    #[must_use]
    pub fn of_drift(report: &Report, change: &AccessChange) -> Option<Self> {
        let told = Self::of_change(report, change)?;
        let status = change.notes.iter().filter(|note| note.is_about_status());
        let status: Vec<String> = status.map(note).collect();
        let is_updated = status.is_empty() || change.notes.contains(&Note::Updated);
        let what = match change.effect {
            Effect::Gains => Some("access was granted"),
            Effect::Extended => Some("the expiry was extended"),
            Effect::EndRemoved => Some("the expiry was removed"),
            Effect::EndUnclear => Some("the expiry was changed"),
            Effect::Loses | Effect::Stays | Effect::Interrupted => Some("access was revoked"),
            Effect::Shortened => Some("the expiry was brought forward"),
            Effect::EndSet => Some("an expiry was set"),
            Effect::Unchanged => is_updated.then_some("something else than access was changed"),
        };
        let what = what.map(str::to_owned);
        Some(Self {
            notes: status.into_iter().chain(what).collect(),
            ..told
        })
    }

    /// A grant that ends then.
    #[must_use]
    pub fn of_ending(ending: &Ending) -> Self {
        Self {
            until: ending.on.to_string(),
            ..Self::of(&ending.grant, &ending.addresses)
        }
    }
}

/// Who has access, to what, and where that is.
pub(in crate::review) fn who_and_what(grant: &PlannedGrant) -> (String, String, String) {
    let named = |kind: &PlanValue, id: &PlanValue| match (kind, id) {
        (PlanValue::Known(kind), PlanValue::Known(id)) => format!("{} {}", clean(kind), clean(id)),
        (PlanValue::Known(kind), id) => format!("a {} {}", clean(kind), shown(id)),
        (_, PlanValue::Known(id)) => clean(id),
        (_, id) => format!("a grantee {}", shown(id)),
    };
    match &grant.key {
        PlannedGrantKey::Csms {
            region,
            project_id,
            resource_type,
            resource_id,
            grantee_type,
            grantee_id,
        } => {
            let kind = match resource_type {
                PlanValue::Known(kind) if kind == "SECRET" => "secret".to_owned(),
                PlanValue::Known(kind) if kind == "GROUP" => "secret group".to_owned(),
                other => shown(other),
            };
            let who = named(grantee_type, grantee_id);
            let who = match &grant.grantee_name {
                PlanValue::Known(name) => format!("{} ({who})", clean(name)),
                PlanValue::Null | PlanValue::Unknown | PlanValue::Sensitive => who,
            };
            let what = match resource_id {
                PlanValue::Known(id) => format!("{kind} {}", clean(id)),
                id => format!("a {kind} {}", shown(id)),
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

/// When access ends, and when it did so far.
fn until(report: &Report, change: &AccessChange, grant: &PlannedGrant) -> String {
    if matches!(grant.key, PlannedGrantKey::RepoKms { .. }) {
        // It has no end that could be set.
        return String::new();
    }
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if before.end != after.end => {
            format!(
                "{}, so far {}",
                end(report, after.end),
                end(report, before.end)
            )
        }
        (Some(before), None) if change.effect == Effect::Loses => {
            format!("so far {}", end(report, before.end))
        }
        _ => end(report, grant.end),
    }
}

/// When access ends, and whether it has.
fn end(report: &Report, end: End) -> String {
    match end {
        End::On(date) if report.planned_on.is_some_and(|today| date < today) => {
            format!("{date} (has passed)")
        }
        End::On(date) => date.to_string(),
        End::Never => "without end".to_owned(),
        End::Unknown => "known after apply".to_owned(),
        End::Sensitive => "marked as sensitive".to_owned(),
    }
}

/// Why, and why before if that was something else; empty if nobody has said it.
fn reason(change: &AccessChange) -> String {
    let of = |grant: &Option<PlannedGrant>| {
        grant
            .as_ref()
            .map_or(PlanValue::Null, |grant| grant.reason.clone())
    };
    let (before, after) = (of(&change.before), of(&change.after));
    match (before, after) {
        (before, PlanValue::Null) if change.after.is_none() => optional(&before),
        (before, after) if change.before.is_none() || before == after => optional(&after),
        (PlanValue::Null, after) => format!("{} (new)", optional(&after)),
        (before, PlanValue::Null) => format!("none, so far: {}", optional(&before)),
        (before, after) => format!("{}, so far: {}", optional(&after), optional(&before)),
    }
}

fn optional(value: &PlanValue) -> String {
    match value {
        PlanValue::Null => String::new(),
        value => shown(value),
    }
}

fn note(note: &Note) -> String {
    match note {
        Note::Renamed { from, to } => {
            format!(
                "a rename, {} to {}: {ELSEWHERE}; see the `moved` block below",
                clean(from),
                clean(to)
            )
        }
        Note::Shifted { from, to } => {
            format!(
                "destroyed at {} and created at {}: {ELSEWHERE}",
                clean(from),
                clean(to)
            )
        }
        Note::Moved { from, to } => format!("moved, {} to {}", clean(from), clean(to)),
        Note::Imported => "imported: the access exists already".to_owned(),
        Note::Forgotten => "forgotten by Terraform: the access remains in effect and is no longer managed by this configuration".to_owned(),
        Note::Expired { on: Some(date) } => format!("expired on {date}"),
        Note::Expired { on: None } => "expired".to_owned(),
        Note::Reactivated { until: Some(date) } => format!("active again, until {date}"),
        Note::Reactivated { until: None } => "active again".to_owned(),
        Note::Updated => "something else than access changes".to_owned(),
        Note::StillDeclared { address } => {
            format!(
                "destroyed at one address and still declared at {}: {ELSEWHERE}",
                clean(address)
            )
        }
    }
}

/// What the provider cannot prevent where it has no record of the plan.
const ELSEWHERE: &str = "access may be interrupted if the plan is applied in another folder";

/// A value, or why there is none.
fn shown(value: &PlanValue) -> String {
    match value {
        PlanValue::Known(text) => clean(text),
        other => format!("({})", hidden(other)),
    }
}

/// Why a value is not there to be shown.
fn hidden(value: &PlanValue) -> &'static str {
    match value {
        PlanValue::Known(_) => "that is known",
        PlanValue::Null => "not set",
        PlanValue::Unknown => "known after apply",
        PlanValue::Sensitive => "marked as sensitive",
    }
}
