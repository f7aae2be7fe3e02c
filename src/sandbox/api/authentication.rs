//! Authentication of the caller, by token or signature.

use axum::http::{HeaderMap, HeaderValue};

use super::caller::{AuthMethod, Caller};
use super::error_response::{ApiError, Responder};
use super::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::id::ProjectId;
use crate::sandbox::identity::AccessKey;
use crate::sandbox::identity::token::TokenScope;
use crate::sandbox::signature::SignedRequest;
use crate::sandbox::store::Store;
use crate::sandbox::world::World;

const TOKEN_HEADER: &str = "x-auth-token";
/// Required with a temporary access key, and refused with a permanent one.
const SECURITY_TOKEN_HEADER: &str = "x-security-token";
/// Project of a signed request; a token has its project in its scope.
const PROJECT_HEADER: &str = "x-project-id";
/// Account of a signed request. Optional, but it must be that of the key.
const ACCOUNT_HEADER: &str = "x-domain-id";

/// The caller of an operation; none without credentials, if the operation does not require them.
///
/// # Errors
/// The errors of the gateway for tokens and signatures, `TokenMalformed`, and `Forbidden` if the headers of a signed request
/// name another account or one of its projects.
pub(in crate::sandbox) fn authenticate(
    world: &World,
    operation: &ApiOperation,
    request: &SignedRequest<'_>,
) -> Result<Option<Caller>, ApiError> {
    let headers = request.headers;
    // `Bearer` has the token of an identity provider, which the handler reads; it is not a signature.
    let is_signed = headers
        .get(axum::http::header::AUTHORIZATION)
        .is_some_and(|value| bearer_token(value).is_none());
    let has_credentials = is_signed || headers.contains_key(TOKEN_HEADER);
    if operation.access == RequiredAccess::Anonymous && !has_credentials {
        return Ok(None);
    }
    let caller = if is_signed {
        authenticate_signature(world, operation, request)?
    } else {
        authenticate_token(world, operation, headers)?
    };
    Ok(Some(caller))
}

/// The token of `Authorization: Bearer …`; none for another scheme.
pub(in crate::sandbox) fn bearer_token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The caller of `X-Auth-Token`. The length is checked last: an unknown token is unknown, however long it is.
fn authenticate_token(
    world: &World,
    operation: &ApiOperation,
    headers: &HeaderMap,
) -> Result<Caller, ApiError> {
    let unauthenticated = |gateway_error| match operation.service {
        // IAM validates tokens itself and has its own error.
        Responder::Keystone => ApiError::Unauthenticated(
            Responder::Keystone,
            "The X-Auth-Token is invalid!".to_owned(),
        ),
        _ => gateway_error,
    };
    let text = headers.get(TOKEN_HEADER);
    let text = text.ok_or_else(|| unauthenticated(ApiError::TokenMissing))?;
    let text = text.to_str().unwrap_or_default();
    let record = world.store().tokens.find(text).cloned();
    let record = record.ok_or_else(|| unauthenticated(ApiError::TokenUnknown))?;
    if record.expires_at <= world.system_now() {
        return Err(unauthenticated(match operation.service {
            Responder::Repo => ApiError::RepoTokenExpired,
            _ => ApiError::TokenExpired,
        }));
    }
    check_length(operation.service, text)?;
    Ok(Caller {
        principal: record.principal,
        scope: record.scope,
        auth_method: AuthMethod::Token,
    })
}

/// Checks the length of a token against the limits that CSMS and CodeArts Repo document; the other services document
/// none.
fn check_length(service: Responder, text: &str) -> Result<(), ApiError> {
    let (range, limits) = match service {
        Responder::Csms => (32..=2_097_152, "32 to 2,097,152"),
        Responder::Repo => (1..=100_000, "1 to 100,000"),
        Responder::Kms
        | Responder::Keystone
        | Responder::Iam
        | Responder::Sts
        | Responder::Metadata => return Ok(()),
    };
    if range.contains(&text.len()) {
        Ok(())
    } else {
        Err(ApiError::TokenMalformed { service, limits })
    }
}

/// The caller of a signed request. The signature is verified before the expiry is checked, so that only the owner of
/// the secret key learns whether the key has expired.
fn authenticate_signature(
    world: &World,
    operation: &ApiOperation,
    request: &SignedRequest<'_>,
) -> Result<Caller, ApiError> {
    let wrong = |error| ApiError::SignatureWrong(error);
    let id = request.access_key().map_err(wrong)?;
    let key = world.store().identities.access_keys.get(id).cloned();
    let key = key.ok_or(ApiError::KeyUnknown)?;
    let now = world.system_now();
    request
        .verify(key.secret_key.expose(), now)
        .map_err(wrong)?;
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(ApiError::KeyExpired);
    }
    let given = request.headers.get(SECURITY_TOKEN_HEADER);
    let expected = key.security_token.as_ref().map(|token| token.expose());
    if given.map(|given| given.as_bytes()) != expected.map(str::as_bytes) {
        return Err(ApiError::SecurityTokenWrong);
    }
    let scope = signed_scope(&world.store(), operation, request.headers, &key)?;
    Ok(Caller {
        scope,
        auth_method: if key.is_temporary() {
            AuthMethod::TemporarySignature
        } else {
            AuthMethod::Signature
        },
        principal: key.principal,
    })
}

/// The scope in the headers of a signed request.
fn signed_scope(
    store: &Store,
    operation: &ApiOperation,
    headers: &HeaderMap,
    key: &AccessKey,
) -> Result<TokenScope, ApiError> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let forbidden = |name| ApiError::Forbidden {
        service: operation.service,
        reason: format!("`{name}` does not belong to the access key's account"),
    };
    let account = &key.principal.account_id;
    if text(ACCOUNT_HEADER).is_some_and(|id| id != account.as_str()) {
        return Err(forbidden("X-Domain-Id"));
    }
    let Some(id) = text(PROJECT_HEADER) else {
        return Ok(TokenScope::Account);
    };
    match store.projects.get(id) {
        Some(project) if project.account_id == *account => {
            Ok(TokenScope::Project(ProjectId::from(id)))
        }
        _ => Err(forbidden("X-Project-Id")),
    }
}
