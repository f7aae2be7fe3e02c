//! The findings by rule, and the waivers to remove.

use super::super::location::SourceLocations;
use super::super::report::Report;
use crate::report_format::markdown::MarkdownSection;
use crate::review::finding::Finding;
use crate::review::phrasing;
use crate::review::phrasing::finding::FindingGroup;
use crate::text::markdown::{code, escape, escape_sentences};

/// The findings: open or waived ones.
pub(super) fn list(report: &Report, locations: &SourceLocations, is_open: bool) -> MarkdownSection {
    let findings = report.findings.iter();
    let findings = findings.filter(|finding| finding.is_open() == is_open);
    let title = if is_open {
        phrasing::summary::found(report)
    } else {
        phrasing::finding::title_of_closed(findings.clone())
    };
    let groups = phrasing::finding::group(findings);
    MarkdownSection {
        title,
        is_folded: !is_open,
        entries: groups
            .iter()
            .flat_map(|group| group_entries(group, locations))
            .collect(),
        ..MarkdownSection::default()
    }
}

/// The findings of one rule: an entry each, so that as many are shown as there is room for. The first has what all have in
/// common above it.
fn group_entries(group: &FindingGroup<'_>, locations: &SourceLocations) -> Vec<String> {
    let Finding { rule, severity, .. } = group.first;
    let known = if group.first.is_known { "known " } else { "" };
    let title = format!(
        "**{known}{severity}: {}** (`{}`){}",
        rule.title(),
        rule.id(),
        group.many()
    );
    let waiver = |finding: &Finding| {
        let waiver = phrasing::finding::waiver(finding);
        (!waiver.is_empty()).then(|| format!("Waiver: {}", escape(&waiver)))
    };
    let item = |indent: &str, lines: Vec<String>| {
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        format!("{indent}- {}\n", lines.join("<br>"))
    };
    let lines = |finding: &Finding, message: String| {
        let block = [block(finding, locations), message].into_iter();
        block.chain(waiver(finding)).collect::<Vec<_>>()
    };
    match group.blocks.as_slice() {
        [finding] => {
            // Each part has a limit of its own.
            let what = phrasing::finding::what(finding);
            let message = format!("{} {}", escape_sentences(&what), escape(&group.advice));
            let rest = lines(finding, message.trim().to_owned());
            vec![item("", [title].into_iter().chain(rest).collect())]
        }
        blocks => {
            let head = [title, escape(&group.advice)].into_iter();
            let shared = waiver(group.first).filter(|_| blocks.is_empty());
            let head = item("", head.chain(shared).collect());
            let items = blocks.iter().map(|finding| {
                item(
                    "  ",
                    lines(finding, escape_sentences(&phrasing::finding::what(finding))),
                )
            });
            let mut entries: Vec<String> = items.collect();
            match entries.first_mut() {
                Some(first) => first.insert_str(0, &head),
                None => entries.push(head),
            }
            entries
        }
    }
}

/// The block of a finding, the attribute, and where it is in the configuration.
fn block(finding: &Finding, locations: &SourceLocations) -> String {
    let mut block = code(&finding.address);
    if let Some(attribute) = finding.attribute {
        block = format!("{block}, {}", code(attribute));
    }
    match phrasing::finding::location(finding, locations) {
        Some(location) => format!("{block} ({})", code(&location)),
        None => block,
    }
}

/// The waivers to remove from the policy.
pub(super) fn stale_waivers(report: &Report) -> MarkdownSection {
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
