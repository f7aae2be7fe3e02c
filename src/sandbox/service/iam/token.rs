//! Tokens issued for a password, another token, an agency, or the id token of an identity provider; and what a token is.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderName, StatusCode};
use axum::routing::MethodFilter;

use super::account::account;
use super::agency::assume;
use super::timestamp::moment;
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiCall, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::api::{authentication::bearer_token, caller::Proof};
use crate::sandbox::id::{AccountId, ProjectId};
use crate::sandbox::identity::LoginError;
use crate::sandbox::identity::principal::Principal;
use crate::sandbox::identity::token::{Bearer, IssuedScope};
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
        access: RequiredAccess::Anybody,
        body: BodyRule::Json,
        handle: create_token,
    },
    ApiOperation {
        name: "KeystoneValidateToken",
        method: MethodFilter::GET,
        path: "/v3/auth/tokens",
        service: Responder::Keystone,
        access: RequiredAccess::Known,
        body: BodyRule::Ignored,
        handle: validate_token,
    },
    ApiOperation {
        name: "CreateTokenWithIdToken",
        method: MethodFilter::POST,
        path: "/v3.0/OS-AUTH/id-token/tokens",
        service: Responder::Iam,
        access: RequiredAccess::Anybody,
        body: BodyRule::Json,
        handle: create_token_with_id_token,
    },
    ApiOperation {
        name: "CreateUnscopedTokenWithIdToken",
        method: MethodFilter::POST,
        path: "/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth",
        service: Responder::Keystone,
        access: RequiredAccess::Anybody,
        body: BodyRule::Ignored,
        handle: create_unscoped_token_with_id_token,
    },
];

const SUBJECT_TOKEN_HEADER: HeaderName = HeaderName::from_static("x-subject-token");
const IDENTITY_PROVIDER_HEADER: &str = "x-idp-id";
const ACCOUNT_HEADER: &str = "x-domain-id";

/// The one protocol of identity providers that there is.
const OPENID_CONNECT: &str = "oidc";

fn create_token(world: &World, call: &ApiCall) -> Result<ApiResponse, ApiError> {
    let body: wire::KeystoneCreateTokenRequest = call.parse_body()?;
    let identity = &body.auth.identity;
    let mut store = world.store();
    let principal = match identity.methods.as_slice() {
        [method] if method == "password" => by_password(&mut store, call, identity)?,
        [method] if method == "token" => {
            let token = identity.token.as_ref();
            let token = token.ok_or_else(|| call.bad_body("`token` is missing"))?;
            by_token(world, &store, call, &token.id)?
        }
        [method] if method == "assume_role" => by_agency(&store, call, identity)?,
        _ => {
            return Err(
                call.bad_body("`methods` must be one of `password`, `token` and `assume_role`")
            );
        }
    };
    let scope = scope(
        &store,
        call,
        &principal.account_id,
        body.auth.scope.as_ref(),
    )?;
    let has_catalog = has_catalog(call)?;
    let (text, mut token) = issue(world, &mut store, &identity.methods, &principal, scope);
    token.catalog = has_catalog.then(Vec::new);
    let answer = wire::KeystoneCreateTokenResponse { token };
    Ok(ApiResponse::json(StatusCode::CREATED, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

fn create_token_with_id_token(world: &World, call: &ApiCall) -> Result<ApiResponse, ApiError> {
    let body: wire::CreateTokenWithIdTokenRequest = call.parse_body()?;
    let provider = call.header(IDENTITY_PROVIDER_HEADER);
    let provider = provider.ok_or_else(|| call.bad_parameter("`X-Idp-Id` is missing"))?;
    let mut store = world.store();
    let principal = by_id_token(&store, call, provider, body.auth.id_token.id.expose())?;
    let scope = scope(
        &store,
        call,
        &principal.account_id,
        body.auth.scope.as_ref(),
    )?;
    let methods = ["mapped".to_owned()];
    let (text, token) = issue(world, &mut store, &methods, &principal, scope);
    let answer = wire::CreateTokenWithIdTokenResponse { token };
    Ok(ApiResponse::json(StatusCode::CREATED, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

/// The older way: the id token is in the header, and the token issued is for nothing but getting another.
fn create_unscoped_token_with_id_token(
    world: &World,
    call: &ApiCall,
) -> Result<ApiResponse, ApiError> {
    let protocol = call.path("protocol_id");
    if protocol != OPENID_CONNECT {
        let what = format!("protocol `{protocol:.64}`");
        return Err(ApiError::NotFound(call.service, what));
    }
    let id_token = call.headers.get(AUTHORIZATION).and_then(bearer_token);
    let id_token = id_token.ok_or_else(|| {
        let reason = "`Authorization` must be `Bearer` and an id token".to_owned();
        ApiError::Unauthenticated(call.service, reason)
    })?;
    let provider = call.path("idp_id");
    let mut store = world.store();
    let principal = by_id_token(&store, call, provider, id_token)?;
    let methods = ["mapped".to_owned()];
    let scope = IssuedScope::Unscoped;
    let (text, token) = issue(world, &mut store, &methods, &principal, scope);
    let mut answer = serde_json::json!({ "token": token });
    answer["token"]["user"]["OS-FEDERATION"] = serde_json::json!({
        "identity_provider": {"id": provider},
        "protocol": {"id": OPENID_CONNECT},
        "groups": [],
    });
    Ok(ApiResponse::json(StatusCode::CREATED, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

/// What a token is. Any token of the caller's account may be asked about.
fn validate_token(world: &World, call: &ApiCall) -> Result<ApiResponse, ApiError> {
    let caller = call.known_caller()?;
    let text = call.header(SUBJECT_TOKEN_HEADER.as_str());
    let text = text.ok_or_else(|| call.bad_parameter("`X-Subject-Token` is missing"))?;
    let store = world.store();
    let bearer = store.tokens.find(text).filter(|bearer| {
        bearer.expires_at > world.base_now()
            && bearer.principal.account_id == caller.principal.account_id
    });
    let bearer = bearer.ok_or_else(|| {
        let what = "the token: X-Subject-Token is invalid in the request";
        ApiError::NotFound(call.service, what.to_owned())
    })?;
    let mut token = detail(&store, bearer);
    token.catalog = has_catalog(call)?.then(Vec::new);
    let answer = wire::KeystoneCreateTokenResponse { token };
    let text = text.to_owned();
    Ok(ApiResponse::json(StatusCode::OK, answer)?.with_header(SUBJECT_TOKEN_HEADER, text))
}

/// Whether the answer is to hold the catalog: any text at all in the parameter means that it is not.
fn has_catalog(call: &ApiCall) -> Result<bool, ApiError> {
    Ok(call.query("nocatalog")?.unwrap_or_default().is_empty())
}

/// Whom an id token stands for.
fn by_id_token(
    store: &Store,
    call: &ApiCall,
    provider: &str,
    id_token: &str,
) -> Result<Principal, ApiError> {
    let known = store.identities.providers.get(provider);
    let known = known.ok_or_else(|| {
        ApiError::NotFound(call.service, format!("identity provider `{provider:.64}`"))
    })?;
    known.principal(id_token).cloned().ok_or_else(|| {
        let reason = "The id token is invalid: its issuer does not know it".to_owned();
        ApiError::Unauthenticated(call.service, reason)
    })
}

fn by_password(
    store: &mut Store,
    call: &ApiCall,
    identity: &wire::TokenIdentity,
) -> Result<Principal, ApiError> {
    let password = identity.password.as_ref();
    let user = &password
        .ok_or_else(|| call.bad_body("`password` is missing"))?
        .user;
    let wrong = || {
        let reason = "The username or password is wrong.".to_owned();
        ApiError::Unauthenticated(call.service, reason)
    };
    let identities = |store: &mut Store, is_meant: &dyn Fn(&Principal) -> bool| {
        let found = store.identities.log_in(is_meant, &user.password);
        found.map_err(|error| match error {
            LoginError::Wrong => wrong(),
            LoginError::Locked => {
                let reason = "The account is locked: too many wrong passwords.".to_owned();
                ApiError::Unauthenticated(call.service, reason)
            }
        })
    };
    match (&user.id, &user.name, &user.domain) {
        (Some(id), None, None) => identities(store, &|known| known.id == *id),
        (None, Some(name), Some(domain)) => {
            // Whether the account exists is not told to strangers.
            let account = account(store, call, domain.id.as_deref(), domain.name.as_deref());
            let account = account.map_err(|refusal| match refusal {
                ApiError::NotFound(..) => wrong(),
                other => other,
            })?;
            identities(store, &|known| {
                known.name == *name && known.account_id == account
            })
        }
        _ => Err(call.bad_body("a user has an id, or a name and a `domain`")),
    }
}

/// The holder of a token given in the body.
pub(super) fn by_token(
    world: &World,
    store: &Store,
    call: &ApiCall,
    text: &Sensitive,
) -> Result<Principal, ApiError> {
    match store.tokens.find(text.expose()) {
        Some(bearer) if bearer.expires_at > world.base_now() => Ok(bearer.principal.clone()),
        _ => {
            let reason = "The X-Auth-Token is invalid!".to_owned();
            Err(ApiError::Unauthenticated(call.service, reason))
        }
    }
}

fn by_agency(
    store: &Store,
    call: &ApiCall,
    identity: &wire::TokenIdentity,
) -> Result<Principal, ApiError> {
    let agency = identity.assume_role.as_ref();
    let agency = agency.ok_or_else(|| call.bad_body("`assume_role` is missing"))?;
    let caller = call.caller.as_ref().ok_or_else(|| {
        let reason = "The X-Auth-Token is invalid!".to_owned();
        ApiError::Unauthenticated(call.service, reason)
    })?;
    if caller.proof != Proof::Token && call.header(ACCOUNT_HEADER).is_none() {
        let reason = "A signed request must name its account in X-Domain-Id".to_owned();
        return Err(ApiError::Unauthenticated(call.service, reason));
    }
    let id = agency.domain_id.as_deref();
    let owner = account(store, call, id, agency.domain_name.as_deref())?;
    assume(store, call, &caller.principal, &owner, &agency.agency_name)
}

fn scope(
    store: &Store,
    call: &ApiCall,
    own: &AccountId,
    asked: Option<&wire::TokenScopeBody>,
) -> Result<IssuedScope, ApiError> {
    let check_account = |named: &wire::IdOrName| {
        let found = account(store, call, named.id.as_deref(), named.name.as_deref())?;
        if found == *own {
            return Ok(());
        }
        Err(ApiError::NotFound(
            call.service,
            format!("account `{found:.64}`"),
        ))
    };
    let Some(asked) = asked else {
        return Ok(IssuedScope::Unscoped);
    };
    match (&asked.project, &asked.domain) {
        // Of both, the project counts.
        (Some(project), _) => {
            if let Some(domain) = &project.domain {
                check_account(domain)?;
            }
            project_scope(store, call, own, project)
        }
        (None, Some(domain)) => {
            check_account(domain)?;
            Ok(IssuedScope::Account)
        }
        (None, None) => Ok(IssuedScope::Account),
    }
}

fn project_scope(
    store: &Store,
    call: &ApiCall,
    own: &AccountId,
    asked: &wire::ScopeProject,
) -> Result<IssuedScope, ApiError> {
    let mut projects = store.projects.iter();
    let found = match (&asked.id, &asked.name) {
        (Some(id), None) => projects.find(|(known, _)| known.as_str() == id),
        (None, Some(name)) => {
            projects.find(|(_, project)| project.region == *name && project.account_id == *own)
        }
        _ => return Err(call.bad_body("a project has an id or a name, and not both")),
    };
    match found {
        Some((id, project)) if project.account_id == *own => Ok(IssuedScope::Project(id.clone())),
        _ => {
            let asked = asked.id.as_ref().or(asked.name.as_ref());
            let asked = asked.map_or("", String::as_str);
            Err(ApiError::NotFound(
                call.service,
                format!("project `{asked:.64}`"),
            ))
        }
    }
}

/// Issues a token: its text, and what the body tells of it.
fn issue(
    world: &World,
    store: &mut Store,
    methods: &[String],
    principal: &Principal,
    scope: IssuedScope,
) -> (String, wire::TokenDetail) {
    let now = world.base_now();
    let (text, bearer) = store.tokens.issue(principal.clone(), scope, methods, now);
    let detail = detail(store, &bearer);
    (text, detail)
}

/// What an answer tells of a token.
fn detail(store: &Store, bearer: &Bearer) -> wire::TokenDetail {
    let principal = &bearer.principal;
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
        expires_at: Some(moment(bearer.expires_at)),
        issued_at: Some(moment(bearer.issued_at)),
        methods: bearer.methods.clone(),
        user: Some(wire::TokenUser {
            id: Some(principal.id.clone()),
            name: Some(principal.name.clone()),
            domain: domain.clone(),
            password_expires_at: Some(String::new()),
        }),
        project: match &bearer.scope {
            IssuedScope::Project(id) => Some(project(id)),
            _ => None,
        },
        domain: (bearer.scope == IssuedScope::Account).then(|| domain.clone()),
        roles: Vec::new(),
        catalog: None,
    }
}
