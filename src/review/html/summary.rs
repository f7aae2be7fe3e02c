//! The top of the page: outcome, totals and policy check.

use maud::{Markup, html};

use super::super::change::{AccessChange, Effect};
use super::super::report::Report;
use super::super::section::{Section, is_grant};
use super::element::{counted, direction, id, sentences};
use crate::access::net::row::Row;
use crate::review::finding::Finding;
use crate::review::gate::Gate;
use crate::review::phrasing;

/// The summary of the report.
pub(super) fn show(report: &Report) -> Markup {
    html! {
        p.lead { (sentences(&outcome(report))) }
        @if let Some(incomplete) = phrasing::state::incomplete(report) {
            p.notice { (sentences(&incomplete)) }
        }
        (totals(report))
        (gates(report))
    }
}

/// Whether access is broadened, and how much is not reviewed.
fn outcome(report: &Report) -> String {
    let has = |sections: &[Section]| sections.iter().any(|section| report.total(*section) > 0);
    let rows = || report.access.iter().map(|row| &**row);
    let others = || rows().filter(|row| !is_grant(row));
    let is_unclear = report.changes.iter().any(AccessChange::may_broaden);
    let outcome = if has(&[Section::Gains, Section::Extended, Section::ExpiryRemoved])
        || others().any(|row| row.is_certain() && row.may_broaden())
    {
        ["This plan broadens access.", "These plans broaden access."]
    } else if is_unclear || others().any(Row::may_broaden) {
        [
            "This plan may broaden access: it does not show all values.",
            "These plans may broaden access: they do not show all values.",
        ]
    } else if Section::ALL
        .into_iter()
        .any(|section| !matches!(section, Section::Drifted | Section::Unchanged) && has(&[section]))
    {
        [
            "This plan changes access, but does not broaden it in the reviewed types.",
            "These plans change access, but do not broaden it in the reviewed types.",
        ]
    } else {
        return phrasing::summary::summary(report);
    };
    let [one, many] = outcome;
    let outcome = if report.states.len() < 2 { one } else { many };
    format!("{outcome} {}", phrasing::summary::caveats(report))
        .trim_end()
        .to_owned()
}

/// The number of accesses in each section, as links.
fn totals(report: &Report) -> Markup {
    let counts = Section::ALL.map(|section| (section, report.total(section)));
    let counts: Vec<(Section, usize)> =
        counts.into_iter().filter(|(_, count)| *count > 0).collect();
    // Grants with another effect are counted with it.
    let interrupted = report.changes.iter().filter(|change| change.is_interrupted);
    let others = interrupted.filter(|change| change.effect != Effect::Interrupted);
    let other_count = others.count();
    html! {
        @if !counts.is_empty() || !report.not_reviewed.is_empty() {
            ul.totals {
                @for (section, count) in counts {
                    li class=(direction(section)) {
                        a href={ "#" (id(section)) } { b { (count) } " " (phrasing::section::outcome(section)) }
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
    let (live, closed): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| finding.is_open());
    let waived = closed.iter().filter(|finding| finding.is_waived()).count();
    let known = closed.len() - waived;
    html! {
        @if !report.findings.is_empty() {
            p {
                a href="#findings" { (counted(live.len(), "finding", "findings")) } ", "
                (blocking(report))
                @if waived > 0 { ", plus " (waived) " waived" }
                @if known > 0 { ", plus " (known) " in the baseline" }
                "."
            }
        }
        dl.gates {
            @for (gate, option) in [
                (Gate::Findings, None),
                (Gate::Unreviewed, Some("--fail-on unreviewed")),
                (Gate::Public, Some("--fail-on public")),
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
