//! Grants on secrets and groups of secrets.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{project, response_format};
use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::request::ApiCall;
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::{GranteeId, ResourceId};
use crate::sandbox::quirk::PendingList;
use crate::sandbox::store::grant::{GranteeKind, StoredTerms};
use crate::sandbox::store::resource::{ResourceKind, SecretState};
use crate::sandbox::world::World;
use crate::wire::csms as wire;

/// Fields of a grant request and whether each must be there; all are strings.
const GRANT_FIELDS: &[(&str, bool)] = &[
    ("resource_id", true),
    ("type", true),
    ("grantee_type", true),
    ("grantee_target_id", true),
    ("validity_time", false),
];

pub(super) fn create_grants(world: &World, call: &ApiCall) -> Result<ApiResponse, ApiError> {
    let body: wire::CreateGrantsRequest = grant_body(call, Ids::Strings)?;
    let terms = GrantFields {
        resource_id: &body.resource_id,
        r#type: &body.r#type,
        grantee_type: &body.grantee_type,
        grantee_target_id: &body.grantee_target_id,
        validity_time: body.validity_time.as_deref(),
    }
    .parse(call)?;
    let now = world.now();
    let mut store = world.store();
    let grant = store.create_grant(&project(call), &terms, now, call.basis.as_ref())?;
    response_format::granted(&terms, &grant, &store.quirks)
}

pub(super) fn update_grant(world: &World, call: &ApiCall) -> Result<ApiResponse, ApiError> {
    let aimed_at = call.required_query("resource_id")?;
    let body: wire::UpdateGrantRequest = grant_body(call, Ids::StringsOrNumbers)?;
    let terms = GrantFields {
        resource_id: &body.resource_id,
        r#type: &body.r#type,
        grantee_type: &body.grantee_type,
        grantee_target_id: &body.grantee_target_id,
        validity_time: body.validity_time.as_deref(),
    }
    .parse(call)?;
    if terms.resource_id.as_str() != aimed_at {
        return Err(call.bad_parameter("`resource_id` differs between query and body"));
    }
    let now = world.now();
    let mut store = world.store();
    let grant = store.update_grant(&project(call), &terms, now, call.basis.as_ref())?;
    response_format::granted(&terms, &grant, &store.quirks)
}

pub(super) fn list_grants(world: &World, call: &ApiCall) -> Result<ApiResponse, ApiError> {
    let resource_id = ResourceId::from(call.required_query("resource_id")?);
    let project = project(call);
    let mut store = world.store();
    let table = store.read_grants(&project, &resource_id, call.lag)?;
    let resource = store.resource(&project, &resource_id)?;
    let is_pending = resource.state == SecretState::PendingDelete;
    if is_pending && store.quirks.pending_list == PendingList::Refused {
        return Err(ApiError::SecretPendingDelete);
    }
    let entries = table.listed(store.quirks.groups, &store.members);
    response_format::listed(&store, &resource_id, resource, &entries)
}

pub(super) fn delete_grant(world: &World, call: &ApiCall) -> Result<ApiResponse, ApiError> {
    let resource_id = ResourceId::from(call.required_query("resource_id")?);
    let grantee = call.query("grantee_user")?.unwrap_or_default();
    let grantee = call.check_limit("grantee_user", grantee, 0, 64)?;
    let grantee = (!grantee.is_empty()).then(|| GranteeId::from(grantee));
    let mut store = world.store();
    let result = store.delete_grants(
        &project(call),
        &resource_id,
        grantee.as_ref(),
        call.basis.as_ref(),
    );
    response_format::deleted(result, &store.quirks)
}

/// How a body may spell ids.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// As the tables of all pages say.
    Strings,
    /// As the example of UpdateGrant does.
    StringsOrNumbers,
}

/// Reads the body of a grant request: an object of strings with the documented fields only, so that a misspelt
/// `validity_time` fails instead of granting for ever.
fn grant_body<T: DeserializeOwned>(call: &ApiCall, ids: Ids) -> Result<T, ApiError> {
    let mut body: Map<String, Value> = serde_json::from_slice(&call.body)
        .map_err(|_| call.bad_body("it must be a JSON object in UTF-8"))?;
    for key in body.keys() {
        if !GRANT_FIELDS.iter().any(|(field, _)| field == key) {
            return Err(call.bad_body(format!("`{key:.64}` is unknown")));
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
            Some(_) => return Err(call.bad_body(format!("`{field}` must be a string"))),
            None if *is_required => {
                return Err(call.bad_parameter(format!("`{field}` is missing")));
            }
            None => {}
        }
    }
    serde_json::from_value(Value::Object(body)).map_err(|error| call.bad_body(error.to_string()))
}

/// The fields that the bodies of CreateGrants and UpdateGrant share.
struct GrantFields<'a> {
    resource_id: &'a str,
    r#type: &'a str,
    grantee_type: &'a str,
    grantee_target_id: &'a str,
    validity_time: Option<&'a str>,
}

impl GrantFields<'_> {
    fn parse(&self, call: &ApiCall) -> Result<StoredTerms, ApiError> {
        let resource_id = call.check_limit("resource_id", self.resource_id, 1, 64)?;
        let kind = call.check_limit("type", self.r#type, 5, 10)?;
        let grantee_type = call.check_limit("grantee_type", self.grantee_type, 1, 16)?;
        let grantee_id = call.check_limit("grantee_target_id", self.grantee_target_id, 1, 64)?;
        // The page's own example sends `group` in lower case.
        let resource_kind = match kind.to_ascii_uppercase().as_str() {
            "SECRET" => ResourceKind::Secret,
            "GROUP" => ResourceKind::Group,
            _ => return Err(call.bad_parameter("`type` must be `SECRET` or `GROUP`")),
        };
        let grantee_kind = match grantee_type {
            "0" => GranteeKind::User,
            "2" => GranteeKind::Group,
            _ => return Err(call.bad_parameter("`grantee_type` must be `0` or `2`")),
        };
        Ok(StoredTerms {
            resource_id: ResourceId::from(resource_id),
            resource_kind,
            grantee_id: GranteeId::from(grantee_id),
            grantee_kind,
            validity_date: self
                .validity_time
                .map(|text| date(call, text))
                .transpose()?,
        })
    }
}

/// Reads a `validity_time`. A day in the past is accepted: nothing says that the service refuses it.
fn date(call: &ApiCall, text: &str) -> Result<Date, ApiError> {
    let parsed = Date::strptime("%Y-%m-%d", text).ok();
    // The parser also takes signs and missing zeros, so the date must come out as it went in.
    parsed
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| call.bad_parameter("`validity_time` must be a date, `YYYY-MM-DD`"))
}
