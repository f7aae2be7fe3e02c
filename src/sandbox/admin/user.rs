//! Users and user groups in the directory, for which the sandbox has no API operation.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::{AdminError, check_id, parse_body};
use crate::sandbox::http::AppState;
use crate::sandbox::id::GranteeId;
use crate::sandbox::store::grant::{GranteeKind, StoredGrantee};

/// Body of a request that creates or changes a user, or a user group with its members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserBody {
    name: String,
    #[serde(default = "default_kind")]
    kind: GranteeKind,
    /// Whether the user is disabled; an error for a group.
    #[serde(default)]
    disabled: bool,
    /// Members of a group; an error for a user. They need not be in the directory.
    #[serde(default)]
    members: BTreeSet<GranteeId>,
}

/// A user or user group in a response.
#[derive(Serialize)]
struct UserView {
    #[serde(flatten)]
    grantee: StoredGrantee,
    /// Members of a group.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    members: BTreeSet<GranteeId>,
}

/// The directory by ID.
pub(super) async fn list(State(app): State<AppState>) -> Response {
    let store = app.world.store();
    let users = store.directory.iter().map(|(id, grantee)| {
        let user = UserView {
            grantee: grantee.clone(),
            members: store.members.get(id).cloned().unwrap_or_default(),
        };
        (id.clone(), user)
    });
    let users: BTreeMap<_, _> = users.collect();
    Json(json!({"users": users})).into_response()
}

/// Creates or replaces a user or group. The members in the body replace all earlier ones.
pub(super) async fn put(
    State(app): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    check_id(&id)?;
    let UserBody {
        name,
        kind,
        disabled,
        members,
    } = parse_body(&body)?;
    if kind == GranteeKind::User && !members.is_empty() {
        return Err(AdminError::bad_request(
            "`members` requires `\"kind\": \"group\"`",
        ));
    }
    if kind == GranteeKind::Group && disabled {
        return Err(AdminError::bad_request(
            "`disabled` requires `\"kind\": \"user\"`",
        ));
    }
    let mut store = app.world.store();
    let id = GranteeId::from(id.as_str());
    match kind {
        GranteeKind::User => store.members.remove(&id),
        GranteeKind::Group => store.members.insert(id.clone(), members),
    };
    let is_disabled = disabled;
    let grantee = StoredGrantee {
        name,
        kind,
        is_disabled,
    };
    store.directory.insert(id, grantee);
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves the grants: the services accept grantees that are not in the directory.
pub(super) async fn remove(
    State(app): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, AdminError> {
    let id = GranteeId::from(id.as_str());
    let mut store = app.world.store();
    if store.directory.remove(&id).is_none() {
        let message = format!("user or user group `{id}` is not in the directory");
        return Err(AdminError::not_found(message));
    }
    store.members.remove(&id);
    for members in store.members.values_mut() {
        members.remove(&id);
    }
    Ok(StatusCode::NO_CONTENT)
}

fn default_kind() -> GranteeKind {
    GranteeKind::User
}
