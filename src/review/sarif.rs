//! The findings in the Static Analysis Results Interchange Format, which code hosts show beside the code.
//!
//! A result has the source location of its finding, if it has one, and always the address of its block. Files
//! are relative to `%SRCROOT%`, the root of the sources. A valid waiver suppresses its finding; an expired one does not and is
//! part of the message.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 with Errata 01.

use std::fmt;

use super::location::{PLAN, SourceLocation, SourceLocations, TextRange};
use super::report::Report;
use crate::report_format::sarif::{
    Alert, AlertLocation, ArtifactLocation, AutomationDetails, Invocation, Level, Log,
    LogicalLocation, MAX_RESULTS, MessageText, Notification, PhysicalLocation, REPOSITORY,
    ReportingConfiguration, ReportingDescriptor, SCHEMA, START, SarifRun, Suppression, TextRegion,
    help_uri, tool,
};
use crate::review::finding::{Finding, FindingFact};
use crate::review::phrasing;
use crate::review::policy::Waiver;
use crate::review::rule::{FindingSeverity, Rule};
use crate::text::{self, line as clean};

/// The findings of a report and their locations, printed by its `Display`; ends with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Sarif<'a> {
    /// The report.
    pub report: &'a Report,
    /// The locations of its findings.
    pub locations: &'a SourceLocations,
    /// Whether waived findings are included, as suppressed results. Not every tool leaves them out.
    pub has_waived: bool,
}

impl fmt::Display for Sarif<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            report,
            locations,
            has_waived,
        } = self;
        let found = || {
            let findings = report.findings.iter();
            findings.filter(|finding| *has_waived || !finding.is_waived())
        };
        // The most severe are first.
        let results = found().take(MAX_RESULTS);
        let results = results.map(|finding| Alert {
            baseline_state: report.has_baseline.then(|| state(finding)),
            ..result(finding, locations.of(finding))
        });
        let rest = found().count().saturating_sub(MAX_RESULTS);
        let run = SarifRun {
            automation_details: AutomationDetails {
                id: category(report),
            },
            column_kind: "utf16CodeUnits",
            invocations: [invocation(report, rest)],
            results: results.collect(),
            tool: tool(REPOSITORY, rules(REPOSITORY)),
        };
        let log = Log {
            schema: SCHEMA,
            runs: [run],
            version: "2.1.0",
        };
        let log = serde_json::to_string_pretty(&log).map_err(|_| fmt::Error)?;
        writeln!(f, "{log}")
    }
}

/// The category of the findings: a commit may have several reports, told apart by their titles.
fn category(report: &Report) -> String {
    match &report.title {
        Some(title) => format!("hwgrants/{}/", clean(title).replace('/', "_")),
        None => "hwgrants/".to_owned(),
    }
}

/// Notifications besides the findings: stale waivers, skipped rules, and changes that are not reviewed, whether or not the
/// rule for them is enabled.
fn invocation(report: &Report, rest: usize) -> Invocation {
    let rest = (rest > 0).then(|| {
        format!("{rest} more findings are not in this file, which has the most severe ones.")
    });
    let rest = rest.map(|rest| (Level::Warning, rest));
    let stale = report
        .stale_waivers
        .iter()
        .map(phrasing::finding::stale_waiver);
    let uncounted = (!report.uncounted.is_empty()).then(|| phrasing::summary::uncounted(report));
    let unread = (!report.not_reviewed.is_empty()).then(|| {
        let types = phrasing::types_not_reviewed(report);
        format!("{} By type: {types}.", phrasing::not_reviewed(report))
    });
    let assertions = report.assertions.iter().map(phrasing::access::assertion);
    let others = Some(phrasing::other_types(report)).filter(|others| !others.is_empty());
    let notes = stale.chain(uncounted).chain(assertions).chain(others);
    let notes = notes.map(|note| (Level::Note, note));
    let unread = unread.map(|unread| (Level::Warning, unread));
    let notifications = notes
        .chain(unread)
        .chain(rest)
        .map(|(level, text)| Notification {
            level,
            message: MessageText::new(text::sarif(&text)),
        });
    Invocation {
        execution_successful: true,
        tool_execution_notifications: notifications.collect(),
    }
}

fn rules(repository: &str) -> Vec<ReportingDescriptor> {
    let rules = Rule::ALL.into_iter();
    rules.map(|rule| descriptor(rule, repository)).collect()
}

fn descriptor(rule: Rule, repository: &str) -> ReportingDescriptor {
    let page = rule.page();
    ReportingDescriptor {
        default_configuration: ReportingConfiguration {
            level: level(rule.severity()),
        },
        full_description: MessageText::new(format!("{}.", rule.title())),
        help: MessageText::new(format!(
            "For an explanation of this rule and how to resolve its findings, see `{page}` in the hwgrants repository."
        )),
        help_uri: help_uri(repository, &page),
        id: rule.id(),
        short_description: MessageText::new(format!("{}.", rule.title())),
    }
}

fn level(severity: FindingSeverity) -> Level {
    match severity {
        FindingSeverity::Error => Level::Error,
        FindingSeverity::Warning => Level::Warning,
        FindingSeverity::Note => Level::Note,
    }
}

fn result(finding: &Finding, location: Option<&SourceLocation>) -> Alert {
    let live = finding
        .waiver
        .as_deref()
        .into_iter()
        .filter(|waiver| !waiver.has_expired);
    Alert {
        baseline_state: None,
        level: level(finding.severity),
        locations: [alert_location(finding, location)],
        message: MessageText::new(message(finding)),
        partial_fingerprints: [(FINGERPRINT, finding.fingerprint())].into(),
        rule_id: finding.rule.id(),
        // In the order of the rules, which is that of the descriptors.
        rule_index: Rule::ALL.iter().position(|rule| *rule == finding.rule),
        suppressions: live.map(suppression).collect(),
    }
}

/// Whether an earlier review has found it, too.
fn state(finding: &Finding) -> &'static str {
    if finding.is_known { "unchanged" } else { "new" }
}

/// The message of a finding, with its attributes and its expired waiver.
fn message(finding: &Finding) -> String {
    let expired = finding.waiver.iter().filter(|waiver| waiver.has_expired);
    let mut message = phrasing::finding::message(finding);
    if let FindingFact::NotReviewed(changes) = &finding.fact {
        let attributes = changes.iter().flat_map(phrasing::attributes);
        message.extend(attributes.map(|attribute| format!(" {attribute};")));
    }
    message.extend(expired.map(|waiver| format!(" {}", waiver_text(waiver))));
    text::sarif(&message)
}

fn suppression(waiver: &Waiver) -> Suppression {
    Suppression {
        justification: waiver_text(waiver),
        kind: "external",
        status: "accepted",
    }
}

/// Owner, last day and reason of a waiver.
fn waiver_text(waiver: &Waiver) -> String {
    let (owner, reason) = (clean(&waiver.owner), clean(&waiver.reason));
    let until = waiver.until;
    let past = if waiver.has_expired { " (expired)" } else { "" };
    format!("Waived by {owner} until {until}{past}: {reason}")
}

fn alert_location(finding: &Finding, location: Option<&SourceLocation>) -> AlertLocation {
    let block = LogicalLocation {
        fully_qualified_name: clean(&finding.address),
        kind: "resource",
    };
    AlertLocation {
        logical_locations: [block],
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation::of_source(location.map_or(PLAN, |it| &it.file)),
            region: location.and_then(|it| it.region).map_or(START, region),
        },
    }
}

fn region(TextRange { start, end }: TextRange) -> TextRegion {
    TextRegion {
        end_column: end.column,
        end_line: end.line,
        start_column: start.column,
        start_line: start.line,
    }
}

/// The name of the fingerprint, whose version changes with the way it is computed.
const FINGERPRINT: &str = "hwgrantsFinding/v1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_derived_from_the_repository_url_if_set() {
        let without = tool("", rules("")).driver;
        assert_eq!(without.information_uri, None);
        assert!(without.rules.iter().all(|rule| rule.help_uri.is_none()));
        let address = "https://code.example/hwgrants/";
        let with = tool(address, rules(address)).driver;
        assert_eq!(with.information_uri.as_deref(), Some(address));
        let version = env!("CARGO_PKG_VERSION");
        for (rule, descriptor) in Rule::ALL.into_iter().zip(&with.rules) {
            let id = rule.id();
            let expected =
                format!("https://code.example/hwgrants/blob/v{version}/docs/guides/rule-{id}.md");
            assert_eq!(descriptor.help_uri, Some(expected));
        }
    }
}
