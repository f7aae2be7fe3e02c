//! Untyped values, which may be null or unknown.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::number::Number;
use super::ty::Type;

/// The name of an attribute: mostly borrowed from the schema, so that it needs no copy.
pub type AttributeName = Cow<'static, str>;

/// A value of any type, in a configuration, plan or state.
///
/// Strings are in Unicode Normalization Form C, as Terraform compares them; `Value::from` normalizes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value.
    Null,
    /// A value that is unknown until apply.
    Unknown,
    /// True or false.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// Unicode text in Normalization Form C.
    String(String),
    /// Elements in order.
    List(Vec<Value>),
    /// Unordered elements without duplicates.
    Set(BTreeSet<Value>),
    /// Elements by string key.
    Map(BTreeMap<String, Value>),
    /// A value for each attribute of the type.
    Object(BTreeMap<AttributeName, Value>),
    /// A value for each position of the type.
    Tuple(Vec<Value>),
    /// A value of [`Type::Dynamic`], with its actual type. Null and unknown values without a type are [`Value::Null`]
    /// and [`Value::Unknown`].
    Dynamic(Box<Dynamic>),
}

/// A value with its own type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dynamic {
    /// The type of `value`, never [`Type::Dynamic`] itself.
    pub ty: Type,
    /// The value, which may be null or unknown.
    pub value: Value,
}

impl Value {
    /// An object with these attributes.
    #[must_use]
    pub fn object<N: Into<AttributeName>>(
        attributes: impl IntoIterator<Item = (N, Value)>,
    ) -> Self {
        Self::Object(
            attributes
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }

    /// Whether this is null. An object whose attributes are all null is not.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic(dynamic) => dynamic.value.is_null(),
            _ => false,
        }
    }

    /// Whether this is unknown as a whole.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Dynamic(dynamic) => dynamic.value.is_unknown(),
            _ => false,
        }
    }

    /// Whether this value contains nothing unknown, at any depth.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::List(elements) | Self::Tuple(elements) => {
                elements.iter().all(Self::is_wholly_known)
            }
            Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Object(attributes) => attributes.values().all(Self::is_wholly_known),
            Self::Dynamic(dynamic) => dynamic.value.is_wholly_known(),
        }
    }

    /// Replaces everything unknown by null, at any depth.
    #[must_use]
    pub fn with_unknown_as_null(self) -> Self {
        match self {
            Self::Unknown => Self::Null,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => self,
            Self::List(elements) => Self::List(
                elements
                    .into_iter()
                    .map(Self::with_unknown_as_null)
                    .collect(),
            ),
            Self::Tuple(elements) => Self::Tuple(
                elements
                    .into_iter()
                    .map(Self::with_unknown_as_null)
                    .collect(),
            ),
            Self::Set(elements) => Self::Set(
                elements
                    .into_iter()
                    .map(Self::with_unknown_as_null)
                    .collect(),
            ),
            Self::Map(elements) => Self::Map(known_entries(elements)),
            Self::Object(attributes) => Self::Object(known_entries(attributes)),
            Self::Dynamic(dynamic) => {
                let Dynamic { ty, value } = *dynamic;
                Self::Dynamic(Box::new(Dynamic {
                    ty,
                    value: value.with_unknown_as_null(),
                }))
            }
        }
    }

    /// The value of an object's attribute; null if this is not an object or has no such attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &Value {
        match self {
            Self::Object(attributes) => attributes.get(name).unwrap_or(&Self::Null),
            _ => &Self::Null,
        }
    }
}

fn known_entries<K: Ord>(entries: BTreeMap<K, Value>) -> BTreeMap<K, Value> {
    entries
        .into_iter()
        .map(|(key, value)| (key, value.with_unknown_as_null()))
        .collect()
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        // Nearly all text is normalized already and needs no copy.
        match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => Self::String(text),
            _ => Self::String(text.nfc().collect()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Number(integer.into())
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c56_canonically_equivalent_strings_are_equal() {
        assert_eq!(Value::from("caf\u{e9}"), Value::from("cafe\u{301}"));
        assert_ne!(Value::from("cafe"), Value::from("caf\u{e9}"));
    }

    #[test]
    fn c55_sets_ignore_order_and_repetition() {
        let set =
            |texts: &[&str]| Value::Set(texts.iter().map(|text| Value::from(*text)).collect());
        assert_eq!(set(&["a", "b", "a"]), set(&["b", "a"]));
    }

    #[test]
    fn unknown_is_found_and_replaced_at_any_depth() {
        let inner = Value::Dynamic(Box::new(Dynamic {
            ty: Type::String,
            value: Value::Unknown,
        }));
        let value = Value::object([
            ("a", Value::List(vec![Value::Null, inner])),
            ("b", Value::from("x")),
        ]);
        assert!(!value.is_wholly_known());
        let known = value.with_unknown_as_null();
        assert!(known.is_wholly_known());
        assert_eq!(known.attribute("b"), &Value::from("x"));
    }
}
