//! Which value of a quirk describes what the service sent. Each function returns the value and the observation, or why none follows.
//!
//! Observations are part of a report that people publish, so they contain no IDs or names.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::cloud::{Expiry, ObservedResponse, timestamp};
use crate::sandbox::{
    AnswerFormat, DeleteStatus, EndFormat, IdFormat, KindFormat, Names, NoExpiry, StateFormat,
    TimeFormat, UuidFormat,
};
use crate::wire::RawTimestamp;

/// A value and the observation, or the reason why there is none.
pub(super) type Classified<T> = Result<(T, String), String>;

/// An object of JSON.
type JsonObject = Map<String, Value>;

/// Fields of which one at least is in a response about a grant.
const GRANT_FIELDS: [&str; 3] = ["uuid", "resourceId", "granteeUser"];

/// Numbers from here on are milliseconds.
const FIRST_MILLISECOND: i64 = 100_000_000_000;

/// Seconds from midnight UTC to the moment that each format shows.
const EXPIRY_OFFSETS: [(i64, EndFormat); 5] = [
    (0, EndFormat::StartOfDay),
    (86_400, EndFormat::EndOfDay),
    (86_399, EndFormat::LastSecond),
    (-28_800, EndFormat::StartOfDayInChina),
    (57_600, EndFormat::EndOfDayInChina),
];

/// A time as `wire` reads it.
pub(super) fn raw_timestamp(value: &Value) -> Option<RawTimestamp> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(RawTimestamp::Text(text.clone())),
        value => Some(match value.as_i64() {
            Some(number) => RawTimestamp::Number(number),
            None => RawTimestamp::Other(value.clone()),
        }),
    }
}

/// The instant of a time, if it is one.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    timestamp(&raw_timestamp(value)?)
}

/// The quirk `time`, from a creation time.
pub(super) fn time_format(value: &Value) -> Classified<TimeFormat> {
    let shown = format!("the creation time was {}", quote(value));
    let unknown = || Err(format!("{shown}, which matches no value of the quirk"));
    if instant(value).is_none() {
        return unknown();
    }
    let found = match value {
        Value::Number(number) => match number.as_i64() {
            Some(FIRST_MILLISECOND..) => TimeFormat::Milliseconds,
            Some(_) => TimeFormat::Seconds,
            None => return unknown(),
        },
        Value::String(text) => match (text.parse::<i64>(), text.as_bytes().get(10)) {
            (Ok(FIRST_MILLISECOND..), _) => TimeFormat::NumberText,
            (Err(_), Some(b'T')) if has_offset(text) => TimeFormat::Rfc3339,
            (Err(_), Some(b' ')) => TimeFormat::Text,
            _ => return unknown(),
        },
        _ => return unknown(),
    };
    Ok((found, shown))
}

/// Whether a time ends with `Z` or an offset.
fn has_offset(text: &str) -> bool {
    const SECONDS_END: usize = 19;
    let end = text.get(SECONDS_END..).unwrap_or_default();
    end.contains(['Z', 'z', '+', '-'])
}

/// The quirk `end`, from the expiry shown for each requested date. `today`: the date of creation.
pub(super) fn expiry_format(samples: &[(Date, Value)], today: Date) -> Classified<EndFormat> {
    let mut found = None;
    for (date, value) in samples {
        let next = one_expiry_format(*date, value, today)?;
        match found {
            None => found = Some(next),
            Some(before) if before == next => {}
            Some(_) => {
                return Err(format!(
                    "the format differs from that of an earlier date: {date} was shown as {}",
                    quote(value)
                ));
            }
        }
    }
    match (found, samples.first()) {
        (Some(format), Some((date, value))) => Ok((
            format,
            format!("expiration date {date} was shown as {}", quote(value)),
        )),
        _ => Err("no expiry was shown".to_owned()),
    }
}

fn one_expiry_format(date: Date, value: &Value, today: Date) -> Result<EndFormat, String> {
    let unknown = || {
        Err(format!(
            "expiration date {date} was shown as {}, which matches no value of the quirk",
            quote(value)
        ))
    };
    // The service may count days in another time zone.
    let days = i64::from((date - today).get_days());
    let is_days = |number: i64| (days - 1..=days + 1).contains(&number);
    match Expiry::from_moment(raw_timestamp(value).as_ref()) {
        Expiry::None if value.is_null() => Ok(EndFormat::Hidden),
        Expiry::BeyondCalendar => Ok(EndFormat::BeyondCalendar),
        Expiry::Implausible(text) => match text.parse::<i64>() {
            Ok(0) => Ok(EndFormat::Zero),
            Ok(-1) => Ok(EndFormat::MinusOne),
            Ok(number) if is_days(number) => Ok(EndFormat::Period),
            _ => unknown(),
        },
        Expiry::NotUnderstood(text) => {
            let numbers = text.split(|c: char| !c.is_ascii_digit());
            let numbers: Vec<_> = numbers.filter(|number| !number.is_empty()).collect();
            match &numbers[..] {
                [number] if number.parse().is_ok_and(is_days) => Ok(EndFormat::Words),
                _ => unknown(),
            }
        }
        Expiry::At(instant) => {
            let midnight = date.to_datetime(Time::midnight());
            let Ok(midnight) = Offset::UTC.to_timestamp(midnight) else {
                return unknown();
            };
            let offset = instant.timestamp().as_second() - midnight.as_second();
            let known = EXPIRY_OFFSETS.iter().find(|(known, _)| *known == offset);
            known.map_or_else(unknown, |(_, format)| Ok(*format))
        }
        Expiry::None => unknown(),
    }
}

/// Whether different expiration dates are shown differently.
pub(super) fn shows_dates(format: EndFormat) -> bool {
    !matches!(
        format,
        EndFormat::Hidden | EndFormat::BeyondCalendar | EndFormat::Zero | EndFormat::MinusOne
    )
}

/// The quirk `no_expiry`, from the expiry shown for a grant that never expires.
pub(super) fn no_expiry(value: &Value) -> Classified<NoExpiry> {
    let shown = format!(
        "for a grant without an expiration date, `validity_time` was {}",
        quote(value)
    );
    let found = match Expiry::from_moment(raw_timestamp(value).as_ref()) {
        Expiry::None if value.is_null() => NoExpiry::Null,
        Expiry::None if value.as_str() == Some("") => NoExpiry::EmptyText,
        Expiry::BeyondCalendar => NoExpiry::BeyondCalendar,
        Expiry::Implausible(text) if text == "0" => NoExpiry::Zero,
        Expiry::Implausible(text) if text == "-1" => NoExpiry::MinusOne,
        _ => return Err(format!("{shown}, which matches no value of the quirk")),
    };
    Ok((found, shown))
}

/// The quirk `answer`, from a response to CreateGrants.
pub(super) fn answer_format(response: &ObservedResponse) -> Classified<AnswerFormat> {
    let value = response.json();
    let status = response.status;
    let is_grant = |object: &JsonObject| GRANT_FIELDS.iter().any(|key| object.contains_key(*key));
    let (found, shown) = match value.as_object().map(|object| (object, object.get("data"))) {
        Some((_, Some(Value::Null))) => (AnswerFormat::NullData, "`{\"data\": null}`"),
        Some((_, Some(Value::Object(data)))) if data.is_empty() => {
            (AnswerFormat::EmptyData, "`{\"data\": {}}`")
        }
        Some((_, Some(Value::Object(data)))) if is_grant(data) => {
            (AnswerFormat::Data, "the grant in `data`")
        }
        Some((object, None)) if is_grant(object) => {
            (AnswerFormat::Bare, "the grant without `data`")
        }
        _ => {
            return Err(format!(
                "the response with status {status} contains no grant, and no value of the quirk describes it"
            ));
        }
    };
    Ok((found, format!("status {status}, {shown}")))
}

/// The grant in a response, if it contains one.
pub(super) fn grant_fields(response: &ObservedResponse) -> Option<JsonObject> {
    let Value::Object(mut object) = response.json() else {
        return None;
    };
    let object = match object.remove("data") {
        Some(Value::Object(data)) => data,
        Some(_) => return None,
        None => object,
    };
    GRANT_FIELDS
        .iter()
        .any(|key| object.contains_key(*key))
        .then_some(object)
}

/// The quirk `uuid`, from a grant to a user.
pub(super) fn uuid_format(grant: &JsonObject) -> Classified<UuidFormat> {
    match grant.get("uuid") {
        Some(Value::String(text)) if text.is_empty() => {
            Ok((UuidFormat::Empty, "`uuid` was an empty string".to_owned()))
        }
        Some(Value::String(_)) => Ok((
            UuidFormat::Individuals,
            "the grant to a user had a `uuid`".to_owned(),
        )),
        Some(Value::Null) | None => Ok((UuidFormat::Absent, "`uuid` was absent".to_owned())),
        Some(_) => Err("`uuid` was not a string".to_owned()),
    }
}

/// The quirk `state`, from a grant.
pub(super) fn state_format(grant: &JsonObject) -> Classified<StateFormat> {
    match grant.get("state") {
        Some(value @ Value::Number(_)) => {
            Ok((StateFormat::Number, format!("`state` was {}", quote(value))))
        }
        Some(value @ Value::String(_)) => {
            Ok((StateFormat::Text, format!("`state` was {}", quote(value))))
        }
        _ => Err("`state` was absent or had another type".to_owned()),
    }
}

/// The quirk `kind`, from the `type` of a secret.
pub(super) fn kind_format(value: &Value) -> Classified<KindFormat> {
    match value.as_str() {
        Some("SECRET") => Err(
            "`type` was `SECRET`: `upper_case` or `always_secret`, which differ for secret groups"
                .to_owned(),
        ),
        Some("secret") => Ok((KindFormat::LowerCase, "`type` was `secret`".to_owned())),
        _ => Err("`type` was absent, or neither `SECRET` nor `secret`".to_owned()),
    }
}

/// The quirk `ids`, from IDs as requested and as returned. Only a decimal ID shows the format.
pub(super) fn id_format<'a>(
    ids: impl IntoIterator<Item = (&'a str, &'a Value)>,
) -> Classified<IdFormat> {
    let is_decimal = |id: &str| {
        id.parse::<u64>()
            .is_ok_and(|number| number.to_string() == id)
    };
    for (requested, returned) in ids {
        match returned {
            Value::Number(_) => {
                return Ok((IdFormat::Number, "a decimal ID was a number".to_owned()));
            }
            Value::String(_) if is_decimal(requested) => {
                return Ok((IdFormat::Text, "a decimal ID was a string".to_owned()));
            }
            _ => {}
        }
    }
    Err("neither the ID of the secret nor that of the user is a decimal number".to_owned())
}

/// The quirk `names`, from the listed name and that of the directory.
pub(super) fn names(listed: &Value, known: &Result<Vec<String>, String>) -> Classified<Names> {
    let known = known.as_ref().map_err(String::clone)?;
    if known.is_empty() {
        return Err("the directory does not show the name of the user".to_owned());
    }
    match listed.as_str() {
        Some("null") => Ok((
            Names::Unknown,
            "`user_name` was the string `null` instead of the name in the directory".to_owned(),
        )),
        None | Some("") => Err("`user_name` was absent or empty".to_owned()),
        Some(listed) if known.iter().any(|name| name == listed) => Ok((
            Names::Known,
            "`user_name` was the name in the directory".to_owned(),
        )),
        Some(_) => Err("`user_name` differed from the name in the directory".to_owned()),
    }
}

/// The quirk `delete_status`, from the response to a DELETE that took effect.
pub(super) fn delete_status(response: &ObservedResponse) -> Classified<DeleteStatus> {
    let status = response.status;
    let found = match status {
        204 => DeleteStatus::NoContent,
        200 => DeleteStatus::Ok,
        202 => DeleteStatus::Accepted,
        _ => return Err(format!("the response had status {status}")),
    };
    Ok((found, format!("status {status}")))
}

/// How the service's clock and time zone compare with ours, from the creation time of a grant that was created at `now`.
pub(super) fn clock(created_at: &Value, now: Timestamp) -> String {
    const TOLERANCE: i64 = 60;
    const CHINA: i64 = 8 * 3600;
    let Some(at) = instant(created_at) else {
        return "the creation time of the grant was not understood".to_owned();
    };
    let ahead = at.as_second() - now.as_second();
    if ahead.abs() <= TOLERANCE {
        return "the creation time of the grant agreed with the clock of this machine".to_owned();
    }
    let direction = match ahead {
        0.. => "ahead of",
        _ => "behind",
    };
    let difference = SignedDuration::from_secs(ahead.abs());
    let local = match (created_at, (ahead - CHINA).abs() <= TOLERANCE) {
        (Value::String(_), true) => ": it may be a local time in UTC+08:00",
        _ => "",
    };
    format!(
        "the creation time of the grant was {difference:#} {direction} the clock of this machine{local}"
    )
}

/// Whether two responses contain the same `uuid`.
pub(super) fn have_same_uuid(one: &ObservedResponse, other: &ObservedResponse) -> bool {
    let uuid = |response| {
        let grant = grant_fields(response)?;
        let uuid = grant.get("uuid")?.as_str()?.to_owned();
        (!uuid.is_empty()).then_some(uuid)
    };
    uuid(one).is_some_and(|uuid_of_one| uuid(other) == Some(uuid_of_one))
}

/// A time as code. Other text is not quoted: it may contain anything.
fn quote(value: &Value) -> String {
    const MAX_CHARS: usize = 40;
    let is_time = |text: &str| {
        let is_part = |c: char| c.is_ascii_digit() || "-+:./TZ ".contains(c);
        let days = text.strip_suffix(" days").or(text.strip_suffix(" day"));
        text.len() <= MAX_CHARS && days.unwrap_or(text).chars().all(is_part)
    };
    match value {
        Value::String(text) if !is_time(text) => {
            format!("a string of {} characters", text.chars().count())
        }
        Value::Array(_) | Value::Object(_) => "an array or object".to_owned(),
        value => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests;
