//! The time line: a row with a bar for each grant that Terraform manages after the plan or revokes.
//!
//! Each row repeats its bar in words; the drawing itself is hidden from screen readers.

use maud::{Markup, html};

use super::super::change::{AccessChange, Effect};
use super::super::grant::Expiry;
use super::super::report::Report;
use super::element::{direction, expiry, prose, section};
use super::scale::{Bar, Close, Scale, Tick};
use crate::review::phrasing::{self, PhrasedGrant};
use crate::review::section::Section;
use crate::text::line as clean;

/// Rows drawn at most: about what a person scrolls through, and some 200 kB of page.
const MAX_ROW_COUNT: usize = 200;

/// The time line; nothing without a grant, or without a day to count from.
pub(super) fn show(report: &Report) -> Markup {
    let Some(today) = report.planned_on else {
        return Markup::default();
    };
    let held = report.changes.iter();
    let held = held.filter(|change| change.after.is_some() || change.effect == Effect::Loses);
    let mut drawn: Vec<&AccessChange> = held.collect();
    if drawn.is_empty() {
        return Markup::default();
    }
    let ends = drawn
        .iter()
        .flat_map(|change| [&change.before, &change.after]);
    let ends = ends.flatten().filter_map(|grant| grant.expiry.date());
    let scale = Scale::new(today, ends);
    let end = |change: &&AccessChange| {
        let after = change.after.as_ref();
        after.map_or(Expiry::On(today), |grant| grant.expiry)
    };
    let count = drawn.len();
    drawn.sort_by_key(|change| (change.effect == Effect::Unchanged, end(change)));
    drawn.truncate(MAX_ROW_COUNT);
    drawn.sort_by_key(end);
    let body = html! {
        (legend())
        @if count > drawn.len() {
            p.notice {
                "Showing " (drawn.len()) " of " (count) " grants: changed grants first, then grants that expire soonest. The "
                "tables list all grants."
            }
        }
        (definitions(&scale))
        div.chart {
            (axis(&scale))
            ol { @for change in drawn { (row(report, &scale, change)) } }
        }
    };
    section("time-line", "Access timeline", &body)
}

/// What the shapes mean.
fn legend() -> Markup {
    let swatch = |direction: &str, drawing: &Markup| {
        html! { svg class={ "swatch " (direction) } width="28" height="14" aria-hidden="true" { (drawing) } }
    };
    let bar = html! { rect.bar x="0" y="4" width="28" height="6" {} };
    html! {
        p {
            "Sorted by expiry, earliest first. The scale is not linear: near dates are spread out, and distant dates are "
            "compressed."
        }
        ul.legend {
            li { (swatch("more", &bar)) "gained or extended" }
            li { (swatch("same", &bar)) "unchanged" }
            li { (swatch("less", &bar)) "shortened" }
            li { (swatch("less", &html! { rect.revoked x="0.5" y="4.5" width="27" height="5" {} })) "revoked" }
            li { (swatch("more", &html! { rect.unknown x="0.5" y="4.5" width="27" height="5" {} })) "expiry unknown" }
            li { (swatch("more", &html! { (bar) rect.previous x="13" y="0" width="2" height="14" {} })) "previous expiry" }
        }
    }
}

/// The lines at the ticks and the arrow, drawn once and used in each row.
fn definitions(scale: &Scale) -> Markup {
    html! {
        svg.definitions width="0" height="0" aria-hidden="true" {
            defs {
                g id="ticks" {
                    @for tick in scale.ticks() {
                        @let x = part(tick.at);
                        line x1=(x) x2=(x) y1="0" y2="100%" {}
                    }
                }
                path id="arrow" d="M0 4 7 11 0 18z" {}
            }
        }
    }
}

/// The axis above the rows, with `never` at the right edge.
fn axis(scale: &Scale) -> Markup {
    html! {
        div.axis aria-hidden="true" {
            svg width="100%" height="34" {
                @for tick in scale.ticks() { (label(tick)) }
                text x="100%" y="13" text-anchor="end" { "never" }
            }
        }
    }
}

fn label(tick: Tick) -> Markup {
    let x = part(tick.at);
    let words = match tick.days {
        Some(0) => "the plan".to_owned(),
        Some(days) => format!("+{days} days"),
        None => "latest".to_owned(),
    };
    html! {
        line data-on=(tick.on) x1=(x) x2=(x) y1="30" y2="34" {}
        text.term x=(x) y="13" text-anchor="middle" { (words) }
        text x=(x) y="26" text-anchor="middle" { (tick.on) }
    }
}

fn row(report: &Report, scale: &Scale, change: &AccessChange) -> Markup {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let told = PhrasedGrant::of_change(report, change);
    let section = Section::from(change);
    let bar = scale.bar(
        before.map(|grant| grant.expiry),
        after.map(|grant| grant.expiry),
    );
    let start = (bar.close != Close::Past).then(|| scale.today());
    let end = match after.map(|grant| grant.expiry) {
        None => scale.today().to_string(),
        Some(Expiry::On(day)) => day.to_string(),
        Some(Expiry::Never) => "never".to_owned(),
        Some(Expiry::Unknown | Expiry::Sensitive) => "unknown".to_owned(),
    };
    let address = change.addresses.first().map(|address| clean(address));
    html! {
        @if let Some(entry) = told {
            li class=(direction(section)) data-address=[address] data-start=[start] data-end=(end) {
                div.grantee {
                    @if entry.name.is_empty() { bdi { (prose(&entry.who)) } } @else { b { bdi { (entry.name) } } }
                    " " small { "to " bdi { (prose(&entry.to)) } } }
                div.until {
                    b { (phrasing::section::outcome(section)) } " "
                    @if entry.expiry.is_empty() { (phrasing::NO_EXPIRY) } @else { (expiry(&entry.expiry)) }
                }
                (drawing(&bar))
            }
        }
    }
}

/// The bar in SVG, in parts of the whole width.
fn drawing(bar: &Bar) -> Markup {
    let (from, to) = bar.access;
    let (x, width, end) = (part(from), part(to - from), part(to));
    html! {
        svg.track width="100%" height="22" aria-hidden="true" {
            use href="#ticks" {}
            @if let Some((from, to)) = bar.revoked {
                rect.revoked x=(part(from)) y="8" width=(part(to - from)) height="6" {}
            }
            @match bar.close {
                Close::End | Close::Past => {
                    rect.bar x=(x) y="7" width=(width) height="8" {}
                    line.end x1=(end) x2=(end) y1="4" y2="18" {}
                }
                Close::Open => {
                    rect.bar x=(x) y="7" width=(width) height="8" {}
                    use.arrow href="#arrow" x=(end) {}
                }
                Close::Unknown => { rect.unknown x=(x) y="7.5" width=(width) height="7" {} }
                Close::Lost => { line.end x1=(end) x2=(end) y1="4" y2="18" {} }
            }
            @if let Some(previous) = bar.previous {
                @let x = part(previous);
                line.previous x1=(x) x2=(x) y1="4" y2="18" {}
            }
        }
    }
}

/// A part of the whole width, as SVG has it.
fn part(of_width: f64) -> String {
    format!("{:.2}%", of_width * 100.0)
}
