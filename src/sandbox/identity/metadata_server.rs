//! Settings of the metadata service, and the tokens that it has issued.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;

use super::principal::Principal;

/// How the metadata service treats tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetadataTokens {
    /// Issued, checked if sent, but not required.
    #[default]
    Optional,
    /// Required.
    Required,
    /// Not supported: requests for one get this status, which is 404, 405 or 503 on real servers.
    Unsupported(StatusCode),
}

/// Settings of the metadata service of the server on which clients run.
#[derive(Clone, Debug)]
pub struct MetadataService {
    /// Use of tokens.
    pub tokens: MetadataTokens,
    /// Identity of programs on the server; none if no agency is attached to the server.
    pub agency: Option<Principal>,
    /// Lifetime of the keys.
    pub key_lifetime: Duration,
}

impl Default for MetadataService {
    /// Optional tokens, no agency, keys valid for a day.
    fn default() -> Self {
        Self {
            tokens: MetadataTokens::Optional,
            agency: None,
            key_lifetime: Duration::from_hours(24),
        }
    }
}

/// Expiry of each issued token by its secret text, which `Debug` does not show.
#[derive(Default)]
pub(in crate::sandbox) struct IssuedMetadataTokens(BTreeMap<String, Timestamp>);

impl IssuedMetadataTokens {
    /// Adds a token that expires at `expires_at`.
    pub(in crate::sandbox) fn insert(&mut self, token: String, expires_at: Timestamp) {
        self.0.insert(token, expires_at);
    }

    /// Whether a token has been issued and is not expired at `now`.
    pub(in crate::sandbox) fn is_valid(&self, token: &str, now: Timestamp) -> bool {
        self.0
            .get(token)
            .is_some_and(|expires_at| *expires_at > now)
    }

    /// Removes all tokens.
    pub(in crate::sandbox) fn clear(&mut self) {
        self.0.clear();
    }
}

impl fmt::Debug for IssuedMetadataTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} tokens", self.0.len())
    }
}
