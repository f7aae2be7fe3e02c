//! Required arguments that are null: an error before anything is planned or sent.
//!
//! Terraform checks that a required argument is present, but its value may be null, for example from a variable or a
//! `for_each` element, and Terraform plans that. An existing object would then be destroyed for a replacement that
//! cannot be created.

use super::diagnostic::{Diagnostic, Diagnostics};
use super::schema::{Attribute, Block, Presence};
use super::traversal::visit_attributes;
use super::value::Value;

/// Returns an error for each required argument of a configuration that is null, at any depth. Unknown values pass.
pub(super) fn missing_arguments(block: &Block, config: &Value) -> Diagnostics {
    missing(block, config, |_| true)
}

/// The same for a planned object, in which write-only arguments are always null.
pub(super) fn missing_values(block: &Block, planned: &Value) -> Diagnostics {
    missing(block, planned, |attribute| !attribute.is_write_only)
}

fn missing(block: &Block, value: &Value, counts: impl Fn(&Attribute) -> bool) -> Diagnostics {
    let mut found = Diagnostics::new();
    visit_attributes(block, value, &mut |attribute, value, location| {
        if counts(attribute) && is_missing(attribute, value) {
            found.push(missing_argument_error(attribute.name).at(location.path(attribute.name)));
        }
    });
    found
}

/// Whether the attribute is required and its value null.
pub(super) fn is_missing(attribute: &Attribute, value: &Value) -> bool {
    attribute.presence == Presence::Required && value.is_null()
}

/// The error for a missing argument of this name.
pub(super) fn missing_argument_error(name: &str) -> Diagnostic {
    let detail = format!(
        "The argument `{name}` is required, but its value is null, which counts as not set. Set a value, or correct the \
         expression that evaluates to null."
    );
    Diagnostic::error("Missing required argument", detail)
}

#[cfg(test)]
mod tests;
