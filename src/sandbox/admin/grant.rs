//! Grants and delegations, changed without the API.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;

use super::error::{AdminError, parse_body};
use crate::sandbox::http::AppState;
use crate::sandbox::store::grant::GranteeKind;

/// Body of a request that creates or changes a grant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    /// `user` or `group`; a user by default.
    #[serde(default = "default_kind")]
    grantee_kind: GranteeKind,
    /// Last day of access; absent or null for a grant that never expires.
    #[serde(default)]
    validity_date: Option<Date>,
}

/// Creates or changes a grant. An empty body creates a user's grant that never expires.
pub(super) async fn put_grant(
    State(app): State<AppState>,
    Path((resource_id, grantee_id)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    let grant: GrantBody = parse_body(if body.is_empty() { b"{}" } else { &body })?;
    app.world
        .put_grant(
            &resource_id,
            &grantee_id,
            grant.grantee_kind,
            grant.validity_date,
        )
        .map_err(|error| AdminError::not_found(error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_grant(
    State(app): State<AppState>,
    Path((resource_id, grantee_id)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    if app.world.remove_grant(&resource_id, &grantee_id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    let message = format!("grantee `{grantee_id}` has no grant on `{resource_id}`");
    Err(AdminError::not_found(message))
}

pub(super) async fn delegate(
    State(app): State<AppState>,
    Path(account): Path<String>,
) -> StatusCode {
    app.world.set_delegation(&account, true);
    StatusCode::NO_CONTENT
}

pub(super) async fn revoke_delegation(
    State(app): State<AppState>,
    Path(account): Path<String>,
) -> StatusCode {
    app.world.set_delegation(&account, false);
    StatusCode::NO_CONTENT
}

fn default_kind() -> GranteeKind {
    GranteeKind::User
}
