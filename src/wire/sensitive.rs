//! Text that is sent and received but never shown: passwords, tokens, secret keys.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

/// Text that must not be seen: prints as `***`, travels as a plain JSON string, and is wiped from memory when it is dropped.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sensitive(Zeroizing<String>);

impl Sensitive {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for a header, a signature or a comparison; never for a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Sensitive {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl fmt::Display for Sensitive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Sensitive {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // The derived error would quote what it found.
        let text = String::deserialize(from);
        text.map(Self::new)
            .map_err(|_| D::Error::custom("expected a string, found another type"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_values_serialize_as_text_and_print_as_asterisks() {
        let sensitive = Sensitive::from("hunter2");
        assert_eq!(serde_json::to_string(&sensitive).unwrap(), r#""hunter2""#);
        assert_eq!(format!("{sensitive} {sensitive:?}"), "*** ***");
        assert_eq!(sensitive.expose(), "hunter2");
    }

    #[test]
    fn decoding_errors_do_not_quote_the_value() {
        let error = serde_json::from_str::<Sensitive>("271828").unwrap_err();
        assert!(!error.to_string().contains("271828"), "{error}");
    }
}
