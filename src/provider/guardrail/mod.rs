//! The rules of the `guardrails` block of the provider, and the rule that no expiration date is in the past.
//!
//! A grant that is created, or whose expiration date changes, must keep all rules. One that is unchanged, or whose `reason`
//! changes only, causes a warning, so that a stricter rule does not block other changes. Revoking is always allowed. Days are
//! counted in UTC.

use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;

use crate::cloud::ProjectId;
use crate::framework::schema::{Check, Problem};
use crate::framework::validate::whole_number;
use crate::framework::{Data as _, Diagnostic, Diagnostics, Field, Set, Value, model};

model! {
    /// The block `guardrails`: null where there is no rule, unknown until apply.
    #[derive(Debug)]
    pub(super) struct Guardrails {
        /// Whether a grant must have an expiration date.
        require_validity: Field<bool>,
        /// Maximum number of days from today to the expiration date of a grant. Does not apply to grants that never expire:
        /// set `require_validity` too.
        #[attribute(check(whole_number(1..=MAX_DAYS)))]
        max_validity_days: Field<i64>,
        /// Show a warning if a grant expires within this number of days, or has expired.
        #[attribute(check(whole_number(0..=MAX_DAYS)))]
        warn_expiring_within_days: Field<i64>,
        /// Ids of the projects that grants may belong to, as a safeguard against the wrong account. Does not apply to
        /// `repo_kms_grant`, which belongs to no project.
        #[attribute(check(at_least_one_project()))]
        allowed_project_ids: Field<Set<Field<ProjectId>>>,
    }
}

/// What is known of a grant that is to be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct GuardedGrant<'a> {
    /// The date it ends; null if it has no end.
    pub(super) end: Field<Date>,
    /// The project it is in; never null.
    pub(super) project_id: Field<&'a str>,
    /// Whether it is made, or its end changed; else it stays.
    pub(super) is_written: bool,
}

impl Guardrails {
    /// The rules of a provider block, which has one block `guardrails` or none.
    pub(super) fn of_block(blocks: &Field<Vec<Field<Self>>>) -> Self {
        let block = match blocks {
            Field::Known(blocks) => blocks.first().unwrap_or(&Field::Null),
            Field::Null => &Field::Null,
            Field::Unknown => &Field::Unknown,
        };
        match block {
            Field::Known(rules) => rules.clone(),
            Field::Null => Self::default(),
            Field::Unknown => Self {
                require_validity: Field::Unknown,
                max_validity_days: Field::Unknown,
                warn_expiring_within_days: Field::Unknown,
                allowed_project_ids: Field::Unknown,
            },
        }
    }

    /// What is to be said about a grant: errors if it is written, else warnings. Rules and facts that are unknown are
    /// passed over; [`Self::permit`] sees to them before anything is sent.
    pub(super) fn judge(&self, grant: GuardedGrant<'_>, today: Date) -> Diagnostics {
        let is_written = grant.is_written;
        let about_end = match grant.end {
            Field::Known(end) => past(end, is_written, today)
                .or_else(|| self.too_far(end, is_written, today))
                .or_else(|| self.soon(end, today)),
            Field::Null => self.endless(is_written, today),
            Field::Unknown => None,
        };
        let about_project = match grant.project_id {
            Field::Known(project_id) => self.elsewhere(project_id, is_written),
            Field::Null | Field::Unknown => None,
        };
        let mut found = Diagnostics::new();
        for finding in [about_end, about_project].into_iter().flatten() {
            found.push(finding);
        }
        found
    }

    /// Lets a grant be made, or its end be changed, now that all about it is known.
    ///
    /// # Errors
    /// A rule forbids it, or is not known even now.
    pub(super) fn permit(
        &self,
        end: Option<Date>,
        project_id: &ProjectId,
        today: Date,
    ) -> Result<(), Diagnostic> {
        if !self.is_wholly_known() {
            return Err(not_known());
        }
        let grant = GuardedGrant {
            end: end.into(),
            project_id: Field::Known(project_id.as_str()),
            is_written: true,
        };
        let mut findings = self.judge(grant, today).into_iter();
        findings.find(Diagnostic::is_error).map_or(Ok(()), Err)
    }

    /// The last date that `max_validity_days` allows.
    fn latest(&self, today: Date) -> Option<(i64, Date)> {
        let days = *self.max_validity_days.known()?;
        Some((days, after(today, days)))
    }

    fn endless(&self, is_written: bool, today: Date) -> Option<Diagnostic> {
        if self.require_validity != Field::Known(true) {
            return None;
        }
        let latest = self
            .latest(today)
            .map_or_else(String::new, |(days, latest)| {
                format!(" no later than {latest}, because `max_validity_days` is {days}")
            });
        let detail = format!(
            "The grant never expires, but `require_validity` is set {WHERE}. Set `validity_time` to a date{latest}."
        );
        Some(finding(is_written, "Grant without expiry", detail).at_root("validity_time"))
    }

    fn too_far(&self, end: Date, is_written: bool, today: Date) -> Option<Diagnostic> {
        let (days, latest) = self.latest(today).filter(|(_, latest)| end > *latest)?;
        let detail = format!(
            "The grant expires on {end}, and today is {today} (UTC), but `max_validity_days` is {days} {WHERE}. Set {latest} or an earlier date."
        );
        Some(finding(is_written, "Expiration date too late", detail).at_root("validity_time"))
    }

    /// A warning in any case: an end that comes soon breaks no rule.
    fn soon(&self, end: Date, today: Date) -> Option<Diagnostic> {
        let days = *self.warn_expiring_within_days.known()?;
        if end > after(today, days) {
            return None;
        }
        let (summary, happened) = if end < today {
            ("Grant expired", "The grant expired")
        } else {
            ("Grant expires soon", "The grant expires")
        };
        let detail = format!(
            "{happened} on {end}, and today is {today} (UTC). If access is still needed, set a later `validity_time`. Otherwise remove the grant. `warn_expiring_within_days` is {days} {WHERE}."
        );
        Some(Diagnostic::warning(summary, detail).at_root("validity_time"))
    }

    fn elsewhere(&self, project_id: &str, is_written: bool) -> Option<Diagnostic> {
        let allowed = self.allowed_project_ids.known()?;
        // One that is unknown may be this one.
        let may_be = |id: &Field<ProjectId>| match id {
            Field::Unknown => true,
            Field::Known(id) => id.as_str() == project_id,
            Field::Null => false,
        };
        if allowed.0.iter().any(may_be) {
            return None;
        }
        let allowed: Vec<_> = allowed.0.iter().filter_map(Field::known).collect();
        let allowed: Vec<_> = allowed.into_iter().map(ProjectId::as_str).collect();
        let detail = format!(
            "The grant belongs to project `{project_id}`, but `allowed_project_ids` {WHERE} allows only `{}`. Check that the project and the credentials belong to the intended account, or add the project to the set.",
            allowed.join("`, `")
        );
        Some(finding(is_written, "Project not allowed", detail).at_root("project_id"))
    }
}

/// A hundred years: more is a typo.
const MAX_DAYS: i64 = 36_500;

/// At least one id of a project, and none that is null.
fn at_least_one_project() -> Check {
    let refused = |detail: &str| {
        Err(Problem {
            summary: "Invalid value",
            detail: detail.to_owned(),
        })
    };
    Arc::new(move |value: &Value| match value {
        Value::Set(ids) if ids.is_empty() => refused(
            "The set is empty, so no project would be allowed. Name the projects, or remove the argument.",
        ),
        Value::Set(ids) if ids.contains(&Value::Null) => refused("An element of the set is null."),
        _ => Ok(()),
    })
}

/// Where the rules come from.
const WHERE: &str = "in `guardrails` of the provider block";

/// The date so many days later, or the last one there is.
fn after(date: Date, days: i64) -> Date {
    let later = Span::new()
        .try_days(days)
        .and_then(|span| date.checked_add(span));
    later.unwrap_or(Date::MAX)
}

/// A rule that is broken. The title is the same for errors and warnings, so that Terraform folds them.
fn finding(is_written: bool, summary: &str, detail: String) -> Diagnostic {
    if is_written {
        return Diagnostic::error(summary, detail);
    }
    let stays = "The grant is unchanged. The rule is enforced when the grant is re-created or its expiration date changes.";
    Diagnostic::warning(summary, format!("{detail} {stays}"))
}

/// Nobody can be granted access for days gone by. That time passes is no breach.
fn past(end: Date, is_written: bool, today: Date) -> Option<Diagnostic> {
    if !is_written || end >= today {
        return None;
    }
    let detail = format!(
        "The grant would expire on {end}, and today is {today} (UTC). Set a later date, or remove the grant to revoke access now."
    );
    Some(Diagnostic::error("Expiration date in the past", detail).at_root("validity_time"))
}

fn not_known() -> Diagnostic {
    let detail = format!(
        "The grant must be checked, but values {WHERE} are known only after apply. Apply the resources that they depend on first, with `-target`, or set them with variables."
    );
    Diagnostic::error("Guardrails unknown", detail)
}

#[cfg(test)]
mod tests;
