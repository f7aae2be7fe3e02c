//! What can be granted, and to whom: added from outside, because the services have no call for it here.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::{AdminError, parse};
use crate::sandbox::http::AppState;
use crate::sandbox::id::{GranteeId, ProjectId, ResourceId};
use crate::sandbox::seed;
use crate::sandbox::store::grant::{GranteeKind, StoredGrantee};
use crate::sandbox::store::resource::{ResourceKind, SandboxResource, SecretState};

/// Characters that an id may have, as the API reference limits it.
const MAX_ID_LENGTH: usize = 64;

/// A secret, or a group of secrets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretBody {
    name: String,
    #[serde(default = "secret")]
    kind: ResourceKind,
    #[serde(default = "enabled")]
    state: SecretState,
    #[serde(default)]
    project_id: Option<ProjectId>,
}

pub(super) async fn put_secret(
    State(app): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    check_id(&id)?;
    let body: SecretBody = parse(&body)?;
    check_id(&body.name)?;
    let project_id = body
        .project_id
        .unwrap_or_else(|| ProjectId::from(seed::PROJECT_ID));
    let mut store = app.world.store();
    if !store.projects.contains_key(&project_id) {
        return Err(wrong(format!("there is no project `{project_id}`")));
    }
    let is_taken = store.resources.iter().any(|(known, resource)| {
        known.as_str() != id
            && resource.name == body.name
            && resource.kind == body.kind
            && resource.project_id == project_id
    });
    if is_taken {
        return Err(wrong(format!("`{}` is another one's name", body.name)));
    }
    let id = ResourceId::from(id.as_str());
    let known = store.resources.get(&id).map(|known| known.created_at);
    let resource = SandboxResource {
        project_id,
        kind: body.kind,
        name: body.name,
        state: body.state,
        created_at: known.unwrap_or_else(|| app.world.now()),
    };
    store.resources.insert(id, resource);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_secret(
    State(app): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, AdminError> {
    let id = ResourceId::from(id.as_str());
    if app.world.store().remove_resource(&id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(no_resource(&id))
}

/// A user, or a group of users with its members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserBody {
    name: String,
    #[serde(default = "super::user")]
    kind: GranteeKind,
    #[serde(default)]
    members: BTreeSet<GranteeId>,
}

pub(super) async fn put_user(
    State(app): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    check_id(&id)?;
    let UserBody {
        name,
        kind,
        members,
    } = parse(&body)?;
    if kind == GranteeKind::User && !members.is_empty() {
        return Err(wrong("a user has no `members`"));
    }
    let mut store = app.world.store();
    let id = GranteeId::from(id.as_str());
    match kind {
        GranteeKind::User => store.members.remove(&id),
        GranteeKind::Group => store.members.insert(id.clone(), members),
    };
    store.directory.insert(id, StoredGrantee { name, kind });
    Ok(StatusCode::NO_CONTENT)
}

/// Grants stay: the services know a grantee that the directory does not.
pub(super) async fn remove_user(
    State(app): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, AdminError> {
    let id = GranteeId::from(id.as_str());
    let mut store = app.world.store();
    if store.directory.remove(&id).is_none() {
        let message = format!("the directory has no user or group of users `{id}`");
        return Err(AdminError(StatusCode::NOT_FOUND, message));
    }
    store.members.remove(&id);
    for members in store.members.values_mut() {
        members.remove(&id);
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn put_event(
    State(app): State<AppState>,
    Path((name, id)): Path<(String, String)>,
) -> Result<StatusCode, AdminError> {
    check_id(&name)?;
    let id = ResourceId::from(id.as_str());
    if !app.world.store().resources.contains_key(&id) {
        return Err(no_resource(&id));
    }
    app.world.add_event(&name, id.as_str());
    Ok(StatusCode::NO_CONTENT)
}

fn check_id(id: &str) -> Result<(), AdminError> {
    if (1..=MAX_ID_LENGTH).contains(&id.chars().count()) {
        return Ok(());
    }
    Err(wrong(format!(
        "ids and names must have 1 to {MAX_ID_LENGTH} characters"
    )))
}

fn no_resource(id: &ResourceId) -> AdminError {
    let message = format!("there is no secret or group of secrets `{id}`");
    AdminError(StatusCode::NOT_FOUND, message)
}

fn wrong(message: impl Into<String>) -> AdminError {
    AdminError(StatusCode::BAD_REQUEST, message.into())
}

fn secret() -> ResourceKind {
    ResourceKind::Secret
}

fn enabled() -> SecretState {
    SecretState::Enabled
}
