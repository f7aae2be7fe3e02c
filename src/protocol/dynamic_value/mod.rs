//! Encodes and decodes values in MessagePack, with extensions for unknown values.
//!
//! Each value is encoded and decoded against a type that both sides know. Source: Terraform plugin protocol 6.11 and
//! the MessagePack encoding of Terraform's value library, cty.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::decode::{self, RmpRead};
use rmp::encode;

use crate::framework::value::Dynamic;
use crate::framework::{AttributeName, Number, Type, Value};

use super::limit::{MAX_DEPTH, MAX_VALUES, is_msgpack_too_large};
use super::type_json;

/// Extension type of a refined unknown value, such as one that is known not to be null.
const REFINED_UNKNOWN: i8 = 12;

/// Maximum size of the refinements of an unknown value, in bytes.
const MAX_REFINEMENT_BYTES: u32 = 1024;

/// The error for bytes that are not a value of the expected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DecodeError {
    /// The bytes end too early, or are not MessagePack.
    #[error("the data is truncated or malformed")]
    Malformed,
    /// The value is of another type.
    #[error("expected {0}")]
    Unexpected(String),
    /// An object lacks an attribute of its type.
    #[error("the `{0}` attribute is missing")]
    MissingAttribute(String),
    /// An object has an attribute that is not in its type.
    #[error("the type has no attribute `{0}`")]
    ExtraAttribute(String),
    /// The nesting is too deep.
    #[error("the value is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
    /// The value contains too many values.
    #[error("the value contains more than {MAX_VALUES} nested values")]
    TooLarge,
}

/// The error for a value that cannot be encoded as its expected type.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncodeError {
    /// The value is of another type.
    #[error("the value is not {0}")]
    Mismatch(String),
    /// A collection has more elements than the format allows.
    #[error("a collection has too many elements")]
    TooLong,
    /// Writing to memory failed.
    #[error("the value could not be encoded")]
    Write(#[from] encode::ValueWriteError),
}

/// Decodes one value of type `ty`. Bytes after it are ignored, as by Terraform.
pub(super) fn from_msgpack(mut bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    if is_msgpack_too_large(bytes) {
        return Err(DecodeError::TooLarge);
    }
    decode_value(&mut bytes, ty, MAX_DEPTH)
}

/// Encodes a value of type `ty`.
pub(super) fn to_msgpack(value: &Value, ty: &Type) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    encode_value(&mut bytes, value, ty)?;
    Ok(bytes)
}

fn decode_value(bytes: &mut &[u8], ty: &Type, depth: usize) -> Result<Value, DecodeError> {
    let inner = depth.checked_sub(1).ok_or(DecodeError::TooDeep)?;
    let marker = peek(bytes)?;
    if marker == Marker::Null {
        take(bytes, 1)?;
        return Ok(Value::Null);
    }
    if is_extension(marker) {
        return unknown(bytes, marker);
    }
    match ty {
        Type::Dynamic => dynamic(bytes, inner),
        Type::Bool => decode::read_bool(bytes)
            .map(Value::Bool)
            .map_err(|_| unexpected_error(ty)),
        Type::String => text(bytes, marker).map(Value::from),
        Type::Number => number(bytes, marker).map(Value::Number),
        Type::List(element) => {
            elements(bytes, ty, |bytes| decode_value(bytes, element, inner)).map(Value::List)
        }
        Type::Set(element) => {
            let elements = elements(bytes, ty, |bytes| decode_value(bytes, element, inner))?;
            Ok(Value::Set(elements.into_iter().collect()))
        }
        Type::Map(element) => {
            let entries = entries(bytes, ty, |bytes| decode_value(bytes, element, inner))?;
            Ok(Value::Map(entries))
        }
        Type::Object(types) => object(bytes, types, ty, inner),
        Type::Tuple(types) => tuple(bytes, types, ty, inner),
    }
}

fn unexpected_error(ty: &Type) -> DecodeError {
    DecodeError::Unexpected(ty.to_string())
}

fn peek(bytes: &[u8]) -> Result<Marker, DecodeError> {
    bytes
        .first()
        .map(|byte| Marker::from_u8(*byte))
        .ok_or(DecodeError::Malformed)
}

/// Removes `count` bytes from the front. Nothing is allocated for bytes that are announced but missing.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], DecodeError> {
    let (taken, rest) = bytes
        .split_at_checked(count)
        .ok_or(DecodeError::Malformed)?;
    *bytes = rest;
    Ok(taken)
}

fn is_extension(marker: Marker) -> bool {
    use Marker::{Ext8, Ext16, Ext32, FixExt1, FixExt2, FixExt4, FixExt8, FixExt16};
    matches!(
        marker,
        FixExt1 | FixExt2 | FixExt4 | FixExt8 | FixExt16 | Ext8 | Ext16 | Ext32
    )
}

/// Decodes an unknown value: any extension of at most one byte, or a refined unknown, whose refinements are ignored.
fn unknown(bytes: &mut &[u8], marker: Marker) -> Result<Value, DecodeError> {
    let meta = decode::read_ext_meta(bytes).map_err(|_| DecodeError::Malformed)?;
    let refined = meta.typeid == REFINED_UNKNOWN && meta.size <= MAX_REFINEMENT_BYTES;
    if meta.size > 1 && !refined {
        return Err(DecodeError::Unexpected(format!(
            "a value, but found MessagePack extension type {} ({marker:?})",
            meta.typeid
        )));
    }
    take(bytes, meta.size as usize)?;
    Ok(Value::Unknown)
}

fn dynamic(bytes: &mut &[u8], depth: usize) -> Result<Value, DecodeError> {
    let expected = || DecodeError::Unexpected("a type and a value".to_owned());
    if decode::read_array_len(bytes).map_err(|_| expected())? != 2 {
        return Err(expected());
    }
    let ty = match peek(bytes)? {
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
            let length = decode::read_bin_len(bytes).map_err(|_| DecodeError::Malformed)?;
            take(bytes, length as usize)?
        }
        marker => text_bytes(bytes, marker)?,
    };
    let ty = type_json::from_bytes(ty)
        .filter(|ty| *ty != Type::Dynamic)
        .ok_or_else(expected)?;
    let value = decode_value(bytes, &ty, depth)?;
    Ok(Value::Dynamic(Box::new(Dynamic { ty, value })))
}

fn text_bytes<'a>(bytes: &mut &'a [u8], marker: Marker) -> Result<&'a [u8], DecodeError> {
    let length = match marker {
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => decode::read_bin_len(bytes).ok(),
        _ => decode::read_str_len(bytes).ok(),
    };
    take(
        bytes,
        length.ok_or_else(|| unexpected_error(&Type::String))? as usize,
    )
}

fn text<'a>(bytes: &mut &'a [u8], marker: Marker) -> Result<&'a str, DecodeError> {
    std::str::from_utf8(text_bytes(bytes, marker)?).map_err(|_| DecodeError::Malformed)
}

fn number(bytes: &mut &[u8], marker: Marker) -> Result<Number, DecodeError> {
    let expected = || unexpected_error(&Type::Number);
    match marker {
        Marker::U64 => {
            take(bytes, 1)?;
            bytes
                .read_data_u64()
                .map(Number::from)
                .map_err(|_| DecodeError::Malformed)
        }
        Marker::F32 => {
            let float = decode::read_f32(bytes).map_err(|_| DecodeError::Malformed)?;
            Number::try_from(f64::from(float)).map_err(|_| expected())
        }
        Marker::F64 => {
            let float = decode::read_f64(bytes).map_err(|_| DecodeError::Malformed)?;
            Number::try_from(float).map_err(|_| expected())
        }
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
            text(bytes, marker)?.parse().map_err(|_| expected())
        }
        _ => decode::read_int::<i64, _>(bytes)
            .map(Number::from)
            .map_err(|_| expected()),
    }
}

fn elements(
    bytes: &mut &[u8],
    ty: &Type,
    mut element: impl FnMut(&mut &[u8]) -> Result<Value, DecodeError>,
) -> Result<Vec<Value>, DecodeError> {
    let count = decode::read_array_len(bytes).map_err(|_| unexpected_error(ty))?;
    // Each element takes at least one byte. A larger count is invalid, and is rejected before memory is allocated for
    // it.
    if count as usize > bytes.len() {
        return Err(DecodeError::Malformed);
    }
    (0..count).map(|_| element(bytes)).collect()
}

fn entries(
    bytes: &mut &[u8],
    ty: &Type,
    mut value: impl FnMut(&mut &[u8]) -> Result<Value, DecodeError>,
) -> Result<BTreeMap<String, Value>, DecodeError> {
    let count = decode::read_map_len(bytes).map_err(|_| unexpected_error(ty))?;
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let marker = peek(bytes)?;
        let key = text(bytes, marker)?;
        let value = value(bytes)?;
        entries.insert(key.to_owned(), value);
    }
    Ok(entries)
}

fn object(
    bytes: &mut &[u8],
    types: &BTreeMap<AttributeName, Type>,
    ty: &Type,
    depth: usize,
) -> Result<Value, DecodeError> {
    let count = decode::read_map_len(bytes).map_err(|_| unexpected_error(ty))?;
    let mut attributes = Vec::with_capacity(types.len());
    // Terraform encodes attributes in the order of their names, so that the next expected name nearly always matches.
    let mut expected = types.iter();
    for _ in 0..count {
        let marker = peek(bytes)?;
        let name = text(bytes, marker)?;
        let next = expected.next().filter(|(next, _)| *next == name);
        let Some((name, ty)) = next.or_else(|| types.get_key_value(name)) else {
            return Err(DecodeError::ExtraAttribute(name.to_owned()));
        };
        attributes.push((name.clone(), decode_value(bytes, ty, depth)?));
    }
    let attributes: BTreeMap<_, _> = attributes.into_iter().collect();
    if attributes.len() == types.len() {
        return Ok(Value::Object(attributes));
    }
    let missing = types.keys().find(|name| !attributes.contains_key(*name));
    let missing = missing.map(ToString::to_string).unwrap_or_default();
    Err(DecodeError::MissingAttribute(missing))
}

fn tuple(bytes: &mut &[u8], types: &[Type], ty: &Type, depth: usize) -> Result<Value, DecodeError> {
    let count = decode::read_array_len(bytes).map_err(|_| unexpected_error(ty))?;
    if count as usize != types.len() {
        return Err(unexpected_error(ty));
    }
    types
        .iter()
        .map(|ty| decode_value(bytes, ty, depth))
        .collect::<Result<_, _>>()
        .map(Value::Tuple)
}

fn encode_value(bytes: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<(), EncodeError> {
    match (value, ty) {
        (Value::Null, _) => {
            encode::write_nil(bytes).map_err(encode::ValueWriteError::InvalidMarkerWrite)?
        }
        (Value::Unknown, _) => bytes.extend_from_slice(&[Marker::FixExt1.to_u8(), 0, 0]),
        (Value::Dynamic(dynamic), Type::Dynamic) => {
            encode::write_array_len(bytes, 2)?;
            encode::write_bin(bytes, &type_json::to_bytes(&dynamic.ty))?;
            encode_value(bytes, &dynamic.value, &dynamic.ty)?;
        }
        (Value::Bool(bool), Type::Bool) => {
            encode::write_bool(bytes, *bool)
                .map_err(encode::ValueWriteError::InvalidMarkerWrite)?;
        }
        (Value::String(text), Type::String) => encode::write_str(bytes, text)?,
        (Value::Number(number), Type::Number) => encode_number(bytes, number)?,
        (Value::List(elements), Type::List(ty)) => encode_elements(bytes, elements, ty)?,
        (Value::Set(elements), Type::Set(ty)) => encode_elements(bytes, elements, ty)?,
        (Value::Tuple(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            encode::write_array_len(bytes, length(elements.len())?)?;
            elements
                .iter()
                .zip(types)
                .try_for_each(|(element, ty)| encode_value(bytes, element, ty))?;
        }
        (Value::Map(elements), Type::Map(ty)) => {
            encode::write_map_len(bytes, length(elements.len())?)?;
            for (key, element) in elements {
                encode::write_str(bytes, key)?;
                encode_value(bytes, element, ty)?;
            }
        }
        // Both maps are sorted by name, and so is the output.
        (Value::Object(attributes), Type::Object(types)) if attributes.keys().eq(types.keys()) => {
            encode::write_map_len(bytes, length(attributes.len())?)?;
            for ((name, attribute), ty) in attributes.iter().zip(types.values()) {
                encode::write_str(bytes, name)?;
                encode_value(bytes, attribute, ty)?;
            }
        }
        _ => return Err(EncodeError::Mismatch(ty.to_string())),
    }
    Ok(())
}

fn length(count: usize) -> Result<u32, EncodeError> {
    u32::try_from(count).map_err(|_| EncodeError::TooLong)
}

fn encode_elements<'a>(
    bytes: &mut Vec<u8>,
    elements: impl IntoIterator<Item = &'a Value, IntoIter: ExactSizeIterator>,
    ty: &Type,
) -> Result<(), EncodeError> {
    let elements = elements.into_iter();
    encode::write_array_len(bytes, length(elements.len())?)?;
    elements
        .into_iter()
        .try_for_each(|element| encode_value(bytes, element, ty))
}

/// Encodes fractions that a float represents exactly, and infinities, as floats; integers and all other fractions as
/// decimal text.
///
/// A MessagePack integer would be shorter, but Terraform's core gives it a different precision than the same number
/// from a state file. In 1.11 to 1.14 that counts as a difference: `plan -refresh-only -detailed-exitcode` would report
/// drift in every run.
fn encode_number(bytes: &mut Vec<u8>, number: &Number) -> Result<(), EncodeError> {
    if let Some(integer) = number.to_i64() {
        encode::write_str(bytes, &integer.to_string())?;
    } else if let Some(float) = number
        .to_exact_f64()
        .filter(|float| float.fract() != 0.0 || float.is_infinite())
    {
        encode::write_f64(bytes, float)?;
    } else {
        encode::write_str(bytes, &number.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
