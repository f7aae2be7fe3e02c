//! Grants on secrets and groups of secrets.

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{moment, project};
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::grant::{Grant, GrantTerms, GranteeKind, Grants};
use crate::sandbox::id::{GranteeId, ResourceId};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::resource::{Resource, ResourceKind};
use crate::sandbox::store::Store;
use crate::sandbox::world::World;
use crate::wire::Moment;
use crate::wire::csms as wire;

/// Fields of a grant request and whether each must be there; all are strings.
const GRANT_FIELDS: &[(&str, bool)] = &[
    ("resource_id", true),
    ("type", true),
    ("grantee_type", true),
    ("grantee_target_id", true),
    ("validity_time", false),
];

pub(super) fn create_grants(world: &World, call: &Call) -> Result<Answer, Refusal> {
    let body: wire::CreateGrantsRequest = grant_body(call)?;
    let terms = GrantFields {
        resource_id: &body.resource_id,
        r#type: &body.r#type,
        grantee_type: &body.grantee_type,
        grantee_target_id: &body.grantee_target_id,
        validity_time: body.validity_time.as_deref(),
    }
    .parse(call)?;
    let now = world.now();
    let grant = world.store().create_grant(&project(call), &terms, now)?;
    grant_answer(&terms, &grant)
}

pub(super) fn update_grant(world: &World, call: &Call) -> Result<Answer, Refusal> {
    let aimed_at = call.required_query("resource_id")?;
    let body: wire::UpdateGrantRequest = grant_body(call)?;
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
    let grant = world.store().update_grant(&project(call), &terms, now)?;
    grant_answer(&terms, &grant)
}

pub(super) fn list_grants(world: &World, call: &Call) -> Result<Answer, Refusal> {
    let resource_id = ResourceId::from(call.required_query("resource_id")?);
    let project = project(call);
    let mut store = world.store();
    let grants = store.read_grants(&project, &resource_id, call.lag)?;
    let resource = store.resource(&project, &resource_id)?;
    let data = listed(&store, &resource_id, resource, &grants);
    Answer::json(StatusCode::OK, json!({ "data": data }))
}

pub(super) fn delete_grant(world: &World, call: &Call) -> Result<Answer, Refusal> {
    let resource_id = ResourceId::from(call.required_query("resource_id")?);
    let grantee = call.query("grantee_user")?.unwrap_or_default();
    let grantee = call.limited("grantee_user", grantee, 0, 64)?;
    let grantee = (!grantee.is_empty()).then(|| GranteeId::from(grantee));
    world
        .store()
        .delete_grants(&project(call), &resource_id, grantee.as_ref())?;
    Ok(Answer::no_content())
}

/// Reads the body of a grant request: an object of strings with the documented fields only, so that a misspelt
/// `validity_time` fails instead of granting for ever.
fn grant_body<T: DeserializeOwned>(call: &Call) -> Result<T, Refusal> {
    let body: Map<String, Value> = serde_json::from_slice(&call.body)
        .map_err(|_| call.bad_body("it must be a JSON object in UTF-8"))?;
    for key in body.keys() {
        if !GRANT_FIELDS.iter().any(|(field, _)| field == key) {
            return Err(call.bad_body(format!("`{key:.64}` is unknown")));
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
    fn parse(&self, call: &Call) -> Result<GrantTerms, Refusal> {
        let resource_id = call.limited("resource_id", self.resource_id, 1, 64)?;
        let kind = call.limited("type", self.r#type, 5, 10)?;
        let grantee_type = call.limited("grantee_type", self.grantee_type, 1, 16)?;
        let grantee_id = call.limited("grantee_target_id", self.grantee_target_id, 1, 64)?;
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
        Ok(GrantTerms {
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
fn date(call: &Call, text: &str) -> Result<Date, Refusal> {
    let parsed = Date::strptime("%Y-%m-%d", text).ok();
    // The parser also takes signs and missing zeros, so the date must come out as it went in.
    parsed
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| call.bad_parameter("`validity_time` must be a date, `YYYY-MM-DD`"))
}

fn grant_answer(terms: &GrantTerms, grant: &Grant) -> Result<Answer, Refusal> {
    let data = wire::GrantData {
        uuid: grant.uuid.clone(),
        resource_id: Some(terms.resource_id.to_string()),
        r#type: Some(type_name(terms.resource_kind).to_owned()),
        grantee_user: Some(terms.grantee_id.to_string()),
        create_time: Some(moment(grant.created_at)),
        update_time: Some(moment(grant.updated_at)),
        validity_time: grant.validity_date.map(end),
        state: Some(0),
        signature: Some(String::new()),
    };
    let mut body = json!({ "data": data });
    if grant.uuid.is_none() {
        // Documented as present only when the grantee is an individual: absent, not null.
        if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
            data.remove("uuid");
        }
    }
    Answer::json(StatusCode::OK, body)
}

fn listed(
    store: &Store,
    id: &ResourceId,
    resource: &Resource,
    grants: &Grants,
) -> wire::ResourceGrants {
    let grantee = |(id, grant): (&GranteeId, &Grant)| {
        let known = store.directory.get(id);
        wire::GranteeUser {
            user_id: id.to_string(),
            // The page's example shows these four letters where no name is known.
            user_name: Some(known.map_or_else(|| "null".to_owned(), |known| known.name.clone())),
            create_time: Some(moment(grant.created_at)),
            validity_time: grant.validity_date.map(end),
        }
    };
    let last_change = grants.values().map(|grant| grant.updated_at).max();
    wire::ResourceGrants {
        id: Some(id.to_string()),
        name: Some(resource.name.clone()),
        r#type: Some(type_name(resource.kind).to_owned()),
        grantee_user: grants.iter().map(grantee).collect(),
        create_time: Some(moment(resource.created_at)),
        update_time: Some(moment(last_change.unwrap_or(resource.created_at))),
    }
}

fn type_name(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Secret => "SECRET",
        ResourceKind::Group => "GROUP",
    }
}

/// The instant that stands for the end of a grant: midnight UTC at the start of its day.
fn end(date: Date) -> Moment {
    // A date at the edge of what the calendar can express has no instant; the epoch then shows that something is odd.
    let start_of_day = date.to_zoned(TimeZone::UTC);
    moment(start_of_day.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp()))
}
