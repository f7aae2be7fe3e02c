//! Types, as in Terraform's type system.

use std::collections::BTreeMap;
use std::fmt;

use super::value::{AttributeName, Value};

/// The type of a value, or the type constraint of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Unicode text.
    String,
    /// An exact number.
    Number,
    /// True or false.
    Bool,
    /// Any type; each value carries its own.
    Dynamic,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Unordered elements of one type, without duplicates.
    Set(Box<Type>),
    /// Elements of one type with string keys.
    Map(Box<Type>),
    /// A value of the given type for each of these attributes.
    Object(BTreeMap<AttributeName, Type>),
    /// A value of the given type for each of these positions.
    Tuple(Vec<Type>),
}

impl Type {
    /// A list whose elements are of this type.
    #[must_use]
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set whose elements are of this type.
    #[must_use]
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map whose elements are of this type.
    #[must_use]
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes.
    #[must_use]
    pub fn object<N: Into<AttributeName>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object(
            attributes
                .into_iter()
                .map(|(name, ty)| (name.into(), ty))
                .collect(),
        )
    }

    /// Whether `value` is of this type. Null and unknown are of every type. An object must have exactly the attributes
    /// of its type.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null | Value::Unknown)
            | (Self::String, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Bool, Value::Bool(_)) => true,
            (Self::Dynamic, Value::Dynamic(dynamic)) => dynamic.ty.admits(&dynamic.value),
            (Self::List(ty), Value::List(elements)) => {
                elements.iter().all(|element| ty.admits(element))
            }
            (Self::Set(ty), Value::Set(elements)) => {
                elements.iter().all(|element| ty.admits(element))
            }
            (Self::Map(ty), Value::Map(elements)) => {
                elements.values().all(|element| ty.admits(element))
            }
            (Self::Object(types), Value::Object(attributes)) => {
                let admits = |(ty, value): (&Type, &Value)| ty.admits(value);
                types.keys().eq(attributes.keys())
                    && types.values().zip(attributes.values()).all(admits)
            }
            (Self::Tuple(types), Value::Tuple(elements)) => {
                types.len() == elements.len()
                    && types
                        .iter()
                        .zip(elements)
                        .all(|(ty, element)| ty.admits(element))
            }
            _ => false,
        }
    }

    /// Whether the type is or contains [`Type::Dynamic`].
    #[must_use]
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::String | Self::Number | Self::Bool => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
        }
    }
}

impl fmt::Display for Type {
    /// Writes the type for messages: `a string`, `a list`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "a bool",
            Self::Dynamic => "any value",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Tuple(_) => "a tuple",
        })
    }
}
