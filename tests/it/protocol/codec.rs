//! Values as Terraform writes and reads them: written from the protocol's description, with another MessagePack library
//! than the provider's, so that two readings check each other.
//!
//! In tests a value is JSON, with three markers: [`unknown`], [`number`] where JSON's own numbers lose digits, and
//! [`dynamic`] for a value that brings its type. Types are the protocol's type JSON. Sets are sorted, so that `==` ignores
//! their order.

use std::collections::BTreeMap;

use rmpv::Value as Pack;
use serde_json::{Map, Value as Json, json};

/// An unknown value.
pub(crate) fn unknown() -> Json {
    json!({"$unknown": true})
}

/// A number that is no integer of 64 bits, by its decimal text.
pub(super) fn number(text: &str) -> Json {
    json!({"$number": text})
}

/// A value with its type, where any type may stand.
pub(super) fn dynamic(ty: Json, value: Json) -> Json {
    json!({"$dynamic": ty, "value": value})
}

pub(super) fn is_unknown(value: &Json) -> bool {
    match value.get("$dynamic") {
        Some(_) => is_unknown(&value["value"]),
        None => value.get("$unknown").is_some(),
    }
}

/// Whether nothing at any depth is unknown.
pub(super) fn is_wholly_known(value: &Json) -> bool {
    if is_unknown(value) {
        return false;
    }
    match value {
        Json::Array(elements) => elements.iter().all(is_wholly_known),
        Json::Object(entries) => entries.values().all(is_wholly_known),
        _ => true,
    }
}

/// A type in two parts: its kind, and what it is made of.
fn parts(ty: &Json) -> (&str, &Json) {
    match ty {
        Json::String(kind) => (kind, &Json::Null),
        Json::Array(parts) => (parts[0].as_str().unwrap(), &parts[1]),
        _ => panic!("no type: {ty}"),
    }
}

/// Writes a value of type `ty`.
pub(super) fn encode(value: &Json, ty: &Json) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &to_pack(value, ty)).unwrap();
    bytes
}

fn to_pack(value: &Json, ty: &Json) -> Pack {
    let (kind, inner) = parts(ty);
    if value.is_null() {
        return Pack::Nil;
    }
    if kind == "dynamic" {
        let Some(ty) = value.get("$dynamic") else {
            assert!(is_unknown(value), "a value without its type: {value}");
            return Pack::Ext(0, vec![0]);
        };
        let ty_bytes = ty.to_string().into_bytes();
        return Pack::Array(vec![Pack::Binary(ty_bytes), to_pack(&value["value"], ty)]);
    }
    if is_unknown(value) {
        return Pack::Ext(0, vec![0]);
    }
    let wrong = || panic!("{value} is not of type {ty}");
    match (kind, value) {
        ("bool", Json::Bool(bool)) => Pack::Boolean(*bool),
        ("string", Json::String(text)) => Pack::String(text.as_str().into()),
        ("number", value) => number_to_pack(value),
        ("list" | "set", Json::Array(elements)) => {
            Pack::Array(elements.iter().map(|each| to_pack(each, inner)).collect())
        }
        ("tuple", Json::Array(elements)) => {
            let types = inner.as_array().unwrap();
            assert_eq!(elements.len(), types.len(), "{value} is not of type {ty}");
            let elements = elements.iter().zip(types);
            Pack::Array(elements.map(|(each, ty)| to_pack(each, ty)).collect())
        }
        ("map", Json::Object(entries)) => pairs(entries, |_, each| to_pack(each, inner)),
        ("object", Json::Object(entries)) => {
            let types = inner.as_object().unwrap();
            assert!(
                entries.keys().eq(types.keys()),
                "{value} is not of type {ty}"
            );
            pairs(entries, |name, each| to_pack(each, &types[name]))
        }
        _ => wrong(),
    }
}

fn pairs(entries: &Map<String, Json>, to_pack: impl Fn(&str, &Json) -> Pack) -> Pack {
    let pair = |(key, each): (&String, &Json)| (key.as_str().into(), to_pack(key, each));
    Pack::Map(entries.iter().map(pair).collect())
}

fn number_to_pack(value: &Json) -> Pack {
    if let Some(integer) = value.as_i64() {
        return integer.into();
    }
    let text = value["$number"].as_str().unwrap();
    let float: f64 = text.parse().unwrap();
    // Sixty digits show every binary digit of the fractions used here.
    let is_exact = format!("{float:.60}").trim_end_matches('0') == text;
    if is_exact { float.into() } else { text.into() }
}

fn number_from_text(text: &str) -> Json {
    let integer = text.parse::<i64>().ok();
    integer.map_or_else(|| number(text), |integer| json!(integer))
}

/// Reads a value of type `ty` that a provider has written.
///
/// # Errors
/// The bytes hold something else, or more than one value.
pub(super) fn decode(bytes: &[u8], ty: &Json) -> Result<Json, String> {
    let mut rest = bytes;
    let pack = rmpv::decode::read_value(&mut rest).map_err(|error| error.to_string())?;
    if !rest.is_empty() {
        return Err(format!("{} bytes too many", rest.len()));
    }
    from_pack(&pack, ty)
}

fn from_pack(pack: &Pack, ty: &Json) -> Result<Json, String> {
    let (kind, inner) = parts(ty);
    let wrong = || Err(format!("{pack} is not of type {ty}"));
    match (kind, pack) {
        (_, Pack::Nil) => Ok(Json::Null),
        (_, Pack::Ext(0, payload)) if *payload == [0] => Ok(unknown()),
        ("dynamic", Pack::Array(parts)) => {
            let [Pack::Binary(ty), value] = parts.as_slice() else {
                return wrong();
            };
            let ty = serde_json::from_slice(ty).map_err(|error| error.to_string())?;
            let value = from_pack(value, &ty)?;
            Ok(dynamic(ty, value))
        }
        ("bool", Pack::Boolean(bool)) => Ok(json!(bool)),
        ("string", Pack::String(text)) => text.as_str().map_or_else(wrong, |text| Ok(json!(text))),
        // C51: Terraform writes integers as integers, and a provider must not.
        ("number", Pack::F64(float)) if float.fract() != 0.0 => Ok(number(&float.to_string())),
        ("number", Pack::String(text)) => text
            .as_str()
            .map_or_else(wrong, |text| Ok(number_from_text(text))),
        ("list", Pack::Array(elements)) => {
            elements.iter().map(|each| from_pack(each, inner)).collect()
        }
        ("set", Pack::Array(elements)) => {
            let elements = elements.iter().map(|each| from_pack(each, inner));
            elements.collect::<Result<_, _>>().map(set)
        }
        ("tuple", Pack::Array(elements)) => {
            let types = inner.as_array().unwrap();
            if elements.len() != types.len() {
                return wrong();
            }
            let elements = elements.iter().zip(types);
            elements.map(|(each, ty)| from_pack(each, ty)).collect()
        }
        ("map", Pack::Map(pairs)) => entries(pairs, |_| Ok(inner)),
        ("object", Pack::Map(pairs)) => {
            let types = inner.as_object().unwrap();
            let entries = entries(pairs, |name| {
                types
                    .get(name)
                    .ok_or_else(|| format!("no attribute `{name}`"))
            })?;
            if entries.as_object().unwrap().len() != types.len() {
                return wrong();
            }
            Ok(entries)
        }
        _ => wrong(),
    }
}

/// Elements of a set in the order in which tests compare them.
pub(super) fn set(mut elements: Vec<Json>) -> Json {
    elements.sort_by_key(ToString::to_string);
    Json::Array(elements)
}

fn entries<'a>(
    pairs: &[(Pack, Pack)],
    ty: impl Fn(&str) -> Result<&'a Json, String>,
) -> Result<Json, String> {
    let mut entries = BTreeMap::new();
    let mut keys = Vec::new();
    for (key, value) in pairs {
        let key = key.as_str().ok_or("a key that is no text")?;
        keys.push(key);
        entries.insert(key.to_owned(), from_pack(value, ty(key)?)?);
    }
    if !keys.is_sorted_by(|one, next| one < next) {
        return Err(format!("keys out of order: {keys:?}"));
    }
    Ok(entries.into_iter().collect::<Map<_, _>>().into())
}
