//! Tokens and what their holders may do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{AccountId, ProjectId};

/// What the holder of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// List secrets and their grants.
    ReadCsms,
    /// Create, change and delete grants on secrets.
    WriteCsms,
    /// See whether CodeArts Repo may use the account's keys.
    ReadRepo,
    /// Let CodeArts Repo use the account's keys.
    WriteRepo,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ReadCsms,
        Self::WriteCsms,
        Self::ReadRepo,
        Self::WriteRepo,
    ];
}

/// Who a token speaks for, where, and until when.
#[derive(Clone, Debug)]
pub struct Token {
    /// Name of the IAM user.
    pub user_name: String,
    /// Account of the user.
    pub account_id: AccountId,
    /// Project the token is scoped to.
    pub project_id: ProjectId,
    /// What the user may do.
    pub permissions: BTreeSet<Permission>,
    /// When the token stops working.
    pub expires_at: Timestamp,
}

/// The tokens in force, by their secret text, which `Debug` does not show.
#[derive(Default)]
pub(super) struct Tokens(BTreeMap<String, Token>);

impl Tokens {
    /// Adds or replaces a token.
    pub(super) fn insert(&mut self, text: &str, token: Token) {
        self.0.insert(text.to_owned(), token);
    }

    /// The token of that text, expired or not.
    pub(super) fn find(&self, text: &str) -> Option<&Token> {
        self.0.get(text)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} tokens", self.0.len())
    }
}
