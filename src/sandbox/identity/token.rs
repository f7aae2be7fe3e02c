//! Tokens, their scope and their expiry.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::principal::{Permission, Principal};
use crate::sandbox::clock::saturating_add;
use crate::sandbox::id::{AccountId, ProjectId};

/// Lifetime of new tokens unless another one is set: a day.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(24);

/// A token for one project, to be added with [`World::add_token`](crate::sandbox::World::add_token).
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// Name of the IAM user.
    pub user_name: String,
    /// Account of the user.
    pub account_id: AccountId,
    /// Project the token is scoped to.
    pub project_id: ProjectId,
    /// Permissions of the user.
    pub permissions: BTreeSet<Permission>,
    /// Expiry.
    pub expires_at: Timestamp,
}

/// What a token is valid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum TokenScope {
    /// Services in one project.
    Project(ProjectId),
    /// Global services.
    Account,
    /// Only requests for another token or key.
    Unscoped,
}

/// What the sandbox knows of a token.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct TokenRecord {
    pub(in crate::sandbox) principal: Principal,
    pub(in crate::sandbox) scope: TokenScope,
    /// Authentication methods, as the response names them.
    pub(in crate::sandbox) methods: Vec<String>,
    pub(in crate::sandbox) issued_at: Timestamp,
    /// Expiry by the system clock, not by the clock with the offset.
    pub(in crate::sandbox) expires_at: Timestamp,
}

/// All tokens by their secret text, which `Debug` does not show.
pub(in crate::sandbox) struct Tokens {
    /// Lifetime of new tokens.
    pub(in crate::sandbox) lifetime: Duration,
    records: BTreeMap<String, TokenRecord>,
}

impl Tokens {
    /// Adds or replaces a token.
    pub(in crate::sandbox) fn insert(&mut self, text: &str, record: TokenRecord) {
        self.records.insert(text.to_owned(), record);
    }

    /// Issues a token; returns its text and its record.
    pub(in crate::sandbox) fn issue(
        &mut self,
        principal: Principal,
        scope: TokenScope,
        methods: &[String],
        now: Timestamp,
    ) -> (String, TokenRecord) {
        let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let record = TokenRecord {
            principal,
            scope,
            methods: methods.to_vec(),
            issued_at: now,
            expires_at: saturating_add(now, self.lifetime),
        };
        self.insert(&text, record.clone());
        (text, record)
    }

    /// The token with this text, expired or not.
    pub(in crate::sandbox) fn find(&self, text: &str) -> Option<&TokenRecord> {
        self.records.get(text)
    }

    /// Removes all tokens.
    pub(in crate::sandbox) fn clear(&mut self) {
        self.records.clear();
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            lifetime: DEFAULT_LIFETIME,
            records: BTreeMap::new(),
        }
    }
}

impl From<IssuedToken> for TokenRecord {
    fn from(token: IssuedToken) -> Self {
        Self {
            principal: Principal {
                // `IssuedToken` has no ID of the user.
                id: token.user_name.clone(),
                name: token.user_name,
                account_id: token.account_id,
                permissions: token.permissions,
            },
            scope: TokenScope::Project(token.project_id),
            methods: vec!["password".to_owned()],
            // `IssuedToken` has no time of issue; assume the default lifetime.
            issued_at: token
                .expires_at
                .checked_sub(DEFAULT_LIFETIME)
                .unwrap_or(Timestamp::MIN),
            expires_at: token.expires_at,
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} tokens", self.records.len())
    }
}
