//! The encryption of repositories, and the KMS keys for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::object::StoredObject;

/// The encryption setting of an account in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepoEncryption {
    /// `KMS`, `normal`, or none if it was never set.
    pub encryption_type: Option<String>,
    /// Whether new repositories are encrypted by default.
    pub is_default_enabled: bool,
    /// ID of the key.
    pub key_id: Option<String>,
    /// Name of the key.
    pub key_name: Option<String>,
}

impl StoredObject for RepoEncryption {
    const KIND: &'static str = "repo_encryption";
}

/// The KMS keys of an account in a region, by ID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsKeys(pub BTreeMap<String, KmsKey>);

/// A KMS key, without its material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsKey {
    /// Name.
    pub alias: String,
    /// `1` to be activated, `2` enabled, `3` disabled, `4` pending deletion, `5` pending import.
    pub state: String,
}

impl StoredObject for KmsKeys {
    const KIND: &'static str = "kms_keys";
}

/// The encrypted repositories of an account in a region, by number: their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptedRepositories(pub BTreeMap<i64, String>);

impl StoredObject for EncryptedRepositories {
    const KIND: &'static str = "encrypted_repositories";
}
