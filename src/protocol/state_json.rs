//! Decodes values from JSON, as in state files, leniently against the current type.
//!
//! Numbers keep every digit, because their text is parsed directly.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::framework::value::Dynamic;
use crate::framework::{AttributeName, Type, Value};

use super::dynamic_value::DecodeError;
use super::limit::{MAX_DEPTH, is_json_too_large};
use super::type_json;

/// Whether an object may lack attributes of its type or have additional ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// For requests: an object must have exactly the attributes of its type.
    Exact,
    /// For state: missing attributes are null, and attributes that the type no longer has are ignored.
    Lenient,
}

/// Decodes a value of type `ty`.
pub(super) fn from_json(
    bytes: &[u8],
    ty: &Type,
    strictness: Strictness,
) -> Result<Value, DecodeError> {
    if is_json_too_large(bytes) {
        return Err(DecodeError::TooLarge);
    }
    let raw: &RawValue = serde_json::from_slice(bytes).map_err(|_| DecodeError::Malformed)?;
    decode(raw.get(), ty, strictness, MAX_DEPTH)
}

fn decode(
    json: &str,
    ty: &Type,
    strictness: Strictness,
    depth: usize,
) -> Result<Value, DecodeError> {
    let inner = depth.checked_sub(1).ok_or(DecodeError::TooDeep)?;
    let element = |ty: &Type, raw: &RawValue| decode(raw.get(), ty, strictness, inner);
    let unexpected = || DecodeError::Unexpected(ty.to_string());
    if json == "null" {
        return Ok(Value::Null);
    }
    match ty {
        Type::Bool => match unquote(json).as_deref() {
            Some("true") => Ok(Value::Bool(true)),
            Some("false") => Ok(Value::Bool(false)),
            _ => Err(unexpected()),
        },
        Type::Number => unquote(json)
            .and_then(|text| text.parse().ok())
            .map(Value::Number)
            .ok_or_else(unexpected),
        Type::String if json.starts_with('"') => parse::<String>(json, ty).map(Value::from),
        Type::String => Err(unexpected()),
        Type::List(ty) => {
            let raws: Vec<&RawValue> = parse(json, &Type::List(ty.clone()))?;
            raws.into_iter()
                .map(|raw| element(ty, raw))
                .collect::<Result<_, _>>()
                .map(Value::List)
        }
        Type::Set(ty) => {
            let raws: Vec<&RawValue> = parse(json, &Type::Set(ty.clone()))?;
            raws.into_iter()
                .map(|raw| element(ty, raw))
                .collect::<Result<_, _>>()
                .map(Value::Set)
        }
        Type::Tuple(types) => {
            let raws: Vec<&RawValue> = parse(json, ty)?;
            if raws.len() != types.len() {
                return Err(unexpected());
            }
            raws.into_iter()
                .zip(types)
                .map(|(raw, ty)| element(ty, raw))
                .collect::<Result<_, _>>()
                .map(Value::Tuple)
        }
        Type::Map(ty) => {
            let raws: BTreeMap<Cow<'_, str>, &RawValue> = parse(json, &Type::Map(ty.clone()))?;
            let entries = raws
                .into_iter()
                .map(|(key, raw)| Ok((key.into_owned(), element(ty, raw)?)));
            entries.collect::<Result<_, _>>().map(Value::Map)
        }
        Type::Object(types) => {
            let raws: BTreeMap<Cow<'_, str>, &RawValue> = parse(json, ty)?;
            if strictness == Strictness::Exact
                && let Some(extra) = raws.keys().find(|name| !types.contains_key(&***name))
            {
                return Err(DecodeError::ExtraAttribute(extra.clone().into_owned()));
            }
            let attribute =
                |(name, ty): (&AttributeName, &Type)| match (raws.get(&**name), strictness) {
                    (Some(raw), _) => Ok((name.clone(), element(ty, raw)?)),
                    (None, Strictness::Lenient) => Ok((name.clone(), Value::Null)),
                    (None, Strictness::Exact) => {
                        Err(DecodeError::MissingAttribute(name.to_string()))
                    }
                };
            types
                .iter()
                .map(attribute)
                .collect::<Result<_, _>>()
                .map(Value::Object)
        }
        Type::Dynamic => {
            #[derive(Deserialize)]
            struct Typed<'a> {
                #[serde(borrow, rename = "type")]
                ty: &'a RawValue,
                #[serde(borrow)]
                value: &'a RawValue,
            }
            let typed: Typed<'_> = parse(json, ty)?;
            let ty = type_json::from_bytes(typed.ty.get().as_bytes());
            let ty = ty
                .filter(|ty| *ty != Type::Dynamic)
                .ok_or_else(unexpected)?;
            let value = element(&ty, typed.value)?;
            Ok(Value::Dynamic(Box::new(Dynamic { ty, value })))
        }
    }
}

/// The text of a number or bool. Very old state stores them as strings.
fn unquote(json: &str) -> Option<Cow<'_, str>> {
    if json.starts_with('"') {
        serde_json::from_str(json).ok()
    } else {
        Some(Cow::Borrowed(json))
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str, ty: &Type) -> Result<T, DecodeError> {
    serde_json::from_str(json).map_err(|_| DecodeError::Unexpected(ty.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lenient(json: &str, ty: &Type) -> Result<Value, DecodeError> {
        from_json(json.as_bytes(), ty, Strictness::Lenient)
    }

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    #[test]
    fn c50_numbers_keep_every_digit() {
        for text in [
            "0.1234567890123456789",
            "9007199254740993",
            "18446744073709551616",
            "\"7\"",
        ] {
            assert_eq!(
                lenient(text, &Type::Number),
                Ok(number(text.trim_matches('"')))
            );
        }
    }

    #[test]
    fn c53_only_lenient_decoding_accepts_missing_or_extra_attributes() {
        let ty = Type::object([("a", Type::String), ("b", Type::Bool)]);
        let expected = Value::object([("a", Value::from("x")), ("b", Value::Null)]);
        assert_eq!(lenient(r#"{"a":"x","c":1}"#, &ty), Ok(expected));
        let exact = |json: &str| from_json(json.as_bytes(), &ty, Strictness::Exact);
        assert_eq!(
            exact(r#"{"a":"x"}"#),
            Err(DecodeError::MissingAttribute("b".into()))
        );
        assert_eq!(
            exact(r#"{"a":"x","b":null,"c":1}"#),
            Err(DecodeError::ExtraAttribute("c".into()))
        );
    }

    #[test]
    fn collections_tuples_and_dynamic_values_are_decoded() {
        let ty = Type::Tuple(vec![
            Type::set(Type::Number),
            Type::map(Type::list(Type::Bool)),
            Type::Dynamic,
        ]);
        let json = r#"[[2,1,2.0], {"k":[true,"false",null]}, {"type":"string","value":"\u00e9"}]"#;
        let dynamic = Dynamic {
            ty: Type::String,
            value: Value::from("é"),
        };
        let expected = Value::Tuple(vec![
            Value::Set([number("1"), number("2")].into()),
            Value::Map(
                [(
                    "k".into(),
                    Value::List(vec![true.into(), false.into(), Value::Null]),
                )]
                .into(),
            ),
            Value::Dynamic(Box::new(dynamic)),
        ]);
        assert_eq!(lenient(json, &ty), Ok(expected));
    }

    #[test]
    fn c58_mistyped_or_malformed_json_is_an_error() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for json in [
            "",
            "{",
            "[1",
            "3",
            "\"x\"",
            "{\"type\":\"dynamic\",\"value\":1}",
            &deep,
        ] {
            for ty in [Type::list(Type::Bool), Type::Dynamic, Type::Bool] {
                assert!(
                    lenient(json, &ty).is_err(),
                    "{}",
                    &json[..json.len().min(20)]
                );
            }
        }
    }
}
