//! Typed values: the three honest states of an attribute.

use std::collections::BTreeMap;

use super::number::Number;
use super::value::Value;

/// An attribute's value: null, unknown or known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// No value.
    #[default]
    Null,
    /// A value that only applying will tell.
    Unknown,
    /// This value.
    Known(T),
}

impl<T> Field<T> {
    /// The value if it is known and not null.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether only applying will tell the value.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl Field<String> {
    /// The text if it is known and not null.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl From<&str> for Field<String> {
    fn from(text: &str) -> Self {
        Self::Known(text.to_owned())
    }
}

/// A value that is not of the Rust type it should be read into: schema and model disagree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{attribute}` is not {expected}")]
pub struct Mismatch {
    /// The attribute, with dots between the steps; empty at the root.
    pub attribute: String,
    /// What the Rust type wants.
    pub expected: &'static str,
}

impl Mismatch {
    /// A value that should have been `expected`.
    #[must_use]
    pub fn new(expected: &'static str) -> Self {
        Self {
            attribute: String::new(),
            expected,
        }
    }

    /// The same, inside an attribute.
    #[must_use]
    pub fn within(mut self, attribute: &str) -> Self {
        let dot = if self.attribute.is_empty() { "" } else { "." };
        self.attribute = format!("{attribute}{dot}{}", self.attribute);
        self
    }
}

/// A Rust type that an attribute's value can be read into and written from.
pub trait Data: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// The value is of another type; null and unknown are errors for a type that cannot hold them.
    fn from_value(value: &Value) -> Result<Self, Mismatch>;

    /// Writes a value.
    fn to_value(&self) -> Value;
}

impl<T: Data> Data for Field<T> {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Unknown => Ok(Self::Unknown),
            known => T::from_value(known).map(Self::Known),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => value.to_value(),
        }
    }
}

impl Data for String {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(Mismatch::new("a known string")),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Data for bool {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Bool(bool) => Ok(*bool),
            _ => Err(Mismatch::new("a known bool")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Data for Number {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Number(number) => Ok(number.clone()),
            _ => Err(Mismatch::new("a known number")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.clone())
    }
}

impl Data for i64 {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Number(number) => number
                .to_i64()
                .ok_or(Mismatch::new("a whole number of 64 bits")),
            _ => Err(Mismatch::new("a known number")),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(*self)
    }
}

/// Any value, as it is: for attributes of any type.
impl Data for Value {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        Ok(value.clone())
    }

    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl<T: Data> Data for Vec<T> {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(elements) => elements.iter().map(T::from_value).collect(),
            _ => Err(Mismatch::new("a known list")),
        }
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }
}

impl<T: Data> Data for BTreeMap<String, T> {
    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(elements) => elements
                .iter()
                .map(|(key, element)| {
                    let element = T::from_value(element);
                    Ok((
                        key.clone(),
                        element.map_err(|mismatch| mismatch.within(key))?,
                    ))
                })
                .collect(),
            _ => Err(Mismatch::new("a known map")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Map(
            self.iter()
                .map(|(key, element)| (key.clone(), element.to_value()))
                .collect(),
        )
    }
}
