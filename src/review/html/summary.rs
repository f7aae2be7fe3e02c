//! The top of the page: outcome, totals and policy check.

use maud::{Markup, html};

use super::super::change::{AccessChange, Effect};
use super::super::report::Report;
use super::element::{counted, direction, id, sentences};
use crate::review::finding::Finding;
use crate::review::gate::Gate;
use crate::review::phrasing;

/// The summary of the report.
pub(super) fn show(report: &Report) -> Markup {
    html! {
        p.lead { (sentences(&outcome(report))) }
        @if !report.is_complete {
            p.notice { (sentences(phrasing::summary::INCOMPLETE)) }
        }
        (totals(report))
        (gates(report))
    }
}

/// Whether access is broadened, and how much is not reviewed.
fn outcome(report: &Report) -> String {
    let is_any = |is_so: fn(&AccessChange) -> bool| report.changes.iter().any(is_so);
    let is_gained = |change: &AccessChange| {
        let effect = change.effect;
        matches!(
            effect,
            Effect::Gains | Effect::Extended | Effect::ExpiryRemoved
        )
    };
    let outcome = if is_any(is_gained) {
        "This plan broadens access."
    } else if is_any(AccessChange::may_broaden) {
        "This plan may broaden access: the new expiry of some grants is unknown."
    } else if is_any(|change| !matches!(change.effect, Effect::Unchanged)) {
        "This plan changes access managed by `csms_grant` or `repo_kms_grant`, but does not broaden it."
    } else {
        return phrasing::summary::summary(report);
    };
    format!("{outcome} {}", phrasing::summary::caveats(report))
        .trim_end()
        .to_owned()
}

/// The number of grants of each effect, as links to their sections.
fn totals(report: &Report) -> Markup {
    let counts: Vec<_> = report
        .counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .collect();
    // Grants with another effect are counted with it.
    let interrupted = report.changes.iter().filter(|change| change.is_interrupted);
    let others = interrupted.filter(|change| change.effect != Effect::Interrupted);
    let other_count = others.count();
    html! {
        @if !counts.is_empty() || !report.not_reviewed.is_empty() {
            ul.totals {
                @for (effect, count) in counts {
                    li class=(direction(*effect)) {
                        a href={ "#" (id(*effect)) } { b { (count) } " " (phrasing::summary::outcome(*effect)) }
                    }
                }
                @if !report.not_reviewed.is_empty() {
                    li class="more" {
                        a href="#not-reviewed" { b { (report.not_reviewed.len()) } " not reviewed" }
                    }
                }
            }
        }
        @if other_count > 0 {
            p { (counted(other_count, "of these grants is", "of these grants are")) " briefly interrupted: revoked, then re-created." }
        }
    }
}

/// How many of the findings fail the policy check, with the verb.
fn blocking(report: &Report) -> String {
    let blocking = report
        .findings
        .iter()
        .filter(|finding| finding.is_blocking());
    match blocking.count() {
        0 => "none of which causes the policy check to fail".to_owned(),
        count => counted(
            count,
            "of which causes the policy check to fail",
            "of which cause the policy check to fail",
        ),
    }
}

/// The outcome of each policy check.
fn gates(report: &Report) -> Markup {
    let (live, waived): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| !super::finding::is_waived(finding));
    html! {
        @if !report.findings.is_empty() {
            p {
                a href="#findings" { (counted(live.len(), "finding", "findings")) } ", "
                (blocking(report))
                @if !waived.is_empty() { ", plus " (waived.len()) " waived" }
                "."
            }
        }
        dl.gates {
            @for (gate, option) in [
                (Gate::Findings, None),
                (Gate::Unreviewed, Some("--fail-on unreviewed")),
                (Gate::Broadening, Some("--fail-on broadening")),
                (Gate::Any, Some("--fail-on any")),
            ] {
                div {
                    dt {
                        @if let Some(option) = option { code { (option) } } @else { "Without " code { "--fail-on" } }
                    }
                    @if gate.reason(report).is_some() {
                        dd.blocked { "✕ fails" }
                    } @else if gate == Gate::Broadening && report.unreviewed_count() > 0 {
                        dd { "✓ passes, but ignores unreviewed changes" }
                    } @else {
                        dd { "✓ passes" }
                    }
                }
            }
        }
    }
}
