//! Reads a plan as a stream, so that its size does not matter: of all its resources, only one at a time is in memory.
//!
//! `decode` and [`log_line`] find the text in a file, [`text`] checks it, [`shape`] takes a value apart without failing where it is something else, and [`entry`] is
//! one resource. Grants go on to [`change`], [`state`] or [`configuration`], and actions to [`invocation`]; of other changes that may affect
//! access, [`action`] reads the actions; everything else is skipped.
//!
//! A malformed part is reported at the end only, because the format version must be known first, and keys may come in any
//! order.

mod action;
mod change;
mod configuration;
mod dialect;
mod entry;
mod identity;
mod invocation;
mod log_line;
mod problem;
mod shape;
mod state;
mod text;

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess};
use serde_json::Value as Json;

use super::action_reason::ActionReason;
use super::completeness::Completeness;
use super::decode::decode;
use super::error::Error;
use super::plan::{DeferredChange, NotReviewed, Part, Plan, ResourceChange};
use dialect::DialectDraft;
use invocation::{DeferredInvocation, Invocation};
use log_line::LogLineFilter;
use problem::FirstProblem;
use shape::{Shape, Shaped, Strange, small};
use text::TextReader;

use crate::access::{self, AccessReader};

/// Reads a plan of format version 1.x, or 0.2, as a stream: of all its resources, only one at a time is in memory.
///
/// The text may be compressed with gzip, be UTF-16 with a byte order mark, and have the lines of a CI log around it. Unknown keys
/// are ignored, as the format requires, and keys may come in any order.
///
/// # Errors
/// If it cannot be read, is not a plan, or is truncated.
pub fn read(json: impl io::Read) -> Result<Plan, Error> {
    // Each module inside another takes more of the stack, and a thread may have little of it.
    stacker::grow(STACK, || read_document(json))
}

/// The stack for [`shape::MAX_DEPTH`] nested modules, in bytes. Unused parts of it take no memory.
const STACK: usize = 64 << 20;

fn read_document(json: impl io::Read) -> Result<Plan, Error> {
    let text = decode(json).map_err(|error| Error::Read(error.to_string()))?;
    let mut text = TextReader::new(LogLineFilter::new(text));
    let mut draft = PlanDraft::default();
    let shape = match draft.fill(&mut text) {
        Ok(_) if !text.is_whole() => return Err(Error::NotText),
        Ok(shape) => shape,
        // Each message is a document of its own.
        Err(_) if draft.other == Some(Error::MessageLog) => return Err(Error::MessageLog),
        Err(error) if draft.has_next => return Err(Error::SeveralDocuments { line: error.line() }),
        Err(error) => return Err(text.cause(&error)),
    };
    draft.finish(shape.is_err())
}

/// The plan while it is read.
#[derive(Debug, Default)]
struct PlanDraft {
    /// Whether there is anything that only a plan has.
    is_plan: bool,
    /// Whether there is anything that only a state has.
    is_state: bool,
    /// The error for another document that Terraform or HCP Terraform writes, if there is anything that only it has.
    other: Option<Error>,
    /// Whether a second document follows.
    has_next: bool,
    /// None until the version is read, which may come last.
    format_version: Option<String>,
    planned_at: Option<Timestamp>,
    /// None in plans of older versions of Terraform, which count as complete.
    is_complete: Option<bool>,
    /// Whether planning failed, which makes the plan incomplete.
    is_errored: Option<bool>,
    /// Whether there is any deferred change, also of types that concern no access.
    has_deferred: bool,
    /// Why Terraform replaces or destroys objects of the reviewed types, by address.
    reasons: BTreeMap<String, ActionReason>,
    changes: Vec<ResourceChange>,
    drift: Vec<ResourceChange>,
    deferred: Vec<DeferredChange>,
    not_reviewed: Vec<NotReviewed>,
    /// What all types do to accesses.
    access: AccessReader,
    /// The configuration, as far as it says what accesses are.
    declared: access::Configuration,
    /// Grants in the prior state; kept are those without a change.
    state: state::StateDraft,
    configuration: configuration::ConfigurationDraft,
    dialect: DialectDraft,
    /// The values of the variables of the root module, sensitive ones too.
    variables: BTreeMap<String, Json>,
    /// Reported only once the format version is known to be supported.
    problem: FirstProblem,
}

/// The keys at the top.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum PlanMember {
    FormatVersion,
    TerraformVersion,
    Timestamp,
    Complete,
    Errored,
    Variables,
    PlannedValues,
    ResourceDrift,
    ResourceChanges,
    DeferredChanges,
    ActionInvocations,
    DeferredActionInvocations,
    PriorState,
    Configuration,
    /// Of a state as `terraform show -json` prints it.
    Values,
    /// Of a state file.
    Lineage,
    /// Of a message of `terraform plan -json`.
    #[serde(rename = "@level")]
    Level,
    /// Of a plan as HCP Terraform redacts it.
    PlanFormatVersion,
    /// Of a saved plan that is in HCP Terraform.
    RemotePlanFormat,
    /// Of a saved plan or a state that OpenTofu has encrypted.
    EncryptedData,
    #[serde(other)]
    Other,
}

/// A variable's value.
#[derive(Deserialize)]
struct PlanVariable {
    /// Any JSON value.
    #[serde(default)]
    value: Json,
}

impl PlanDraft {
    /// Reads the one document that the text is.
    fn fill(&mut self, text: impl io::Read) -> serde_json::Result<Result<Option<()>, Strange>> {
        // The parser reads byte by byte, which a buffer makes fast.
        let text = io::BufReader::with_capacity(BUFFER, text);
        let mut json = serde_json::Deserializer::from_reader(text);
        // Its limit is less than the modules of a plan may need; `shape::MAX_DEPTH` is the limit here, and what is skipped takes
        // no stack.
        json.disable_recursion_limit();
        let shape = Shaped(&mut *self).deserialize(&mut json)?;
        if let Err(error) = json.end() {
            self.has_next = IgnoredAny::deserialize(&mut json).is_ok();
            return Err(error);
        }
        Ok(shape)
    }

    /// Notes that this is another document, unless the value is null.
    fn note_other<'de, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        error: Error,
    ) -> Result<(), A::Error> {
        if is_there(map)? {
            self.other.get_or_insert(error);
        }
        Ok(())
    }

    /// Where the changes of this list go, which is not the one of what is deferred.
    fn changes(&mut self, part: Part) -> change::Changes<'_> {
        change::Changes {
            changes: match part {
                Part::Drift => &mut self.drift,
                Part::Planned | Part::Deferred => &mut self.changes,
            },
            reasons: &mut self.reasons,
            access: &mut self.access,
            dialect: &mut self.dialect,
            not_reviewed: &mut self.not_reviewed,
            problem: &mut self.problem,
            part,
        }
    }

    /// The plan, once all of it is read.
    ///
    /// # Errors
    /// In this order: JSON that is no object, another document, a state, an unsupported version, no plan, the first malformed
    /// part.
    fn finish(mut self, is_strange: bool) -> Result<Plan, Error> {
        if is_strange {
            return Err(Error::NotPlan);
        }
        if let (None, Some(other)) = (&self.format_version, self.other.take()) {
            return Err(other);
        }
        if !self.is_plan && self.is_state {
            return Err(Error::State);
        }
        self.check_version()?;
        if !self.is_plan {
            return Err(Error::NotPlan);
        }
        if let Some(error) = self.problem.error() {
            return Err(error.clone());
        }
        let kept = self.state.kept(&self.changes);
        self.changes.extend(kept);
        self.not_reviewed.sort();
        let sources = self.configuration.sources.iter();
        sources.for_each(|source| self.dialect.add_provider(source));
        let mut configuration = self.configuration.finish(&self.variables);
        let dialect = self.dialect.finish();
        let dialect = dialect.map(|dialect| (String::new(), dialect));
        configuration.dialects.extend(dialect);
        Ok(Plan {
            planned_at: self.planned_at,
            completeness: Completeness::of(
                self.is_complete,
                self.is_errored.unwrap_or(false),
                self.has_deferred,
            ),
            reasons: self.reasons,
            changes: self.changes,
            drift: self.drift,
            deferred: self.deferred,
            not_reviewed: self.not_reviewed,
            access: self.access.finish(&self.declared, &self.variables),
            configuration,
        })
    }

    /// Accepts every version 1.x: minor versions of the format are backward compatible. Version 0.2, of Terraform 1.0, differs
    /// from 1.0 in its number only; 0.1 does not mark sensitive values.
    fn check_version(&self) -> Result<(), Error> {
        match self.format_version.as_deref() {
            Some(version) if matches!(version, "0.2" | "1") || version.starts_with("1.") => Ok(()),
            // Shown as it is in the file, so not longer than a version can be.
            Some(version) => Err(Error::Version(version.chars().take(20).collect())),
            None => Err(match self.problem.error() {
                Some(error) if *error == Error::of_part(VERSION) => error.clone(),
                _ => Error::NotPlan,
            }),
        }
    }
}

/// How much is held for the parser.
const BUFFER: usize = 64 * 1024;

/// The key of the format's version.
const VERSION: &str = "format_version";

impl<'de> Shape<'de> for &mut PlanDraft {
    type Value = ();

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<()>, A::Error> {
        while let Some(key) = map.next_key()? {
            match key {
                PlanMember::FormatVersion => {
                    let version = small(&mut map)?;
                    self.format_version = self.problem.part(VERSION, version);
                }
                PlanMember::TerraformVersion => {
                    // It decides about source locations alone, so a plan is read without it.
                    let version: Option<String> = small(&mut map)?.ok().flatten();
                    version
                        .iter()
                        .for_each(|version| self.dialect.add_version(version));
                }
                PlanMember::Timestamp => {
                    self.planned_at = self.problem.part("timestamp", small(&mut map)?);
                }
                PlanMember::Complete => {
                    self.is_complete = self.problem.part("complete", small(&mut map)?);
                }
                PlanMember::Errored => {
                    self.is_errored = self.problem.part("errored", small(&mut map)?);
                }
                PlanMember::Variables => {
                    let variables: Option<BTreeMap<String, PlanVariable>> =
                        self.problem.part("variables", small(&mut map)?);
                    let variables = variables.unwrap_or_default().into_iter();
                    let values = variables.map(|(name, variable)| (name, variable.value));
                    self.variables.extend(values);
                }
                PlanMember::PlannedValues => self.is_plan |= is_there(&mut map)?,
                PlanMember::Values | PlanMember::Lineage => self.is_state |= is_there(&mut map)?,
                PlanMember::ResourceChanges => {
                    let read = map.next_value_seed(Shaped(self.changes(Part::Planned)))?;
                    self.is_plan |= !matches!(read, Ok(None));
                    self.problem.part(Part::Planned.key(), read);
                }
                PlanMember::ResourceDrift => {
                    let read = map.next_value_seed(Shaped(self.changes(Part::Drift)))?;
                    self.problem.part(Part::Drift.key(), read);
                }
                PlanMember::DeferredChanges => {
                    let deferred = change::DeferredChanges {
                        has_any: &mut self.has_deferred,
                        deferred: &mut self.deferred,
                        access: &mut self.access,
                        not_reviewed: &mut self.not_reviewed,
                        problem: &mut self.problem,
                    };
                    let read = map.next_value_seed(Shaped(deferred))?;
                    self.problem.part(Part::Deferred.key(), read);
                }
                PlanMember::ActionInvocations => {
                    let read: Result<Option<Vec<Invocation>>, Strange> = small(&mut map)?;
                    let read = self.problem.part(invocation::PLANNED, read);
                    let read = read.unwrap_or_default().into_iter();
                    let listed = read.filter_map(|each| each.not_reviewed(Part::Planned));
                    self.not_reviewed.extend(listed);
                }
                PlanMember::DeferredActionInvocations => {
                    let read: Result<Option<Vec<DeferredInvocation>>, Strange> = small(&mut map)?;
                    let read = self.problem.part(invocation::DEFERRED, read);
                    let read = read.unwrap_or_default().into_iter();
                    let read = read.map(|each| each.action_invocation);
                    let listed = read.filter_map(|each| each.not_reviewed(Part::Deferred));
                    self.not_reviewed.extend(listed);
                }
                PlanMember::PriorState => {
                    let read = state::Node {
                        state: &mut self.state,
                        access: &mut self.access,
                        problem: &mut self.problem,
                        depth: 0,
                    };
                    let read = map.next_value_seed(Shaped(read))?;
                    self.problem.part("prior_state", read);
                }
                PlanMember::Configuration => {
                    let read = configuration::Top {
                        draft: &mut self.configuration,
                        declared: &mut self.declared,
                        problem: &mut self.problem,
                    };
                    let read = map.next_value_seed(Shaped(read))?;
                    self.problem.part("configuration", read);
                }
                PlanMember::Level => self.note_other(&mut map, Error::MessageLog)?,
                PlanMember::PlanFormatVersion => self.note_other(&mut map, Error::Redacted)?,
                PlanMember::RemotePlanFormat => self.note_other(&mut map, Error::CloudPlan)?,
                PlanMember::EncryptedData => self.note_other(&mut map, Error::Encrypted)?,
                PlanMember::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(()))
    }
}

/// Whether the value is there at all.
fn is_there<'de, A: MapAccess<'de>>(map: &mut A) -> Result<bool, A::Error> {
    Ok(map.next_value::<Option<IgnoredAny>>()?.is_some())
}

#[cfg(test)]
mod tests;
