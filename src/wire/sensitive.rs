//! Text that is sent and received but never shown: passwords, tokens, secret keys.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

/// Text that prints as `***` and travels as a plain JSON string.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sensitive(String);

impl Sensitive {
    /// The text itself, for a header, a signature or a comparison; never for a message.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Sensitive {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
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
        text.map(Self)
            .map_err(|_| D::Error::custom("expected a string, found something else"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_travels_as_text_and_prints_as_asterisks() {
        let sensitive = Sensitive::from("hunter2");
        assert_eq!(serde_json::to_string(&sensitive).unwrap(), r#""hunter2""#);
        assert_eq!(format!("{sensitive} {sensitive:?}"), "*** ***");
        assert_eq!(sensitive.expose(), "hunter2");
    }

    #[test]
    fn an_error_about_it_does_not_quote_it() {
        let error = serde_json::from_str::<Sensitive>("271828").unwrap_err();
        assert!(!error.to_string().contains("271828"), "{error}");
    }
}
