//! Security Token Service: temporary access keys for agencies, and the identity of the caller.
//!
//! Its error codes are not documented; the sandbox uses those of IAM. An external id, a policy and a session name are accepted
//! and ignored.
//!
//! Source: STS API reference, AssumeAgency, GetCallerIdentity.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::MethodFilter;

use super::iam::agency::assume;
use super::iam::timestamp::timestamp;
use crate::sandbox::api::caller::AuthMethod;
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::AccountId;
use crate::sandbox::world::World;
use crate::wire::sts as wire;

/// Allowed lifetime of a temporary key, in seconds.
const LIFETIME_SECONDS: RangeInclusive<u32> = 900..=43_200;

/// Default lifetime in seconds; also the longest one if the caller's own key is temporary.
const DEFAULT_LIFETIME_SECONDS: u32 = 3600;

/// The operations of STS.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "AssumeAgency",
        method: MethodFilter::POST,
        path: "/v5/agencies/assume",
        service: Responder::Sts,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Json,
        handle: assume_agency,
    },
    ApiOperation {
        name: "GetCallerIdentity",
        method: MethodFilter::GET,
        path: "/v5/caller-identity",
        service: Responder::Sts,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Ignored,
        handle: show_caller_identity,
    },
];

/// Issues a temporary access key for an agency. The request must be signed with an access key; a token is refused.
fn assume_agency(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let caller = request.require_caller()?;
    let is_chained = match caller.auth_method {
        AuthMethod::Signature => false,
        AuthMethod::TemporarySignature => true,
        AuthMethod::Token => {
            let reason = "The request must be signed with an access key".to_owned();
            return Err(ApiError::Unauthenticated(request.service, reason));
        }
    };
    let body: wire::AssumeAgencyRequest = request.parse_body()?;
    let (owner, name) = parse_urn(&body.agency_urn).ok_or_else(|| {
        request.bad_body("`agency_urn` must have the format `iam::{domain_id}:agency:{name}`")
    })?;
    request.check_length("agency_session_name", &body.agency_session_name, 2, 64)?;
    let seconds = body.duration_seconds.unwrap_or(DEFAULT_LIFETIME_SECONDS);
    if !LIFETIME_SECONDS.contains(&seconds) {
        return Err(request.bad_body("`duration_seconds` must be between 900 and 43200"));
    }
    if is_chained && seconds > DEFAULT_LIFETIME_SECONDS {
        return Err(request.bad_body(
            "`duration_seconds` must be between 900 and 3600 for a temporary access key",
        ));
    }
    let mut store = world.store();
    let assumed = assume(&store, request, &caller.principal, &owner, name)?;
    let lifetime = Duration::from_secs(seconds.into());
    let issued = store
        .identities
        .issue_key(assumed, world.system_now(), lifetime);
    let answer = wire::AssumeAgencyResponse {
        credentials: wire::AgencyCredentials {
            access_key_id: issued.id,
            secret_access_key: issued.secret_key,
            security_token: issued.security_token,
            expiration: Some(timestamp(issued.expires_at)),
        },
    };
    ApiResponse::json(StatusCode::OK, answer)
}

/// Shows account, id and URN of the caller. It requires no permission, so every valid credential can learn its account.
fn show_caller_identity(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let principal = &request.require_caller()?.principal;
    let (account, name) = (&principal.account_id, &principal.name);
    let is_agency = world.store().identities.agency(account, name).is_some();
    let kind = if is_agency { "agency" } else { "user" };
    let answer = wire::GetCallerIdentityResponse {
        account_id: account.to_string(),
        principal_id: Some(principal.id.clone()),
        principal_urn: Some(format!("iam::{account}:{kind}:{name}")),
    };
    ApiResponse::json(StatusCode::OK, answer)
}

/// Account and name of an agency, from its URN.
fn parse_urn(urn: &str) -> Option<(AccountId, &str)> {
    let (account, name) = urn.strip_prefix("iam::")?.split_once(":agency:")?;
    let is_whole = !account.is_empty() && !name.is_empty();
    is_whole.then(|| (AccountId::from(account), name))
}
