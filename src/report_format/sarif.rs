//! SARIF 2.1.0, as far as reports use it, as it is serialized. Members are in alphabetical order.
//!
//! `tests/it/review_sarif.rs` and `tests/it/audit/format.rs` check what is written against the JSON Schema of the standard.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 with Errata 01, section 3.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// Address of the JSON Schema of the version with errata.
pub(crate) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path in a URI may have as it is: the unreserved characters, and what parts it.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The public address of the project: `repository` in Cargo.toml, empty as long as none is set.
pub(crate) const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The tool with these rules, with a link if the project has a public address.
pub(crate) fn tool(repository: &str, rules: Vec<ReportingDescriptor>) -> Tool {
    Tool {
        driver: ToolComponent {
            information_uri: (!repository.is_empty()).then(|| repository.to_owned()),
            name: "hwgrants",
            rules,
            semantic_version: crate::VERSION,
        },
    }
}

/// The address of a page of this version: later ones may describe other defaults. `None` without an address of the project.
pub(crate) fn help_uri(repository: &str, page: &str) -> Option<String> {
    let (repository, version) = (repository.trim_end_matches('/'), crate::VERSION);
    (!repository.is_empty()).then(|| format!("{repository}/blob/v{version}/{page}"))
}

/// The most results of a run that GitHub accepts.
pub(crate) const MAX_RESULTS: usize = 25_000;

/// The start of a file: GitHub requires a line, also where a file as a whole is meant.
pub(crate) const START: TextRegion = TextRegion {
    end_column: 1,
    end_line: 1,
    start_column: 1,
    start_line: 1,
};

/// The file: `sarifLog`.
#[derive(Debug, Serialize)]
pub(crate) struct Log {
    #[serde(rename = "$schema")]
    pub(crate) schema: &'static str,
    pub(crate) runs: [SarifRun; 1],
    pub(crate) version: &'static str,
}

/// One run of one tool.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SarifRun {
    pub(crate) automation_details: AutomationDetails,
    /// The unit of columns.
    pub(crate) column_kind: &'static str,
    pub(crate) invocations: [Invocation; 1],
    pub(crate) results: Vec<Alert>,
    pub(crate) tool: Tool,
}

/// What tells the runs for one commit apart: `runAutomationDetails`.
#[derive(Debug, Serialize)]
pub(crate) struct AutomationDetails {
    /// The category, and after the last slash the run, which has no name.
    pub(crate) id: String,
}

/// What the run has to say beside its results.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invocation {
    /// Whether everything that was to be read could be read.
    pub(crate) execution_successful: bool,
    pub(crate) tool_execution_notifications: Vec<Notification>,
}

/// One such message.
#[derive(Debug, Serialize)]
pub(crate) struct Notification {
    pub(crate) level: Level,
    pub(crate) message: MessageText,
}

/// A `message` or a `multiformatMessageString`.
#[derive(Debug, Serialize)]
pub(crate) struct MessageText {
    pub(crate) text: String,
}

/// How much a result matters.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Note,
    Warning,
    Error,
}

/// The tool that ran, with its rules.
#[derive(Debug, Serialize)]
pub(crate) struct Tool {
    pub(crate) driver: ToolComponent,
}

/// The program itself: `toolComponent`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ToolComponent {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) information_uri: Option<String>,
    pub(crate) name: &'static str,
    pub(crate) rules: Vec<ReportingDescriptor>,
    pub(crate) semantic_version: &'static str,
}

/// A rule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportingDescriptor {
    pub(crate) default_configuration: ReportingConfiguration,
    pub(crate) full_description: MessageText,
    pub(crate) help: MessageText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help_uri: Option<String>,
    pub(crate) id: &'static str,
    pub(crate) short_description: MessageText,
}

/// The level that a rule has unless a policy changes it.
#[derive(Debug, Serialize)]
pub(crate) struct ReportingConfiguration {
    pub(crate) level: Level,
}

/// A finding: `result`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alert {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) baseline_state: Option<&'static str>,
    pub(crate) level: Level,
    pub(crate) locations: [AlertLocation; 1],
    pub(crate) message: MessageText,
    /// Identity of the finding across runs, by which code hosts recognize it.
    pub(crate) partial_fingerprints: BTreeMap<&'static str, String>,
    pub(crate) rule_id: &'static str,
    /// The position of the rule in the list of the tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule_index: Option<usize>,
    /// A tool that suppresses any has this for each result.
    pub(crate) suppressions: Vec<Suppression>,
}

/// Why a finding does not count.
#[derive(Debug, Serialize)]
pub(crate) struct Suppression {
    pub(crate) justification: String,
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
}

/// Where a finding is: `location`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AlertLocation {
    pub(crate) logical_locations: [LogicalLocation; 1],
    pub(crate) physical_location: PhysicalLocation,
}

/// The address of a block.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogicalLocation {
    pub(crate) fully_qualified_name: String,
    pub(crate) kind: &'static str,
}

/// A place in a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhysicalLocation {
    pub(crate) artifact_location: ArtifactLocation,
    pub(crate) region: TextRegion,
}

/// A file, relative to a base.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArtifactLocation {
    pub(crate) uri: String,
    pub(crate) uri_base_id: &'static str,
}

/// A part of a file, counted from 1; the last column is the one behind it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TextRegion {
    pub(crate) end_column: u32,
    pub(crate) end_line: u32,
    pub(crate) start_column: u32,
    pub(crate) start_line: u32,
}

impl MessageText {
    /// A message with this text.
    #[must_use]
    pub(crate) fn new(text: String) -> Self {
        Self { text }
    }
}

impl ArtifactLocation {
    /// A file by its path from the root of the sources.
    #[must_use]
    pub(crate) fn of_source(path: &str) -> Self {
        Self {
            uri: utf8_percent_encode(path, PATH).to_string(),
            uri_base_id: "%SRCROOT%",
        }
    }
}
