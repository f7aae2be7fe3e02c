//! Texts that are not printed.

use std::fmt;

use super::redaction;

/// What a hidden text is replaced by.
pub(in crate::cloud) const MASK: &str = "***";

/// A text that must not be seen: `Debug` and `Display` print `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(String);

impl Sensitive {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that has to send or store it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Replaces this secret in a text that came from outside, should it be echoed there.
    pub(in crate::cloud) fn mask(&self, text: &str) -> String {
        redaction::redact(text, &self.0)
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}
