//! Secrets. Their values are in [`super::version`].

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::response_format::{apply_id_format, timestamp, to_object};
use super::version::{SecretValue, SecretVersions};
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::ResourceId;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::store::Store;
use crate::sandbox::store::object::StoredObject;
use crate::sandbox::store::resource::{ResourceKind, SandboxResource, SecretState};
use crate::sandbox::world::World;
use crate::wire::RawTimestamp;
use crate::wire::csms as wire;

/// The operations on secrets.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "ListSecrets",
        method: MethodFilter::GET,
        path: "/v1/{project_id}/secrets",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: list_secrets,
    },
    ApiOperation {
        name: "ShowSecret",
        method: MethodFilter::GET,
        path: "/v1/{project_id}/secrets/{secret_name}",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: show_secret,
    },
    ApiOperation {
        name: "CreateSecret",
        method: MethodFilter::POST,
        path: "/v1/{project_id}/secrets",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: create_secret,
    },
    ApiOperation {
        name: "UpdateSecret",
        method: MethodFilter::PUT,
        path: "/v1/{project_id}/secrets/{secret_name}",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: update_secret,
    },
    ApiOperation {
        name: "DeleteSecret",
        method: MethodFilter::DELETE,
        path: "/v1/{project_id}/secrets/{secret_name}",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Ignored,
        handle: delete_secret,
    },
];

/// Default of `limit`: secrets on a page.
const DEFAULT_PAGE_LIMIT: usize = 50;

/// Largest `limit`.
const MAX_PAGE_LIMIT: usize = 1000;

/// Lists a page of the project's secrets by name, those of one event if `event_name` is given. `next_marker` is absent
/// on the last page.
fn list_secrets(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let limit = match request.query("limit")? {
        None => DEFAULT_PAGE_LIMIT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_PAGE_LIMIT).contains(limit))
            .ok_or_else(|| {
                request.bad_parameter(format!(
                    "`limit` must be a number from 1 to {MAX_PAGE_LIMIT}"
                ))
            })?,
    };
    let event = request.query("event_name")?.unwrap_or_default();
    let store = world.store();
    let is_wanted = |id| event.is_empty() || store.events_of(id).any(|known| known == event);
    let mut secrets: Vec<_> = secrets(&store, request)
        .filter(|(id, _)| is_wanted(*id))
        .collect();
    secrets.sort_by(|(_, one), (_, next)| one.name.cmp(&next.name));
    let start = match request.query("marker")? {
        None | Some("") => 0,
        Some(marker) => secrets
            .iter()
            .position(|(_, found)| found.name == marker)
            .map(|last_of_page| last_of_page + 1)
            .ok_or_else(|| request.bad_parameter("`marker` does not match a secret name"))?,
    };
    let page: Vec<_> = secrets.iter().skip(start).take(limit).collect();
    let marker = |index: usize| secrets.get(index).map(|(_, found)| found.name.clone());
    let end = start + page.len();
    let page_info = wire::PageInfo {
        next_marker: (end < secrets.len()).then(|| marker(end - 1)).flatten(),
        previous_marker: start.checked_sub(limit.saturating_add(1)).and_then(marker),
        current_count: i64::try_from(page.len()).ok(),
    };
    let page = page
        .iter()
        .map(|(id, found)| secret_body(&store, id, found));
    let page = page.collect::<Result<Vec<_>, _>>()?;
    ApiResponse::json(
        StatusCode::OK,
        json!({"secrets": page, "page_info": page_info}),
    )
}

/// Shows the secret of a name. CSMS finds secrets by name here, and grants by the ID of the secret.
fn show_secret(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let store = world.store();
    let (id, secret) = find(&store, request)?;
    let body = secret_body(&store, &id, &secret)?;
    ApiResponse::json(StatusCode::OK, json!({"secret": body}))
}

/// What the sandbox keeps of a secret besides [`SandboxResource`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SecretDetails {
    description: Option<String>,
    pub(super) kms_key_id: Option<String>,
    /// None until the first update.
    updated_at: Option<Timestamp>,
}

impl StoredObject for SecretDetails {
    const KIND: &'static str = "secret_details";
}

/// The body of CreateSecret.
#[derive(Deserialize)]
struct CreateSecretRequest {
    name: String,
    #[serde(default)]
    kms_key_id: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(flatten)]
    value: SecretValue,
}

/// The body of UpdateSecret; an absent field keeps its value.
#[derive(Deserialize)]
struct UpdateSecretRequest {
    #[serde(default)]
    kms_key_id: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

/// Creates a secret with one version and without grants. Its name must be unique in the project.
fn create_secret(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: CreateSecretRequest = request.parse_body()?;
    let name = request.check_length("name", &body.name, 1, 64)?;
    let is_valid = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
    if !name.chars().all(is_valid) {
        let reason = "`name` must contain only letters, digits, periods, hyphens and underscores";
        return Err(request.bad_parameter(reason));
    }
    body.value.check(request)?;
    let now = world.now();
    let mut store = world.store();
    if secrets(&store, request).any(|(_, found)| found.name == name) {
        return Err(request.bad_parameter("a secret with this name exists"));
    }
    let id = ResourceId::from(uuid::Uuid::new_v4().to_string().as_str());
    let secret = SandboxResource {
        project_id: request.project_id(),
        kind: ResourceKind::Secret,
        name: name.to_owned(),
        state: SecretState::Enabled,
        created_at: now,
    };
    let versions = SecretVersions::first(body.value, body.kms_key_id.clone(), now);
    let details = SecretDetails {
        description: body.description,
        kms_key_id: body.kms_key_id,
        updated_at: None,
    };
    store.resources.insert(id.clone(), secret.clone());
    store.objects.put(id.as_str(), Some(&details));
    store.objects.put(id.as_str(), Some(&versions));
    let body = secret_body(&store, &id, &secret)?;
    ApiResponse::json(StatusCode::OK, json!({"secret": body}))
}

/// Changes description and key of a secret.
fn update_secret(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: UpdateSecretRequest = request.parse_body()?;
    let now = world.now();
    let mut store = world.store();
    let (id, secret) = find(&store, request)?;
    let details: SecretDetails = store.objects.current(id.as_str()).unwrap_or_default();
    let details = SecretDetails {
        description: body.description.or(details.description),
        kms_key_id: body.kms_key_id.or(details.kms_key_id),
        updated_at: Some(now),
    };
    store.objects.put(id.as_str(), Some(&details));
    let body = secret_body(&store, &id, &secret)?;
    ApiResponse::json(StatusCode::OK, json!({"secret": body}))
}

/// Deletes a secret, its versions and its grants at once.
fn delete_secret(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let mut store = world.store();
    let (id, _) = find(&store, request)?;
    store.remove_resource(&id);
    store.objects.put::<SecretDetails>(id.as_str(), None);
    store.objects.put::<SecretVersions>(id.as_str(), None);
    Ok(ApiResponse::no_content())
}

/// The secret of the name in the path.
pub(super) fn find(
    store: &Store,
    request: &ApiRequest,
) -> Result<(ResourceId, SandboxResource), ApiError> {
    let name = request.check_length("secret_name", request.path("secret_name"), 1, 64)?;
    let (id, secret) = secrets(store, request)
        .find(|(_, found)| found.name == name)
        .ok_or(ApiError::NoSecretName)?;
    Ok((id.clone(), secret.clone()))
}

/// The secrets of the project in the path, by id.
fn secrets<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> impl Iterator<Item = (&'a ResourceId, &'a SandboxResource)> + use<'a> {
    let project = request.project_id();
    let is_secret = |found: &SandboxResource| found.kind == ResourceKind::Secret;
    let resources = store.resources.iter();
    resources.filter(move |(_, found)| is_secret(found) && found.project_id == project)
}

/// A secret with the fields that [`wire::ListedSecret`] omits because the client does not use them.
#[derive(Serialize)]
struct SecretBody {
    #[serde(flatten)]
    secret: wire::ListedSecret,
    /// Always `COMMON`, the type of an ordinary secret.
    secret_type: &'static str,
    kms_key_id: Option<String>,
    description: Option<String>,
    create_time: RawTimestamp,
    update_time: RawTimestamp,
    /// Always null, also for secrets that are scheduled for deletion.
    scheduled_delete_time: Option<RawTimestamp>,
    event_subscriptions: Vec<String>,
}

fn secret_body(
    store: &Store,
    id: &ResourceId,
    secret: &SandboxResource,
) -> Result<Map<String, Value>, ApiError> {
    let quirks = &store.quirks;
    let details: SecretDetails = store.objects.current(id.as_str()).unwrap_or_default();
    let mut body = to_object(SecretBody {
        secret: wire::ListedSecret {
            id: id.to_string(),
            name: secret.name.clone(),
            state: Some(secret.state.name().to_owned()),
        },
        secret_type: "COMMON",
        create_time: timestamp(secret.created_at, quirks),
        update_time: timestamp(details.updated_at.unwrap_or(secret.created_at), quirks),
        kms_key_id: details.kms_key_id,
        description: details.description,
        scheduled_delete_time: None,
        event_subscriptions: store.events_of(id).map(str::to_owned).collect(),
    })?;
    apply_id_format(&mut body, "id", quirks);
    Ok(body)
}
