//! Types that are written as text, and the text that is left empty.

use std::borrow::Cow;

use crate::framework::schema::Problem;
use crate::framework::ty::Type;
use crate::framework::value::Value;

use super::{Data, Field, Mismatch};

/// A Rust type whose values are written as text: an id, a date, a duration.
///
/// An attribute of type `Field<T>` refuses in validation what [`Text::parse_written`] refuses, and an operation gets it
/// parsed.
pub trait Text: Sized + 'static {
    /// Whether an empty text means that nothing is set, as in [`OrEmpty`].
    const IS_UNSET_IF_EMPTY: bool = false;

    /// Reads a text as plans and states hold it.
    ///
    /// # Errors
    /// The text is none of these; the problem says what would be.
    fn parse(text: &str) -> Result<Self, Problem>;

    /// Reads a text that a practitioner has written, for which the rules may be stricter.
    ///
    /// # Errors
    /// As of [`Text::parse`].
    fn parse_written(text: &str) -> Result<Self, Problem> {
        Self::parse(text)
    }

    /// Writes the text: for one that was read, the same one.
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
            // Terraform sees to the type.
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

/// A text that may be left empty, which means that nothing is set: `""` is what many modules pass for "none".
///
/// Terraform holds a provider to what is written, so a new object has the empty text until it is read; from then on it
/// keeps the value that it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OrEmpty<T> {
    /// The empty text.
    #[default]
    Empty,
    /// This value.
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
    /// The value that is set; none for null, unknown and the empty text.
    pub fn set(&self) -> Option<&T> {
        match self {
            Self::Known(OrEmpty::Set(value)) => Some(value),
            _ => None,
        }
    }

    /// Whether it is the empty text.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Known(OrEmpty::Empty))
    }
}
