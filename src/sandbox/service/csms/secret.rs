//! Secrets, without their values.

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::response_format::{apply_id_format, timestamp, to_object};
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::ResourceId;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::store::Store;
use crate::sandbox::store::resource::{ResourceKind, SandboxResource};
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
    let name = request.check_length("secret_name", request.path("secret_name"), 1, 64)?;
    let store = world.store();
    let (id, secret) = secrets(&store, request)
        .find(|(_, found)| found.name == name)
        .ok_or(ApiError::NoSecretName)?;
    let body = secret_body(&store, id, secret)?;
    ApiResponse::json(StatusCode::OK, json!({"secret": body}))
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
    create_time: RawTimestamp,
    /// Time of creation: the sandbox keeps no other.
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
    let mut body = to_object(SecretBody {
        secret: wire::ListedSecret {
            id: id.to_string(),
            name: secret.name.clone(),
            state: Some(secret.state.name().to_owned()),
        },
        secret_type: "COMMON",
        create_time: timestamp(secret.created_at, quirks),
        update_time: timestamp(secret.created_at, quirks),
        scheduled_delete_time: None,
        event_subscriptions: store.events_of(id).map(str::to_owned).collect(),
    })?;
    apply_id_format(&mut body, "id", quirks);
    Ok(body)
}
