//! The delegation that allows CodeArts Repo to use the KMS keys of an account.
//!
//! The API has no operation to revoke the delegation. The documented status of ShowTenantKmsGrant is 202; it does not mean that
//! anything is pending.
//!
//! Source: CodeArts Repo API reference, CreateTenantKmsGrant, ShowTenantKmsGrant.

use axum::http::StatusCode;
use axum::routing::MethodFilter;

use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::AccountId;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::quirk::{RepoMissing, RepoStatus};
use crate::sandbox::store::object::Delegation;
use crate::sandbox::world::World;
use crate::wire::repo::{CreateTenantKmsGrantResponse, ShowTenantKmsGrantResponse};

/// Path of both operations. The tenant is the account of the caller.
const KMS_GRANT: &str = "/v4/tenants/{tenant_id}/repo-encryption/kms-grant";

/// The operations on the delegation.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "CreateTenantKmsGrant",
        method: MethodFilter::POST,
        path: KMS_GRANT,
        service: Responder::Repo,
        access: RequiredAccess::Permission(Permission::WriteRepo),
        body: BodyRule::Empty,
        handle: create_kms_grant,
    },
    ApiOperation {
        name: "ShowTenantKmsGrant",
        method: MethodFilter::GET,
        path: KMS_GRANT,
        service: Responder::Repo,
        access: RequiredAccess::Permission(Permission::ReadRepo),
        body: BodyRule::Ignored,
        handle: show_kms_grant,
    },
];

/// Creates the delegation. Repeatable: an existing delegation is confirmed with the same response.
fn create_kms_grant(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let account = AccountId::from(request.path("tenant_id"));
    let delegation = Some(&Delegation {});
    world.store().objects.write(account.as_str(), delegation);
    let answer = CreateTenantKmsGrantResponse {
        tenant_id: Some(account.to_string()),
        assumed: Some(true),
    };
    ApiResponse::json(StatusCode::OK, answer)
}

/// Shows whether the delegation exists. Without one, a quirk decides between `"assumed": false` and 404.
fn show_kms_grant(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let account = AccountId::from(request.path("tenant_id"));
    let mut store = world.store();
    let delegation = store
        .objects
        .read::<Delegation>(account.as_str(), request.lag);
    let assumed = delegation.is_some();
    if !assumed && store.quirks.repo_missing == RepoMissing::NotFound {
        return Err(ApiError::NotFound(
            Responder::Repo,
            "the delegation".to_owned(),
        ));
    }
    let answer = ShowTenantKmsGrantResponse {
        tenant_id: Some(account.to_string()),
        assumed: Some(assumed),
    };
    let status = match store.quirks.repo_status {
        RepoStatus::Accepted => StatusCode::ACCEPTED,
        RepoStatus::Ok => StatusCode::OK,
    };
    ApiResponse::json(status, answer)
}
