//! The report as text for a terminal, with or without colour; colour repeats what the words say.
//!
//! Ids and addresses are never broken, so that they can be copied, even where they exceed the line.

mod finding;
mod grant;
mod summary;
mod wrap;

use std::fmt;
use std::ops::RangeInclusive;

use anstyle::{AnsiColor, Style};

use super::change::Effect;
use super::location::SourceLocations;
use super::phrasing::{self, PhrasedGrant};
use super::report::Report;
use super::section::Section;
use crate::plan_json::plan::NotReviewed;
use crate::text as safe_text;
pub use summary::TextSummary;

/// Columns, if none are asked for, and how many there are at least and at most: longer lines are hard to read.
const WIDTH: usize = 80;
const WIDTHS: RangeInclusive<usize> = 60..=160;

/// A report, printed by its `Display`; ends with a line feed. `{:#}` prints it with colours, and `{:100}` for a terminal of 100
/// columns; without a width, there are 80.
#[derive(Clone, Copy, Debug)]
pub struct TextReport<'a> {
    /// The report.
    pub report: &'a Report,
    /// The source locations of its findings.
    pub locations: &'a SourceLocations,
}

impl fmt::Display for TextReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        verdict(f, report)?;
        let (last, changes) = Section::ALL
            .split_last()
            .unwrap_or((&Section::Unchanged, &[]));
        for one in changes {
            section(f, report, *one)?;
        }
        finding::list(f, report, self.locations)?;
        waivers(f, report)?;
        assertions(f, report)?;
        states(f, report)?;
        not_reviewed(f, report)?;
        expiries(f, report)?;
        section(f, report, *last)?;
        moves(f, report)?;
        deferred(f, report)?;
        drift(f, report)
    }
}

/// What becomes of the assertions of the policy.
fn assertions(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.assertions.is_empty() {
        return Ok(());
    }
    heading(f, phrasing::access::ASSERTIONS, BOLD)?;
    writeln!(f)?;
    for result in &report.assertions {
        paragraph(f, "  ", &phrasing::access::assertion(result))?;
    }
    Ok(())
}

/// The waivers to remove from the policy.
fn waivers(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.stale_waivers.is_empty() {
        return Ok(());
    }
    heading(f, phrasing::finding::STALE, BOLD)?;
    for stale in &report.stale_waivers {
        writeln!(f)?;
        paragraph(f, "  ", &phrasing::finding::stale_waiver(stale))?;
    }
    Ok(())
}

/// The accesses in one section; of unchanged grants, those with notes only.
fn section(f: &mut fmt::Formatter<'_>, report: &Report, section: Section) -> fmt::Result {
    let mut entries = phrasing::section::entries(report, section, false).peekable();
    if entries.peek().is_none() {
        return Ok(());
    }
    heading(f, phrasing::section::title(section), colour(section))?;
    grant::table(f, entries)?;
    if section == Section::Stays && report.count(Effect::Stays) > 0 {
        writeln!(f)?;
        paragraph(f, "  ", phrasing::finding::STAYS)?;
    }
    Ok(())
}

const BOLD: Style = Style::new().bold();

/// Yellow for more access, cyan for less.
fn colour(section: Section) -> Style {
    match section {
        Section::Gains
        | Section::MayGain
        | Section::Extended
        | Section::ExpiryRemoved
        | Section::ExpiryUnclear
        | Section::Changed => AnsiColor::Yellow.on_default().bold(),
        Section::Loses
        | Section::MayLose
        | Section::Shortened
        | Section::ExpiryAdded
        | Section::Interrupted => AnsiColor::Cyan.on_default().bold(),
        Section::Stays | Section::Moved | Section::Drifted | Section::Unchanged => BOLD,
    }
}

/// The style, where colours are wanted.
fn styled(f: &fmt::Formatter<'_>, style: Style) -> Style {
    if f.alternate() { style } else { Style::new() }
}

fn heading(f: &mut fmt::Formatter<'_>, title: &str, style: Style) -> fmt::Result {
    let style = styled(f, style);
    let line = "-".repeat(title.chars().count());
    writeln!(f, "\n{style}{title}{style:#}\n{line}")
}

fn expiries(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.planned_on.is_none() {
        heading(f, phrasing::summary::EXPIRIES, BOLD)?;
        writeln!(f)?;
        return paragraph(f, "  ", &phrasing::summary::no_day(report));
    }
    let terms = report
        .upcoming_expiries
        .chunk_by(|left, right| left.term == right.term);
    for expiries in terms {
        let Some(first) = expiries.first() else {
            continue;
        };
        heading(f, &phrasing::summary::term(report, first.term), BOLD)?;
        grant::table(f, expiries.iter().map(PhrasedGrant::of_upcoming_expiry))?;
    }
    Ok(())
}

/// How many changes that are not reviewed are listed of one type, and of all types together.
const MOST: (usize, usize) = (10, 50);

/// The changes that may affect access and are not reviewed, by type.
fn not_reviewed(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.not_reviewed.is_empty() {
        return Ok(());
    }
    heading(f, &phrasing::title_of_not_reviewed(report), BOLD)?;
    writeln!(f)?;
    paragraph(f, "  ", &phrasing::about_not_reviewed(report))?;
    let (of_type, mut room) = MOST;
    let same_type = |left: &NotReviewed, right: &NotReviewed| left.type_name == right.type_name;
    for changes in report.not_reviewed.chunk_by(same_type) {
        let Some(first) = changes.first() else {
            continue;
        };
        let (name, count) = (safe_text::line(&first.type_name), changes.len());
        writeln!(f)?;
        paragraph(f, "  ", &format!("{name} ({count})"))?;
        let shown = count.min(of_type).min(room);
        room -= shown;
        for change in changes.iter().take(shown) {
            let address = safe_text::line(&change.address);
            paragraph(
                f,
                "    ",
                &format!("{address}: {}", phrasing::operation(change)),
            )?;
            for attribute in phrasing::attributes(change) {
                paragraph(f, "      ", &attribute)?;
            }
        }
        if shown < count {
            let left = count - shown;
            writeln!(
                f,
                "    and {left} more; the `json` format lists all changes"
            )?;
        }
    }
    Ok(())
}

/// The `moved` blocks of renames.
fn moves(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    let blocks = phrasing::state::moved_blocks(report);
    if blocks.is_empty() {
        return Ok(());
    }
    heading(f, phrasing::summary::RENAMES, BOLD)?;
    for block in blocks {
        writeln!(f, "\n{block}")?;
    }
    Ok(())
}

/// What the plan of each state does.
fn states(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.states.is_empty() {
        return Ok(());
    }
    heading(f, phrasing::state::STATES, BOLD)?;
    writeln!(f)?;
    for state in &report.states {
        let outcome = phrasing::state::outcome(state);
        paragraph(f, "  ", &format!("{}: {outcome}", state.name))?;
    }
    Ok(())
}

/// The deferred blocks.
fn deferred(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.deferred.is_empty() {
        return Ok(());
    }
    heading(f, phrasing::summary::DEFERRED, BOLD)?;
    writeln!(f)?;
    for deferred in &report.deferred {
        paragraph(f, "  ", &phrasing::summary::deferred(deferred))?;
    }
    Ok(())
}

/// The changes outside of Terraform.
fn drift(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    if report.drift.is_empty() {
        return Ok(());
    }
    heading(f, phrasing::summary::DRIFT, BOLD)?;
    let drift = report.drift.iter();
    grant::table(
        f,
        drift.filter_map(|change| PhrasedGrant::of_drift(report, change)),
    )
}

/// Text that is wrapped, each line with this indent; nothing if there is none.
fn paragraph(f: &mut fmt::Formatter<'_>, indent: &str, text: &str) -> fmt::Result {
    labeled(f, indent, "", text)
}

/// Text that is wrapped, with the other lines further in than the first.
fn hanging(f: &mut fmt::Formatter<'_>, indent: &str, text: &str) -> fmt::Result {
    let others = format!("{indent}{indent}");
    let options = wrap::options(width(f))
        .initial_indent(indent)
        .subsequent_indent(&others);
    writeln!(f, "{}", textwrap::fill(text, options))
}

/// Text that is wrapped after a label, below which the other lines continue; nothing if there is none.
fn labeled(f: &mut fmt::Formatter<'_>, indent: &str, label: &str, text: &str) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    let first = format!("{indent}{label}");
    let others = " ".repeat(first.chars().count());
    let options = wrap::options(width(f))
        .initial_indent(&first)
        .subsequent_indent(&others);
    writeln!(f, "{}", textwrap::fill(text, options))
}

/// The columns of the lines.
fn width(f: &fmt::Formatter<'_>) -> usize {
    f.width()
        .unwrap_or(WIDTH)
        .clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// The title, the verdict and what restricts it.
fn verdict(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    writeln!(f, "{}\n", phrasing::summary::title_of_report(report))?;
    paragraph(f, "", &phrasing::summary::summary(report))?;
    if let Some(incomplete) = phrasing::state::incomplete(report) {
        writeln!(f)?;
        paragraph(f, "", &incomplete)?;
    }
    Ok(())
}
