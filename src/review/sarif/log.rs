//! The part of SARIF 2.1.0 that a report uses, as it is serialized. Members are in alphabetical order.
//!
//! `tests/it/review_sarif.rs` checks what is written against the JSON Schema of the standard.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0 with Errata 01, section 3.

use std::collections::BTreeMap;

use serde::Serialize;

/// The file: `sarifLog`.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) runs: [SarifRun; 1],
    pub(super) version: &'static str,
}

/// One run of one tool.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifRun {
    pub(super) automation_details: AutomationDetails,
    /// The unit of columns.
    pub(super) column_kind: &'static str,
    pub(super) invocations: [Invocation; 1],
    pub(super) results: Vec<Alert>,
    pub(super) tool: Tool,
}

/// What tells the runs for one commit apart: `runAutomationDetails`.
#[derive(Debug, Serialize)]
pub(super) struct AutomationDetails {
    /// The category, and after the last slash the run, which has no name.
    pub(super) id: String,
}

/// What the run has to say beside its results.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    /// Always true: a review that fails writes no report.
    pub(super) execution_successful: bool,
    pub(super) tool_execution_notifications: Vec<Notification>,
}

/// One such message.
#[derive(Debug, Serialize)]
pub(super) struct Notification {
    pub(super) level: Level,
    pub(super) message: MessageText,
}

/// A `message` or a `multiformatMessageString`.
#[derive(Debug, Serialize)]
pub(super) struct MessageText {
    pub(super) text: String,
}

/// How much a result matters.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Note,
    Warning,
    Error,
}

/// The tool that ran, with its rules.
#[derive(Debug, Serialize)]
pub(super) struct Tool {
    pub(super) driver: ToolComponent,
}

/// The program itself: `toolComponent`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolComponent {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) information_uri: Option<String>,
    pub(super) name: &'static str,
    pub(super) rules: Vec<ReportingDescriptor>,
    pub(super) semantic_version: &'static str,
}

/// A rule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportingDescriptor {
    pub(super) default_configuration: ReportingConfiguration,
    pub(super) full_description: MessageText,
    pub(super) help: MessageText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<String>,
    pub(super) id: &'static str,
    pub(super) short_description: MessageText,
}

/// The level that a rule has unless a policy changes it.
#[derive(Debug, Serialize)]
pub(super) struct ReportingConfiguration {
    pub(super) level: Level,
}

/// A finding: `result`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alert {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baseline_state: Option<&'static str>,
    pub(super) level: Level,
    pub(super) locations: [AlertLocation; 1],
    pub(super) message: MessageText,
    /// Identity of the finding across runs, by which code hosts recognize it.
    pub(super) partial_fingerprints: BTreeMap<&'static str, String>,
    pub(super) rule_id: &'static str,
    /// The position of the rule in the list of the tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_index: Option<usize>,
    /// A tool that suppresses any has this for each result.
    pub(super) suppressions: Vec<Suppression>,
}

/// Why a finding does not count.
#[derive(Debug, Serialize)]
pub(super) struct Suppression {
    pub(super) justification: String,
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
}

/// Where a finding is: `location`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertLocation {
    pub(super) logical_locations: [LogicalLocation; 1],
    pub(super) physical_location: PhysicalLocation,
}

/// The address of a block.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation {
    pub(super) fully_qualified_name: String,
    pub(super) kind: &'static str,
}

/// A place in a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    pub(super) region: TextRegion,
}

/// A file, relative to a base.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
    pub(super) uri_base_id: &'static str,
}

/// A part of a file, counted from 1; the last column is the one behind it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextRegion {
    pub(super) end_column: u32,
    pub(super) end_line: u32,
    pub(super) start_column: u32,
    pub(super) start_line: u32,
}
