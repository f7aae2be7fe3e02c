//! The changes that may affect access and are not reviewed, as a table.

use maud::{Markup, html};

use super::super::report::Report;
use super::element::{prose, section, sentences};
use crate::plan_json::plan::NotReviewed;
use crate::review::phrasing;
use crate::text::line as clean;

/// How many of them are shown unfolded.
const UNFOLDED: usize = 50;

/// All of them, by type; nothing if there are none.
pub(super) fn show(report: &Report) -> Markup {
    let changes = report.not_reviewed.as_slice();
    if changes.is_empty() {
        return Markup::default();
    }
    let body = html! {
        p { (sentences(&phrasing::about_not_reviewed(report))) }
        @if changes.len() > UNFOLDED {
            details {
                summary { (phrasing::types_not_reviewed(report)) }
                (table(changes))
            }
        } @else {
            (table(changes))
        }
    };
    section(
        "not-reviewed",
        &phrasing::title_of_not_reviewed(report),
        &body,
    )
}

/// The types that are not known to affect access, folded; nothing if there are none.
pub(super) fn other_types(report: &Report) -> Markup {
    if report.other_types.is_empty() {
        return Markup::default();
    }
    let body = html! {
        details {
            summary { (phrasing::other_types(report)) }
            ul {
                @for (name, count) in &report.other_types {
                    li { code { (clean(name)) } " (" (count) ")" }
                }
            }
        }
    };
    section("other-types", "Other resource types", &body)
}

fn table(changes: &[NotReviewed]) -> Markup {
    html! {
        table.not-reviewed {
            thead {
                tr {
                    th scope="col" { "Type" }
                    th scope="col" { "Block" }
                    th scope="col" { "Action and attributes" }
                }
            }
            tbody {
                @for change in changes {
                    tr {
                        td { code { (clean(&change.type_name)) } }
                        th scope="row" { code { (clean(&change.address)) } }
                        td {
                            (phrasing::operation(change))
                            @if !change.attributes.is_empty() {
                                ul.attributes {
                                    @for attribute in phrasing::attributes(change) { li { bdi { (prose(&attribute)) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
