//! The findings by rule, with what to do about them once.

use std::fmt;

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

use super::{BOLD, heading, labeled, paragraph, styled, width};
use crate::review::finding::Finding;
use crate::review::location::SourceLocations;
use crate::review::phrasing;
use crate::review::phrasing::finding::FindingGroup;
use crate::review::report::Report;
use crate::review::rule::FindingSeverity;

/// The findings, each with the waiver that covers it.
pub(super) fn list(
    f: &mut fmt::Formatter<'_>,
    report: &Report,
    locations: &SourceLocations,
) -> fmt::Result {
    if report.findings.is_empty() {
        return Ok(());
    }
    heading(f, &phrasing::summary::found(report), BOLD)?;
    // The waived ones last, whatever their severity.
    let (open, waived): (Vec<&Finding>, _) = report.findings.iter().partition(|it| it.is_open());
    for group in phrasing::finding::group(open.into_iter().chain(waived)) {
        writeln!(f)?;
        title(f, &group)?;
        match group.blocks.as_slice() {
            [finding] => {
                paragraph(f, "    ", &phrasing::finding::message(finding))?;
                labeled(f, "    ", "block: ", &block(finding, locations))?;
                labeled(f, "    ", "waiver: ", &phrasing::finding::waiver(finding))?;
            }
            [] => {
                paragraph(f, "    ", &group.advice)?;
                labeled(
                    f,
                    "    ",
                    "waiver: ",
                    &phrasing::finding::waiver(group.first),
                )?;
            }
            blocks => {
                paragraph(f, "    ", &group.advice)?;
                for finding in blocks {
                    writeln!(f)?;
                    labeled(f, "    ", "block: ", &block(finding, locations))?;
                    paragraph(f, "      ", &phrasing::finding::what(finding))?;
                    labeled(f, "      ", "waiver: ", &phrasing::finding::waiver(finding))?;
                }
            }
        }
    }
    Ok(())
}

/// The severity, the rule, and how many findings there are.
fn title(f: &mut fmt::Formatter<'_>, group: &FindingGroup<'_>) -> fmt::Result {
    let style = match group.first.severity {
        _ if !group.first.is_open() => Style::new(),
        FindingSeverity::Error => AnsiColor::Red.on_default().bold(),
        FindingSeverity::Warning => AnsiColor::Yellow.on_default().bold(),
        FindingSeverity::Note => BOLD,
    };
    let style = styled(f, style);
    let title = group.title();
    let rest = format!("({}){}", group.first.rule.id(), group.many());
    if display_width(&title) + rest.len() + 3 <= width(f) {
        writeln!(f, "  {style}{title}{style:#} {rest}")
    } else {
        paragraph(f, "  ", &format!("{title} {rest}"))
    }
}

/// The block of a finding, and where it is in the configuration.
fn block(finding: &Finding, locations: &SourceLocations) -> String {
    let block = phrasing::finding::block(finding);
    match phrasing::finding::location(finding, locations) {
        Some(location) => format!("{block} ({location})"),
        None => block,
    }
}
