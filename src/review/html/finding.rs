//! The findings, as a table.

use maud::{Markup, html};

use super::super::report::Report;
use super::element::{section, sentences};
use crate::review::finding::Finding;
use crate::review::phrasing;
use crate::review::phrasing::finding::FindingGroup;
use crate::review::rule::FindingSeverity;
use crate::text::line as clean;

/// All findings: those that count in the report's order, the worst first, and then those that are waived or in the baseline.
pub(super) fn show(report: &Report) -> Markup {
    if report.findings.is_empty() {
        return Markup::default();
    }
    let (live, closed): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| finding.is_open());
    let body = html! {
        @if !live.is_empty() { (table(&live)) }
        @if !closed.is_empty() {
            h3 {
                @if closed.iter().any(|finding| finding.is_known) {
                    "Waived findings and findings in the baseline (do not fail the policy check)"
                } @else {
                    "Waived findings (do not fail the policy check)"
                }
            }
            (table(&closed))
        }
    };
    section("findings", &phrasing::summary::found(report), &body)
}

/// The waivers to remove from the policy.
pub(super) fn stale_waivers(report: &Report) -> Markup {
    if report.stale_waivers.is_empty() {
        return Markup::default();
    }
    let stale = report
        .stale_waivers
        .iter()
        .map(phrasing::finding::stale_waiver);
    let body = html! { ul { @for stale in stale { li { (sentences(&stale)) } } } };
    section("waivers", phrasing::finding::STALE, &body)
}

/// What becomes of the assertions of the policy.
pub(super) fn assertions(report: &Report) -> Markup {
    if report.assertions.is_empty() {
        return Markup::default();
    }
    let results = report.assertions.iter().map(phrasing::access::assertion);
    let body = html! { ul { @for result in results { li { (sentences(&result)) } } } };
    section("assertions", phrasing::access::ASSERTIONS, &body)
}

fn table(findings: &[&Finding]) -> Markup {
    html! {
        table.findings {
            thead {
                tr {
                    th scope="col" { "Severity" }
                    th scope="col" { "Rule and block" }
                    th scope="col" { "Details" }
                }
            }
            tbody { @for group in phrasing::finding::group(findings.iter().copied()) { (row(&group)) } }
        }
    }
}

fn row(group: &FindingGroup<'_>) -> Markup {
    let finding = group.first;
    html! {
        tr {
            td class=(class(finding.severity)) { (sign(finding.severity)) " " (finding.severity) }
            th scope="row" {
                (finding.rule.title()) " " small { code { (finding.rule.id()) } }
                div {
                    code { (clean(&finding.address)) } (group.more())
                    @if let Some(attribute) = finding.attribute { small { ", " code { (attribute) } } }
                }
            }
            td {
                (sentences(&group.message()))
                @if finding.is_known { p { strong { "In the baseline." } } }
                @if let Some(waiver) = &finding.waiver {
                    p {
                        @if waiver.has_expired {
                            strong { "Waiver expired: " } "accepted until "
                        } @else {
                            strong { "Waived: " } "accepted until "
                        }
                        (waiver.until) " by " bdi { (clean(&waiver.owner)) } ". "
                        bdi { (clean(&waiver.reason)) }
                    }
                }
            }
        }
    }
}

fn class(severity: FindingSeverity) -> &'static str {
    match severity {
        FindingSeverity::Error => "error",
        FindingSeverity::Warning => "warning",
        FindingSeverity::Note => "note",
    }
}

/// A sign beside the word, so that the meaning does not depend on colour.
fn sign(severity: FindingSeverity) -> &'static str {
    match severity {
        FindingSeverity::Error => "✕",
        FindingSeverity::Warning => "▲",
        FindingSeverity::Note => "•",
    }
}
