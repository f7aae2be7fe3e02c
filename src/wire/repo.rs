//! CodeArts Repo: the account's delegation of its KMS keys.
//!
//! Source: CodeArts Repo API reference, CreateTenantKmsGrant, ShowTenantKmsGrant.

use serde::{Deserialize, Serialize};

use super::tolerant;

/// Answer of CreateTenantKmsGrant, `POST /v4/tenants/{tenant_id}/repo-encryption/kms-grant`, with status 200.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTenantKmsGrantResponse {
    /// Account id.
    #[serde(default, deserialize_with = "tolerant::optional_id")]
    pub tenant_id: Option<String>,
    /// Whether delegation and authorisation are in place.
    #[serde(default)]
    pub assumed: Option<bool>,
}

/// Answer of ShowTenantKmsGrant, `GET /v4/tenants/{tenant_id}/repo-encryption/kms-grant`, with status 202.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowTenantKmsGrantResponse {
    /// Account id.
    #[serde(default, deserialize_with = "tolerant::optional_id")]
    pub tenant_id: Option<String>,
    /// Whether delegation and authorisation are in place.
    #[serde(default)]
    pub assumed: Option<bool>,
}
