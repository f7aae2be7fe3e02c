//! Headings, totals and notes of a report.

use super::grant::access_until;
use super::section;
use super::unreviewed::{not_reviewed, other_types};
use crate::plan_json::plan::Action;
use crate::review::report::{Deferred, Report, Term};
use crate::review::rule::FindingSeverity;
use crate::review::section::Section;
use crate::text;

/// The heading of the whole report.
#[must_use]
pub fn title_of_report(report: &Report) -> String {
    let title = title_of_plans(report);
    match &report.title {
        Some(own) => format!("{}: {title}", text::line(own)),
        None => title,
    }
}

/// The heading without a title of its own.
#[must_use]
pub fn title_of_plans(report: &Report) -> String {
    let what = match report.states.len() {
        0 | 1 => "the plan".to_owned(),
        count => format!("{count} plans"),
    };
    let is_one = report.states.len() < 2;
    match report.planned_on {
        Some(day) if report.is_as_of => format!("Review of {what}, as of {day}"),
        Some(day) if is_one => format!("Review of {what} created on {day} (UTC)"),
        Some(day) => format!("Review of {what}, the latest created on {day} (UTC)"),
        None if is_one => "Plan review".to_owned(),
        None => format!("Review of {what}"),
    }
}

/// The totals, in a sentence.
#[must_use]
pub fn summary(report: &Report) -> String {
    let parts = Section::ALL.into_iter().filter_map(|section| {
        let count = report.total(section);
        let is_own = !matches!(
            section,
            Section::Unchanged | Section::Drifted | Section::Interrupted | Section::Moved
        );
        (is_own && count > 0).then(|| format!("{count} {}", section::outcome(section)))
    });
    let parts: Vec<String> = parts.collect();
    let verdict = if parts.is_empty() {
        unchanged(report).to_owned()
    } else {
        format!("Access: {}.", parts.join(", "))
    };
    let interrupted = report.changes.iter().filter(|change| change.is_interrupted);
    let interrupted = interrupted.count() + report.others(Section::Interrupted).count();
    let counted = [
        (
            interrupted,
            "is briefly interrupted",
            "are briefly interrupted",
        ),
        (
            report.total(Section::Moved),
            "moves to another address",
            "move to another address",
        ),
        (
            report.total(Section::Drifted),
            "was changed outside of Terraform and is left as it is",
            "were changed outside of Terraform and are left as they are",
        ),
        (
            report.total(Section::Unchanged),
            "is unchanged",
            "are unchanged",
        ),
    ];
    let counted = counted.into_iter().map(|(count, one, many)| match count {
        0 => String::new(),
        1 => format!("1 grant {one}."),
        count => format!("{count} grants {many}."),
    });
    let deferred = match report.deferred_count() {
        0 => String::new(),
        1 => "1 change is deferred to a later plan.".to_owned(),
        count => format!("{count} changes are deferred to a later plan."),
    };
    let sentences = [verdict].into_iter().chain(counted);
    let sentences = sentences.chain([deferred, caveats(report)]);
    let sentences: Vec<String> = sentences.filter(|sentence| !sentence.is_empty()).collect();
    sentences.join(" ")
}

/// What restricts the totals: errors in findings, where applying fails, and how much is not reviewed. Empty if there is no restriction.
#[must_use]
pub fn caveats(report: &Report) -> String {
    let failing = match report.failing_count() {
        0 => String::new(),
        1 => "Apply will fail: 1 block is missing a required argument.".to_owned(),
        count => format!("Apply will fail: {count} blocks are missing a required argument."),
    };
    let refused = match report.refused_count() {
        0 => String::new(),
        1 => "Apply will fail: 1 grant to be created already exists with a different expiry."
            .to_owned(),
        count => format!(
            "Apply will fail: {count} grants to be created already exist with a different expiry."
        ),
    };
    let not_understood = match report.not_understood_count() {
        0 => String::new(),
        1 => "1 change that may affect access could not be read.".to_owned(),
        count => format!("{count} changes that may affect access could not be read."),
    };
    let blocking = report.findings.iter();
    let blocking = blocking.filter(|finding| finding.is_blocking()).count();
    let blocking = match blocking {
        0 => String::new(),
        1 => "1 error causes the policy check to fail.".to_owned(),
        count => format!("{count} errors cause the policy check to fail."),
    };
    let sentences = [
        failing,
        refused,
        not_understood,
        not_reviewed(report),
        other_types(report),
        blocking,
    ];
    let sentences = sentences
        .into_iter()
        .filter(|sentence| !sentence.is_empty());
    sentences.collect::<Vec<_>>().join(" ")
}

/// The verdict on a plan without lasting changes of access. It never says more than what was reviewed.
fn unchanged(report: &Report) -> &'static str {
    if report.total(Section::Interrupted) > 0 {
        "No lasting change of access in the reviewed types."
    } else {
        "No change of access in the reviewed types."
    }
}

/// The heading for grants that expire in this term.
#[must_use]
pub fn term(report: &Report, term: Term) -> String {
    match (term, report.planned_on) {
        (Term::Past, Some(day)) if report.is_as_of => format!("Expired before {day}"),
        (Term::Past, _) => "Expired before the plan was created".to_owned(),
        (Term::Within(days), _) => format!("Expires within {days} days"),
    }
}

/// The heading for grants that expire soon.
pub const EXPIRIES: &str = "Expiring soon";

/// The heading for the `moved` blocks of renames.
pub const RENAMES: &str = "Renamed resources: add these moved blocks to the root module";

/// Why expiries are not checked.
pub const NO_TIME: &str = "The plan has no timestamp, so expiration dates are not checked. Terraform 1.5 and later \
                           include a timestamp in the plan.";

/// The heading for what was changed outside of Terraform.
pub const DRIFT: &str = "Changed outside of Terraform since the last apply";

/// The heading for deferred changes.
pub const DEFERRED: &str = "Deferred to a later plan and not reviewed";

/// A deferred block, why it is deferred, and what is known of the grant.
#[must_use]
pub fn deferred(deferred: &Deferred) -> String {
    let why = deferred_because(deferred);
    let known = deferred_grant(deferred);
    let known = known.map(|known| format!(". {known}")).unwrap_or_default();
    format!("{}: {why}{known}", text::line(&deferred.address))
}

/// Why a block is deferred.
#[must_use]
pub fn deferred_because(deferred: &Deferred) -> &'static str {
    match deferred.reason.as_str() {
        "instance_count_unknown" => "the number of instances is not known yet",
        "resource_config_unknown" => "its configuration is not known yet",
        "provider_config_unknown" => "its provider configuration is not known yet",
        "absent_prereq" => "a prerequisite does not exist yet",
        "deferred_prereq" => "a prerequisite is deferred",
        _ => "deferred for another reason",
    }
}

/// What is known of a deferred grant; `None` if nothing is.
#[must_use]
pub fn deferred_grant(deferred: &Deferred) -> Option<String> {
    let grant = deferred.grant.as_deref()?;
    let does = match deferred.action {
        Action::Create => "will give",
        Action::Update | Action::Replace => "will change the grant that gives",
        Action::Delete => "will revoke the grant that gives",
        Action::Forget => "will no longer manage the grant that gives",
        Action::Keep => return None,
    };
    Some(format!("A later plan {does} {}", access_until(grant)))
}

/// The number of findings, by severity.
#[must_use]
pub fn found(report: &Report) -> String {
    let of = |severity| {
        let found = report.findings.iter();
        let found = found.filter(|finding| finding.severity == severity && finding.is_open());
        found.count()
    };
    let counted = [
        FindingSeverity::Error,
        FindingSeverity::Warning,
        FindingSeverity::Note,
    ]
    .map(|severity| {
        let plural = if of(severity) == 1 { "" } else { "s" };
        (of(severity), format!("{} {severity}{plural}", of(severity)))
    });
    let waived = report.findings.iter().filter(|finding| finding.is_waived());
    let waived = waived.count();
    let known = report.findings.iter();
    let known = known.filter(|finding| finding.is_known && !finding.is_waived());
    let known = known.count();
    let parts = counted.into_iter().chain([
        (waived, format!("{waived} waived")),
        (known, format!("{known} in the baseline")),
    ]);
    let parts: Vec<String> = parts
        .filter_map(|(count, words)| (count > 0).then_some(words))
        .collect();
    format!("Findings: {}", parts.join(", "))
}

/// Why expiries are not checked, and which rules are skipped.
#[must_use]
pub fn no_day(report: &Report) -> String {
    let uncounted = uncounted(report);
    format!("{NO_TIME} {uncounted}").trim_end().to_owned()
}

/// Which rules are skipped without a day to count from; empty if none is.
#[must_use]
pub fn uncounted(report: &Report) -> String {
    let ids = report
        .uncounted
        .iter()
        .map(|rule| format!("`{}`", rule.id()));
    let ids: Vec<String> = ids.collect();
    if ids.is_empty() {
        return String::new();
    }
    format!(
        "Rules skipped because the plan has no timestamp: {}. To run these rules, set a date with `--as-of`.",
        ids.join(", ")
    )
}
