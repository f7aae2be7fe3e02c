//! Temporary access keys, for an agency or for the user of a token.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::MethodFilter;

use super::account::resolve_account;
use super::agency::assume;
use super::timestamp::timestamp;
use super::token;
use crate::sandbox::api::caller::AuthMethod;
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::world::World;
use crate::wire::iam as wire;

/// The operations on temporary access keys.
pub(super) const OPERATIONS: &[ApiOperation] = &[ApiOperation {
    name: "CreateTemporaryAccessKey",
    method: MethodFilter::POST,
    path: "/v3.0/OS-CREDENTIAL/securitytokens",
    service: Responder::Iam,
    access: RequiredAccess::Anonymous,
    body: BodyRule::Json,
    handle: create_temporary_access_key,
}];

/// Allowed lifetime of a temporary key, in seconds.
const LIFETIME_SECONDS: RangeInclusive<u32> = 900..=86_400;

/// Default lifetime in seconds.
const DEFAULT_LIFETIME_SECONDS: u32 = 900;

/// Issues a temporary access key: for an agency (`assume_role`), or for the holder of a token, which is in the body or
/// else in `X-Auth-Token`.
fn create_temporary_access_key(
    world: &World,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let body: wire::CreateTemporaryAccessKeyRequest = request.parse_body()?;
    let identity = &body.auth.identity;
    let mut store = world.store();
    let (principal, seconds) = match identity.methods.as_slice() {
        [method] if method == "assume_role" => {
            let agency = identity.assume_role.as_ref();
            let agency = agency.ok_or_else(|| request.bad_body("`assume_role` is missing"))?;
            let caller = &request.require_caller()?.principal;
            let id = agency.domain_id.as_deref();
            let owner = resolve_account(&store, request, id, agency.domain_name.as_deref())?;
            let assumed = assume(&store, request, caller, &owner, &agency.agency_name)?;
            (assumed, agency.duration_seconds)
        }
        [method] if method == "token" => {
            let given = identity.token.clone().unwrap_or_default();
            let holder = match &given.id {
                Some(text) => token::resolve_token(world, &store, request, text)?,
                None => request
                    .require_caller_with(AuthMethod::Token)?
                    .principal
                    .clone(),
            };
            (holder, given.duration_seconds)
        }
        _ => return Err(request.bad_body("`methods` must be `assume_role` or `token`")),
    };
    let seconds = seconds.unwrap_or(DEFAULT_LIFETIME_SECONDS);
    if !LIFETIME_SECONDS.contains(&seconds) {
        return Err(request.bad_body("`duration_seconds` must be between 900 and 86400"));
    }
    let lifetime = Duration::from_secs(seconds.into());
    let issued = store
        .identities
        .issue_key(principal, world.system_now(), lifetime);
    let answer = wire::CreateTemporaryAccessKeyResponse {
        credential: wire::TemporaryCredential {
            access: issued.id,
            secret: issued.secret_key,
            securitytoken: issued.security_token,
            expires_at: Some(timestamp(issued.expires_at)),
        },
    };
    ApiResponse::json(StatusCode::CREATED, answer)
}
