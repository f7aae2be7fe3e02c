//! Checks of what the practitioner wrote: pure, offline, and silent about anything unknown.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::path::{Path, Step};
use super::schema::{Attribute, Block, Check, Nesting, Presence, Problem};
use super::value::Value;

/// What the client of the protocol can do, as far as validation asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientFeatures {
    /// Whether it keeps write-only values out of plan and state.
    pub write_only: bool,
}

/// Checks a configuration against the rules of its schema.
///
/// Types, required attributes and the number of blocks have been checked by Terraform itself.
#[must_use]
pub fn validate(block: &Block, config: &Value, features: ClientFeatures) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_block(block, config, None, features, &mut diagnostics);
    diagnostics
}

fn check_block(
    block: &Block,
    value: &Value,
    at: Option<&Path>,
    features: ClientFeatures,
    found: &mut Diagnostics,
) {
    let Value::Object(_) = value else { return };
    let path = |name: &str| at.map_or_else(|| Path::root(name), |at| at.clone().attribute(name));
    for attribute in &block.attributes {
        let value = value.attribute(attribute.name);
        check_attribute(
            attribute,
            value,
            || path(attribute.name),
            at.is_some(),
            features,
            found,
        );
    }
    for nested in &block.blocks {
        let here = path(nested.name);
        match (nested.nesting, value.attribute(nested.name)) {
            (Nesting::List { .. }, Value::List(elements)) => {
                for (index, element) in (0..).zip(elements) {
                    let at = here.clone().then(Step::Index(index));
                    check_block(&nested.block, element, Some(&at), features, found);
                }
            }
            (Nesting::Map, Value::Map(elements)) => {
                for (key, element) in elements {
                    let at = here.clone().then(Step::Key(key.clone()));
                    check_block(&nested.block, element, Some(&at), features, found);
                }
            }
            // There is no step into a set: every finding points at the set.
            (Nesting::Set, Value::Set(elements)) => {
                for element in elements {
                    let mut inside = Diagnostics::new();
                    check_block(&nested.block, element, Some(&here), features, &mut inside);
                    inside
                        .into_iter()
                        .for_each(|finding| found.push(finding.at(here.clone())));
                }
            }
            (_, single) => check_block(&nested.block, single, Some(&here), features, found),
        }
    }
}

fn check_attribute(
    attribute: &Attribute,
    value: &Value,
    path: impl Fn() -> Path,
    is_nested: bool,
    features: ClientFeatures,
    found: &mut Diagnostics,
) {
    let name = attribute.name;
    if value.is_null() {
        // Terraform sees to required attributes, but not inside blocks that it builds from values.
        if is_nested && attribute.presence == Presence::Required {
            found.push(missing(name).at(path()));
        }
        return;
    }
    if !attribute.is_configurable() {
        found.push(read_only(name).at(path()));
        return;
    }
    if attribute.is_write_only && !features.write_only {
        found.push(write_only_refused(name).at(path()));
    }
    if value.is_unknown() {
        return;
    }
    if let Some(reason) = attribute.deprecation {
        found.push(
            Diagnostic::warning("Attribute deprecated", format!("`{name}`: {reason}")).at(path()),
        );
    }
    for check in &attribute.checks {
        if let Err(problem) = check(value) {
            found.push(Diagnostic::error(problem.summary, problem.detail).at(path()));
        }
    }
}

fn missing(name: &str) -> Diagnostic {
    Diagnostic::error(
        "Missing attribute",
        format!("`{name}` is required. Set it."),
    )
}

fn read_only(name: &str) -> Diagnostic {
    let detail = format!("The provider sets `{name}`. Remove it from the configuration.");
    Diagnostic::error("Read-only attribute is set", detail)
}

fn write_only_refused(name: &str) -> Diagnostic {
    let detail = format!(
        "`{name}` is write-only: its value must not be stored, and this version of Terraform or OpenTofu would store it. \
         Use Terraform 1.11, OpenTofu 1.11 or newer."
    );
    Diagnostic::error("Write-only attribute not supported by this client", detail)
}

/// Texts of so many Unicode characters.
#[must_use]
pub fn length(characters: RangeInclusive<usize>) -> Check {
    check_text(move |text| {
        let count = text.chars().count();
        if characters.contains(&count) {
            return Ok(());
        }
        let (least, most) = (characters.start(), characters.end());
        Err(Problem {
            summary: "Invalid length",
            detail: format!("The value has {count} characters; it must have {least} to {most}."),
        })
    })
}

/// One of these texts, in any case.
#[must_use]
pub fn one_of(allowed: &'static [&'static str]) -> Check {
    check_text(move |text| {
        if allowed.iter().any(|word| word.eq_ignore_ascii_case(text)) {
            return Ok(());
        }
        let words = allowed
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
        Err(Problem {
            summary: "Invalid value",
            detail: format!("`{text}` is not allowed; use one of {words}."),
        })
    })
}

/// Texts that `rule` accepts. Values that are no text pass: the schema's type sees to them.
#[must_use]
pub fn check_text(rule: impl Fn(&str) -> Result<(), Problem> + Send + Sync + 'static) -> Check {
    Arc::new(move |value| match value {
        Value::String(text) => rule(text),
        _ => Ok(()),
    })
}

#[cfg(test)]
mod tests;
