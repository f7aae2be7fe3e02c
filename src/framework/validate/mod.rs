//! Validation of configurations. Pure and offline; unknown values pass.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::field::Data;
use super::model::Model;
use super::required::{is_missing, missing_argument_error};
use super::schema::{Attribute, Block, Check, Problem};
use super::traversal::visit_attributes;
use super::value::Value;

/// Features of the client that affect validation.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientFeatures {
    /// Whether the client omits write-only values from plan and state.
    pub write_only: bool,
}

/// Optional: a model with rules about more than one attribute, such as conflicting arguments. Registered with the type.
pub trait ValidateConfig: Model {
    /// Validates the configuration; each attribute by itself is valid. Unknown values must not cause errors: validation
    /// runs again when they are known. Pure and offline.
    fn validate(&self) -> Diagnostics;
}

/// Validates a configuration against its schema.
///
/// Terraform has already checked types, the number of blocks, and that required arguments are present, but not that
/// they are not null.
#[must_use]
pub fn validate(block: &Block, config: &Value, features: ClientFeatures) -> Diagnostics {
    let mut found = Diagnostics::new();
    visit_attributes(block, config, &mut |attribute, value, location| {
        let found_here = check_attribute(attribute, value, features).into_iter();
        found_here.for_each(|each| found.push(each.at(location.path(attribute.name))));
    });
    found
}

fn check_attribute(attribute: &Attribute, value: &Value, features: ClientFeatures) -> Diagnostics {
    let name = attribute.name;
    let mut found = Diagnostics::new();
    if is_missing(attribute, value) {
        found.push(missing_argument_error(name));
    }
    if value.is_null() {
        return found;
    }
    if !attribute.is_configurable() {
        found.push(read_only_error(name));
        return found;
    }
    if attribute.is_write_only && !features.write_only {
        found.push(write_only_error(name));
    }
    if value.is_unknown() {
        return found;
    }
    // Modules pass an empty string for an argument that they do not set.
    let is_empty = matches!(value, Value::String(text) if text.is_empty());
    if let Some(reason) = attribute.deprecation.filter(|_| !is_empty) {
        let detail = format!("`{name}` is deprecated. {reason}");
        found.push(Diagnostic::warning("Attribute deprecated", detail));
    }
    for check in &attribute.checks {
        if let Err(problem) = check(value) {
            found.push(Diagnostic::error(problem.summary, problem.detail));
        }
    }
    found
}

fn read_only_error(name: &str) -> Diagnostic {
    let detail = format!(
        "`{name}` is read-only: the provider sets its value. Remove `{name}` from the configuration."
    );
    Diagnostic::error("Read-only attribute is set", detail)
}

fn write_only_error(name: &str) -> Diagnostic {
    let detail = format!(
        "`{name}` is write-only, but this version of Terraform or OpenTofu would store its value. Use Terraform 1.11 or \
         later, or OpenTofu 1.11 or later."
    );
    Diagnostic::error("Write-only attributes not supported", detail)
}

/// The length of a string must be in this range, in Unicode characters.
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
            detail: format!(
                "The value must be {least} to {most} characters long, but has {count}."
            ),
        })
    })
}

/// The value must be a whole number in this range.
#[must_use]
pub fn whole_number(range: RangeInclusive<i64>) -> Check {
    Arc::new(move |value: &Value| match i64::from_value(value) {
        Ok(number) if range.contains(&number) => Ok(()),
        _ => Err(Problem {
            summary: "Invalid value",
            detail: format!(
                "The value must be a whole number from {} to {}.",
                range.start(),
                range.end()
            ),
        }),
    })
}

/// The value must be one of these strings, ignoring ASCII case.
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
            detail: format!("`{text}` is not a valid value. Use one of {words}."),
        })
    })
}

/// Validates strings with `rule`. Other values pass: Terraform has checked the type.
#[must_use]
pub fn check_text(rule: impl Fn(&str) -> Result<(), Problem> + Send + Sync + 'static) -> Check {
    Arc::new(move |value| match value {
        Value::String(text) => rule(text),
        _ => Ok(()),
    })
}

#[cfg(test)]
mod tests;
