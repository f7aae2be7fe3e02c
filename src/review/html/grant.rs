//! Grants as rows of a table.

use jiff::civil::Date;
use maud::{Markup, html};

use super::super::report::{Report, UpcomingExpiry};
use super::element::{counted, expiry, prose, section, sentences};
use crate::review::phrasing::{self, PhrasedGrant};

/// These accesses, a row each.
pub(super) fn table(entries: &[PhrasedGrant]) -> Markup {
    framed(entries.iter().map(|entry| row(entry, None)))
}

/// The changes outside of Terraform, a row each.
pub(super) fn drift(report: &Report) -> Markup {
    let drift = report.drift.iter();
    let entries = drift.filter_map(|change| PhrasedGrant::of_drift(report, change));
    framed(entries.map(|entry| row(&entry, None)))
}

/// The grants that have expired or expire soon, a table for each term.
pub(super) fn expiries(report: &Report) -> Markup {
    let title = phrasing::summary::EXPIRIES;
    let Some(today) = report.planned_on else {
        return section(
            "expiries",
            title,
            &html! { p { (sentences(&phrasing::summary::no_day(report))) } },
        );
    };
    let body = html! {
        @if report.upcoming_expiries.is_empty() {
            p { "After this plan is applied, no active grant expires within 90 days." }
        }
        @for expiries in report.upcoming_expiries.chunk_by(|one, other| one.term == other.term) {
            @if let Some(first) = expiries.first() { h3 { (phrasing::summary::term(report, first.term)) } }
            (framed(expiries.iter().map(|expiry| {
                row(&PhrasedGrant::of_upcoming_expiry(expiry), Some(&distance(today, expiry)))
            })))
        }
    };
    section("expiries", title, &body)
}

/// The name of the grantee, if it is known, and the ID.
fn who(entry: &PhrasedGrant) -> Markup {
    let name = &entry.name;
    let id = entry.who.strip_prefix(name).filter(|_| !name.is_empty());
    html! {
        @if let Some(id) = id {
            b { bdi { (name) } } " " small { bdi { (prose(id.trim_matches([' ', '(', ')']))) } }
        } @else {
            bdi { (prose(&entry.who)) }
        }
    }
}

fn framed(rows: impl Iterator<Item = Markup>) -> Markup {
    html! {
        table.grants {
            // Fixed widths align the columns of all tables.
            colgroup { col; col; col; col; }
            thead {
                tr {
                    th scope="col" { "Grantee" }
                    th scope="col" { "Resource" }
                    th scope="col" { "Expiry" }
                    th scope="col" { "Block and reason" }
                }
            }
            tbody { @for row in rows { (row) } }
        }
    }
}

/// One grant; `distance` is how far its expiry is, in words.
fn row(entry: &PhrasedGrant, distance: Option<&str>) -> Markup {
    html! {
        tr {
            th scope="row" { (who(entry)) }
            td {
                bdi { (prose(&entry.to)) } " " small { bdi { (prose(&entry.location)) } }
                @if !entry.level.is_empty() { p { bdi { (prose(&entry.level)) } } }
            }
            td {
                @if entry.expiry.is_empty() { (phrasing::NO_EXPIRY) } @else { (expiry(&entry.expiry)) }
                @if let Some(distance) = distance { " " small { (distance) } }
            }
            td {
                @for block in &entry.blocks { code { (block) } " " }
                @if !entry.reason.is_empty() { p { bdi { (prose(&entry.reason)) } } }
                @for note in &entry.notes { p.said { (sentences(note)) } }
            }
        }
    }
}

/// The days from the day to count from to an expiration date.
fn distance(today: Date, expiry: &UpcomingExpiry) -> String {
    let days = (expiry.on - today).get_days();
    let count = counted(
        usize::try_from(days.unsigned_abs()).unwrap_or(usize::MAX),
        "day",
        "days",
    );
    match days {
        0 => "today".to_owned(),
        1.. => format!("in {count}"),
        _ => format!("{count} ago"),
    }
}
