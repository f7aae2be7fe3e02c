//! The findings, as a table.

use maud::{Markup, html};

use super::super::report::Report;
use super::element::{prose, section, sentences};
use crate::review::finding::Finding;
use crate::review::location::SourceLocations;
use crate::review::phrasing;
use crate::review::phrasing::finding::FindingGroup;
use crate::review::rule::FindingSeverity;
use crate::text::line as clean;

/// All findings: those that count in the report's order, the worst first, and then those that are waived or in the baseline.
pub(super) fn show(report: &Report, locations: &SourceLocations) -> Markup {
    if report.findings.is_empty() {
        return Markup::default();
    }
    let (live, closed): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| finding.is_open());
    let body = html! {
        @if !live.is_empty() { (table(&live, locations)) }
        @if !closed.is_empty() {
            h3 {
                @if closed.iter().any(|finding| finding.is_known) {
                    "Waived findings and findings in the baseline (do not fail the policy check)"
                } @else {
                    "Waived findings (do not fail the policy check)"
                }
            }
            (table(&closed, locations))
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

fn table(findings: &[&Finding], locations: &SourceLocations) -> Markup {
    let groups = phrasing::finding::group(findings.iter().copied());
    html! {
        table.findings {
            thead {
                tr {
                    th scope="col" { "Severity" }
                    th scope="col" { "Rule and block" }
                    th scope="col" { "Details" }
                }
            }
            // The findings of a rule belong together, so each rule has a body of its own.
            @for group in groups { tbody { (rows(&group, locations)) } }
        }
    }
}

/// The findings of one rule: what they have in common, and a row for each if there are several.
fn rows(group: &FindingGroup<'_>, locations: &SourceLocations) -> Markup {
    let Finding { severity, rule, .. } = group.first;
    html! {
        tr {
            td rowspan=[rowspan(group)] class=(class(*severity)) { (sign(*severity)) " " (severity) }
            th scope=(if group.blocks.len() < 2 { "row" } else { "rowgroup" }) {
                (rule.title()) " " small { code { (rule.id()) } (group.many()) }
                @if let [finding] = group.blocks.as_slice() { div { (block(finding, locations)) } }
            }
            td {
                @match group.blocks.as_slice() {
                    [finding] => { (sentences(&phrasing::finding::message(finding))) }
                    _ => { (sentences(&group.advice)) }
                }
                @if group.blocks.len() < 2 { (status(group.first)) }
            }
        }
        @if group.blocks.len() > 1 {
            @for finding in &group.blocks {
                tr {
                    th scope="row" { div { (block(finding, locations)) } }
                    td { (sentences(&phrasing::finding::what(finding))) (status(finding)) }
                }
            }
        }
    }
}

/// How many rows the severity stands for, if more than one.
fn rowspan(group: &FindingGroup<'_>) -> Option<usize> {
    let count = group.blocks.len();
    (count > 1).then_some(count + 1)
}

/// The block of a finding, the attribute, and where it is in the configuration.
fn block(finding: &Finding, locations: &SourceLocations) -> Markup {
    html! {
        code { (clean(&finding.address)) }
        @if let Some(attribute) = finding.attribute { small { ", " code { (attribute) } } }
        @if let Some(location) = phrasing::finding::location(finding, locations) {
            small { " in " bdi { (prose(&location)) } }
        }
    }
}

/// Why a finding does not count, if it does not.
fn status(finding: &Finding) -> Markup {
    html! {
        @if finding.is_known { p { strong { "In the baseline." } } }
        @if let Some(waiver) = &finding.waiver {
            p {
                @if waiver.has_expired {
                    strong { "Waiver expired: " } "accepted until "
                } @else {
                    strong { "Waived: " } "accepted until "
                }
                time { (waiver.until) } " by " bdi { (clean(&waiver.owner)) } ". "
                bdi { (prose(&clean(&waiver.reason))) }
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
