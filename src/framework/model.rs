//! Typed structs to values and back.

use super::field::Data;

/// A struct whose fields are the attributes and blocks of a schema. Made by [`model!`](crate::framework::model!).
pub trait Model: Data + Clone + Send + Sync + 'static {
    /// The names of its fields, in the order of the struct.
    const FIELDS: &'static [&'static str];
}

/// Declares a struct and makes it a [`Model`]: each field is the attribute or block of the same name.
///
/// A field is any [`Data`]: mostly a [`Field`](crate::framework::Field), or a plain type where null and unknown cannot be.
/// The struct gets `Default`, all null, but no `Debug`: a model may hold secrets.
///
/// ```
/// use hwgrants::framework::{Field, model};
///
/// model! {
///     /// Attributes of a greeting.
///     pub struct Greeting {
///         /// Who is greeted.
///         pub name: Field<String>,
///         /// How.
///         pub r#type: Field<String>,
///     }
/// }
/// ```
#[macro_export]
macro_rules! __model {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident {
        $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident: $ty:ty,)*
    }) => {
        $(#[$attribute])*
        #[derive(Clone, Default)]
        $visibility struct $name {
            $($(#[$field_attribute])* $field_visibility $field: $ty,)*
        }

        impl $crate::framework::Data for $name {
            fn from_value(
                value: &$crate::framework::Value,
            ) -> Result<Self, $crate::framework::Mismatch> {
                let $crate::framework::Value::Object(attributes) = value else {
                    return Err($crate::framework::Mismatch::new("a known object"));
                };
                Ok(Self {
                    $($field: {
                        let name = stringify!($field).trim_start_matches("r#");
                        let value = attributes.get(name).unwrap_or(&$crate::framework::Value::Null);
                        $crate::framework::Data::from_value(value).map_err(|mismatch| mismatch.within(name))?
                    },)*
                })
            }

            fn to_value(&self) -> $crate::framework::Value {
                $crate::framework::Value::object::<&str>([
                    $((
                        stringify!($field).trim_start_matches("r#"),
                        $crate::framework::Data::to_value(&self.$field),
                    ),)*
                ])
            }
        }

        impl $crate::framework::Model for $name {
            const FIELDS: &'static [&'static str] =
                &[$($crate::framework::field_name(stringify!($field)),)*];
        }
    };
}

/// The name of an attribute whose field is a Rust keyword, written `r#type`.
#[doc(hidden)] // Used by `model!` only.
#[must_use]
pub const fn field_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

#[doc(inline)]
pub use crate::__model as model;

#[cfg(test)]
mod tests {
    use crate::framework::{Data, Field, Mismatch, Model, Value, model};

    model! {
        /// A model with a nested one and a keyword for a name.
        struct Outer {
            r#type: Field<String>,
            inner: Field<Inner>,
        }
    }

    model! {
        /// The nested one.
        struct Inner {
            count: Field<i64>,
        }
    }

    #[test]
    fn a_model_reads_what_it_writes() {
        let inner = Inner {
            count: Field::Known(3),
        };
        let outer = Outer {
            r#type: Field::Unknown,
            inner: Field::Known(inner),
        };
        let value = outer.to_value();
        let expected = Value::object([
            ("type", Value::Unknown),
            ("inner", Value::object([("count", Value::from(3))])),
        ]);
        assert_eq!(value, expected);
        assert_eq!(
            Outer::from_value(&value).map(|outer| outer.to_value()),
            Ok(expected)
        );
        assert_eq!(Outer::FIELDS, ["type", "inner"]);
    }

    #[test]
    fn a_mismatch_names_the_attribute() {
        let value = Value::object([("inner", Value::object([("count", Value::from("x"))]))]);
        let mismatch = Outer::from_value(&value).err();
        let expected = Mismatch {
            attribute: "inner.count".into(),
            expected: "a known number",
        };
        assert_eq!(mismatch, Some(expected));
    }
}
