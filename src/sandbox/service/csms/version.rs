//! Versions of a secret, which contain its values.

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::response_format::{timestamp, to_object};
use super::secret::{SecretDetails, find};
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::ResourceId;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::store::Store;
use crate::sandbox::store::object::StoredObject;
use crate::sandbox::store::resource::{SandboxResource, SecretState};
use crate::sandbox::world::World;
use crate::wire::RawTimestamp;

/// The operations on versions.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "CreateSecretVersion",
        method: MethodFilter::POST,
        path: "/v1/{project_id}/secrets/{secret_name}/versions",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: create_version,
    },
    ApiOperation {
        name: "ListSecretVersions",
        method: MethodFilter::GET,
        path: "/v1/{project_id}/secrets/{secret_name}/versions",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: list_versions,
    },
    ApiOperation {
        name: "ShowSecretVersion",
        method: MethodFilter::GET,
        path: "/v1/{project_id}/secrets/{secret_name}/versions/{version_id}",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: show_version,
    },
];

/// The largest number of versions of a secret.
const MAX_VERSIONS: usize = 20;

/// `version_id` that means the latest version.
const LATEST: &str = "latest";

const CURRENT_STAGE: &str = "SYSCURRENT";
const PREVIOUS_STAGE: &str = "SYSPREVIOUS";

/// A value in a request or response: exactly one of them.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct SecretValue {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_string: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_binary: Option<String>,
}

impl SecretValue {
    /// Checks that there is one value.
    pub(super) fn check(&self, request: &ApiRequest) -> Result<(), ApiError> {
        match (&self.secret_string, &self.secret_binary) {
            (None, None) => {
                Err(request.bad_parameter("`secret_string` or `secret_binary` is missing"))
            }
            (Some(_), Some(_)) => Err(request
                .bad_parameter("only one of `secret_string` and `secret_binary` can be specified")),
            _ => Ok(()),
        }
    }
}

/// A version. Its ID is its position in the list: `v1`, `v2` and so on.
#[derive(Serialize, Deserialize)]
struct SecretVersion {
    #[serde(flatten)]
    value: SecretValue,
    created_at: Timestamp,
    kms_key_id: Option<String>,
    /// Milliseconds since 1970.
    expire_time: Option<i64>,
}

/// The versions of a secret, by the ID of the secret. Secrets of the seed have none.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct SecretVersions(Vec<SecretVersion>);

impl StoredObject for SecretVersions {
    const KIND: &'static str = "secret_versions";
}

impl SecretVersions {
    /// The versions of a new secret.
    pub(super) fn first(
        value: SecretValue,
        kms_key_id: Option<String>,
        created_at: Timestamp,
    ) -> Self {
        Self(vec![SecretVersion {
            value,
            created_at,
            kms_key_id,
            expire_time: None,
        }])
    }
}

/// The body of CreateSecretVersion.
#[derive(Deserialize)]
struct CreateVersionRequest {
    #[serde(flatten)]
    value: SecretValue,
    #[serde(default)]
    expire_time: Option<i64>,
}

/// Adds a version, which becomes the current one.
fn create_version(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: CreateVersionRequest = request.parse_body()?;
    body.value.check(request)?;
    let now = world.now();
    let mut store = world.store();
    let (id, secret) = find_usable(&store, request)?;
    let mut versions = versions(&store, &id);
    if versions.0.len() >= MAX_VERSIONS {
        let reason = format!("a secret has up to {MAX_VERSIONS} versions");
        return Err(request.bad_parameter(reason));
    }
    let details: SecretDetails = store.objects.current(id.as_str()).unwrap_or_default();
    versions.0.push(SecretVersion {
        value: body.value,
        created_at: now,
        kms_key_id: details.kms_key_id,
        expire_time: body.expire_time,
    });
    store.objects.put(id.as_str(), Some(&versions));
    let mut listed = metadata(&store, &secret, &versions)?;
    ApiResponse::json(StatusCode::OK, json!({"version_metadata": listed.pop()}))
}

/// Lists all versions of a secret on one page, the oldest first.
fn list_versions(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let store = world.store();
    let (id, secret) = find(&store, request)?;
    let listed = metadata(&store, &secret, &versions(&store, &id))?;
    let count = listed.len();
    let body = json!({"version_metadatas": listed, "page_info": {"current_count": count}});
    ApiResponse::json(StatusCode::OK, body)
}

/// Shows a version with its value.
fn show_version(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let wanted = request.path("version_id");
    let store = world.store();
    let (id, secret) = find_usable(&store, request)?;
    let versions = versions(&store, &id);
    let mut listed = metadata(&store, &secret, &versions)?
        .into_iter()
        .zip(versions.0);
    let found = match wanted {
        LATEST => listed.next_back(),
        _ => listed.find(|(metadata, _)| metadata["id"] == wanted),
    };
    let (metadata, version) = found.ok_or(ApiError::NoResource)?;
    let mut shown = to_object(version.value)?;
    shown.insert("version_metadata".to_owned(), Value::Object(metadata));
    ApiResponse::json(StatusCode::OK, json!({ "version": shown }))
}

/// The secret in the path, if its values can be used.
fn find_usable(
    store: &Store,
    request: &ApiRequest,
) -> Result<(ResourceId, SandboxResource), ApiError> {
    let (id, secret) = find(store, request)?;
    match secret.state {
        SecretState::PendingDelete => Err(ApiError::SecretPendingDelete),
        _ => Ok((id, secret)),
    }
}

fn versions(store: &Store, id: &ResourceId) -> SecretVersions {
    store.objects.current(id.as_str()).unwrap_or_default()
}

/// A version as it is listed, without its value.
#[derive(Serialize)]
struct VersionMetadata<'a> {
    id: String,
    secret_name: &'a str,
    kms_key_id: Option<&'a str>,
    create_time: RawTimestamp,
    expire_time: Option<i64>,
    version_stages: &'static [&'static str],
}

/// Every version as it is listed.
fn metadata(
    store: &Store,
    secret: &SandboxResource,
    versions: &SecretVersions,
) -> Result<Vec<Map<String, Value>>, ApiError> {
    let count = versions.0.len();
    let listed = versions.0.iter().enumerate().map(|(index, version)| {
        to_object(VersionMetadata {
            id: format!("v{}", index + 1),
            secret_name: &secret.name,
            kms_key_id: version.kms_key_id.as_deref(),
            create_time: timestamp(version.created_at, &store.quirks),
            expire_time: version.expire_time,
            version_stages: match count - index {
                1 => &[CURRENT_STAGE],
                2 => &[PREVIOUS_STAGE],
                _ => &[],
            },
        })
    });
    listed.collect()
}
