//! Classifies responses with a 2xx status.
//!
//! Gateways and services of this vendor also send errors with status 200, and proxies send 200 with pages of their own.
//! So the status proves nothing: a response counts only if it has the documented structure and contains no error.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ErrorBody;

/// What an answer says. Only [`Answer::Documented`] proves anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// The documented content.
    Documented(T),
    /// A form in which a service may say "there is nothing", and which other faults have too: believe it only when a later
    /// answer agrees, and never as the confirmation of a write.
    PossiblyEmpty,
    /// An error, in spite of the status.
    Error(ErrorBody),
    /// None of these. Says what is wrong; quotes ids at most, never a value that may be secret.
    NotUnderstood(String),
}

impl<T> Answer<T> {
    /// Reads JSON that holds no error with `documented`.
    pub fn of_json(body: &[u8], documented: impl FnOnce(Value) -> Self) -> Self {
        let value = match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(error) if error.is_eof() => {
                return Self::not_understood("the response is empty or truncated");
            }
            Err(_) => return Self::not_understood("the response is not valid JSON"),
        };
        match ErrorBody::of_success(&value) {
            Some(error) => Self::Error(error),
            None => documented(value),
        }
    }

    /// An answer that proves nothing, with the problem.
    pub(super) fn not_understood(problem: impl Into<String>) -> Self {
        Self::NotUnderstood(problem.into())
    }

    /// The same answer, if the operation documents this status of success; under another one, it proves nothing.
    #[must_use]
    pub fn of_status(self, status: u16, documented: &[u16]) -> Self {
        match self {
            Self::Documented(_) | Self::PossiblyEmpty if !documented.contains(&status) => {
                Self::NotUnderstood(format!("undocumented status {status}"))
            }
            answer => answer,
        }
    }

    /// Converts the documented content; a problem makes it an answer that is not understood.
    pub fn and_then<U>(self, convert: impl FnOnce(T) -> Result<U, String>) -> Answer<U> {
        match self {
            Self::Documented(content) => match convert(content) {
                Ok(content) => Answer::Documented(content),
                Err(problem) => Answer::NotUnderstood(problem),
            },
            Self::PossiblyEmpty => Answer::PossiblyEmpty,
            Self::Error(error) => Answer::Error(error),
            Self::NotUnderstood(problem) => Answer::NotUnderstood(problem),
        }
    }
}

/// Reads an answer to a DELETE: only the documented status, 204, confirms the deletion.
#[must_use]
pub fn deletion(status: u16, body: &[u8]) -> Answer<()> {
    if status == 204 {
        return Answer::Documented(());
    }
    let open = || Answer::NotUnderstood(format!("expected status 204, found {status}"));
    if body.trim_ascii().is_empty() {
        return open();
    }
    Answer::of_json(body, |_| open())
}

impl<T: DeserializeOwned> Answer<T> {
    /// Reads an answer whose documented form is that of `T`, whose mandatory fields must be there.
    #[must_use]
    pub fn typed(body: &[u8]) -> Self {
        Self::of_json(body, |value| match serde_json::from_value(value) {
            Ok(content) => Self::Documented(content),
            // The error's own text may quote the answer, which may hold a secret.
            Err(_) => Self::not_understood(OTHER_SHAPE),
        })
    }
}

/// What is wrong with JSON of another form than the documented one.
pub(super) const OTHER_SHAPE: &str = "the JSON does not match the documented structure";
