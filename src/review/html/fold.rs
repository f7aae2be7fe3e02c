//! The folded sections: unchanged grants, drift and deferred changes.

use maud::{Markup, html};

use super::super::change::{AccessChange, Effect};
use super::super::report::Report;
use super::element::{counted, section};
use super::grant;
use crate::review::phrasing;
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
                        td { code { (clean(&deferred.reason)) } }
                    }
                }
            }
        }
    };
    section("deferred", phrasing::summary::DEFERRED, &body)
}

/// The unchanged grants: those with notes, and the others folded.
pub(super) fn unchanged(report: &Report) -> Markup {
    let unchanged = report.changes.iter();
    let unchanged = unchanged.filter(|change| change.effect == Effect::Unchanged);
    let (noted, others): (Vec<&AccessChange>, Vec<&AccessChange>) =
        unchanged.partition(|change| !change.notes.is_empty());
    if noted.is_empty() && others.is_empty() {
        return Markup::default();
    }
    let body = html! {
        @if !noted.is_empty() { (grant::table(report, &noted)) }
        @if !others.is_empty() {
            details {
                summary { (counted(others.len(), "unchanged grant", "unchanged grants")) }
                (grant::table(report, &others))
            }
        }
    };
    section(
        "unchanged",
        phrasing::summary::title(Effect::Unchanged),
        &body,
    )
}
