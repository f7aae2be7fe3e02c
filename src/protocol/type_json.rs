//! Encodes and decodes types in JSON, as in schemas and in values of dynamic type.

use serde_json::{Value as Json, json};

use crate::framework::Type;

use super::limit::MAX_TYPE_BYTES;

/// Maximum nesting of a type.
const MAX_DEPTH: usize = 64;

/// Encodes a type: `"string"`, `["list","string"]`, `["object",{"a":"bool"}]`.
pub(super) fn to_json(ty: &Type) -> Json {
    match ty {
        Type::String => json!("string"),
        Type::Number => json!("number"),
        Type::Bool => json!("bool"),
        Type::Dynamic => json!("dynamic"),
        Type::List(element) => json!(["list", to_json(element)]),
        Type::Set(element) => json!(["set", to_json(element)]),
        Type::Map(element) => json!(["map", to_json(element)]),
        Type::Object(attributes) => {
            let attributes: serde_json::Map<_, _> = attributes
                .iter()
                .map(|(name, ty)| (name.to_string(), to_json(ty)))
                .collect();
            json!(["object", attributes])
        }
        Type::Tuple(elements) => json!(["tuple", elements.iter().map(to_json).collect::<Vec<_>>()]),
    }
}

/// Encodes a type as JSON bytes.
pub(super) fn to_bytes(ty: &Type) -> Vec<u8> {
    to_json(ty).to_string().into_bytes()
}

/// Decodes a type; none if the bytes are not a valid type. The list of an object's optional attributes is ignored:
/// values contain all attributes.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Type> {
    if bytes.len() > MAX_TYPE_BYTES {
        return None;
    }
    from_json(&serde_json::from_slice(bytes).ok()?, MAX_DEPTH)
}

fn from_json(json: &Json, depth: usize) -> Option<Type> {
    let inner = depth.checked_sub(1)?;
    match json {
        Json::String(name) => match name.as_str() {
            "string" => Some(Type::String),
            "number" => Some(Type::Number),
            "bool" => Some(Type::Bool),
            "dynamic" => Some(Type::Dynamic),
            _ => None,
        },
        Json::Array(parts) => match parts.as_slice() {
            [Json::String(kind), Json::Object(attributes), ..]
                if kind == "object" && parts.len() <= 3 =>
            {
                let attributes = attributes.iter();
                let attributes =
                    attributes.map(|(name, ty)| Some((name.clone().into(), from_json(ty, inner)?)));
                attributes.collect::<Option<_>>().map(Type::Object)
            }
            [Json::String(kind), Json::Array(elements)] if kind == "tuple" => elements
                .iter()
                .map(|ty| from_json(ty, inner))
                .collect::<Option<_>>()
                .map(Type::Tuple),
            [Json::String(kind), element] => {
                let element = from_json(element, inner)?;
                match kind.as_str() {
                    "list" => Some(Type::list(element)),
                    "set" => Some(Type::set(element)),
                    "map" => Some(Type::map(element)),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c67_types_round_trip_through_json() {
        let object = Type::object([
            ("a", Type::Bool),
            ("b", Type::set(Type::map(Type::Dynamic))),
        ]);
        for ty in [
            Type::String,
            Type::Number,
            Type::list(object.clone()),
            Type::Tuple(vec![Type::Bool, object]),
        ] {
            assert_eq!(from_bytes(&to_bytes(&ty)), Some(ty));
        }
        assert_eq!(to_bytes(&Type::list(Type::String)), br#"["list","string"]"#);
    }

    #[test]
    fn optional_attributes_are_read_as_attributes() {
        let read = from_bytes(br#"["object",{"a":"bool"},["a"]]"#);
        assert_eq!(read, Some(Type::object([("a", Type::Bool)])));
    }

    #[test]
    fn c58_invalid_types_are_rejected() {
        let deep = format!("{}\"bool\"{}", "[\"list\",".repeat(100), "]".repeat(100));
        for text in [
            "",
            "\"int\"",
            "[]",
            "[\"list\"]",
            "[\"list\",\"bool\",1]",
            "{}",
            "[\"nested\",\"bool\"]",
            &deep,
            &format!("[\"tuple\",[{}\"bool\"]]", "\"bool\",".repeat(10_000)),
        ] {
            assert_eq!(from_bytes(text.as_bytes()), None, "{text}");
        }
    }
}
