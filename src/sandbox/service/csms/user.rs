//! The directory of users that can receive grants.
//!
//! Behavior where the API reference is silent or contradicts itself:
//!
//! - The first page is page 0.
//! - There is one organization, and every user is in it.
//! - `disabled` and `grade` are strings in ListUsers, and a Boolean and a number in ShowUserDetail, as the official SDKs expect.
//! - Groups of users are not listed: the API has no operation for them.

use axum::http::StatusCode;
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::GranteeId;
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::store::Store;
use crate::sandbox::store::grant::{GranteeKind, StoredGrantee};
use crate::sandbox::world::World;

/// The operations on the directory of users.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "ListUsers",
        method: MethodFilter::GET,
        path: "/v1/csms/users",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: list_users,
    },
    ApiOperation {
        name: "ShowUserDetail",
        method: MethodFilter::GET,
        path: "/v1/csms/users/{user_id}",
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: show_user_detail,
    },
];

/// ID of the organization.
const ORGANIZATION_ID: &str = "20260105085900117-904C-5D0E3B7A1";

/// Allowed values of `limit`: users on a page.
const PAGE_LIMITS: std::ops::RangeInclusive<usize> = 10..=100;

/// Time of creation of every user, in the format of the directory.
const CREATED_AT: &str = "2026-01-05 09:00:00.000";

/// Lists a page of users. `total` counts the users on all pages; `user_info` is a part of the name, in any case.
fn list_users(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let page = number(request, "offset")?;
    let limit = number(request, "limit")?;
    if !PAGE_LIMITS.contains(&limit) {
        return Err(bad_query("`limit` must be between 10 and 100"));
    }
    let organization = text(request, "org_id")?;
    let wanted = text(request, "user_info")?.to_lowercase();
    if wanted.chars().count() > 64 {
        return Err(bad_query("`user_info` must be at most 64 characters long"));
    }
    let store = world.store();
    let users: Vec<_> = users(&store)
        .filter(|_| organization.is_empty() || organization == ORGANIZATION_ID)
        .filter(|(_, user)| user.name.to_lowercase().contains(&wanted))
        .collect();
    let shown = users.iter().skip(page.saturating_mul(limit)).take(limit);
    let shown: Vec<Value> = shown
        .map(|(id, user)| {
            let mut shown = user_body(id, user);
            shown["disabled"] = user.is_disabled.to_string().into();
            shown["grade"] = "0".into();
            shown
        })
        .collect();
    ApiResponse::json(
        StatusCode::OK,
        json!({"total": users.len(), "users": shown}),
    )
}

/// Shows one user, with the account of the caller as `domain_id`.
fn show_user_detail(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let account = &request.require_caller()?.principal.account_id;
    let id = request.check_length("user_id", request.path("user_id"), 1, 64)?;
    let store = world.store();
    let (id, user) = users(&store)
        .find(|(known, _)| known.as_str() == id)
        .ok_or(ApiError::NoDirectoryUser)?;
    let mut shown = user_body(id, user);
    shown["domain_id"] = account.as_str().into();
    ApiResponse::json(StatusCode::OK, shown)
}

/// The users of the directory, by id.
fn users(store: &Store) -> impl Iterator<Item = (&GranteeId, &StoredGrantee)> {
    let directory = store.directory.iter();
    directory.filter(|(_, grantee)| grantee.kind == GranteeKind::User)
}

/// The fields that ListUsers and ShowUserDetail share. Empty strings and constants stand for what the directory of the
/// sandbox does not keep.
fn user_body(id: &GranteeId, user: &StoredGrantee) -> Value {
    json!({
        "user_id": id,
        "org_id": ORGANIZATION_ID,
        "user_name": user.name,
        "name": user.name,
        "mobile": "",
        "email": "",
        "pwd_must_modify": false,
        "pwd_change_at": CREATED_AT,
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "disabled": user.is_disabled,
        "grade": 0,
        "locked": "false",
        "extension": null,
        "user_org_relation_list": [{"org_id": ORGANIZATION_ID, "relation_type": "1F"}],
    })
}

/// A required number in the query.
fn number(request: &ApiRequest, name: &str) -> Result<usize, ApiError> {
    let number = text(request, name)?.parse().ok();
    number.ok_or_else(|| bad_query(format!("`{name}` must be a non-negative integer")))
}

/// A parameter of the query; empty if it is missing.
fn text<'a>(request: &'a ApiRequest, name: &str) -> Result<&'a str, ApiError> {
    let text = request.query(name);
    let text = text.map_err(|error| bad_query(error.to_string()))?;
    Ok(text.unwrap_or_default())
}

/// The error of ListUsers for a parameter, which is an `error` object and not the flat error body of CSMS.
fn bad_query(reason: impl Into<String>) -> ApiError {
    ApiError::BadDirectoryQuery(reason.into())
}
