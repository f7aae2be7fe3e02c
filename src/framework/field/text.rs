//! Types that are represented as strings.

use std::borrow::Cow;

use crate::framework::schema::Problem;
use crate::framework::ty::Type;
use crate::framework::value::Value;

use super::{Data, Field, Mismatch};

/// A Rust type whose values are represented as strings: an id, a date, a duration.
///
/// Validation of an attribute of type `Field<T>` reports the errors of [`Text::parse_written`]; operations receive the
/// parsed value.
pub trait Text: Sized + 'static {
    /// Whether an empty string means that the argument is not set, as in [`OrEmpty`].
    const IS_UNSET_IF_EMPTY: bool = false;

    /// Parses a string of a plan or state.
    ///
    /// # Errors
    /// The string is invalid; the problem describes a valid one.
    fn parse(text: &str) -> Result<Self, Problem>;

    /// Parses a string of the configuration, for which the rules may be stricter.
    ///
    /// # Errors
    /// As for [`Text::parse`].
    fn parse_written(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }

    /// The string. A parsed value returns the original string.
    fn as_text(&self) -> Cow<'_, str>;
}

impl Text for String {
    fn parse(text: &str) -> Result<Self, Problem> {
        Ok(text.to_owned())
    }

    fn as_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl<T: Text> Data for T {
    const IS_UNSET_IF_EMPTY: bool = <T as Text>::IS_UNSET_IF_EMPTY;

    fn ty() -> Type {
        Type::String
    }

    fn check(value: &Value) -> Result<(), Problem> {
        match value {
            Value::String(text) => T::parse_written(text).map(|_| ()),
            // Terraform has checked the type.
            _ => Ok(()),
        }
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::String(text) => T::parse(text).map_err(Mismatch::from),
            _ => Err(Mismatch::new("a known string")),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.as_text().into_owned())
    }
}

/// A string that may be empty, which means that the argument is not set: many modules pass `""` for "none".
///
/// Terraform requires the planned value to match the configuration, so a new object stores the empty string until it is
/// read; after that, a plan keeps the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OrEmpty<T> {
    /// The empty string.
    #[default]
    Empty,
    /// A value.
    Set(T),
}

impl<T: Text> Text for OrEmpty<T> {
    const IS_UNSET_IF_EMPTY: bool = true;

    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "" => Ok(Self::Empty),
            text => T::parse(text).map(Self::Set),
        }
    }

    fn parse_written(text: &str) -> Result<Self, Problem> {
        match text {
            "" => Ok(Self::Empty),
            text => T::parse_written(text).map(Self::Set),
        }
    }

    fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Set(value) => value.as_text(),
        }
    }
}

impl<T> Field<OrEmpty<T>> {
    /// The value; none for null, unknown and the empty string.
    pub fn set(&self) -> Option<&T> {
        match self {
            Self::Known(OrEmpty::Set(value)) => Some(value),
            _ => None,
        }
    }

    /// Whether this is the empty string.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Known(OrEmpty::Empty))
    }
}
