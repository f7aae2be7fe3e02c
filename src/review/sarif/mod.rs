//! The findings in the Static Analysis Results Interchange Format, which code hosts show beside the code.
//!
//! A result has the place of its finding in the configuration, if it has one, and always the address of its block. Files
//! are named from `%SRCROOT%`, the root of the sources. A live waiver suppresses its finding; one that has expired does
//! not, so it is told in the message.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 with Errata 01.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString,
    Notification, PhysicalLocation, ReportingConfiguration, ReportingDescriptor, Result as Outcome,
    ResultColumnKind, ResultLevel, Run, Sarif as Log, Suppression, SupressionKind,
    SupressionStatus, Tool, ToolComponent, Version,
};
use sha2::{Digest, Sha256};

use super::finding::{Finding, Rule, Severity, Waiver};
use super::location::{Place, Places, Region};
use super::report::Report;
use super::word::{self, clean};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path in a URI may have as it is: the unreserved characters, and what parts it.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The findings of a report and their places, printed by its `Display`; ends with a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Sarif<'a>(pub &'a Report, pub &'a Places);

impl fmt::Display for Sarif<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report, places) = self;
        let results = report.findings.iter();
        let results = results.map(|finding| result(finding, places.of(finding)));
        let run = Run::builder()
            .tool(tool())
            .invocations(vec![invocation(report)])
            .column_kind(json!(ResultColumnKind::Utf16CodeUnits))
            .results(results.collect::<Vec<_>>());
        let log = Log::builder()
            .schema(SCHEMA)
            .version(json!(Version::V2_1_0))
            .runs(vec![run.build()]);
        let log = serde_json::to_string_pretty(&log.build()).map_err(|_| fmt::Error)?;
        writeln!(f, "{log}")
    }
}

/// What there is to say beside the findings: of the policy, of rules that could not look, and of what is not reviewed,
/// whether or not a rule finds it.
fn invocation(report: &Report) -> Invocation {
    let stale = report.stale_waivers.iter().map(word::stale_waiver);
    let uncounted = (!report.uncounted.is_empty()).then(|| word::uncounted(report));
    let unread = (!report.not_reviewed.is_empty()).then(|| {
        let types = word::types_not_reviewed(report);
        format!("{} By type: {types}.", word::not_reviewed(report))
    });
    let notes = stale.chain(uncounted).map(|note| (ResultLevel::Note, note));
    let unread = unread.map(|unread| (ResultLevel::Warning, unread));
    let notifications = notes.chain(unread).map(|(level, text)| {
        Notification::builder()
            .level(json!(level))
            .message(Message::builder().text(unlinked(&text)).build())
            .build()
    });
    Invocation::builder()
        .execution_successful(true)
        .tool_execution_notifications(notifications.collect::<Vec<_>>())
        .build()
}

fn tool() -> Tool {
    let driver = ToolComponent::builder()
        .name("hwgrants")
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(Rule::ALL.map(descriptor));
    Tool::builder().driver(driver.build()).build()
}

fn descriptor(rule: Rule) -> ReportingDescriptor {
    let id = rule.id();
    let words = |text: String| MultiformatMessageString::builder().text(text).build();
    ReportingDescriptor::builder()
        .id(id)
        .default_configuration(
            ReportingConfiguration::builder()
                .level(json!(level(rule.severity())))
                .build(),
        )
        .short_description(words(format!("{}.", rule.title())))
        .full_description(words(format!("{}.", rule.title())))
        .help(words(format!(
            "The page `docs/rules/{id}.md` of hwgrants says why this matters and what to do about it."
        )))
        .build()
}

fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    }
}

fn result(finding: &Finding, place: Option<&Place>) -> Outcome {
    let live = finding.waiver.iter().filter(|waiver| !waiver.has_expired);
    let suppressions: Vec<Suppression> = live.map(suppression).collect();
    // In the order of the rules, which is that of the descriptors.
    let index = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    let mut result = Outcome::builder()
        .rule_id(finding.rule.id())
        .level(level(finding.severity))
        .message(Message::builder().text(message(finding)).build())
        .locations(vec![location(finding, place)])
        .partial_fingerprints([(FINGERPRINT.to_owned(), fingerprint(finding))])
        // A tool that suppresses findings has this for each of them.
        .suppressions(suppressions)
        .build();
    result.rule_index = index.and_then(|index| i64::try_from(index).ok());
    result
}

/// What is found, and that a waiver for it has expired.
fn message(finding: &Finding) -> String {
    let expired = finding.waiver.iter().filter(|waiver| waiver.has_expired);
    let mut message = finding.message.clone();
    message.extend(expired.map(|waiver| format!(" {}", waived(waiver))));
    unlinked(&message)
}

/// This format makes links of brackets and parentheses; there are none in words of others.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

fn suppression(waiver: &Waiver) -> Suppression {
    Suppression::builder()
        .kind(json!(SupressionKind::External))
        .status(json!(SupressionStatus::Accepted))
        .justification(waived(waiver))
        .build()
}

fn waived(waiver: &Waiver) -> String {
    let (owner, reason) = (clean(&waiver.owner), clean(&waiver.reason));
    let until = waiver.until;
    let past = if waiver.has_expired {
        ", which has passed"
    } else {
        ""
    };
    format!("Waived by {owner} until {until}{past}: {reason}")
}

fn location(finding: &Finding, place: Option<&Place>) -> Location {
    let block = LogicalLocation::builder()
        .fully_qualified_name(clean(&finding.address))
        .kind("resource");
    let mut location = Location::builder()
        .logical_locations(vec![block.build()])
        .build();
    location.physical_location = place.map(|place| {
        let file = ArtifactLocation::builder()
            .uri(utf8_percent_encode(&place.file, PATH).to_string())
            .uri_base_id("%SRCROOT%");
        let mut physical = PhysicalLocation::builder()
            .artifact_location(file.build())
            .build();
        physical.region = place.region.map(region);
        physical
    });
    location
}

fn region(Region { start, end }: Region) -> serde_sarif::sarif::Region {
    serde_sarif::sarif::Region::builder()
        .start_line(start.line)
        .start_column(start.column)
        .end_line(end.line)
        .end_column(end.column)
        .build()
}

/// The name of the fingerprint; another way to make it needs another name.
const FINGERPRINT: &str = "hwgrantsFinding/v1";

/// What makes a finding the same one in the next plan, wherever in its file the block has moved to.
fn fingerprint(finding: &Finding) -> String {
    let attribute = finding.attribute.unwrap_or_default();
    let parts = [finding.rule.id(), &finding.address, attribute];
    // No part has a line feed in it that is not escaped.
    let digest = Sha256::digest(parts.join("\n"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
