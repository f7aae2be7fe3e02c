//! Secrets, secret groups and event subscriptions, for which the sandbox has no API operation.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::error::{AdminError, check_id, parse_body};
use crate::sandbox::http::AppState;
use crate::sandbox::id::{ProjectId, ResourceId};
use crate::sandbox::seed;
use crate::sandbox::store::resource::{ResourceKind, SandboxResource, SecretState};

/// Body of a request that creates or changes a secret or a secret group.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretBody {
    /// Name, 1 to 64 characters, unique among the resources of this kind in the project.
    name: String,
    #[serde(default = "default_kind")]
    kind: ResourceKind,
    #[serde(default = "default_state")]
    state: SecretState,
    /// Project that owns it; by default the first project of the seed `demo`.
    #[serde(default)]
    project_id: Option<ProjectId>,
}

/// Creates or changes a secret or a group. An existing one keeps its time of creation and its grants.
pub(super) async fn put(
    State(app): State<AppState>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    check_id(&id)?;
    let body: SecretBody = parse_body(&body)?;
    check_id(&body.name)?;
    let project_id = body
        .project_id
        .unwrap_or_else(|| ProjectId::from(seed::PROJECT_ID));
    let mut store = app.world.store();
    if !store.projects.contains_key(&project_id) {
        return Err(AdminError::bad_request(format!(
            "project `{project_id}` does not exist"
        )));
    }
    let is_taken = store.resources.iter().any(|(known, resource)| {
        known.as_str() != id
            && resource.name == body.name
            && resource.kind == body.kind
            && resource.project_id == project_id
    });
    if is_taken {
        return Err(AdminError::bad_request(format!(
            "the name `{}` is already in use in this project",
            body.name
        )));
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

pub(super) async fn remove(
    State(app): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, AdminError> {
    let id = ResourceId::from(id.as_str());
    if app.world.store().remove_resource(&id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(no_resource(&id))
}

/// Subscribes a secret to an event. There is no path to unsubscribe; deleting the secret removes its subscriptions.
pub(super) async fn subscribe(
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

pub(super) fn no_resource(id: &ResourceId) -> AdminError {
    let message = format!("secret or secret group `{id}` does not exist");
    AdminError::not_found(message)
}

fn default_kind() -> ResourceKind {
    ResourceKind::Secret
}

fn default_state() -> SecretState {
    SecretState::Enabled
}
