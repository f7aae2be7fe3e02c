//! Typed attribute values: null, unknown or known.

mod collection;
mod text;

pub use collection::Set;
pub use text::{OrEmpty, Text};

use super::number::Number;
use super::schema::{Block, Problem};
use super::ty::Type;
use super::value::Value;

/// An attribute's value: null, unknown or known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// No value.
    #[default]
    Null,
    /// A value that is unknown until apply.
    Unknown,
    /// A known value.
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

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value is unknown until apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl Field<String> {
    /// The string if it is known and not null.
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

/// The error for a value that its Rust type cannot represent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{attribute}`: {}", problem.detail)]
pub struct Mismatch {
    /// Path of the attribute, separated by dots; empty at the root.
    pub attribute: String,
    /// What is wrong with the value.
    pub problem: Problem,
}

impl Mismatch {
    /// The error for a value that is not `expected`, such as `a known string`: schema and model disagree.
    #[must_use]
    pub fn new(expected: &'static str) -> Self {
        let problem = Problem {
            summary: "Unexpected value type",
            detail: format!(
                "The value is not {expected}. This is a bug in the provider; please report it."
            ),
        };
        Self::from(problem)
    }

    /// Prepends an attribute to the path.
    #[must_use]
    pub fn within(mut self, attribute: &str) -> Self {
        let dot = if self.attribute.is_empty() { "" } else { "." };
        self.attribute = format!("{attribute}{dot}{}", self.attribute);
        self
    }
}

impl From<Problem> for Mismatch {
    fn from(problem: Problem) -> Self {
        Self {
            attribute: String::new(),
            problem,
        }
    }
}

/// A Rust type for the values of an attribute. It determines the Terraform type and the validation rules of every
/// value.
///
/// Implement [`Text`] for a type that is represented as a string, such as an id or a date;
/// [`model!`](crate::framework::model!) implements this trait for objects.
pub trait Data: Sized + 'static {
    /// Whether an empty string means that the argument is not set, as in [`OrEmpty`].
    const IS_UNSET_IF_EMPTY: bool = false;

    /// The Terraform type.
    fn ty() -> Type;

    /// The attributes and blocks of the objects that the values are or contain; none for values without objects.
    fn block() -> Option<Block> {
        None
    }

    /// Validates a value of the configuration, which is known and not null.
    ///
    /// # Errors
    /// The value is invalid.
    fn check(_: &Value) -> Result<(), Problem> {
        Ok(())
    }

    /// Converts from an untyped value.
    ///
    /// # Errors
    /// The value is of another type, or is not valid for this one. Null and unknown are errors for a type that cannot
    /// represent them.
    fn from_value(value: &Value) -> Result<Self, Mismatch>;

    /// Converts to an untyped value.
    fn to_value(&self) -> Value;

    /// Whether this value contains nothing unknown, at any depth.
    fn is_wholly_known(&self) -> bool {
        true
    }
}

impl<T: Data> Data for Field<T> {
    const IS_UNSET_IF_EMPTY: bool = T::IS_UNSET_IF_EMPTY;

    fn ty() -> Type {
        T::ty()
    }

    fn block() -> Option<Block> {
        T::block()
    }

    fn check(value: &Value) -> Result<(), Problem> {
        match value {
            Value::Null | Value::Unknown => Ok(()),
            known => T::check(known),
        }
    }

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

    fn is_wholly_known(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Unknown => false,
            Self::Known(value) => value.is_wholly_known(),
        }
    }
}

impl Data for bool {
    fn ty() -> Type {
        Type::Bool
    }

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
    fn ty() -> Type {
        Type::Number
    }

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
    fn ty() -> Type {
        Type::Number
    }

    fn check(value: &Value) -> Result<(), Problem> {
        match Self::from_value(value) {
            Ok(_) => Ok(()),
            Err(_) => Err(Problem {
                summary: "Invalid value",
                detail: "The value must be a whole number of at most 64 bits.".to_owned(),
            }),
        }
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Number(number) => number.to_i64().ok_or(Mismatch::new("a 64-bit integer")),
            _ => Err(Mismatch::new("a known number")),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(*self)
    }
}

/// Any value, unconverted: for attributes of [`Type::Dynamic`].
impl Data for Value {
    fn ty() -> Type {
        Type::Dynamic
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        Ok(value.clone())
    }

    fn to_value(&self) -> Value {
        self.clone()
    }

    fn is_wholly_known(&self) -> bool {
        self.is_wholly_known()
    }
}
