//! The words for what a report holds, shared by all forms of it that people read.
//!
//! Text of others is cleaned here; what a form must escape besides, it escapes itself.

mod entry;
mod unreviewed;

pub use entry::PhrasedGrant;
pub(super) use entry::who_and_what;
pub(super) use unreviewed::is_read;
pub use unreviewed::{
    Condensed, about_not_reviewed, condense, not_reviewed, operation, title_of_not_reviewed,
    types_not_reviewed,
};

/// Text of others, as every form of the report shows it.
pub use crate::text::line as clean;

use super::change::Effect;
use super::finding::{Finding, FindingSeverity, StaleWaiver};
use super::report::{Deferred, Report, Term};

/// The heading of the whole report.
#[must_use]
pub fn title_of_report(report: &Report) -> String {
    match report.planned_on {
        Some(day) if report.is_as_of => format!("Review of the plan, as of {day}"),
        Some(day) => format!("Review of the plan of {day} (UTC)"),
        None => "Review of the plan".to_owned(),
    }
}

/// The totals, in a sentence.
#[must_use]
pub fn summary(report: &Report) -> String {
    let told = Effect::ALL.into_iter().filter_map(|effect| {
        let count = report.count(effect);
        let is_own = !matches!(effect, Effect::Unchanged | Effect::Interrupted);
        (is_own && count > 0).then(|| totals(effect, count))
    });
    let told: Vec<String> = told.collect();
    let interrupted = report.changes.iter().filter(|change| change.is_interrupted);
    let interrupted = match interrupted.count() {
        0 => String::new(),
        count => format!(" Lost for a moment: {count}."),
    };
    let kept = match report.count(Effect::Unchanged) {
        0 => String::new(),
        1 => " 1 grant stays as it is.".to_owned(),
        count => format!(" {count} grants stay as they are."),
    };
    let changed = if told.is_empty() {
        unchanged(report).to_owned()
    } else {
        format!("Access: {}.", told.join(", "))
    };
    let deferred = match report.deferred.len() {
        0 => String::new(),
        count => format!(" Deferred to a later plan: {count}."),
    };
    format!("{changed}{interrupted}{kept}{deferred} {}", caveats(report))
        .trim_end()
        .to_owned()
}

/// What a reader must know besides the totals: where applying fails, and how much is not reviewed. Empty if there is
/// nothing of that.
#[must_use]
pub fn caveats(report: &Report) -> String {
    let failing = match report.failing_count() {
        0 => String::new(),
        1 => "Applying fails at 1 block, which lacks a mandatory argument.".to_owned(),
        count => format!("Applying fails at {count} blocks, which lack a mandatory argument."),
    };
    let sentences = [failing, not_reviewed(report)];
    let sentences = sentences
        .into_iter()
        .filter(|sentence| !sentence.is_empty());
    sentences.collect::<Vec<_>>().join(" ")
}

/// What is said of a plan in which no access changes for good: of the grants that are read, and of nothing else.
fn unchanged(report: &Report) -> &'static str {
    if report.count(Effect::Interrupted) > 0 {
        "No lasting change of access through `csms_grant` or `repo_kms_grant`."
    } else if report.failing_count() > 0
        || report.changes.iter().any(|change| !change.notes.is_empty())
    {
        "No change of access through `csms_grant` or `repo_kms_grant`."
    } else {
        "No change to `csms_grant` or `repo_kms_grant`."
    }
}

fn totals(effect: Effect, count: usize) -> String {
    format!("{count} {}", outcome(effect))
}

/// What has become of grants with this effect, after their count.
#[must_use]
pub fn outcome(effect: Effect) -> &'static str {
    match effect {
        Effect::Gains => "gained",
        Effect::Extended => "extended",
        Effect::EndRemoved => "end removed",
        Effect::EndUnclear => "new end not told",
        Effect::Loses => "lost",
        Effect::Shortened => "shortened",
        Effect::EndSet => "end set",
        Effect::Stays => "left in place",
        Effect::Interrupted => "lost for a moment",
        Effect::Unchanged => "unchanged",
    }
}

/// The heading for grants of this effect.
#[must_use]
pub fn title(effect: Effect) -> &'static str {
    match effect {
        Effect::Gains => "Gains access",
        Effect::Extended => "Access is extended",
        Effect::EndRemoved => "Access no longer ends",
        Effect::EndUnclear => "The end of access changes, and the plan does not tell to what",
        Effect::Loses => "Loses access",
        Effect::Shortened => "Access is shortened",
        Effect::EndSet => "Access gets an end",
        Effect::Stays => "Stays after destroy: CodeArts Repo keeps the delegation",
        Effect::Interrupted => "Loses access for a moment: removed, and made again",
        Effect::Unchanged => "Unchanged grants",
    }
}

/// The heading for grants that end in this term.
#[must_use]
pub fn term(report: &Report, term: Term) -> String {
    match (term, report.planned_on) {
        (Term::Past, Some(day)) if report.is_as_of => format!("Has ended, counted from {day}"),
        (Term::Past, _) => "Has ended, counted from the day of the plan".to_owned(),
        (Term::Within(days), _) => format!("Ends within {days} days"),
    }
}

/// The heading for what is said of ends.
pub const ENDINGS: &str = "What ends soon";

/// The heading for the `moved` blocks that make renames out of removing and making.
pub const RENAMES: &str = "For the renames, to paste into the root module";

/// Why nothing is said of ends.
pub const NO_TIME: &str =
    "The plan has no time stamp to count from; Terraform 1.5 and newer write one.";

/// What a plan that is not complete leaves out.
pub const INCOMPLETE: &str = "The plan is not complete: Terraform failed on a part of it, put a part off, or was asked \
                              for a part only (`-target`). What is missing is not reviewed here.";

/// The heading for what was changed outside of Terraform.
pub const DRIFT: &str = "Changed outside of Terraform since the last apply";

/// The heading for what is put off.
pub const DEFERRED: &str = "Deferred to a later plan, and not reviewed here";

/// A block that is put off, and why.
#[must_use]
pub fn deferred(deferred: &Deferred) -> String {
    let why = match deferred.reason.as_str() {
        "instance_count_unknown" => "how many instances it has is not known yet",
        "resource_config_unknown" => "its configuration is not known yet",
        "provider_config_unknown" => "its provider's configuration is not known yet",
        "absent_prereq" => "what it needs does not exist yet",
        "deferred_prereq" => "what it needs is deferred",
        _ => "Terraform gives another reason",
    };
    format!("{}: {why}", clean(&deferred.address))
}

/// What the rules have found, counted.
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
    let waived = report.findings.iter().filter(|finding| !finding.is_open());
    let waived = waived.count();
    let told = counted
        .into_iter()
        .chain([(waived, format!("{waived} waived"))]);
    let told: Vec<String> = told
        .filter_map(|(count, words)| (count > 0).then_some(words))
        .collect();
    format!("Findings: {}", told.join(", "))
}

/// The block that a finding is about, and the attribute to look at.
#[must_use]
pub fn place(finding: &Finding) -> String {
    match finding.attribute {
        Some(attribute) => format!("{}, `{attribute}`", clean(&finding.address)),
        None => clean(&finding.address),
    }
}

/// Who accepts a finding, until when and why; empty if nobody does.
#[must_use]
pub fn waiver(finding: &Finding) -> String {
    let Some(waiver) = &finding.waiver else {
        return String::new();
    };
    let until = if waiver.has_expired {
        format!("expired after {}", waiver.until)
    } else {
        format!("until {}", waiver.until)
    };
    format!(
        "{until}, by {}: {}",
        clean(&waiver.owner),
        clean(&waiver.reason)
    )
}

/// The heading for waivers that should go from the policy.
pub const STALE: &str = "Waivers to look at";

/// Why a waiver should go from the policy.
#[must_use]
pub fn stale_waiver(stale: &StaleWaiver) -> String {
    let (rule, address, until) = (stale.rule.id(), clean(&stale.address), stale.waiver.until);
    let why = match (stale.waiver.has_expired, stale.is_matched) {
        (true, true) => format!("expired after {until}, and what it covered is still found"),
        (true, false) => format!("expired after {until} and covers nothing: remove it"),
        (false, _) => "covers nothing: remove it".to_owned(),
    };
    let owner = clean(&stale.waiver.owner);
    format!("The waiver of `{rule}` for {address}, by {owner}, {why}.")
}

/// Why nothing is said of ends, and which rules could not look.
#[must_use]
pub fn no_day(report: &Report) -> String {
    let uncounted = uncounted(report);
    format!("{NO_TIME} {uncounted}").trim_end().to_owned()
}

/// Which rules could not look for want of a day; empty if all could.
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
        "Not looked for, because they count days: {}. Give the day with `--as-of`.",
        ids.join(", ")
    )
}

/// What to do about a delegation that stays.
pub const STAYS: &str = "There is no call to take it back. To end it, remove CodeArts Repo's agency by hand in the \
                         console, under Identity and Access Management, Agencies.";
