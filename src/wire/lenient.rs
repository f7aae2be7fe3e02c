//! Lenient readers for fields whose documentation and examples disagree.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A point in time as the service sent it, not yet interpreted.
///
/// **Shape:** the tables say a 64-bit integer, every example is a string such as `2022-11-09 16:37:24`.
/// **Units:** an integer of 12 digits or more counts milliseconds since 1970, a shorter one seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RawTimestamp {
    /// Seconds or milliseconds since 1970-01-01T00:00:00Z.
    Number(i64),
    /// An integer in a string, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS[.fff]`, or RFC 3339.
    Text(String),
    /// Anything else that is not null, which no page documents.
    Other(Value),
}

/// Reads an optional [`Moment`]; only null is absent. Never fails, because a read must not fail over a time stamp.
pub(super) fn raw_timestamp<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<RawTimestamp>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Null => None,
        Value::String(text) => Some(RawTimestamp::Text(text)),
        value => Some(
            value
                .as_i64()
                .map_or(RawTimestamp::Other(value), RawTimestamp::Number),
        ),
    })
}

/// Reads an optional text; anything but text is absent.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        _ => None,
    })
}

/// Reads an id that may be a number and may be missing; anything else is absent, because the fields of an answer are read
/// one by one.
pub(super) fn lenient_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Reads an id that may be a number; null and the empty string are absent.
pub(super) fn optional_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        other => Err(D::Error::custom(format!(
            "expected an ID, found {}",
            kind(&other)
        ))),
    }
}

/// Reads an id that may be a number and must be there.
pub(super) fn id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    optional_id(from)?.ok_or_else(|| D::Error::custom("expected an ID, found nothing"))
}

/// Reads an optional integer that may be written as a string; anything else is absent.
pub(super) fn optional_integer<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// Reads an optional Boolean that may be written as a string or as 0 and 1; anything else is absent.
pub(super) fn optional_boolean<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Bool(value) => Some(value),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "false" | "0" => Some(false),
            "true" | "1" => Some(true),
            _ => None,
        },
        _ => None,
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
