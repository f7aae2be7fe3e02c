//! The report as a comment on GitHub or GitLab: no longer than they take, with the totals whole, and with foreign text
//! escaped.
//!
//! Sources: GitHub Flavored Markdown 0.29; GitLab Flavored Markdown, "Collapsible section".

mod finding;

use std::fmt;

use super::change::Effect;
use super::location::SourceLocations;
use super::report::{Report, Term};
use super::section::Section;
use crate::report_format::markdown::{MarkdownSection, fit};
use crate::review::phrasing::{self, PhrasedGrant};
use crate::text;
use crate::text::markdown::{code, escape, row};

/// The first line, by which a bot finds its comment to replace it. Hosts do not render it.
pub const MARKER: &str = "<!-- hwgrants review -->";

/// The marker of the reports with this title: a pull request may have several reports.
fn marker(title: Option<&str>) -> String {
    match title {
        // A comment of HTML ends at two hyphens and a bracket.
        Some(title) => {
            let title = text::line(title).replace(['-', '<', '>'], "_");
            MARKER.replace(" -->", &format!(": {title} -->"))
        }
        None => MARKER.to_owned(),
    }
}

/// Where entries are that do not fit.
const COMPLETE: &str = "The `html` and `json` formats list all entries.";

/// How many blocks and notes of one entry are shown.
const MOST: usize = 5;

/// A report, printed by its `Display`; ends with a line feed, and has less than 65,536 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Markdown<'a> {
    /// The report.
    pub report: &'a Report,
    /// The source locations of its findings.
    pub locations: &'a SourceLocations,
}

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, locations } = *self;
        let changed = Section::ALL.into_iter();
        let changed = changed.filter(|section| *section != Section::Unchanged);
        let mut sections: Vec<(Rank, MarkdownSection)> = changed
            .map(|section| (rank(section), changes(report, section)))
            .collect();
        sections.push((Rank::Findings, finding::list(report, locations, true)));
        sections.push((Rank::Waived, finding::list(report, locations, false)));
        sections.push((Rank::Stale, finding::stale_waivers(report)));
        sections.push((Rank::Assertions, assertions(report)));
        sections.push((Rank::States, states(report)));
        sections.push((Rank::NotReviewed, not_reviewed(report)));
        sections.extend(expiries(report));
        sections.push((Rank::Noted, unchanged(report, true)));
        sections.push((Rank::Moves, moves(report)));
        sections.push((Rank::Deferred, deferred(report)));
        sections.push((Rank::Drift, drift(report)));
        sections.push((Rank::Unchanged, unchanged(report, false)));
        sections.push((Rank::OtherTypes, other_types(report)));
        sections.push((Rank::Modules, modules(report)));
        sections.retain(|(_, section)| !section.entries.is_empty());
        f.write_str(&fit(&head(report), &sections, COMPLETE))
    }
}

/// Sections in the order in which they are kept if there is not room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Gains,
    MayGain,
    ExpiryRemoved,
    Findings,
    Changed,
    NotReviewed,
    ExpiryUnclear,
    Extended,
    Loses,
    MayLose,
    Stays,
    /// Unchanged grants with notes.
    Noted,
    Interrupted,
    Shortened,
    ExpiryAdded,
    Moves,
    Moved,
    Assertions,
    States,
    Deferred,
    /// Expired grants, and those that expire within 7 days.
    ExpiresSoon,
    Stale,
    Waived,
    ExpiresLater,
    Drift,
    Unchanged,
    OtherTypes,
    Modules,
}

fn rank(section: Section) -> Rank {
    match section {
        Section::Gains => Rank::Gains,
        Section::MayGain => Rank::MayGain,
        Section::Extended => Rank::Extended,
        Section::ExpiryRemoved => Rank::ExpiryRemoved,
        Section::ExpiryUnclear => Rank::ExpiryUnclear,
        Section::Changed => Rank::Changed,
        Section::Loses => Rank::Loses,
        Section::MayLose => Rank::MayLose,
        Section::Shortened => Rank::Shortened,
        Section::ExpiryAdded => Rank::ExpiryAdded,
        Section::Stays => Rank::Stays,
        Section::Interrupted => Rank::Interrupted,
        Section::Moved => Rank::Moved,
        Section::Drifted => Rank::Drift,
        Section::Unchanged => Rank::Unchanged,
    }
}

/// A sign for more, less or other access, beside the words.
fn sign(section: Section) -> &'static str {
    match section {
        Section::Gains | Section::MayGain | Section::Extended | Section::ExpiryRemoved => "+",
        Section::Loses | Section::MayLose | Section::Shortened | Section::ExpiryAdded => "−",
        Section::ExpiryUnclear
        | Section::Changed
        | Section::Stays
        | Section::Interrupted
        | Section::Moved
        | Section::Drifted => "~",
        Section::Unchanged => "=",
    }
}

/// The part that is never omitted: title, summary, totals and caveats of the plan.
fn head(report: &Report) -> String {
    let title = phrasing::summary::title_of_plans(report);
    let title = match &report.title {
        // Foreign text, as in a pipeline that uses the title of a pull request.
        Some(own) => format!("{}: {title}", escape(own)),
        None => title,
    };
    let mut parts = vec![
        format!("{}\n## {title}", marker(report.title.as_deref())),
        format!("**{}**", phrasing::summary::summary(report)),
    ];
    if let Some(incomplete) = phrasing::state::incomplete(report) {
        parts.push(format!("> {incomplete}"));
    }
    if report.planned_on.is_none() {
        parts.push(format!("> {}", phrasing::summary::no_day(report)));
    }
    let totals = Section::ALL.map(|section| (section, report.total(section)));
    let rows = totals.into_iter().filter(|(_, count)| *count > 0);
    let rows = rows.map(|(section, count)| {
        row(&[
            sign(section).to_owned(),
            phrasing::section::title(section).to_owned(),
            count.to_string(),
        ])
    });
    let rows: String = rows.collect();
    if !rows.is_empty() {
        parts.push(format!(
            "|   | Access | Grants |\n|:-:|:--|--:|\n{}",
            rows.trim_end()
        ));
    }
    parts.join("\n\n") + "\n"
}

/// The head of a table of grants. Three columns are what a comment is wide enough for; with the spaces, dates stay whole.
const GRANTS: &str = concat!(
    "| Access | Expiry&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; | Block |\n",
    "|:--|:--|:--|\n"
);

fn changes(report: &Report, section: Section) -> MarkdownSection {
    MarkdownSection {
        title: format!(
            "{} {} ({})",
            sign(section),
            phrasing::section::title(section),
            report.total(section)
        ),
        lead: if section == Section::Stays && report.count(Effect::Stays) > 0 {
            phrasing::finding::STAYS.to_owned()
        } else {
            String::new()
        },
        ..grants(phrasing::section::entries(report, section, true))
    }
}

/// The unchanged accesses: those with notes, or the others.
fn unchanged(report: &Report, has_notes: bool) -> MarkdownSection {
    let entries = phrasing::section::entries(report, Section::Unchanged, true);
    let section = grants(entries.filter(|entry| entry.notes.is_empty() != has_notes));
    let (sign, count) = (sign(Section::Unchanged), section.entries.len());
    let title = if has_notes {
        phrasing::section::title(Section::Unchanged)
    } else {
        "Unchanged grants without notes"
    };
    MarkdownSection {
        title: format!("{sign} {title} ({count})"),
        is_folded: !has_notes,
        ..section
    }
}

/// What becomes of the assertions of the policy.
fn assertions(report: &Report) -> MarkdownSection {
    let results = report.assertions.iter().map(phrasing::access::assertion);
    MarkdownSection {
        title: format!(
            "{} ({})",
            phrasing::access::ASSERTIONS,
            report.assertions.len()
        ),
        entries: results
            .map(|result| format!("- {}\n", escape(&result)))
            .collect(),
        ..MarkdownSection::default()
    }
}

/// The types that are not known to affect access.
fn other_types(report: &Report) -> MarkdownSection {
    let types = report.other_types.iter();
    let entries = types.map(|(name, count)| row(&[code(name), count.to_string()]));
    MarkdownSection {
        title: phrasing::other_types(report)
            .trim_end_matches('.')
            .to_owned(),
        is_folded: true,
        head: "| Type | Resources |\n|:--|--:|\n",
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn expiries(report: &Report) -> Vec<(Rank, MarkdownSection)> {
    let terms = report
        .upcoming_expiries
        .chunk_by(|left, right| left.term == right.term);
    let sections = terms.filter_map(|expiries| {
        let term = expiries.first()?.term;
        let rank = match term {
            Term::Past | Term::Within(..=7) => Rank::ExpiresSoon,
            Term::Within(_) => Rank::ExpiresLater,
        };
        let section = MarkdownSection {
            title: format!(
                "{} ({})",
                phrasing::summary::term(report, term),
                expiries.len()
            ),
            ..grants(expiries.iter().map(PhrasedGrant::of_upcoming_expiry))
        };
        Some((rank, section))
    });
    sections.collect()
}

fn drift(report: &Report) -> MarkdownSection {
    let drift = report.drift.iter();
    MarkdownSection {
        title: format!("{} ({})", phrasing::summary::DRIFT, report.drift.len()),
        is_folded: true,
        ..grants(drift.filter_map(|change| PhrasedGrant::of_drift(report, change)))
    }
}

/// A section with a table of these grants, still without a title.
fn grants(entries: impl Iterator<Item = PhrasedGrant>) -> MarkdownSection {
    MarkdownSection {
        head: GRANTS,
        entries: entries.map(|entry| grant(&entry)).collect(),
        ..MarkdownSection::default()
    }
}

/// A row of the table; lines within a cell are separated by `<br>`.
fn grant(entry: &PhrasedGrant) -> String {
    let mut access = vec![escape(&entry.who), format!("to {}", escape(&entry.to))];
    if !entry.level.is_empty() {
        access.push(escape(&entry.level));
    }
    if !entry.location.is_empty() {
        access.push(format!("in {}", escape(&entry.location)));
    }
    let expiry = match entry.expiry.as_str() {
        "" => phrasing::NO_EXPIRY,
        expiry => expiry,
    };
    let expiry = expiry.replacen(" (was", "\n(was", 1);
    let expiry = expiry.lines().map(escape).collect();
    let mut block = some(&entry.blocks, |block| code(block));
    if !entry.reason.is_empty() {
        block.push(format!("Reason: {}", escape(&entry.reason)));
    }
    block.extend(some(&entry.notes, |note| format!("Note: {}", escape(note))));
    row(&[access, expiry, block].map(|lines: Vec<String>| lines.join("<br>")))
}

/// The first texts, and how many more there are.
fn some(texts: &[String], written: impl Fn(&String) -> String) -> Vec<String> {
    let mut lines: Vec<String> = texts.iter().take(MOST).map(written).collect();
    if texts.len() > MOST {
        lines.push(format!("and {} more", texts.len() - MOST));
    }
    lines
}

/// The `moved` blocks of renames.
fn moves(report: &Report) -> MarkdownSection {
    let blocks = phrasing::state::moved_blocks(report).into_iter();
    MarkdownSection {
        title: phrasing::summary::RENAMES.to_owned(),
        head: "```hcl\n",
        entries: blocks.map(|block| block + "\n").collect(),
        foot: "```\n",
        ..MarkdownSection::default()
    }
}

/// What the plan of each state does.
fn states(report: &Report) -> MarkdownSection {
    let entries = report.states.iter().map(|state| {
        let created = state.planned_on.map(|day| day.to_string());
        row(&[
            code(state.name.as_str()),
            phrasing::state::outcome(state),
            created.unwrap_or_default(),
        ])
    });
    MarkdownSection {
        title: phrasing::state::STATES.to_owned(),
        head: "| State | Access | Plan created |\n|:--|:--|:--|\n",
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

/// How many changes that are not reviewed are shown unfolded.
const UNFOLDED: usize = 10;

/// The changes that may affect access and are not reviewed, a row each.
fn not_reviewed(report: &Report) -> MarkdownSection {
    let changes = &report.not_reviewed;
    let entries = changes.iter().map(|change| {
        let attributes = phrasing::attributes(change);
        let attributes = attributes.iter().map(|attribute| escape(attribute));
        let action: Vec<String> = [phrasing::operation(change)]
            .into_iter()
            .chain(attributes)
            .collect();
        row(&[
            code(&change.type_name),
            code(&change.address),
            action.join("<br>"),
        ])
    });
    MarkdownSection {
        title: phrasing::title_of_not_reviewed(report),
        is_folded: changes.len() > UNFOLDED,
        lead: phrasing::about_not_reviewed(report),
        head: "| Type | Block | Action and attributes |\n|:--|:--|:--|\n",
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}

fn deferred(report: &Report) -> MarkdownSection {
    let deferred = report.deferred.iter();
    MarkdownSection {
        title: format!(
            "{} ({})",
            phrasing::summary::DEFERRED,
            report.deferred.len()
        ),
        entries: deferred
            .map(|deferred| {
                format!(
                    "- Block {}\n",
                    escape(&phrasing::summary::deferred(deferred))
                )
            })
            .collect(),
        ..MarkdownSection::default()
    }
}

fn modules(report: &Report) -> MarkdownSection {
    let modules = report.modules.iter();
    let entries = modules.map(|(module, source)| row(&[code(module), code(source)]));
    MarkdownSection {
        title: format!("Module sources ({})", report.modules.len()),
        is_folded: true,
        head: "| Module | Source |\n|:--|:--|\n",
        entries: entries.collect(),
        ..MarkdownSection::default()
    }
}
