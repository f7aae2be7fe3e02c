//! Metadata service of a server, on real servers at `http://169.254.169.254`: temporary access keys of the server's agency.
//!
//! Real servers differ in their support of tokens; see [`MetadataTokens`]. Each response has a new key. The reference documents
//! only status and message of errors, so the bodies are plain text.
//!
//! Source: ECS user guide, "Obtaining Metadata".

use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use uuid::Uuid;

use super::iam::timestamp::timestamp;
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::clock::saturating_add;
use crate::sandbox::identity::metadata_server::MetadataTokens;
use crate::sandbox::world::World;
use crate::wire::iam::TemporaryCredential;
use crate::wire::metadata::SecurityKeyResponse;

/// Header with the lifetime of the requested token, in seconds.
const LIFETIME_HEADER: &str = "x-metadata-token-ttl-seconds";
/// Header with the token, in requests for a key.
const TOKEN_HEADER: &str = "x-metadata-token";

/// Longest lifetime of a token in seconds: six hours.
const MAX_TOKEN_SECONDS: u64 = 21_600;

/// The operations of the metadata service.
pub(in crate::sandbox) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "CreateMetadataToken",
        method: MethodFilter::PUT,
        path: "/meta-data/latest/api/token",
        service: Responder::Metadata,
        access: RequiredAccess::Anonymous,
        body: BodyRule::Empty,
        handle: create_token,
    },
    ApiOperation {
        name: "ShowSecurityKey",
        method: MethodFilter::GET,
        path: "/openstack/latest/securitykey",
        service: Responder::Metadata,
        access: RequiredAccess::Anonymous,
        body: BodyRule::Ignored,
        handle: show_security_key,
    },
];

/// Issues a token, whose text is the whole body. A server that does not support tokens answers with its configured
/// status.
fn create_token(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let mut store = world.store();
    if let MetadataTokens::Unsupported(status) = store.metadata.tokens {
        return Ok(ApiResponse::text(status, ""));
    }
    let seconds = request
        .header(LIFETIME_HEADER)
        .and_then(|text| text.parse().ok());
    let Some(seconds @ 1..=MAX_TOKEN_SECONDS) = seconds else {
        return Ok(ApiResponse::text(
            StatusCode::BAD_REQUEST,
            "X-Metadata-Token-Ttl-Seconds must be between 1 and 21600",
        ));
    };
    let token = Uuid::new_v4().simple().to_string();
    let end = saturating_add(world.system_now(), Duration::from_secs(seconds));
    store.metadata_tokens.insert(token.clone(), end);
    Ok(ApiResponse::text(StatusCode::OK, token))
}

/// Issues a temporary access key of the agency that is attached to the server.
fn show_security_key(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let mut store = world.store();
    let now = world.system_now();
    let is_allowed = match (store.metadata.tokens, request.header(TOKEN_HEADER)) {
        (MetadataTokens::Unsupported(_), _) | (MetadataTokens::Optional, None) => true,
        (MetadataTokens::Required, None) => false,
        (_, Some(token)) => store.metadata_tokens.is_valid(token, now),
    };
    if !is_allowed {
        let reason = "X-Metadata-Token is missing or invalid";
        return Ok(ApiResponse::text(StatusCode::UNAUTHORIZED, reason));
    }
    let Some(agency) = store.metadata.agency.clone() else {
        let reason = "The cloud service agency must be configured first";
        return Ok(ApiResponse::text(StatusCode::UNAUTHORIZED, reason));
    };
    let lifetime = store.metadata.key_lifetime;
    let issued = store.identities.issue_key(agency, now, lifetime);
    let answer = SecurityKeyResponse {
        credential: TemporaryCredential {
            access: issued.id,
            secret: issued.secret_key,
            securitytoken: issued.security_token,
            expires_at: Some(timestamp(issued.expires_at)),
        },
    };
    ApiResponse::json(StatusCode::OK, answer)
}
