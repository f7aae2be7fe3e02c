//! Tokens: issued for a password, another token, an agency or the ID token of an identity provider; and validated.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderName, StatusCode};
use axum::routing::MethodFilter;

use super::account::resolve_account;
use super::agency::assume;
use super::timestamp::timestamp;
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::api::{authentication::bearer_token, caller::AuthMethod};
use crate::sandbox::id::{AccountId, ProjectId};
use crate::sandbox::identity::LoginError;
use crate::sandbox::identity::principal::Principal;
use crate::sandbox::identity::token::{TokenRecord, TokenScope};
use crate::sandbox::store::Store;
use crate::sandbox::world::World;
use crate::wire::Sensitive;
use crate::wire::iam as wire;

/// The operations on tokens.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "KeystoneCreateToken",
        method: MethodFilter::POST,
        path: "/v3/auth/tokens",
        service: Responder::Keystone,
        access: RequiredAccess::Anonymous,
        body: BodyRule::Json,
        handle: create_token,
    },
    ApiOperation {
        name: "KeystoneValidateToken",
        method: MethodFilter::GET,
        path: "/v3/auth/tokens",
        service: Responder::Keystone,
        access: RequiredAccess::Authenticated,
        body: BodyRule::Ignored,
        handle: validate_token,
    },
    ApiOperation {
        name: "CreateTokenWithIdToken",
        method: MethodFilter::POST,
        path: "/v3.0/OS-AUTH/id-token/tokens",
        service: Responder::Iam,
        access: RequiredAccess::Anonymous,
        body: BodyRule::Json,
        handle: create_token_with_id_token,
    },
    ApiOperation {
        name: "CreateUnscopedTokenWithIdToken",
        method: MethodFilter::POST,
        path: "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth",
        service: Responder::Keystone,
        access: RequiredAccess::Anonymous,
        body: BodyRule::Ignored,
        handle: create_unscoped_token_with_id_token,
    },
];

/// Header with the token that is issued or validated; the body has only its details. `X-Auth-Token` has the caller's
/// own.
const SUBJECT_TOKEN_HEADER: HeaderName = HeaderName::from_static("x-subject-token");
/// Header with the ID of the identity provider that has issued the ID token.
const IDENTITY_PROVIDER_HEADER: &str = "x-idp-id";
/// Header in which a signed request for a token of an agency names the caller's account.
const ACCOUNT_HEADER: &str = "x-domain-id";

/// The only protocol of identity providers in the sandbox.
const OPENID_CONNECT: &str = "oidc";

/// Issues a token for a password, another token or an agency. The scope decides where the token is valid.
fn create_token(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: wire::KeystoneCreateTokenRequest = request.parse_body()?;
    let identity = &body.auth.identity;
    let mut store = world.store();
    let principal = match identity.methods.as_slice() {
        [method] if method == "password" => resolve_password(&mut store, request, identity)?,
        [method] if method == "token" => {
            let token = identity.token.as_ref();
            let token = token.ok_or_else(|| request.bad_body("`token` is missing"))?;
            resolve_token(world, &store, request, &token.id)?
        }
        [method] if method == "assume_role" => resolve_agency(&store, request, identity)?,
        _ => {
            return Err(request.bad_body("`methods` must be `password`, `token` or `assume_role`"));
        }
    };
    let scope = resolve_scope(
        &store,
        request,
        &principal.account_id,
        body.auth.scope.as_ref(),
    )?;
    let has_catalog = has_catalog(request)?;
    let (text, mut token) = issue_token(world, &mut store, &identity.methods, &principal, scope);
    token.catalog = has_catalog.then(Vec::new);
    let answer = wire::KeystoneCreateTokenResponse { token };
    Ok(ApiResponse::json(StatusCode::CREATED, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

/// The newer login by ID token, which is in the body. Unlike the older one it accepts a scope.
fn create_token_with_id_token(
    world: &World,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let body: wire::CreateTokenWithIdTokenRequest = request.parse_body()?;
    let provider = request.header(IDENTITY_PROVIDER_HEADER);
    let provider = provider.ok_or_else(|| request.bad_parameter("`X-Idp-Id` is missing"))?;
    let mut store = world.store();
    let principal = resolve_id_token(&store, request, provider, body.auth.id_token.id.expose())?;
    let scope = resolve_scope(
        &store,
        request,
        &principal.account_id,
        body.auth.scope.as_ref(),
    )?;
    let methods = ["mapped".to_owned()];
    let (text, token) = issue_token(world, &mut store, &methods, &principal, scope);
    let answer = wire::CreateTokenWithIdTokenResponse { token };
    Ok(ApiResponse::json(StatusCode::CREATED, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

/// The older login by ID token, which is in `Authorization`. The issued token is unscoped: valid only for another login.
fn create_unscoped_token_with_id_token(
    world: &World,
    request: &ApiRequest,
) -> Result<ApiResponse, ApiError> {
    let protocol = request.path("protocol_id");
    if protocol != OPENID_CONNECT {
        let what = format!("protocol `{protocol:.64}`");
        return Err(ApiError::NotFound(request.service, what));
    }
    let id_token = request.headers.get(AUTHORIZATION).and_then(bearer_token);
    let id_token = id_token.ok_or_else(|| {
        let reason =
            "The `Authorization` header must be `Bearer` followed by an ID token".to_owned();
        ApiError::Unauthenticated(request.service, reason)
    })?;
    let provider = request.path("idp_id");
    let mut store = world.store();
    let principal = resolve_id_token(&store, request, provider, id_token)?;
    let methods = ["mapped".to_owned()];
    let scope = TokenScope::Unscoped;
    let (text, token) = issue_token(world, &mut store, &methods, &principal, scope);
    let mut answer = serde_json::json!({ "token": token });
    answer["token"]["user"]["OS-FEDERATION"] = serde_json::json!({
        "identity_provider": {"id": provider},
        "protocol": {"id": OPENID_CONNECT},
        "groups": [],
    });
    Ok(ApiResponse::json(StatusCode::CREATED, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

/// Validates any token of the caller's account.
fn validate_token(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let caller = request.require_caller()?;
    let text = request.header(SUBJECT_TOKEN_HEADER.as_str());
    let text = text.ok_or_else(|| request.bad_parameter("`X-Subject-Token` is missing"))?;
    let store = world.store();
    let record = store.tokens.find(text).filter(|record| {
        record.expires_at > world.system_now()
            && record.principal.account_id == caller.principal.account_id
    });
    let record = record.ok_or_else(|| {
        let what = "the token: X-Subject-Token is invalid in the request";
        ApiError::NotFound(request.service, what.to_owned())
    })?;
    let mut token = token_detail(&store, record);
    token.catalog = has_catalog(request)?.then(Vec::new);
    let answer = wire::KeystoneCreateTokenResponse { token };
    let text = text.to_owned();
    Ok(ApiResponse::json(StatusCode::OK, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

/// Whether the response has the catalog: not with any value of `nocatalog`.
fn has_catalog(request: &ApiRequest) -> Result<bool, ApiError> {
    Ok(request.query("nocatalog")?.unwrap_or_default().is_empty())
}

/// The principal of an ID token.
fn resolve_id_token(
    store: &Store,
    request: &ApiRequest,
    provider: &str,
    id_token: &str,
) -> Result<Principal, ApiError> {
    let known = store.identities.providers.get(provider);
    let known = known.ok_or_else(|| {
        ApiError::NotFound(
            request.service,
            format!("identity provider `{provider:.64}`"),
        )
    })?;
    known.principal(id_token).cloned().ok_or_else(|| {
        let reason =
            "The ID token is invalid: the identity provider did not issue this token".to_owned();
        ApiError::Unauthenticated(request.service, reason)
    })
}

/// Checks a password and counts wrong ones. An unknown user, an unknown account and a wrong password have the same
/// error.
fn resolve_password(
    store: &mut Store,
    request: &ApiRequest,
    identity: &wire::TokenIdentity,
) -> Result<Principal, ApiError> {
    let password = identity.password.as_ref();
    let user = &password
        .ok_or_else(|| request.bad_body("`password` is missing"))?
        .user;
    let wrong = || {
        let reason = "The username or password is wrong.".to_owned();
        ApiError::Unauthenticated(request.service, reason)
    };
    let log_in = |store: &mut Store, is_meant: &dyn Fn(&Principal) -> bool| {
        let found = store.identities.log_in(is_meant, &user.password);
        found.map_err(|error| match error {
            LoginError::WrongCredentials => wrong(),
            LoginError::Locked => {
                let reason =
                    "The user is locked out after too many failed sign-in attempts.".to_owned();
                ApiError::Unauthenticated(request.service, reason)
            }
        })
    };
    match (&user.id, &user.name, &user.domain) {
        (Some(id), None, None) => log_in(store, &|known| known.id == *id),
        (None, Some(name), Some(domain)) => {
            // The error must not reveal whether the account exists.
            let account =
                resolve_account(store, request, domain.id.as_deref(), domain.name.as_deref());
            let account = account.map_err(|error| match error {
                ApiError::NotFound(..) => wrong(),
                other => other,
            })?;
            log_in(store, &|known| {
                known.name == *name && known.account_id == account
            })
        }
        _ => Err(request.bad_body("specify the user either by ID, or by name and `domain`")),
    }
}

/// The principal of a token in the body.
pub(super) fn resolve_token(
    world: &World,
    store: &Store,
    request: &ApiRequest,
    text: &Sensitive,
) -> Result<Principal, ApiError> {
    match store.tokens.find(text.expose()) {
        Some(record) if record.expires_at > world.system_now() => Ok(record.principal.clone()),
        _ => {
            let reason = "The X-Auth-Token is invalid!".to_owned();
            Err(ApiError::Unauthenticated(request.service, reason))
        }
    }
}

/// The principal of an agency that the caller assumes. Authentication is optional for this path, so it is checked here.
fn resolve_agency(
    store: &Store,
    request: &ApiRequest,
    identity: &wire::TokenIdentity,
) -> Result<Principal, ApiError> {
    let agency = identity.assume_role.as_ref();
    let agency = agency.ok_or_else(|| request.bad_body("`assume_role` is missing"))?;
    let caller = request.caller.as_ref().ok_or_else(|| {
        let reason = "The X-Auth-Token is invalid!".to_owned();
        ApiError::Unauthenticated(request.service, reason)
    })?;
    if caller.auth_method != AuthMethod::Token && request.header(ACCOUNT_HEADER).is_none() {
        let reason =
            "A signed request must specify its account in the X-Domain-Id header".to_owned();
        return Err(ApiError::Unauthenticated(request.service, reason));
    }
    let id = agency.domain_id.as_deref();
    let owner = resolve_account(store, request, id, agency.domain_name.as_deref())?;
    assume(
        store,
        request,
        &caller.principal,
        &owner,
        &agency.agency_name,
    )
}

/// The scope of a new token; projects and accounts other than the caller's are unknown.
fn resolve_scope(
    store: &Store,
    request: &ApiRequest,
    own: &AccountId,
    asked: Option<&wire::TokenScopeBody>,
) -> Result<TokenScope, ApiError> {
    let check_account = |named: &wire::IdOrName| {
        let found = resolve_account(store, request, named.id.as_deref(), named.name.as_deref())?;
        if found == *own {
            return Ok(());
        }
        Err(ApiError::NotFound(
            request.service,
            format!("account `{found:.64}`"),
        ))
    };
    let Some(asked) = asked else {
        return Ok(TokenScope::Unscoped);
    };
    match (&asked.project, &asked.domain) {
        // With both, the project counts.
        (Some(project), _) => {
            if let Some(domain) = &project.domain {
                check_account(domain)?;
            }
            resolve_project(store, request, own, project)
        }
        (None, Some(domain)) => {
            check_account(domain)?;
            Ok(TokenScope::Account)
        }
        (None, None) => Ok(TokenScope::Account),
    }
}

/// A project by id, or by name, which is unique only within an account.
fn resolve_project(
    store: &Store,
    request: &ApiRequest,
    own: &AccountId,
    asked: &wire::ScopeProject,
) -> Result<TokenScope, ApiError> {
    let mut projects = store.projects.iter();
    let found = match (&asked.id, &asked.name) {
        (Some(id), None) => projects.find(|(known, _)| known.as_str() == id),
        (None, Some(name)) => {
            projects.find(|(_, project)| project.region == *name && project.account_id == *own)
        }
        _ => return Err(request.bad_body("specify the project either by ID or by name")),
    };
    match found {
        Some((id, project)) if project.account_id == *own => Ok(TokenScope::Project(id.clone())),
        _ => {
            let asked = asked.id.as_ref().or(asked.name.as_ref());
            let asked = asked.map_or("", String::as_str);
            Err(ApiError::NotFound(
                request.service,
                format!("project `{asked:.64}`"),
            ))
        }
    }
}

/// Issues a token; returns its text and its details for the body.
fn issue_token(
    world: &World,
    store: &mut Store,
    methods: &[String],
    principal: &Principal,
    scope: TokenScope,
) -> (String, wire::TokenDetail) {
    let now = world.system_now();
    let (text, record) = store.tokens.issue(principal.clone(), scope, methods, now);
    let detail = token_detail(store, &record);
    (text, detail)
}

/// The details of a token in a body.
fn token_detail(store: &Store, record: &TokenRecord) -> wire::TokenDetail {
    let principal = &record.principal;
    let domain = wire::IdOrName {
        id: Some(principal.account_id.to_string()),
        name: store.account_name(&principal.account_id),
    };
    let project = |id: &ProjectId| wire::TokenProject {
        id: Some(id.to_string()),
        name: store.projects.get(id).map(|known| known.region.clone()),
        domain: domain.clone(),
    };
    wire::TokenDetail {
        expires_at: Some(timestamp(record.expires_at)),
        issued_at: Some(timestamp(record.issued_at)),
        methods: record.methods.clone(),
        user: Some(wire::TokenUser {
            id: Some(principal.id.clone()),
            name: Some(principal.name.clone()),
            domain: domain.clone(),
            password_expires_at: Some(String::new()),
        }),
        project: match &record.scope {
            TokenScope::Project(id) => Some(project(id)),
            _ => None,
        },
        domain: (record.scope == TokenScope::Account).then(|| domain.clone()),
        roles: Vec::new(),
        catalog: None,
    }
}
