//! Models: typed structs from which schemas are derived.

use super::field::Data;
use super::schema::Block;

/// A struct whose fields are the attributes and blocks of a schema. Declared with [`model!`](crate::framework::model!).
pub trait Model: Data + Clone + Send + Sync + 'static {
    /// Names of the fields, in the order of the struct.
    const FIELDS: &'static [&'static str];

    /// The schema's block: description, attributes and blocks, as declared by the struct. Every call returns the same
    /// block.
    fn schema_block() -> Block;

    /// Names of the fields that are unknown or contain an unknown value.
    fn unknown_fields(&self) -> Vec<&'static str>;
}

/// Declares a struct that implements [`Model`], and the schema block derived from it. Each fact about an attribute is
/// declared once:
///
/// - its name and type are those of the field: mostly a [`Field`](crate::framework::Field), or a plain type for a value
///   that cannot be null or unknown;
/// - its description, in Markdown, is the field's doc comment; the block's description is the struct's;
/// - `#[attribute(…)]` lists its rules, each named after a method of [`Attribute`](crate::framework::schema::Attribute)
///   such as `required`, `computed(…)`, `replaces`, `check(…)`;
/// - `#[block(…)]` declares it as a block with this [`Nesting`](crate::framework::schema::Nesting), not as an
///   attribute.
///
/// A field whose type is or contains another model is a nested attribute unless it is declared as a block. The struct
/// implements `Default`, with every field null, but not `Debug`, because a model may contain secrets.
///
/// ```
/// use hwgrants::framework::schema::{Nesting, Presence};
/// use hwgrants::framework::{Field, Model, model};
///
/// model! {
///     /// A greeting.
///     pub struct Greeting {
///         /// Name of the person who is greeted.
///         #[attribute(required, replaces)]
///         pub name: Field<String>,
///         /// Language, such as `en`.
///         pub r#type: Field<String>,
///         /// How it is delivered.
///         #[block(Nesting::Single)]
///         pub delivery: Field<Delivery>,
///     }
/// }
///
/// model! {
///     /// How a greeting is delivered.
///     pub struct Delivery {
///         /// Number of attempts.
///         pub attempts: Field<i64>,
///     }
/// }
///
/// let block = Greeting::schema_block();
/// let name = &block.attributes[0];
/// assert_eq!(name.description, "Name of the person who is greeted.");
/// assert_eq!(name.presence, Presence::Required);
/// assert_eq!(block.attributes[1].name, "type");
/// assert_eq!(block.blocks[0].name, "delivery");
/// ```
#[macro_export]
macro_rules! __model {
    (
        $(#[doc = $doc:expr])*
        $(#[derive($($derive:ident),*)])?
        $visibility:vis struct $name:ident {
            $(
                $(#[doc = $field_doc:expr])*
                $(#[attribute($($rule:ident $(($($argument:expr),* $(,)?))?),* $(,)?)])?
                $(#[block($nesting:expr)])?
                $field_visibility:vis $field:ident: $ty:ty,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Default $($(, $derive)*)?)]
        $visibility struct $name {
            $($(#[doc = $field_doc])* $field_visibility $field: $ty,)*
        }

        impl $crate::framework::Data for $name {
            fn ty() -> $crate::framework::Type {
                <Self as $crate::framework::Model>::schema_block().ty()
            }

            fn block() -> ::std::option::Option<$crate::framework::Block> {
                ::std::option::Option::Some(<Self as $crate::framework::Model>::schema_block())
            }

            fn from_value(
                value: &$crate::framework::Value,
            ) -> Result<Self, $crate::framework::Mismatch> {
                let $crate::framework::Value::Object(attributes) = value else {
                    return Err($crate::framework::Mismatch::new("a known object"));
                };
                Ok(Self {
                    $($field: {
                        let name = const { $crate::framework::field_name(stringify!($field)) };
                        let value = attributes.get(name).unwrap_or(&$crate::framework::Value::Null);
                        $crate::framework::Data::from_value(value).map_err(|mismatch| mismatch.within(name))?
                    },)*
                })
            }

            fn to_value(&self) -> $crate::framework::Value {
                $crate::framework::Value::object::<&'static str>([
                    $((
                        const { $crate::framework::field_name(stringify!($field)) },
                        $crate::framework::Data::to_value(&self.$field),
                    ),)*
                ])
            }

            fn is_wholly_known(&self) -> bool {
                true $(&& $crate::framework::Data::is_wholly_known(&self.$field))*
            }
        }

        impl $crate::framework::Model for $name {
            const FIELDS: &'static [&'static str] =
                &[$($crate::framework::field_name(stringify!($field)),)*];

            fn schema_block() -> $crate::framework::Block {
                $crate::framework::Block::new(
                    concat!($($doc,)*).trim_ascii_start(),
                    [$(
                        $crate::framework::schema::Member::from($crate::__model_member! {
                            $ty,
                            $crate::framework::field_name(stringify!($field)),
                            concat!($($field_doc,)*).trim_ascii_start()
                            $(, attribute $($rule $(($($argument),*))?)*)?
                            $(, block $nesting)?
                        }),
                    )*],
                )
            }

            fn unknown_fields(&self) -> Vec<&'static str> {
                let fields: &[(&'static str, bool)] = &[
                    $((
                        $crate::framework::field_name(stringify!($field)),
                        $crate::framework::Data::is_wholly_known(&self.$field),
                    ),)*
                ];
                let unknown = fields.iter().filter(|(_, is_known)| !is_known);
                unknown.map(|(name, _)| *name).collect()
            }
        }
    };
}

/// Builds a member of a block: an attribute with its rules, or a nested block.
#[doc(hidden)] // Used by `model!` only.
#[macro_export]
macro_rules! __model_member {
    ($ty:ty, $name:expr, $description:expr) => {
        $crate::framework::schema::Attribute::of::<$ty>($name, $description)
    };
    (
        $ty:ty, $name:expr, $description:expr,
        attribute $($rule:ident $(($($argument:expr),*))?)*
    ) => {
        $crate::framework::schema::Attribute::of::<$ty>($name, $description)
            $(.$rule($($($argument),*)?))*
    };
    ($ty:ty, $name:expr, $description:expr, block $nesting:expr) => {
        $crate::framework::schema::NestedBlock::of::<$ty>($name, $description, $nesting)
    };
}

/// The attribute's name for a field: a Rust keyword, written `r#type`, without its prefix.
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
    use crate::framework::schema::{Nesting, Presence, Replacement};
    use crate::framework::{Data, Field, Mismatch, Model, Value, model};

    model! {
        /// A model with a nested one
        /// and a keyword for a name.
        struct Outer {
            /// Kind.
            #[attribute(required, replaces)]
            r#type: Field<String>,
            /// The nested one.
            inner: Field<Inner>,
        }
    }

    model! {
        /// The nested one.
        struct Inner {
            /// How many.
            #[attribute(with_default(1))]
            count: Field<i64>,
        }
    }

    #[test]
    fn models_round_trip_through_values() {
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
        let expected = Mismatch::new("a known number");
        assert_eq!(mismatch, Some(expected.within("count").within("inner")));
    }

    #[test]
    fn the_schema_matches_the_struct_declaration() {
        let block = Outer::schema_block();
        assert_eq!(
            block.description,
            "A model with a nested one and a keyword for a name."
        );
        let [kind, inner] = &block.attributes[..] else {
            panic!("{block:?}");
        };
        assert_eq!((kind.name, kind.description), ("type", "Kind."));
        assert_eq!(
            (kind.presence, kind.replacement),
            (Presence::Required, Replacement::OnChange)
        );
        let nested = inner.nested.as_ref().unwrap();
        assert_eq!(nested.nesting, Nesting::Single);
        assert_eq!(nested.attributes[0].default, Some(Value::from(1)));
        assert!(block.ty().admits(&Outer::default().to_value()));
    }

    #[test]
    fn unknown_fields_are_named() {
        let outer = |inner| Outer {
            inner,
            ..Outer::default()
        };
        assert_eq!(outer(Field::Null).unknown_fields(), [""; 0]);
        assert_eq!(outer(Field::Unknown).unknown_fields(), ["inner"]);
        let count = Field::Unknown;
        let inner = outer(Field::Known(Inner { count }));
        assert_eq!(inner.unknown_fields(), ["inner"]);
        assert!(!inner.is_wholly_known());
    }
}
