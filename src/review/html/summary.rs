//! The top of the page: what stands in the way of the plan, and the totals.

use maud::{Markup, html};

use super::super::change::{AccessChange, Effect};
use super::super::report::Report;
use super::element::{counted, direction, id, said};
use crate::review::finding::Finding;
use crate::review::gate::Gate;
use crate::review::phrasing;

/// What a reviewer must know before anything else.
pub(super) fn show(report: &Report) -> Markup {
    html! {
        p.lead { (said(&verdict(report))) }
        @if !report.is_complete {
            p.notice { (said(phrasing::summary::INCOMPLETE)) }
        }
        (totals(report))
        (gates(report))
    }
}

/// Which way access goes, as far as it is read, and how much is not; in a sentence or two.
fn verdict(report: &Report) -> String {
    let is_any = |is_so: fn(&AccessChange) -> bool| report.changes.iter().any(is_so);
    let is_gained = |change: &AccessChange| {
        let effect = change.effect;
        matches!(
            effect,
            Effect::Gains | Effect::Extended | Effect::EndRemoved
        )
    };
    let verdict = if is_any(is_gained) {
        "This plan broadens access."
    } else if is_any(AccessChange::may_broaden) {
        "This plan may broaden access: it does not tell all of the new ends."
    } else if is_any(|change| !matches!(change.effect, Effect::Unchanged)) {
        "This plan changes access through `csms_grant` or `repo_kms_grant`, and broadens none of it."
    } else {
        return phrasing::summary::summary(report);
    };
    format!("{verdict} {}", phrasing::summary::caveats(report))
        .trim_end()
        .to_owned()
}

fn totals(report: &Report) -> Markup {
    let counts: Vec<_> = report
        .counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .collect();
    // Those that have another effect besides are told with it.
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
            p { (counted(other_count, "of these is", "of these are")) " lost for a moment: removed and made again." }
        }
    }
}

/// How many of the findings block the plan, and the verb.
fn blocking(report: &Report) -> String {
    let blocking = report
        .findings
        .iter()
        .filter(|finding| finding.is_blocking());
    match blocking.count() {
        0 => "none of which blocks".to_owned(),
        count => counted(count, "of which blocks", "of which block"),
    }
}

/// What each gate makes of the plan.
fn gates(report: &Report) -> Markup {
    let (live, waived): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| !super::finding::is_waived(finding));
    html! {
        @if !report.findings.is_empty() {
            p {
                "The rules have " a href="#findings" { (counted(live.len(), "finding", "findings")) } ", "
                (blocking(report)) " the plan"
                @if !waived.is_empty() { ", and " (waived.len()) " more under a waiver" }
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
                        @if let Some(option) = option { code { (option) } } @else { "By the rules alone" }
                    }
                    @if gate.reason(report).is_some() {
                        dd.blocked { "✕ blocked" }
                    } @else if gate == Gate::Broadening && report.unreviewed_count() > 0 {
                        dd { "✓ passes, as far as it was reviewed" }
                    } @else {
                        dd { "✓ passes" }
                    }
                }
            }
        }
    }
}
