//! The encryption of repositories, and the KMS keys for it.

use std::collections::BTreeMap;

use jiff::Timestamp;
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
    /// Description.
    #[serde(default)]
    pub description: String,
    /// Time of creation, if the key was created by the API.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
}

impl KmsKey {
    /// A key with this name and state.
    #[must_use]
    pub fn new(alias: &str, state: &str) -> Self {
        Self {
            alias: alias.to_owned(),
            state: state.to_owned(),
            description: String::new(),
            created_at: None,
        }
    }
}

/// The grants to use the keys of an account in a region, by ID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsGrants(pub BTreeMap<String, KmsGrant>);

/// A grant to use a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsGrant {
    /// ID of the key.
    pub key_id: String,
    /// ID of the user or account that may use the key.
    pub grantee_principal: String,
    /// `user` or `domain`.
    pub grantee_principal_type: String,
    /// What it may do, such as `encrypt-data`.
    pub operations: Vec<String>,
    /// ID of the user who created the grant.
    pub issuing_principal: String,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Name.
    pub name: Option<String>,
    /// ID of the user who may retire the grant.
    pub retiring_principal: Option<String>,
}

impl StoredObject for KmsGrants {
    const KIND: &'static str = "kms_grants";
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
