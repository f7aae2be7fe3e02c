//! Grants on secrets and secret groups.

use axum::routing::MethodFilter;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::response_format;
use crate::sandbox::api::error_response::{ApiError, Responder};
use crate::sandbox::api::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::api::request::{ApiRequest, BodyRule};
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::{GranteeId, ResourceId};
use crate::sandbox::identity::principal::Permission;
use crate::sandbox::quirk::PendingList;
use crate::sandbox::store::grant::{GranteeKind, RequestedGrant};
use crate::sandbox::store::resource::{ResourceKind, SecretState};
use crate::sandbox::world::World;
use crate::wire::csms as wire;

/// Path of all four operations: the resource and the grantee are in the query or the body.
const GRANTS: &str = "/v1/{project_id}/csms/grants";

/// The operations on grants.
pub(super) const OPERATIONS: &[ApiOperation] = &[
    ApiOperation {
        name: "CreateGrants",
        method: MethodFilter::POST,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: create_grants,
    },
    ApiOperation {
        name: "ListGrants",
        method: MethodFilter::GET,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::ReadCsms),
        body: BodyRule::Ignored,
        handle: list_grants,
    },
    ApiOperation {
        name: "UpdateGrant",
        method: MethodFilter::PUT,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Json,
        handle: update_grant,
    },
    ApiOperation {
        name: "DeleteGrant",
        method: MethodFilter::DELETE,
        path: GRANTS,
        service: Responder::Csms,
        access: RequiredAccess::Permission(Permission::WriteCsms),
        body: BodyRule::Ignored,
        handle: delete_grant,
    },
];

/// Fields of a grant request and whether each is required; all are strings.
const GRANT_FIELDS: &[(&str, bool)] = &[
    ("resource_id", true),
    ("type", true),
    ("grantee_type", true),
    ("grantee_target_id", true),
    ("validity_time", false),
];

/// Creates one grant, whatever the plural in the operation's name: a request has one resource and one grantee.
fn create_grants(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let body: wire::CreateGrantsRequest = grant_body(request, Ids::Strings)?;
    let requested = GrantFields {
        resource_id: &body.resource_id,
        r#type: &body.r#type,
        grantee_type: &body.grantee_type,
        grantee_target_id: &body.grantee_target_id,
        validity_time: body.validity_time.as_deref(),
    }
    .parse(request)?;
    let now = world.now();
    let mut store = world.store();
    let grant = store.create_grant(
        &request.project_id(),
        &requested,
        now,
        request.stale_grants.as_ref(),
    )?;
    response_format::grant_response(&requested, &grant, &store.quirks)
}

/// Changes the expiry of a grant; nothing else of a grant can be changed. The resource is named twice, in the query and
/// in the body, and the two must agree.
fn update_grant(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let resource_in_query = request.require_query("resource_id")?;
    let body: wire::UpdateGrantRequest = grant_body(request, Ids::StringsOrNumbers)?;
    let requested = GrantFields {
        resource_id: &body.resource_id,
        r#type: &body.r#type,
        grantee_type: &body.grantee_type,
        grantee_target_id: &body.grantee_target_id,
        validity_time: body.validity_time.as_deref(),
    }
    .parse(request)?;
    if requested.resource_id.as_str() != resource_in_query {
        return Err(request
            .bad_parameter("`resource_id` in the query differs from `resource_id` in the body"));
    }
    let now = world.now();
    let mut store = world.store();
    let grant = store.update_grant(
        &request.project_id(),
        &requested,
        now,
        request.stale_grants.as_ref(),
    )?;
    response_format::grant_response(&requested, &grant, &store.quirks)
}

/// Lists all grants on one resource in a single response, without pages. A fault may make the list stale.
fn list_grants(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let resource_id = ResourceId::from(request.require_query("resource_id")?);
    let project = request.project_id();
    let mut store = world.store();
    let table = store.read_grants(&project, &resource_id, request.lag)?;
    let resource = store.resource(&project, &resource_id)?;
    let is_pending = resource.state == SecretState::PendingDelete;
    if is_pending && store.quirks.pending_list == PendingList::Refused {
        return Err(ApiError::SecretPendingDelete);
    }
    let entries = table.entries(store.quirks.groups, &store.members);
    response_format::list_response(&store, &resource_id, resource, &entries)
}

/// Deletes the grants of one grantee, or with an absent or empty `grantee_user` those of all grantees, unless a quirk
/// refuses that.
fn delete_grant(world: &World, request: &ApiRequest) -> Result<ApiResponse, ApiError> {
    let resource_id = ResourceId::from(request.require_query("resource_id")?);
    let grantee = request.query("grantee_user")?.unwrap_or_default();
    let grantee = request.check_length("grantee_user", grantee, 0, 64)?;
    let grantee = (!grantee.is_empty()).then(|| GranteeId::from(grantee));
    let mut store = world.store();
    let result = store.delete_grants(
        &request.project_id(),
        &resource_id,
        grantee.as_ref(),
        request.stale_grants.as_ref(),
    );
    response_format::delete_response(result, &store.quirks)
}

/// Types that ids may have in a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// As in the tables of the API reference.
    Strings,
    /// As in the example of UpdateGrant.
    StringsOrNumbers,
}

/// Reads the body of a grant request: an object of strings. Unknown fields are errors, so that a misspelled `validity_time` does
/// not create a grant that never expires.
fn grant_body<T: DeserializeOwned>(request: &ApiRequest, ids: Ids) -> Result<T, ApiError> {
    let mut body: Map<String, Value> = serde_json::from_slice(&request.body)
        .map_err(|_| request.bad_body("the body must be a UTF-8 encoded JSON object"))?;
    for key in body.keys() {
        if !GRANT_FIELDS.iter().any(|(field, _)| field == key) {
            return Err(request.bad_body(format!("unknown field `{key:.64}`")));
        }
    }
    if ids == Ids::StringsOrNumbers {
        for field in ["resource_id", "grantee_target_id"] {
            if let Some(id) = body.get_mut(field).filter(|id| id.is_u64()) {
                *id = id.to_string().into();
            }
        }
    }
    for (field, is_required) in GRANT_FIELDS {
        match body.get(*field) {
            Some(Value::String(_)) => {}
            Some(_) => return Err(request.bad_body(format!("`{field}` must be a string"))),
            None if *is_required => {
                return Err(request.bad_parameter(format!("`{field}` is missing")));
            }
            None => {}
        }
    }
    serde_json::from_value(Value::Object(body)).map_err(|error| request.bad_body(error.to_string()))
}

/// The fields that the bodies of CreateGrants and UpdateGrant share.
struct GrantFields<'a> {
    /// ID of a secret or secret group, 1 to 64 characters.
    resource_id: &'a str,
    /// `SECRET` or `GROUP`, in upper or lower case.
    r#type: &'a str,
    /// `0` for a user, `2` for a group.
    grantee_type: &'a str,
    /// ID of the user or group, 1 to 64 characters; it need not be in the directory.
    grantee_target_id: &'a str,
    /// Last day of access, `YYYY-MM-DD`; none for a grant that never expires.
    validity_time: Option<&'a str>,
}

impl GrantFields<'_> {
    /// Checks lengths and values. The store checks whether resource and grant exist.
    fn parse(&self, request: &ApiRequest) -> Result<RequestedGrant, ApiError> {
        let resource_id = request.check_length("resource_id", self.resource_id, 1, 64)?;
        let kind = request.check_length("type", self.r#type, 5, 10)?;
        let grantee_type = request.check_length("grantee_type", self.grantee_type, 1, 16)?;
        let grantee_id =
            request.check_length("grantee_target_id", self.grantee_target_id, 1, 64)?;
        // The example of CreateGrants has `group` in lower case.
        let resource_kind = match kind.to_ascii_uppercase().as_str() {
            "SECRET" => ResourceKind::Secret,
            "GROUP" => ResourceKind::Group,
            _ => return Err(request.bad_parameter("`type` must be `SECRET` or `GROUP`")),
        };
        let grantee_kind = match grantee_type {
            "0" => GranteeKind::User,
            "2" => GranteeKind::Group,
            _ => return Err(request.bad_parameter("`grantee_type` must be `0` or `2`")),
        };
        Ok(RequestedGrant {
            resource_id: ResourceId::from(resource_id),
            resource_kind,
            grantee_id: GranteeId::from(grantee_id),
            grantee_kind,
            validity_date: self
                .validity_time
                .map(|text| parse_date(request, text))
                .transpose()?,
        })
    }
}

/// Reads a `validity_time`. Past days are accepted: the reference does not say that the service refuses them.
fn parse_date(request: &ApiRequest, text: &str) -> Result<Date, ApiError> {
    let parsed = Date::strptime("%Y-%m-%d", text).ok();
    // `strptime` accepts signs and missing zeros, so compare the date with its own output.
    parsed
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| {
            request.bad_parameter("`validity_time` must be a date in the format `YYYY-MM-DD`")
        })
}
