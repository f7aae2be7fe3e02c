//! Cloud Secret Management Service: grants on a secret, the list of secrets, and the directory of users.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets, ListUsers, ShowUserDetail.

use serde::{Deserialize, Serialize};

use super::lenient::{self, RawTimestamp};

pub mod answer;
mod user;

pub use user::{ListUsersResponse, ListedUser};

/// Body of CreateGrants, `POST /v1/{project_id}/csms/grants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateGrantsRequest {
    /// ID of the secret or secret group; 1–64 characters.
    pub resource_id: String,
    /// `SECRET` or `GROUP`.
    pub r#type: String,
    /// `"0"` a user, `"2"` a group; a string, not a number.
    pub grantee_type: String,
    /// ID of the user or group that receives access; 1–64 characters.
    pub grantee_target_id: String,
    /// `YYYY-MM-DD`; absent means no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validity_time: Option<String>,
}

/// Body of UpdateGrant, `PUT /v1/{project_id}/csms/grants?resource_id=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateGrantRequest {
    /// ID of the secret or secret group, the same as in the query.
    pub resource_id: String,
    /// `SECRET` or `GROUP`.
    pub r#type: String,
    /// `"0"` a user, `"2"` a group.
    pub grantee_type: String,
    /// ID of the user or group whose grant changes.
    pub grantee_target_id: String,
    /// `YYYY-MM-DD`: the new end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validity_time: Option<String>,
}

/// A grant as CreateGrants and UpdateGrant answer it, in camel case. Each field is read by itself: one of another form than
/// documented is absent and takes no other with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantData {
    /// ID of the grant; only when the grantee is an individual.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub uuid: Option<String>,
    /// ID of the resource.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub resource_id: Option<String>,
    /// `SECRET` or `GROUP`, in any case; may differ from what was asked for.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub r#type: Option<String>,
    /// ID of the user granted.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub grantee_user: Option<String>,
    /// Time of creation.
    #[serde(default, deserialize_with = "lenient::raw_timestamp")]
    pub create_time: Option<RawTimestamp>,
    /// Time of the last change.
    #[serde(default, deserialize_with = "lenient::raw_timestamp")]
    pub update_time: Option<RawTimestamp>,
    /// End of the grant.
    #[serde(default, deserialize_with = "lenient::raw_timestamp")]
    pub validity_time: Option<RawTimestamp>,
    /// Status 0–16, without documented meaning.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub state: Option<i64>,
    /// Opaque signature, up to 512 characters; sensitive.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub signature: Option<String>,
}

/// The grants of one resource as ListGrants, `GET /v1/{project_id}/csms/grants?resource_id=`, answers them, in snake case.
/// [`answer::grants_of`] reads an answer that holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedGrants {
    /// Called the grant's ID, but in every example the resource's ID.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub id: Option<String>,
    /// Probably the name of the resource.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// `SECRET` or `GROUP`.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub r#type: Option<String>,
    /// One entry per grantee.
    pub grantee_user: Vec<GranteeUser>,
    /// Time of creation.
    #[serde(default, deserialize_with = "lenient::raw_timestamp")]
    pub create_time: Option<RawTimestamp>,
    /// Time of the last change.
    #[serde(default, deserialize_with = "lenient::raw_timestamp")]
    pub update_time: Option<RawTimestamp>,
}

/// One grantee in the answer of ListGrants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GranteeUser {
    /// ID of the grantee, although the page calls it the resource's.
    #[serde(deserialize_with = "lenient::id")]
    pub user_id: String,
    /// Name of the grantee; the literal `null` means unknown.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub user_name: Option<String>,
    /// Time of creation.
    #[serde(default, deserialize_with = "lenient::raw_timestamp")]
    pub create_time: Option<RawTimestamp>,
    /// End of the grant.
    #[serde(default, deserialize_with = "lenient::raw_timestamp")]
    pub validity_time: Option<RawTimestamp>,
}

/// Answer of ListSecrets, `GET /v1/{project_id}/secrets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSecretsResponse {
    /// One page of secrets; an answer without it is none.
    pub secrets: Vec<ListedSecret>,
    /// Where the next page starts.
    #[serde(default)]
    pub page_info: PageInfo,
}

/// A secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedSecret {
    /// Id, a UUID: what grants call `resource_id`.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Name, unique in the project.
    pub name: String,
    /// `ENABLED`, `DISABLED`, `PENDING_DELETE` or `FROZEN`.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub state: Option<String>,
}

/// Paging of ListSecrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageInfo {
    /// `marker` of the next page; absent on the last.
    #[serde(default, deserialize_with = "lenient::optional_id")]
    pub next_marker: Option<String>,
    /// `marker` of the page before; absent on the first.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub previous_marker: Option<String>,
    /// Number of secrets on this page.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub current_count: Option<i64>,
}
