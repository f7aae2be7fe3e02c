//! The rules of the provider's `guardrails` block, and the rule that no expiration date is in the past.
//!
//! A grant that is created, or whose expiration date changes, must follow all rules. An unchanged grant, or one whose
//! `reason` changes only, causes a warning, so that a stricter rule does not block other changes. Destroying is always
//! allowed; an action that revokes a grant must follow `allowed_project_ids`. Days are counted in UTC.

use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;

use crate::cloud::ProjectId;
use crate::framework::schema::{Check, Problem};
use crate::framework::validate::whole_number;
use crate::framework::{Data as _, Diagnostic, Diagnostics, Field, Set, Value, model};

model! {
    /// The block `guardrails`: null where there is no rule, unknown until apply.
    pub(super) struct Guardrails {
        /// Whether a grant must have an expiration date.
        require_validity: Field<bool>,
        /// Maximum number of days from today to a grant's expiration date. Does not apply to grants that never expire;
        /// to reject those, also set `require_validity`.
        #[attribute(check(whole_number(1..=MAX_DAYS)))]
        max_validity_days: Field<i64>,
        /// Show a warning if a grant expires within this number of days, or has expired.
        #[attribute(check(whole_number(0..=MAX_DAYS)))]
        warn_expiring_within_days: Field<i64>,
        /// IDs of the projects that grants may belong to, as a safeguard against managing grants in the wrong account.
        /// Does not apply to `hwgrants_repo_kms_grant`, which does not belong to a project.
        #[attribute(check(at_least_one_project()))]
        allowed_project_ids: Field<Set<Field<ProjectId>>>,
    }
}

/// A grant to check against the rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct GuardedGrant<'a> {
    /// The expiration date; null if the grant never expires.
    pub(super) expires_on: Field<Date>,
    /// The project of the grant; never null.
    pub(super) project_id: Field<&'a str>,
    /// Whether the grant is created or its expiration date changes.
    pub(super) is_written: bool,
}

impl Guardrails {
    /// The rules of a provider block with at most one block `guardrails`.
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

    /// Checks a grant: errors if it is written, otherwise warnings. Skips rules and values that are unknown;
    /// [`Self::enforce`] checks them before a write.
    pub(super) fn check(&self, grant: GuardedGrant<'_>, today: Date) -> Diagnostics {
        let is_written = grant.is_written;
        let expiry_finding = match grant.expires_on {
            Field::Known(end) => check_not_past(end, is_written, today)
                .or_else(|| self.check_max_days(end, is_written, today))
                .or_else(|| self.expiry_warning(end, today)),
            Field::Null => self.check_expiry_required(is_written, today),
            Field::Unknown => None,
        };
        let project_finding = match grant.project_id {
            Field::Known(project_id) => self.check_project(project_id, is_written),
            Field::Null | Field::Unknown => None,
        };
        let mut found = Diagnostics::new();
        for finding in [expiry_finding, project_finding].into_iter().flatten() {
            found.push(finding);
        }
        found
    }

    /// Checks a grant before it is created or its expiry is updated, when all its values are known.
    ///
    /// # Errors
    /// The grant violates a rule, or a rule is still unknown.
    pub(super) fn enforce(
        &self,
        end: Option<Date>,
        project_id: &ProjectId,
        today: Date,
    ) -> Result<(), Diagnostic> {
        if !self.is_wholly_known() {
            return Err(rules_unknown());
        }
        let grant = GuardedGrant {
            expires_on: end.into(),
            project_id: Field::Known(project_id.as_str()),
            is_written: true,
        };
        let mut findings = self.check(grant, today).into_iter();
        findings.find(Diagnostic::is_error).map_or(Ok(()), Err)
    }

    /// Checks the project of a grant that an action revokes. Unknown rules and projects pass; [`Self::enforce_project`]
    /// checks them before the write.
    pub(super) fn check_revocation(&self, project_id: Field<&str>) -> Option<Diagnostic> {
        self.check_project(project_id.known()?, true)
    }

    /// Checks the project before an action revokes a grant.
    ///
    /// # Errors
    /// The project is not allowed, or the rule is still unknown.
    pub(super) fn enforce_project(&self, project_id: &ProjectId) -> Result<(), Diagnostic> {
        if !self.allowed_project_ids.is_wholly_known() {
            return Err(rules_unknown());
        }
        self.check_project(project_id.as_str(), true)
            .map_or(Ok(()), Err)
    }

    /// `max_validity_days` and the last date that it allows. `None` if it is not set.
    fn latest(&self, today: Date) -> Option<(i64, Date)> {
        let days = *self.max_validity_days.known()?;
        Some((days, add_days(today, days)))
    }

    /// Checks `require_validity` for a grant that never expires.
    fn check_expiry_required(&self, is_written: bool, today: Date) -> Option<Diagnostic> {
        if self.require_validity != Field::Known(true) {
            return None;
        }
        let latest = self
            .latest(today)
            .map_or_else(String::new, |(days, latest)| {
                format!(" no later than {latest}, because `max_validity_days` is {days}")
            });
        let detail = format!(
            "The grant never expires, but `require_validity` is `true` {WHERE}. Set `validity_time` to a date{latest}."
        );
        Some(finding(is_written, "Grant without expiry", detail).at_root("validity_time"))
    }

    /// Checks `max_validity_days`. The last allowed date is today plus that number.
    fn check_max_days(&self, end: Date, is_written: bool, today: Date) -> Option<Diagnostic> {
        let (days, latest) = self.latest(today).filter(|(_, latest)| end > *latest)?;
        let detail = format!(
            "The grant expires on {end}, but `max_validity_days` is {days} {WHERE} and today is {today} (UTC). Set \
             `validity_time` to {latest} or earlier."
        );
        Some(finding(is_written, "Expiration date too late", detail).at_root("validity_time"))
    }

    /// A warning in any case: a grant that expires soon violates no rule.
    fn expiry_warning(&self, end: Date, today: Date) -> Option<Diagnostic> {
        let days = *self.warn_expiring_within_days.known()?;
        if end > add_days(today, days) {
            return None;
        }
        let (summary, happened) = if end < today {
            ("Grant expired", "The grant expired")
        } else {
            ("Grant expires soon", "The grant expires")
        };
        let detail = format!(
            "{happened} on {end} (today is {today} UTC). If the grantee still needs access, set a later \
             `validity_time`. Otherwise, remove the grant. `warn_expiring_within_days` is {days} {WHERE}."
        );
        Some(Diagnostic::warning(summary, detail).at_root("validity_time"))
    }

    /// Checks `allowed_project_ids`. An unknown element of the set allows every project until it is known.
    fn check_project(&self, project_id: &str, is_written: bool) -> Option<Diagnostic> {
        let allowed = self.allowed_project_ids.known()?;
        // An unknown id may be this project.
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
            "The grant belongs to project `{project_id}`, but `allowed_project_ids` {WHERE} allows only `{}`. Check \
             that the project and the credentials belong to the intended account, or add the project to \
             `allowed_project_ids`.",
            allowed.join("`, `")
        );
        Some(finding(is_written, "Project not allowed", detail).at_root("project_id"))
    }
}

/// One hundred years. A larger number is likely a typo.
const MAX_DAYS: i64 = 36_500;

/// Checks that a set has at least one project ID and no null element.
fn at_least_one_project() -> Check {
    let refused = |detail: &str| {
        Err(Problem {
            summary: "Invalid value",
            detail: detail.to_owned(),
        })
    };
    Arc::new(move |value: &Value| match value {
        Value::Set(ids) if ids.is_empty() => refused(
            "The set is empty, so no project would be allowed. Add the allowed project IDs, or remove the argument.",
        ),
        Value::Set(ids) if ids.contains(&Value::Null) => {
            refused("An element of the set is null. Every element must be a project ID.")
        }
        _ => Ok(()),
    })
}

/// The location of the rules, for messages.
const WHERE: &str = "in the provider's `guardrails` block";

/// The date `days` later, or the maximum date.
fn add_days(date: Date, days: i64) -> Date {
    let later = Span::new()
        .try_days(days)
        .and_then(|span| date.checked_add(span));
    later.unwrap_or(Date::MAX)
}

/// A violation. Errors and warnings have the same title, so that Terraform can group them.
fn finding(is_written: bool, summary: &str, detail: String) -> Diagnostic {
    if is_written {
        return Diagnostic::error(summary, detail);
    }
    let stays = "This plan does not change the grant, so this is only a warning. The rule is enforced when the grant \
                 is re-created or its expiration date changes.";
    Diagnostic::warning(summary, format!("{detail} {stays}"))
}

/// Refuses to write an expiration date in the past. An existing grant may expire.
fn check_not_past(end: Date, is_written: bool, today: Date) -> Option<Diagnostic> {
    if !is_written || end >= today {
        return None;
    }
    let detail = format!(
        "The expiration date {end} is in the past: today is {today} (UTC). Set `validity_time` to a later date, or \
         remove the grant to revoke access now."
    );
    Some(Diagnostic::error("Expiration date in the past", detail).at_root("validity_time"))
}

/// Error: a write cannot be checked, because a rule is unknown. It is refused rather than allowed.
fn rules_unknown() -> Diagnostic {
    let detail = format!(
        "The provider cannot check the grant against the guardrails, because some values {WHERE} are known only after \
         apply. Use `-target` to first apply the resources that these values depend on, or set the values from \
         variables."
    );
    Diagnostic::error("Guardrails known only after apply", detail)
}

#[cfg(test)]
mod tests;
