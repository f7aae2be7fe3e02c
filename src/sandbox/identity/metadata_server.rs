//! The metadata service of the server on which the clients run: how it behaves, and the tokens it has issued.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;

use super::principal::Principal;

/// How the metadata service treats tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataTokens {
    /// It issues them and checks those it gets, but does without.
    #[default]
    Optional,
    /// It answers nothing without one.
    Required,
    /// It does not know them, and says so with this status: 404, 405 or 503.
    Unsupported(StatusCode),
}

/// The server on which the clients run, as its metadata service sees it.
#[derive(Clone, Debug)]
pub struct MetadataService {
    /// How tokens are treated.
    pub tokens: MetadataTokens,
    /// As whom programs on the server may act; none if no agency is attached to it.
    pub agency: Option<Principal>,
    /// How long the keys work.
    pub key_lifetime: Duration,
}

impl Default for MetadataService {
    /// Tokens are optional, no agency is attached, keys work for a day.
    fn default() -> Self {
        Self {
            tokens: MetadataTokens::Optional,
            agency: None,
            key_lifetime: Duration::from_hours(24),
        }
    }
}

/// Ends of the tokens issued, by their secret text, which `Debug` does not show.
#[derive(Default)]
pub(in crate::sandbox) struct IssuedMetadataTokens(BTreeMap<String, Timestamp>);

impl IssuedMetadataTokens {
    /// Adds a token that works until `end`.
    pub(in crate::sandbox) fn insert(&mut self, token: String, end: Timestamp) {
        self.0.insert(token, end);
    }

    /// Whether a token has been issued and works at `now`.
    pub(in crate::sandbox) fn is_valid(&self, token: &str, now: Timestamp) -> bool {
        self.0.get(token).is_some_and(|end| *end > now)
    }

    /// Forgets every token.
    pub(in crate::sandbox) fn clear(&mut self) {
        self.0.clear();
    }
}

impl fmt::Debug for IssuedMetadataTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} tokens", self.0.len())
    }
}
