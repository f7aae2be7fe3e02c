//! Who acts in the cloud, and what they may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::sandbox::id::AccountId;

/// A user, or an agency that another account's user has assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Id, 32 hexadecimal digits.
    pub id: String,
    /// Name, unique in the account.
    pub name: String,
    /// Account in which the principal acts.
    pub account_id: AccountId,
    /// Permissions.
    pub permissions: BTreeSet<Permission>,
}

/// A permission of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// List secrets and their grants, and KMS keys.
    ReadCsms,
    /// Create, change and delete secrets, grants on them, and KMS keys.
    WriteCsms,
    /// Read whether CodeArts Repo may use the account's keys.
    ReadRepo,
    /// Allow CodeArts Repo to use the account's keys.
    WriteRepo,
    /// See the account in KeystoneListAuthDomains, whose response is empty without this permission.
    ReadAccount,
    /// Assume agencies of other accounts.
    AssumeAgency,
}

impl Permission {
    /// All permissions.
    pub const ALL: [Self; 6] = [
        Self::ReadCsms,
        Self::WriteCsms,
        Self::ReadRepo,
        Self::WriteRepo,
        Self::ReadAccount,
        Self::AssumeAgency,
    ];
}
