//! Keys: create, describe, list, rename, enable, disable, and schedule for deletion.

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{KEY_UNKNOWN, KeyInfo, PageLimit, page, required, scope};
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::service::scope::RegionalScope;
use crate::sandbox::store::Store;
use crate::sandbox::store::encryption::{KmsKey, KmsKeys};
use crate::sandbox::world::World;

/// Declares an operation on keys: all are POSTs with a JSON body.
const fn operation(
    name: &'static str,
    path: &'static str,
    permission: Permission,
    handle: fn(&World, &ApiRequest) -> Result<ApiResponse, ApiError>,
) -> ApiOperation {
    ApiOperation {
        name,
        method: MethodFilter::POST,
        path,
        service: Responder::Kms,
        access: RequiredAccess::Permission(permission),
        body: BodyRule::Json,
        handle,
    }
}

/// The operations on keys.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    operation(
        "CreateKey",
        "/v1.0/{project_id}/kms/create-key",
        Permission::WriteCsms,
        create_key,
    ),
    operation(
        "ListKeyDetail",
        "/v1.0/{project_id}/kms/describe-key",
        Permission::ReadCsms,
        describe_key,
    ),
    operation(
        "ListKeys",
        "/v1.0/{project_id}/kms/list-keys",
        Permission::ReadCsms,
        list_keys,
    ),
    operation(
        "UpdateKeyAlias",
        "/v1.0/{project_id}/kms/update-key-alias",
        Permission::WriteCsms,
        update_key_alias,
    ),
    operation(
        "UpdateKeyDescription",
        "/v1.0/{project_id}/kms/update-key-description",
        Permission::WriteCsms,
        update_key_description,
    ),
    operation(
        "EnableKey",
        "/v1.0/{project_id}/kms/enable-key",
        Permission::WriteCsms,
        enable_key,
    ),
    operation(
        "DisableKey",
        "/v1.0/{project_id}/kms/disable-key",
        Permission::WriteCsms,
        disable_key,
    ),
    operation(
        "DeleteKey",
        "/v1.0/{project_id}/kms/schedule-key-deletion",
        Permission::WriteCsms,
        schedule_key_deletion,
    ),
    operation(
        "CancelKeyDeletion",
        "/v1.0/{project_id}/kms/cancel-key-deletion",
        Permission::WriteCsms,
        cancel_key_deletion,
    ),
];

/// States of a key.
const ENABLED: &str = "2";
const DISABLED: &str = "3";
const PENDING_DELETION: &str = "4";

/// Days from scheduling the deletion of a key to the deletion.
const PENDING_DAYS: std::ops::RangeInclusive<i64> = 7..=1096;

/// The body of every operation on a key; each reads some fields.
#[derive(Default, Deserialize)]
#[serde(default)]
struct KeyRequest {
    key_id: Option<String>,
    key_alias: Option<String>,
    key_description: Option<String>,
    key_state: Option<String>,
    pending_days: Option<String>,
    limit: Option<PageLimit>,
    marker: Option<String>,
}

/// Creates an enabled key.
fn create_key(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: KeyRequest = request.parse_body()?;
    let alias = required(body.key_alias.as_deref(), ALIAS_WRONG, "key_alias")?;
    let now = world.now();
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let mut keys = keys(&store, &scope);
    check_alias(&keys, alias)?;
    let id = uuid::Uuid::new_v4().to_string();
    let key = KmsKey {
        description: body.key_description.unwrap_or_default(),
        created_at: Some(now),
        ..KmsKey::new(alias, ENABLED)
    };
    keys.0.insert(id.clone(), key);
    store.objects.write(&scope.text(), Some(&keys));
    let key_info = json!({
        "key_id": id,
        "domain_id": scope.account,
        "region_id": scope.region,
    });
    ApiResponse::json(StatusCode::OK, KeyInfo { key_info })
}

/// Describes a key.
fn describe_key(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: KeyRequest = request.parse_body()?;
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let keys: KmsKeys = store
        .objects
        .read(&scope.text(), request.lag)
        .unwrap_or_default();
    let (id, key) = find(&keys, body.key_id.as_deref())?;
    let key_info = details(&scope, id, key);
    ApiResponse::json(StatusCode::OK, KeyInfo { key_info })
}

/// Lists a page of the keys by ID.
fn list_keys(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: KeyRequest = request.parse_body()?;
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let keys: KmsKeys = store
        .objects
        .read(&scope.text(), request.lag)
        .unwrap_or_default();
    let is_wanted = |key: &KmsKey| {
        let wanted = body.key_state.as_deref().filter(|state| !state.is_empty());
        wanted.is_none_or(|state| state == key.state)
    };
    let keys = keys.0.into_iter().filter(|(_, key)| is_wanted(key));
    let page = page(keys.collect(), body.limit.as_ref(), body.marker.as_deref())?;
    let ids: Vec<&String> = page.items.iter().map(|(id, _)| id).collect();
    let details: Vec<Value> = page
        .items
        .iter()
        .map(|(id, key)| details(&scope, id, key))
        .collect();
    let body = json!({
        "keys": ids,
        "key_details": details,
        "next_marker": page.next_marker,
        "truncated": page.truncated,
        "total": page.total,
    });
    ApiResponse::json(StatusCode::OK, body)
}

/// Renames a key.
fn update_key_alias(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: KeyRequest = request.parse_body()?;
    let alias = required(body.key_alias.as_deref(), ALIAS_WRONG, "key_alias")?;
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let mut keys = keys(&store, &scope);
    let (id, key) = find(&keys, body.key_id.as_deref())?;
    let id = id.to_owned();
    if key.alias != alias {
        check_alias(&keys, alias)?;
    }
    change(&mut keys, &id, |key| {
        if key.state == PENDING_DELETION {
            return Err(ApiError::Kms(KEY_PENDING, PENDING_MESSAGE.to_owned()));
        }
        alias.clone_into(&mut key.alias);
        Ok(())
    })?;
    store.objects.write(&scope.text(), Some(&keys));
    let key_info = json!({"key_id": id, "key_alias": alias});
    ApiResponse::json(StatusCode::OK, KeyInfo { key_info })
}

/// Changes the description of a key.
fn update_key_description(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: KeyRequest = request.parse_body()?;
    let Some(description) = body.key_description else {
        let reason = "`key_description` is missing".to_owned();
        return Err(ApiError::Kms(DESCRIPTION_MISSING, reason));
    };
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let mut keys = keys(&store, &scope);
    let (id, _) = find(&keys, body.key_id.as_deref())?;
    let id = id.to_owned();
    change(&mut keys, &id, |key| {
        if key.state == PENDING_DELETION {
            return Err(ApiError::Kms(KEY_PENDING, PENDING_MESSAGE.to_owned()));
        }
        description.clone_into(&mut key.description);
        Ok(())
    })?;
    store.objects.write(&scope.text(), Some(&keys));
    let key_info = json!({"key_id": id, "key_description": description});
    ApiResponse::json(StatusCode::OK, KeyInfo { key_info })
}

fn enable_key(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let info = set_state(world, request, |key| match key.state.as_str() {
        DISABLED => Ok(ENABLED),
        PENDING_DELETION => Err(ApiError::Kms(KEY_PENDING, PENDING_MESSAGE.to_owned())),
        _ => Err(ApiError::Kms(
            NOT_DISABLED,
            "The key is not disabled".to_owned(),
        )),
    })?;
    ApiResponse::json(StatusCode::OK, KeyInfo { key_info: info })
}

fn disable_key(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let info = set_state(world, request, |key| match key.state.as_str() {
        ENABLED => Ok(DISABLED),
        PENDING_DELETION => Err(ApiError::Kms(KEY_PENDING, PENDING_MESSAGE.to_owned())),
        _ => Err(ApiError::Kms(
            NOT_ENABLED,
            "The key is not enabled".to_owned(),
        )),
    })?;
    ApiResponse::json(StatusCode::OK, KeyInfo { key_info: info })
}

/// Schedules the deletion of a key. The sandbox never deletes it.
fn schedule_key_deletion(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: KeyRequest = request.parse_body()?;
    let days = body.pending_days.as_deref().unwrap_or_default().parse();
    if !days.is_ok_and(|days| PENDING_DAYS.contains(&days)) {
        let reason = "Set the pending deletion period between 7 to 1096 days".to_owned();
        return Err(ApiError::Kms(DAYS_WRONG, reason));
    }
    let info = set_state(world, request, |key| match key.state.as_str() {
        PENDING_DELETION => Err(ApiError::Kms(
            ALREADY_PENDING,
            "The key is already in Pending deletion state".to_owned(),
        )),
        _ => Ok(PENDING_DELETION),
    })?;
    ApiResponse::json(StatusCode::OK, info)
}

/// Cancels the deletion of a key, which is disabled then.
fn cancel_key_deletion(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let info = set_state(world, request, |key| match key.state.as_str() {
        PENDING_DELETION => Ok(DISABLED),
        _ => Err(ApiError::Kms(
            NOT_PENDING,
            "The key is not in Pending deletion state".to_owned(),
        )),
    })?;
    ApiResponse::json(StatusCode::OK, info)
}

/// Error codes, in the order of the page.
const DESCRIPTION_MISSING: &str = "KMS.0204";
const KEY_PENDING: &str = "KMS.0210";
const ALIAS_WRONG: &str = "KMS.1101";
const ALIAS_TAKEN: &str = "KMS.1104";
const NOT_DISABLED: &str = "KMS.1401";
const NOT_ENABLED: &str = "KMS.1501";
const DAYS_WRONG: &str = "KMS.1601";
const ALREADY_PENDING: &str = "KMS.1602";
const NOT_PENDING: &str = "KMS.1701";

const PENDING_MESSAGE: &str = "The key is in Pending deletion state and cannot be used";

/// The keys as they are now.
fn keys(store: &Store, scope: &RegionalScope) -> KmsKeys {
    store.objects.current(&scope.text()).unwrap_or_default()
}

/// The key of an ID.
pub(super) fn find<'a>(
    keys: &'a KmsKeys,
    id: Option<&str>,
) -> Result<(&'a str, &'a KmsKey), ApiError> {
    let id = required(id, KEY_UNKNOWN, "key_id")?;
    let found = keys.0.get_key_value(id);
    let (id, key) = found.ok_or_else(|| ApiError::Kms(KEY_UNKNOWN, "Invalid key ID".to_owned()))?;
    Ok((id.as_str(), key))
}

/// Checks that no key has a name.
fn check_alias(keys: &KmsKeys, alias: &str) -> Result<(), ApiError> {
    match keys.0.values().any(|key| key.alias == alias) {
        true => Err(ApiError::Kms(
            ALIAS_TAKEN,
            "Duplicate key aliases".to_owned(),
        )),
        false => Ok(()),
    }
}

/// Changes a key.
fn change(
    keys: &mut KmsKeys,
    id: &str,
    change: impl FnOnce(&mut KmsKey) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let key = keys.0.get_mut(id);
    change(key.ok_or_else(|| ApiError::Kms(KEY_UNKNOWN, "Invalid key ID".to_owned()))?)
}

/// Sets the state of the key in the body to what `next` says; its ID and new state.
fn set_state(
    world: &World,
    request: &ApiRequest,
    next: impl FnOnce(&KmsKey) -> Result<&'static str, ApiError>,
) -> Result<Value, ApiError> {
    let body: KeyRequest = request.parse_body()?;
    let mut store = world.store();
    let scope = scope(&store, request)?;
    let mut keys = keys(&store, &scope);
    let (id, key) = find(&keys, body.key_id.as_deref())?;
    let (id, state) = (id.to_owned(), next(key)?);
    change(&mut keys, &id, |key| {
        state.clone_into(&mut key.state);
        Ok(())
    })?;
    store.objects.write(&scope.text(), Some(&keys));
    Ok(json!({"key_id": id, "key_state": state}))
}

/// A key as it is listed. Numbers and Booleans are strings, as in the SDKs.
fn details(scope: &RegionalScope, id: &str, key: &KmsKey) -> Value {
    let created_at = key.created_at.map(|at| at.as_millisecond().to_string());
    json!({
        "key_id": id,
        "domain_id": scope.account,
        "key_alias": key.alias,
        "realm": scope.region,
        "key_spec": "AES_256",
        "key_usage": "ENCRYPT_DECRYPT",
        "key_description": key.description,
        "creation_date": created_at,
        "scheduled_deletion_date": "",
        "key_state": key.state,
        "default_key_flag": "0",
        "key_type": "1",
        "expiration_time": "",
        "origin": "kms",
        "key_rotation_enabled": "false",
        "sys_enterprise_project_id": "0",
        "keystore_id": "0",
    })
}
