//! Security Token Service: agencies assumed for a while, and who the caller is.
//!
//! Source: STS API reference, AssumeAgency, GetCallerIdentity.

use serde::{Deserialize, Serialize};

use super::Sensitive;
use super::lenient;

/// Body of AssumeAgency, `POST /v5/agencies/assume`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssumeAgencyRequest {
    /// `iam::{domain_id}:agency:{agency_name}`.
    pub agency_urn: String,
    /// Who acts under the agency, for the audit log.
    pub agency_session_name: String,
    /// Seconds, 900 to 43200, and at most 3600 with a key that is itself temporary; absent means 3600.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_seconds: Option<u32>,
    /// Agreed upon with the owner of the agency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<String>,
    /// What the key may do at most, as JSON in a string.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<String>,
}

/// Answer of AssumeAgency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssumeAgencyResponse {
    /// The temporary access key.
    pub credentials: AgencyCredentials,
}

/// A temporary access key in the spelling of STS; the others are read too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyCredentials {
    /// Access key id.
    #[serde(alias = "accessKeyId", alias = "access")]
    pub access_key_id: String,
    /// Secret key.
    #[serde(alias = "secretAccessKey", alias = "secret")]
    pub secret_access_key: Sensitive,
    /// Goes with every request signed with the key, as `X-Security-Token`.
    #[serde(alias = "securityToken", alias = "securitytoken")]
    pub security_token: Sensitive,
    /// When it stops working.
    #[serde(alias = "expires_at", skip_serializing_if = "Option::is_none", default)]
    pub expiration: Option<String>,
}

/// Answer of GetCallerIdentity, `GET /v5/caller-identity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetCallerIdentityResponse {
    /// Account of the caller.
    #[serde(deserialize_with = "lenient::id")]
    pub account_id: String,
    /// ID of the caller.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub principal_id: Option<String>,
    /// URN of the caller.
    #[serde(default)]
    pub principal_urn: Option<String>,
}
