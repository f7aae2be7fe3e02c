//! Identity and Access Management: logins, temporary access keys, look-ups of projects and accounts.
//!
//! Where the API reference is silent or leaves a choice, this is what happens:
//!
//! - A login without a scope issues a token that is good for another login and for temporary keys only; one with an empty
//!   scope, a token for global services.
//! - A token is good for the whole lifetime however it was got, so one can be renewed for ever.
//! - A project or account to scope to that the caller does not have is not found: 404.
//! - An agency that does not exist is not found: 404. One that does not trust the caller's account is refused: 403.
//! - A user is locked after [`MAX_LOGIN_TRIES`](super::MAX_LOGIN_TRIES) wrong passwords, for good: 401.
//! - A policy that narrows a temporary key down is accepted and ignored.
//! - The catalog has no entries.
//! - A signed request for an agency's token must name its account, `X-Domain-Id`.
//! - A region is one that has a project here.
//!
//! Source: IAM API reference, KeystoneCreateUserTokenByPassword, KeystoneCreateAgencyToken, KeystoneValidateToken,
//! CreateTokenWithIdToken, CreateUnscopedTokenWithIdToken, CreateTemporaryAccessKeyByAgency,
//! CreateTemporaryAccessKeyByToken, KeystoneListProjects, KeystoneListAuthProjects, KeystoneListAuthDomains,
//! KeystoneListRegions, KeystoneShowRegion, KeystoneListVersions, KeystoneShowVersion.

mod access_key;
mod discovery;
mod lookup;
mod token;

use axum::routing::MethodFilter;
use jiff::Timestamp;

use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiCall, BodyRule};
use crate::sandbox::id::AccountId;
use crate::sandbox::identity::AssumeError;
use crate::sandbox::identity::principal::Principal;
use crate::sandbox::store::Store;

/// The operations of IAM.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "KeystoneCreateToken",
        method: MethodFilter::POST,
        path: "/v3/auth/tokens",
        service: Responder::Keystone,
        access: RequiredAccess::Anybody,
        body: BodyRule::Json,
        handle: token::create_token,
    },
    ApiOperation {
        name: "KeystoneValidateToken",
        method: MethodFilter::GET,
        path: "/v3/auth/tokens",
        service: Responder::Keystone,
        access: RequiredAccess::Known,
        body: BodyRule::Ignored,
        handle: token::validate_token,
    },
    ApiOperation {
        name: "CreateTokenWithIdToken",
        method: MethodFilter::POST,
        path: "/v3.0/OS-AUTH/id-token/tokens",
        service: Responder::Iam,
        access: RequiredAccess::Anybody,
        body: BodyRule::Json,
        handle: token::create_token_with_id_token,
    },
    ApiOperation {
        name: "CreateUnscopedTokenWithIdToken",
        method: MethodFilter::POST,
        path: "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth",
        service: Responder::Keystone,
        access: RequiredAccess::Anybody,
        body: BodyRule::Ignored,
        handle: token::create_unscoped_token_with_id_token,
    },
    ApiOperation {
        name: "CreateTemporaryAccessKey",
        method: MethodFilter::POST,
        path: "/v3.0/OS-CREDENTIAL/securitytokens",
        service: Responder::Iam,
        access: RequiredAccess::Anybody,
        body: BodyRule::Json,
        handle: access_key::create_temporary_access_key,
    },
    ApiOperation {
        name: "KeystoneListProjects",
        method: MethodFilter::GET,
        path: "/v3/projects",
        service: Responder::Keystone,
        access: RequiredAccess::Known,
        body: BodyRule::Ignored,
        handle: lookup::list_projects,
    },
    ApiOperation {
        name: "KeystoneListAuthDomains",
        method: MethodFilter::GET,
        path: "/v3/auth/domains",
        service: Responder::Keystone,
        access: RequiredAccess::Known,
        body: BodyRule::Ignored,
        handle: lookup::list_auth_domains,
    },
    ApiOperation {
        name: "KeystoneListAuthProjects",
        method: MethodFilter::GET,
        path: "/v3/auth/projects",
        service: Responder::Keystone,
        access: RequiredAccess::Known,
        body: BodyRule::Ignored,
        handle: lookup::list_auth_projects,
    },
    ApiOperation {
        name: "KeystoneListRegions",
        method: MethodFilter::GET,
        path: "/v3/regions",
        service: Responder::Keystone,
        access: RequiredAccess::Known,
        body: BodyRule::Ignored,
        handle: discovery::list_regions,
    },
    ApiOperation {
        name: "KeystoneShowRegion",
        method: MethodFilter::GET,
        path: "/v3/regions/{region_id}",
        service: Responder::Keystone,
        access: RequiredAccess::Known,
        body: BodyRule::Ignored,
        handle: discovery::show_region,
    },
    ApiOperation {
        name: "KeystoneListVersions",
        method: MethodFilter::GET,
        path: "/",
        service: Responder::Keystone,
        access: RequiredAccess::Anybody,
        body: BodyRule::Ignored,
        handle: discovery::list_versions,
    },
    ApiOperation {
        name: "KeystoneShowVersion",
        method: MethodFilter::GET,
        path: "/v3",
        service: Responder::Keystone,
        access: RequiredAccess::Anybody,
        body: BodyRule::Ignored,
        handle: discovery::show_version,
    },
];

/// An instant as IAM spells it: RFC 3339 with six digits of a second.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// The agency as which `caller` may act.
pub(super) fn assume(
    store: &Store,
    call: &ApiCall,
    caller: &Principal,
    account: &AccountId,
    agency: &str,
) -> Result<Principal, ApiError> {
    let service = call.service;
    let assumed = store.identities.assume(caller, account, agency);
    assumed.map_err(|error| match error {
        AssumeError::NoAgency => ApiError::NotFound(service, format!("agency `{agency:.64}`")),
        AssumeError::NotTrusted => ApiError::Forbidden {
            service,
            reason: format!("agency `{agency:.64}` does not trust this account"),
        },
        AssumeError::NoPermission => ApiError::Forbidden {
            service,
            reason: "You have no right to do this action".to_owned(),
        },
    })
}

/// The account that a request names by exactly one of id and name.
fn account(
    store: &Store,
    call: &ApiCall,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<AccountId, ApiError> {
    match (id, name) {
        (Some(id), None) => Ok(AccountId::from(id)),
        (None, Some(name)) => store
            .account_named(name)
            .ok_or_else(|| ApiError::NotFound(call.service, format!("account `{name:.64}`"))),
        _ => Err(call.bad_body("an account has an id or a name, and not both")),
    }
}
