//! Grants and delegations, changed without the API.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Deserialize;

use super::error::{AdminError, parse_body};
use super::secret::no_resource;
use crate::sandbox::http::AppState;
use crate::sandbox::id::{GranteeId, ResourceId};
use crate::sandbox::store::grant::GranteeKind;

/// Body of a request that creates or changes a grant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    /// `user` or `group`, as in the directory; absent for the kind in the directory.
    #[serde(default)]
    grantee_kind: Option<GranteeKind>,
    /// Last day of access; absent or null for a grant that never expires.
    #[serde(default)]
    validity_date: Option<Date>,
}

/// Creates or changes a grant. An empty body creates a grant that never expires. The grantee must be in the directory, unlike
/// that of CreateGrants: a mistyped ID would look like access that works.
pub(super) async fn put_grant(
    State(app): State<AppState>,
    Path((resource_id, grantee_id)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    let grant: GrantBody = parse_body(if body.is_empty() { b"{}" } else { &body })?;
    let kind = grantee_kind(&app, &resource_id, &grantee_id)?;
    if grant.grantee_kind.is_some_and(|stated| stated != kind) {
        let name = match kind {
            GranteeKind::User => "user",
            GranteeKind::Group => "group",
        };
        return Err(AdminError::bad_request(format!(
            "grantee `{grantee_id}` has the kind `{name}`; omit `grantee_kind`, or set it to this kind"
        )));
    }
    app.world
        .put_grant(&resource_id, &grantee_id, kind, grant.validity_date)
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

/// The kind of a grantee in the directory. An unknown resource is reported first.
fn grantee_kind(
    app: &AppState,
    resource_id: &str,
    grantee_id: &str,
) -> Result<GranteeKind, AdminError> {
    let store = app.world.store();
    let resource = ResourceId::from(resource_id);
    if !store.resources.contains_key(&resource) {
        return Err(no_resource(&resource));
    }
    let known = store.directory.get(&GranteeId::from(grantee_id));
    known.map(|known| known.kind).ok_or_else(|| {
        AdminError::not_found(format!(
            "grantee `{grantee_id}` is not in the directory; `GET /_sandbox/users` lists the directory, and \
             `PUT /_sandbox/users/{{grantee_id}}` adds a user or user group"
        ))
    })
}
