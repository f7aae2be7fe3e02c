//! Who acts in the cloud, and what they may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::sandbox::id::AccountId;

/// Who acts: a user, or an agency under which another account's user acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Id; 32 hexadecimal digits.
    pub id: String,
    /// Name, unique in the account.
    pub name: String,
    /// Account in which it acts.
    pub account_id: AccountId,
    /// What it may do.
    pub permissions: BTreeSet<Permission>,
}

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
    /// See the account in the list of accounts, which is empty without it.
    ReadAccount,
    /// Act under agencies of other accounts.
    AssumeAgency,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ReadCsms,
        Self::WriteCsms,
        Self::ReadRepo,
        Self::WriteRepo,
        Self::ReadAccount,
        Self::AssumeAgency,
    ];
}
