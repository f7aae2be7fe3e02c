//! The directory of users that can receive grants. E-mail addresses and telephone numbers, which it holds too, are not read.
//!
//! Source: CSMS API reference, ListUsers, ShowUserDetail.

use serde::{Deserialize, Serialize};

use super::super::lenient;

/// Answer of ListUsers, `GET /v1/csms/users?offset=&limit=`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListUsersResponse {
    /// Number of users on all pages.
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    pub total: Option<i64>,
    /// One page of users; an answer without it is none.
    pub users: Vec<ListedUser>,
}

/// A user, as ListUsers and ShowUserDetail, `GET /v1/csms/users/{user_id}`, answer it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedUser {
    /// ID, such as `20220331164602949-904C-D475B60AE`: what grants call `grantee_target_id`.
    #[serde(deserialize_with = "lenient::id")]
    pub user_id: String,
    /// ID of the organization.
    #[serde(default, deserialize_with = "lenient::lenient_id")]
    pub org_id: Option<String>,
    /// Login name.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub user_name: Option<String>,
    /// Name of the person.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    pub name: Option<String>,
    /// Whether the user is disabled: a string in the tables, a Boolean in the examples.
    #[serde(default, deserialize_with = "lenient::optional_boolean")]
    pub disabled: Option<bool>,
}
