//! Required arguments that are null: refused before anything is planned or sent.
//!
//! Terraform sees to it that a required argument is written. But what is written may be null, as a variable or an element
//! of a `for_each` can be, and Terraform plans that: an object that is there would be replaced by one that cannot be made,
//! and it would be gone when that is found out.

use super::diagnostic::{Diagnostic, Diagnostics};
use super::schema::{Attribute, Block, Presence};
use super::traversal::visit_attributes;
use super::value::Value;

/// An error for each required argument of a configuration that is null, at any depth. Unknown values pass.
pub(super) fn missing_arguments(block: &Block, config: &Value) -> Diagnostics {
    missing(block, config, |_| true)
}

/// The same for an object as planned, in which write-only arguments are null whatever the configuration says.
pub(super) fn missing_values(block: &Block, planned: &Value) -> Diagnostics {
    missing(block, planned, |attribute| !attribute.is_write_only)
}

fn missing(block: &Block, value: &Value, counts: impl Fn(&Attribute) -> bool) -> Diagnostics {
    let mut found = Diagnostics::new();
    visit_attributes(block, value, &mut |attribute, value, location| {
        if counts(attribute) && is_missing(attribute, value) {
            found.push(missing_argument(attribute.name).at(location.path(attribute.name)));
        }
    });
    found
}

/// Whether a required value is null.
pub(super) fn is_missing(attribute: &Attribute, value: &Value) -> bool {
    attribute.presence == Presence::Required && value.is_null()
}

/// The error for the argument of this name.
pub(super) fn missing_argument(name: &str) -> Diagnostic {
    let detail = format!(
        "The argument `{name}` is required, but its value is null, which is the same as omitting it. Set a value, or \
         correct the expression that the value comes from."
    );
    Diagnostic::error("Missing required argument", detail)
}

#[cfg(test)]
mod tests;
