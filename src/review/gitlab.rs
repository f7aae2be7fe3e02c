//! The findings as a code quality report, which GitLab shows in merge requests.
//!
//! Waived findings are left out, because the format cannot say that a finding is accepted.
//!
//! Source: GitLab documentation, "Code Quality", "Code Quality report format".

use serde::Serialize;

use super::location::SourceLocations;
use super::report::Report;
use crate::review::finding::Finding;
use crate::review::phrasing;
use crate::review::rule::FindingSeverity;

/// One finding.
#[derive(Debug, Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    /// The same for the same finding in every report, and different for different findings.
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Serialize)]
struct Location {
    /// From the root of the repository.
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: u32,
}

/// The findings without a valid waiver, in JSON; ends with a line feed.
#[must_use]
pub fn render(report: &Report, locations: &SourceLocations) -> String {
    // Those of an earlier review are included: GitLab compares the reports of both branches itself.
    let found = report
        .findings
        .iter()
        .filter(|finding| !finding.is_waived());
    let issues: Vec<Issue> = found.map(|finding| issue(finding, locations)).collect();
    // Serializing texts and numbers never fails.
    serde_json::to_string_pretty(&issues).unwrap_or_default() + "\n"
}

fn issue(finding: &Finding, locations: &SourceLocations) -> Issue {
    let (path, begin) = locations.line_of(finding);
    let block = phrasing::finding::block(finding);
    Issue {
        description: format!(
            "{}: {} Block: {block}.",
            finding.rule.title(),
            phrasing::finding::message(finding)
        ),
        check_name: finding.rule.id(),
        fingerprint: finding.fingerprint(),
        severity: match finding.severity {
            FindingSeverity::Error => "critical",
            FindingSeverity::Warning => "major",
            FindingSeverity::Note => "info",
        },
        location: Location {
            path,
            lines: Lines { begin },
        },
    }
}
