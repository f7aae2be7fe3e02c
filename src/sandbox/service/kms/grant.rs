//! Grants to use a key: create, list and revoke.

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use serde::Deserialize;
use serde_json::{Value, json};

use super::key::find;
use super::{PageLimit, page, required, scope};
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::store::encryption::{KmsGrant, KmsGrants, KmsKeys};
use crate::sandbox::world::World;

/// The operations on grants.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "KmsCreateGrant",
        method: MethodFilter::POST,
        path: "/v1.0/{project_id}/kms/create-grant",
        service: Responder::Kms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: create_grant,
    },
    ApiOperation {
        name: "KmsListGrants",
        method: MethodFilter::POST,
        path: "/v1.0/{project_id}/kms/list-grants",
        service: Responder::Kms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Json,
        handle: list_grants,
    },
    ApiOperation {
        name: "KmsCancelGrant",
        method: MethodFilter::POST,
        path: "/v1.0/{project_id}/kms/revoke-grant",
        service: Responder::Kms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: revoke_grant,
    },
];

/// Error code for missing fields.
const MISSING: &str = "KMS.0204";
/// Error code for the ID of a grant that does not exist.
const GRANT_UNKNOWN: &str = "KMS.2101";

/// The body of every operation on a grant; each reads some fields.
#[derive(Default, Deserialize)]
#[serde(default)]
struct GrantRequest {
    key_id: Option<String>,
    grant_id: Option<String>,
    grantee_principal: Option<String>,
    grantee_principal_type: Option<String>,
    operations: Vec<String>,
    name: Option<String>,
    retiring_principal: Option<String>,
    limit: Option<PageLimit>,
    marker: Option<String>,
}

fn create_grant(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: GrantRequest = request.parse_body()?;
    let grantee = body.grantee_principal.as_deref();
    let grantee = required(grantee, MISSING, "grantee_principal")?.to_owned();
    if body.operations.is_empty() {
        return Err(ApiError::Kms(MISSING, "`operations` is missing".to_owned()));
    }
    let issuer = request.require_caller()?.principal.id.clone();
    let now = world.now();
    let mut store = world.store();
    let scope = scope(&store, request)?.text();
    let keys: KmsKeys = store.objects.current(&scope).unwrap_or_default();
    let (key_id, _) = find(&keys, body.key_id.as_deref())?;
    let grant = KmsGrant {
        key_id: key_id.to_owned(),
        grantee_principal: grantee,
        grantee_principal_type: body
            .grantee_principal_type
            .unwrap_or_else(|| "user".to_owned()),
        operations: body.operations,
        issuing_principal: issuer,
        created_at: now,
        name: body.name,
        retiring_principal: body.retiring_principal,
    };
    let id = uuid::Uuid::new_v4().simple().to_string();
    let mut grants: KmsGrants = store.objects.current(&scope).unwrap_or_default();
    grants.0.insert(id.clone(), grant);
    store.objects.write(&scope, Some(&grants));
    ApiResponse::json(StatusCode::OK, json!({"grant_id": id}))
}

fn list_grants(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: GrantRequest = request.parse_body()?;
    let mut store = world.store();
    let scope = scope(&store, request)?.text();
    let keys: KmsKeys = store.objects.current(&scope).unwrap_or_default();
    let (key_id, _) = find(&keys, body.key_id.as_deref())?;
    let grants: KmsGrants = store.objects.read(&scope, request.lag).unwrap_or_default();
    let of_key = grants.0.iter().filter(|(_, grant)| grant.key_id == key_id);
    let listed: Vec<Value> = of_key.map(|(id, grant)| listed(id, grant)).collect();
    let page = page(listed, body.limit.as_ref(), body.marker.as_deref())?;
    let body = json!({
        "grants": page.items,
        "next_marker": page.next_marker,
        "truncated": page.truncated,
        "total": page.total,
    });
    ApiResponse::json(StatusCode::OK, body)
}

fn revoke_grant(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: GrantRequest = request.parse_body()?;
    let mut store = world.store();
    let scope = scope(&store, request)?.text();
    let keys: KmsKeys = store.objects.current(&scope).unwrap_or_default();
    let (key_id, _) = find(&keys, body.key_id.as_deref())?;
    let id = required(body.grant_id.as_deref(), GRANT_UNKNOWN, "grant_id")?;
    let mut grants: KmsGrants = store.objects.current(&scope).unwrap_or_default();
    let is_of_key = grants.0.get(id).is_some_and(|grant| grant.key_id == key_id);
    if !is_of_key {
        return Err(ApiError::Kms(GRANT_UNKNOWN, "Invalid grant ID".to_owned()));
    }
    grants.0.remove(id);
    store.objects.write(&scope, Some(&grants));
    ApiResponse::json(StatusCode::OK, json!({}))
}

/// A grant as it is listed.
fn listed(id: &str, grant: &KmsGrant) -> Value {
    json!({
        "key_id": grant.key_id,
        "grant_id": id,
        "grantee_principal": grant.grantee_principal,
        "grantee_principal_type": grant.grantee_principal_type,
        "operations": grant.operations,
        "issuing_principal": grant.issuing_principal,
        "creation_date": grant.created_at.as_millisecond().to_string(),
        "name": grant.name.as_deref().unwrap_or_default(),
        "retiring_principal": grant.retiring_principal.as_deref().unwrap_or_default(),
    })
}
