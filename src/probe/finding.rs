//! What the probe has learned.

use serde::Serialize;
use serde_json::Value;

/// A quirk of the sandbox, and the value that describes the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Name of the quirk.
    pub quirk: &'static str,
    /// What the probe concludes.
    pub conclusion: Conclusion,
}

/// What the probe concludes about a quirk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The value of the quirk, and the observation that it follows from.
    Is {
        /// Name of the value.
        value: String,
        /// What the service sent; without personal data.
        observation: String,
    },
    /// No value follows, for this reason.
    Undetermined(String),
}

impl Finding {
    /// A quirk with its value.
    pub(super) fn is(
        quirk: &'static str,
        value: impl Serialize,
        observation: impl Into<String>,
    ) -> Self {
        let conclusion = match serde_json::to_value(value) {
            Ok(Value::String(value)) => Conclusion::Is {
                value,
                observation: observation.into(),
            },
            _ => Conclusion::Undetermined("the value has no name".to_owned()),
        };
        Self { quirk, conclusion }
    }

    /// A quirk whose value does not follow.
    pub(super) fn undetermined(quirk: &'static str, reason: impl Into<String>) -> Self {
        Self {
            quirk,
            conclusion: Conclusion::Undetermined(reason.into()),
        }
    }

    /// The value, or a reason if there is none.
    pub(super) fn of<T: Serialize>(
        quirk: &'static str,
        found: Result<(T, String), String>,
    ) -> Self {
        match found {
            Ok((value, observation)) => Self::is(quirk, value, observation),
            Err(reason) => Self::undetermined(quirk, reason),
        }
    }

    /// The value, if it follows.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.conclusion {
            Conclusion::Is { value, .. } => Some(value),
            Conclusion::Undetermined(_) => None,
        }
    }
}

/// An observation that no quirk describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What was observed.
    pub topic: &'static str,
    /// What the service did; without personal data.
    pub observation: String,
}
