//! The folded sections: unchanged grants, drift and deferred changes.

use maud::{Markup, html};

use super::super::report::Report;
use super::super::section::Section;
use super::element::{counted, prose, section};
use super::grant;
use crate::review::phrasing::{self, PhrasedGrant};
use crate::text::line as clean;

/// The changes outside of Terraform.
pub(super) fn drift(report: &Report) -> Markup {
    if report.drift.is_empty() {
        return Markup::default();
    }
    let count = counted(report.drift.len(), "grant", "grants");
    let body = html! {
        details {
            summary { (count) }
            (grant::drift(report))
        }
    };
    section("drift", phrasing::summary::DRIFT, &body)
}

/// The deferred changes.
pub(super) fn deferred_fold(report: &Report) -> Markup {
    if report.deferred.is_empty() {
        return Markup::default();
    }
    let body = html! {
        table.deferred {
            thead { tr { th scope="col" { "Block" } th scope="col" { "Reason" } } }
            tbody {
                @for deferred in &report.deferred {
                    tr {
                        th scope="row" { code { (clean(&deferred.address)) } }
                        td {
                            (phrasing::summary::deferred_because(deferred))
                            @if let Some(known) = phrasing::summary::deferred_grant(deferred) { p { bdi { (prose(&known)) } } }
                        }
                    }
                }
            }
        }
    };
    section("deferred", phrasing::summary::DEFERRED, &body)
}

/// The unchanged accesses: those with notes, and the others folded.
pub(super) fn unchanged(report: &Report) -> Markup {
    let unchanged = phrasing::section::entries(report, Section::Unchanged, true);
    let (noted, others): (Vec<PhrasedGrant>, Vec<PhrasedGrant>) = unchanged
        .into_iter()
        .partition(|entry| !entry.notes.is_empty());
    if noted.is_empty() && others.is_empty() {
        return Markup::default();
    }
    let body = html! {
        @if !noted.is_empty() { (grant::table(&noted)) }
        @if !others.is_empty() {
            details {
                summary { (counted(others.len(), "unchanged grant", "unchanged grants")) }
                (grant::table(&others))
            }
        }
    };
    section(
        "unchanged",
        phrasing::section::title(Section::Unchanged),
        &body,
    )
}
