//! The verdict and the counts alone.

use std::fmt;

use super::{BOLD, heading, paragraph, states, verdict};
use crate::review::finding::Finding;
use crate::review::phrasing;
use crate::review::report::Report;

/// The verdict of a report and the counts, printed as the whole report is.
#[derive(Clone, Copy, Debug)]
pub struct TextSummary<'a>(pub &'a Report);

impl fmt::Display for TextSummary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        verdict(f, report)?;
        if !report.findings.is_empty() {
            heading(f, &phrasing::summary::found(report), BOLD)?;
            writeln!(f)?;
            let same_kind = |left: &Finding, right: &Finding| {
                left.rule == right.rule
                    && phrasing::finding::mark(left) == phrasing::finding::mark(right)
            };
            for group in report.findings.chunk_by(same_kind) {
                let Some(first) = group.first() else {
                    continue;
                };
                let (mark, severity) = (phrasing::finding::mark(first), first.severity);
                let (title, id) = (first.rule.title(), first.rule.id());
                let many = phrasing::finding::many(group.len());
                paragraph(f, "  ", &format!("{mark}{severity}: {title} ({id}){many}"))?;
            }
        }
        states(f, report)
    }
}
