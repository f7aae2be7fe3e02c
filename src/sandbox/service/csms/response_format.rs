//! Responses of CSMS, in the formats that the quirks select where the API reference is ambiguous.

use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::response::ApiResponse;
use crate::sandbox::id::{GranteeId, ResourceId};
use crate::sandbox::quirk::{
    AnswerFormat, DeleteMissing, DeleteStatus, EndFormat, IdFormat, KindFormat, ListFormat, Names,
    NoExpiry, NoGrants, Quirks, StateFormat, TimeFormat, UuidFormat,
};
use crate::sandbox::store::Store;
use crate::sandbox::store::error::StoreError;
use crate::sandbox::store::grant::{RequestedGrant, StoredGrant};
use crate::sandbox::store::resource::{ResourceKind, SandboxResource};
use crate::wire::RawTimestamp;
use crate::wire::csms as wire;

/// Offset of the time zone UTC+08:00.
const CHINA_AHEAD: SignedDuration = SignedDuration::from_hours(8);

/// From midnight to midnight. UTC and UTC+08:00 have no daylight saving time, so every day is that long.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Start of 9999-12-31 in UTC, since 1970.
const LAST_DAY: SignedDuration = SignedDuration::from_secs(253_402_214_400);

/// The response to CreateGrants and UpdateGrant.
pub(super) fn grant_response(
    requested: &RequestedGrant,
    grant: &StoredGrant,
    quirks: &Quirks,
) -> Result<ApiResponse, ApiError> {
    let data = wire::GrantData {
        uuid: grant.uuid.clone(),
        resource_id: Some(requested.resource_id.to_string()),
        r#type: Some(resource_type(requested.resource_kind, quirks).to_owned()),
        grantee_user: Some(requested.grantee_id.to_string()),
        create_time: Some(timestamp(grant.created_at, quirks)),
        update_time: Some(timestamp(grant.updated_at, quirks)),
        validity_time: expiry(grant, quirks),
        state: Some(0),
        signature: Some(String::new()),
    };
    let mut data = to_object(data)?;
    for key in ["resourceId", "granteeUser"] {
        apply_id_format(&mut data, key, quirks);
    }
    match quirks.uuid {
        UuidFormat::Individuals if grant.uuid.is_some() => {}
        // The reference documents it for users only: absent for groups, not null.
        UuidFormat::Individuals | UuidFormat::Absent => {
            data.remove("uuid");
        }
        UuidFormat::Empty => {
            data.insert("uuid".to_owned(), "".into());
        }
    }
    if quirks.state == StateFormat::Text {
        data.insert("state".to_owned(), "0".into());
    }
    let body = match quirks.answer {
        AnswerFormat::Data => json!({ "data": data }),
        AnswerFormat::Bare => Value::Object(data),
        AnswerFormat::EmptyData => json!({"data": {}}),
        AnswerFormat::NullData => json!({"data": null}),
    };
    ApiResponse::json(StatusCode::OK, body)
}

/// The response to ListGrants.
pub(super) fn list_response(
    store: &Store,
    id: &ResourceId,
    resource: &SandboxResource,
    entries: &[(&GranteeId, &StoredGrant)],
) -> Result<ApiResponse, ApiError> {
    let quirks = &store.quirks;
    let half = entries.len().div_ceil(2);
    let of = |entries| resource_grants(store, id, resource, entries);
    let body = match (quirks.no_grants, quirks.list) {
        (NoGrants::NullData, _) if entries.is_empty() => json!({"data": null}),
        (NoGrants::EmptyData, _) if entries.is_empty() => json!({"data": {}}),
        (NoGrants::NoData, _) if entries.is_empty() => json!({}),
        (NoGrants::NotFound, _) if entries.is_empty() => {
            return Err(ApiError::NoGrant(StatusCode::NOT_FOUND));
        }
        (NoGrants::BadRequest, _) if entries.is_empty() => {
            return Err(ApiError::NoGrant(StatusCode::BAD_REQUEST));
        }
        (_, ListFormat::Object) => json!({"data": of(entries)?}),
        (_, ListFormat::Array) => json!({"data": [of(entries)?]}),
        (_, ListFormat::Split) => {
            let (first, second) = entries.split_at(half);
            json!({"data": [of(first)?, of(second)?]})
        }
        (_, ListFormat::Bare) => Value::Object(of(entries)?),
    };
    ApiResponse::json(StatusCode::OK, body)
}

/// The response to DeleteGrant, given the result of the store.
pub(super) fn delete_response(
    result: Result<(), StoreError>,
    quirks: &Quirks,
) -> Result<ApiResponse, ApiError> {
    match (result, quirks.delete_missing) {
        (Err(StoreError::NoGrant), DeleteMissing::NotFound) => {
            return Err(ApiError::NoGrant(StatusCode::NOT_FOUND));
        }
        (Err(StoreError::NoGrant), DeleteMissing::NoContent) => {}
        (result, _) => result?,
    }
    match quirks.delete_status {
        DeleteStatus::NoContent => Ok(ApiResponse::no_content()),
        DeleteStatus::Ok => ApiResponse::json(StatusCode::OK, json!({})),
        DeleteStatus::Accepted => ApiResponse::json(StatusCode::ACCEPTED, json!({})),
    }
}

/// A time in the format of the quirk `time`.
pub(super) fn timestamp(at: Timestamp, quirks: &Quirks) -> RawTimestamp {
    match quirks.time {
        TimeFormat::Milliseconds => RawTimestamp::Number(at.as_millisecond()),
        TimeFormat::Seconds => RawTimestamp::Number(at.as_second()),
        TimeFormat::Text => RawTimestamp::Text(at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        TimeFormat::Rfc3339 => RawTimestamp::Text(at.to_string()),
        TimeFormat::NumberText => RawTimestamp::Text(at.as_millisecond().to_string()),
    }
}

/// Replaces a decimal id by a number, if the quirk `ids` says so.
pub(super) fn apply_id_format(object: &mut Map<String, Value>, key: &str, quirks: &Quirks) {
    let Some(id) = object.get_mut(key) else {
        return;
    };
    let number = id.as_str().and_then(|text| text.parse::<u64>().ok());
    // A number loses a sign and leading zeros, and would be another id.
    let number = number.filter(|number| id.as_str() == Some(&number.to_string()));
    if let (IdFormat::Number, Some(number)) = (quirks.ids, number) {
        *id = number.into();
    }
}

/// `body` as a JSON object.
pub(super) fn to_object(body: impl Serialize) -> Result<Map<String, Value>, ApiError> {
    match serde_json::to_value(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(ApiError::Internal),
    }
}

/// The resource with these grants, as ListGrants shows it. `update_time` is that of the grant changed last, or the
/// creation of the resource if there is none.
fn resource_grants(
    store: &Store,
    id: &ResourceId,
    resource: &SandboxResource,
    entries: &[(&GranteeId, &StoredGrant)],
) -> Result<Map<String, Value>, ApiError> {
    let quirks = &store.quirks;
    let last_change = entries.iter().map(|(_, grant)| grant.updated_at).max();
    let mut grants = to_object(wire::ListedGrants {
        id: Some(id.to_string()),
        name: Some(resource.name.clone()),
        r#type: Some(resource_type(resource.kind, quirks).to_owned()),
        grantee_user: Vec::new(),
        create_time: Some(timestamp(resource.created_at, quirks)),
        update_time: Some(timestamp(
            last_change.unwrap_or(resource.created_at),
            quirks,
        )),
    })?;
    apply_id_format(&mut grants, "id", quirks);
    let entries = entries.iter().map(|(id, grant)| {
        let mut entry = to_object(wire::GranteeUser {
            user_id: id.to_string(),
            user_name: Some(grantee_name(store, id)),
            create_time: Some(timestamp(grant.created_at, quirks)),
            validity_time: expiry(grant, quirks),
        })?;
        apply_id_format(&mut entry, "user_id", quirks);
        Ok(Value::Object(entry))
    });
    let entries = entries.collect::<Result<_, ApiError>>()?;
    grants.insert("grantee_user".to_owned(), Value::Array(entries));
    Ok(grants)
}

/// The name of a grantee; the string `null` for an unknown one, as in the example of ListGrants.
fn grantee_name(store: &Store, id: &GranteeId) -> String {
    let known = store.directory.get(id);
    match (store.quirks.names, known) {
        (Names::Known, Some(known)) => known.name.clone(),
        _ => "null".to_owned(),
    }
}

/// `type` of a resource in the format of the quirk `kind`.
fn resource_type(kind: ResourceKind, quirks: &Quirks) -> &'static str {
    match (quirks.kind, kind) {
        (KindFormat::UpperCase, ResourceKind::Secret) | (KindFormat::AlwaysSecret, _) => "SECRET",
        (KindFormat::UpperCase, ResourceKind::Group) => "GROUP",
        (KindFormat::LowerCase, ResourceKind::Secret) => "secret",
        (KindFormat::LowerCase, ResourceKind::Group) => "group",
    }
}

/// The expiry of a grant in the format of the quirks `end` and `no_expiry`.
fn expiry(grant: &StoredGrant, quirks: &Quirks) -> Option<RawTimestamp> {
    let Some(date) = grant.validity_date else {
        return match quirks.no_expiry {
            NoExpiry::Null => None,
            NoExpiry::EmptyText => Some(RawTimestamp::Text(String::new())),
            NoExpiry::BeyondCalendar => Some(late_timestamp(LAST_DAY, quirks)),
            NoExpiry::Zero => Some(RawTimestamp::Number(0)),
            NoExpiry::MinusOne => Some(RawTimestamp::Number(-1)),
        };
    };
    let created_on = grant.created_at.to_zoned_datetime(TimeZone::UTC).date();
    let days = i64::from((date - created_on).get_days());
    let after_midnight = match quirks.end {
        EndFormat::StartOfDay => SignedDuration::ZERO,
        EndFormat::EndOfDay => DAY,
        EndFormat::LastSecond => DAY - SignedDuration::from_secs(1),
        EndFormat::StartOfDayInChina => -CHINA_AHEAD,
        EndFormat::EndOfDayInChina => DAY - CHINA_AHEAD,
        EndFormat::Hidden => return None,
        EndFormat::BeyondCalendar => return Some(late_timestamp(LAST_DAY, quirks)),
        EndFormat::Words => return Some(RawTimestamp::Text(format!("{days} days"))),
        EndFormat::Period => return Some(RawTimestamp::Number(days)),
        EndFormat::Zero => return Some(RawTimestamp::Number(0)),
        EndFormat::MinusOne => return Some(RawTimestamp::Number(-1)),
    };
    Some(late_timestamp(midnight(date) + after_midnight, quirks))
}

/// Start of a date in UTC, since 1970. `Timestamp` cannot represent it for the last days of the year 9999.
fn midnight(date: Date) -> SignedDuration {
    let days = date.duration_since(Date::new(1970, 1, 1).unwrap_or_default());
    SignedDuration::from_secs(days.as_secs())
}

/// A time that may be later than [`Timestamp::MAX`].
fn late_timestamp(since_1970: SignedDuration, quirks: &Quirks) -> RawTimestamp {
    if let Ok(at) = Timestamp::UNIX_EPOCH.checked_add(since_1970) {
        return timestamp(at, quirks);
    }
    let milliseconds = i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX);
    match quirks.time {
        TimeFormat::Milliseconds => RawTimestamp::Number(milliseconds),
        TimeFormat::Seconds => RawTimestamp::Number(since_1970.as_secs()),
        TimeFormat::NumberText => RawTimestamp::Text(milliseconds.to_string()),
        TimeFormat::Text => RawTimestamp::Text("9999-12-31 23:59:59".to_owned()),
        TimeFormat::Rfc3339 => RawTimestamp::Text("9999-12-31T23:59:59Z".to_owned()),
    }
}
