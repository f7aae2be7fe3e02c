//! The report as a comment on GitHub or GitLab: no longer than they take, with the totals whole, and with foreign text
//! escaped.
//!
//! Sources: GitHub Flavored Markdown 0.29; GitLab Flavored Markdown, "Collapsible section".

mod fit;

use std::fmt;

use super::change::{AccessChange, Effect, Note};
use super::report::{Report, Term};
use crate::review::finding::Finding;
use crate::review::phrasing::finding::FindingGroup;
use crate::review::phrasing::{self, PhrasedGrant};
use crate::text;
use crate::text::markdown::{code, escape, row};
use fit::MarkdownSection;

/// The first line, by which a bot finds its comment to replace it. Hosts do not render it.
pub const MARKER: &str = "<!-- hwgrants review -->";

/// How many blocks and notes of one entry are shown.
const MOST: usize = 5;

/// A report, printed by its `Display`; ends with a line feed, and has less than 65,536 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Markdown<'a>(pub &'a Report);

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let mut sections = vec![
            (Rank::Findings, findings(report, true)),
            (Rank::Waived, findings(report, false)),
            (Rank::Stale, stale_waivers(report)),
        ];
        for effect in Effect::ALL {
            if effect != Effect::Unchanged {
                sections.push((rank(effect), changes(report, effect)));
            }
        }
        sections.push((Rank::NotReviewed, not_reviewed(report)));
        sections.push((Rank::Noted, unchanged(report, true)));
        sections.extend(expiries(report));
        sections.push((Rank::Moves, moves(report)));
        sections.push((Rank::Deferred, deferred(report)));
        sections.push((Rank::Drift, drift(report)));
        sections.push((Rank::Unchanged, unchanged(report, false)));
        sections.push((Rank::Modules, modules(report)));
        sections.retain(|(_, section)| !section.entries.is_empty());
        f.write_str(&fit::fit(&head(report), &sections))
    }
}

/// Sections in the order in which they are kept if there is not room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Gains,
    ExpiryRemoved,
    Findings,
    NotReviewed,
    ExpiryUnclear,
    Extended,
    Loses,
    Stays,
    /// Unchanged grants with notes.
    Noted,
    Interrupted,
    Shortened,
    ExpiryAdded,
    Moves,
    Deferred,
    /// Expired grants, and those that expire within 7 days.
    ExpiresSoon,
    Stale,
    Waived,
    ExpiresLater,
    Drift,
    Unchanged,
    Modules,
}

fn rank(effect: Effect) -> Rank {
    match effect {
        Effect::Gains => Rank::Gains,
        Effect::Extended => Rank::Extended,
        Effect::ExpiryRemoved => Rank::ExpiryRemoved,
        Effect::ExpiryUnclear => Rank::ExpiryUnclear,
        Effect::Loses => Rank::Loses,
        Effect::Shortened => Rank::Shortened,
        Effect::ExpiryAdded => Rank::ExpiryAdded,
        Effect::Stays => Rank::Stays,
        Effect::Interrupted => Rank::Interrupted,
        Effect::Unchanged => Rank::Unchanged,
    }
}

/// A sign for more, less or other access, beside the words.
fn sign(effect: Effect) -> &'static str {
    match effect {
        Effect::Gains | Effect::Extended | Effect::ExpiryRemoved => "+",
        Effect::Loses | Effect::Shortened | Effect::ExpiryAdded => "−",
        Effect::ExpiryUnclear | Effect::Stays | Effect::Interrupted => "~",
        Effect::Unchanged => "=",
    }
}

/// The part that is never omitted: title, summary, totals and caveats of the plan.
fn head(report: &Report) -> String {
    let mut parts = vec![
        format!(
            "{MARKER}\n## {}",
            phrasing::summary::title_of_report(report)
        ),
        format!("**{}**", phrasing::summary::summary(report)),
    ];
    if !report.is_complete {
        parts.push(format!("> {}", phrasing::summary::INCOMPLETE));
    }
    if report.planned_on.is_none() {
        parts.push(format!("> {}", phrasing::summary::no_day(report)));
    }
    if !report.counts.is_empty() {
        let rows = report.counts.iter().map(|(effect, count)| {
            row(&[
                sign(*effect).to_owned(),
                phrasing::summary::title(*effect).to_owned(),
                count.to_string(),
            ])
        });
        let rows: String = rows.collect();
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

fn changes(report: &Report, effect: Effect) -> MarkdownSection {
    let changes = report.changes.iter();
    let entries = changes
        .filter(|change| change.effect == effect)
        .filter_map(|change| PhrasedGrant::of_change(report, change));
    MarkdownSection {
        title: format!(
            "{} {} ({})",
            sign(effect),
            phrasing::summary::title(effect),
            report.count(effect)
        ),
        lead: if effect == Effect::Stays {
            phrasing::finding::STAYS.to_owned()
        } else {
            String::new()
        },
        ..grants(entries)
    }
}

/// The unchanged grants: those with notes, or the others.
fn unchanged(report: &Report, has_notes: bool) -> MarkdownSection {
    let of_effect = |change: &&AccessChange| change.effect == Effect::Unchanged;
    let changes = report.changes.iter().filter(of_effect);
    let entries = changes
        .filter(|change| change.notes.is_empty() != has_notes)
        .filter_map(|change| PhrasedGrant::of_change(report, change));
    let section = grants(entries);
    let (sign, count) = (sign(Effect::Unchanged), section.entries.len());
    let title = if has_notes {
        phrasing::summary::title(Effect::Unchanged)
    } else {
        "Unchanged grants without notes"
    };
    MarkdownSection {
        title: format!("{sign} {title} ({count})"),
        is_folded: !has_notes,
        ..section
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
    if !entry.location.is_empty() {
        access.push(format!("in {}", escape(&entry.location)));
    }
    let expiry = entry.expiry.replacen(" (was", "\n(was", 1);
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

/// The findings: open or waived ones.
fn findings(report: &Report, is_open: bool) -> MarkdownSection {
    let findings = report.findings.iter();
    let findings = findings.filter(|finding| finding.is_open() == is_open);
    let count = findings.clone().count();
    let entries: Vec<String> = phrasing::finding::group(findings)
        .iter()
        .map(finding)
        .collect();
    MarkdownSection {
        title: if is_open {
            phrasing::summary::found(report)
        } else {
            format!("Waived findings ({count})")
        },
        is_folded: !is_open,
        entries,
        ..MarkdownSection::default()
    }
}

fn finding(group: &FindingGroup<'_>) -> String {
    let finding = group.first;
    let Finding { severity, rule, .. } = finding;
    let waiver = phrasing::finding::waiver(finding);
    let mut lines = vec![
        format!("- **{severity}: {}** (`{}`)", rule.title(), rule.id()),
        code(&finding.address) + &group.more(),
        escape(&group.message()),
    ];
    if let (Some(attribute), Some(block)) = (finding.attribute, lines.get_mut(1)) {
        *block = format!("{block}, {}", code(attribute));
    }
    if !waiver.is_empty() {
        lines.push(format!("Waiver: {}", escape(&waiver)));
    }
    lines.join("<br>") + "\n"
}

/// The waivers to remove from the policy.
fn stale_waivers(report: &Report) -> MarkdownSection {
    let stale = report
        .stale_waivers
        .iter()
        .map(phrasing::finding::stale_waiver);
    MarkdownSection {
        title: format!(
            "{} ({})",
            phrasing::finding::STALE,
            report.stale_waivers.len()
        ),
        entries: stale
            .map(|stale| format!("- {}\n", escape(&stale)))
            .collect(),
        ..MarkdownSection::default()
    }
}

/// The `moved` blocks of renames.
fn moves(report: &Report) -> MarkdownSection {
    let notes = report.changes.iter().flat_map(|change| &change.notes);
    let entries = notes.filter_map(|note| match note {
        Note::Renamed { from, to } => {
            let (from, to) = (text::line(from), text::line(to));
            Some(format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n"))
        }
        _ => None,
    });
    MarkdownSection {
        title: phrasing::summary::RENAMES.to_owned(),
        head: "```hcl\n",
        entries: entries.collect(),
        foot: "```\n",
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
