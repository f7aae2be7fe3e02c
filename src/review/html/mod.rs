//! The report as one page for a browser, which needs nothing but itself: no script, no second file, no connection.
//!
//! The page's own policy lets a browser take its one style sheet and nothing else, whatever a plan holds. Text of others
//! is cleaned by [`phrasing`] and escaped by `maud`; positions on the time line are attributes of SVG and not styles, so they
//! need no exception from the policy, and printers draw them without being asked to print backgrounds.

mod element;
mod finding;
mod fold;
mod grant;
mod scale;
mod summary;
mod time_line;
mod unreviewed;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use self::element::{id, section, sentences};
use super::change::{AccessChange, Effect, Note};
use super::phrasing;
use super::report::Report;
use crate::text;

/// Metadata of every page; `STYLE` stands where the hash of the style sheet goes.
const HEAD: &str = include_str!("head.html");

/// The style sheet.
const STYLE: &str = include_str!("style.css");

/// A report, printed by its `Display`; ends with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Html<'a>(pub &'a Report);

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", page(self.0).into_string())
    }
}

fn page(report: &Report) -> Markup {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    let head = HEAD.replace("STYLE", &format!("sha256-{hash}"));
    let title = phrasing::summary::title_of_report(report);
    let first_day = match report.planned_on {
        Some(day) if report.is_as_of => day.to_string(),
        _ => "the day of the plan".to_owned(),
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (PreEscaped(head))
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    (summary::show(report))
                }
                main { (content(report)) }
                footer {
                    p {
                        "Created by " code { "hwgrants review --format html" } " from the plan alone. Days are counted from "
                        (first_day) ", so the same plan has the same page on any day. The page has no scripts and loads no "
                        "other files."
                    }
                }
            }
        }
    }
}

/// The sections, the most urgent first.
fn content(report: &Report) -> Markup {
    // Delegations that remain after a destroy are shown beside the expiries.
    let effects = Effect::ALL.into_iter();
    let effects = effects.filter(|effect| !matches!(effect, Effect::Stays | Effect::Unchanged));
    html! {
        (finding::show(report))
        (finding::stale_waivers(report))
        @for effect in effects { (changes(report, effect)) }
        (unreviewed::show(report))
        (time_line::show(report))
        (grant::expiries(report))
        (changes(report, Effect::Stays))
        (fold::unchanged(report))
        (moves(report))
        (fold::drift(report))
        (fold::deferred_fold(report))
    }
}

/// The grants of one effect; nothing if there are none.
fn changes(report: &Report, effect: Effect) -> Markup {
    let changes = report.changes.iter();
    let changes: Vec<&AccessChange> = changes.filter(|change| change.effect == effect).collect();
    if changes.is_empty() {
        return Markup::default();
    }
    let body = html! {
        @if effect == Effect::Stays { p { (sentences(phrasing::finding::STAYS)) } }
        (grant::table(report, &changes))
    };
    section(id(effect), phrasing::summary::title(effect), &body)
}

/// The `moved` blocks of renames.
fn moves(report: &Report) -> Markup {
    let notes = report.changes.iter().flat_map(|change| &change.notes);
    let blocks = notes.filter_map(|note| match note {
        Note::Renamed { from, to } => {
            let (from, to) = (text::line(from), text::line(to));
            Some(format!("moved {{\n  from = {from}\n  to   = {to}\n}}"))
        }
        _ => None,
    });
    let blocks: Vec<String> = blocks.collect();
    if blocks.is_empty() {
        return Markup::default();
    }
    let body = html! { pre { code { (blocks.join("\n\n")) } } };
    section("moved", phrasing::summary::RENAMES, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_loads_nothing_and_cannot_close_its_element() {
        for word in ["url(", "@import", "@font-face", "</", "://"] {
            assert!(!STYLE.contains(word), "{word}");
        }
        assert_eq!(HEAD.matches("STYLE").count(), 1);
    }
}
