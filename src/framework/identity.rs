//! Resource identity: attributes that identify one object, apart from its state. They are few, never secret, and
//! constant for the object's lifetime.

use super::diagnostic::Diagnostic;
use super::model::Model;
use super::resource::Resource;
use super::schema::{Attribute, Presence};
use super::ty::Type;
use super::value::Value;

/// Optional: a resource with an identity, which can also be imported by it.
///
/// The identity is derived from the object's attributes alone, in one canonical spelling, so that every read of the
/// object returns the same identity.
pub trait Identity: Resource {
    /// The identity's attributes: of primitive types, or lists of them. An import must set those that are `required`;
    /// the provider can supply the others.
    type Identity: Model;

    /// Returns the identity of the object that `model` describes. Pure.
    ///
    /// For an object that was created or read, every attribute has a value. For a planned object, an attribute is
    /// unknown where the values that it is derived from are unknown; after [`Identity::from_identity`] it is null where
    /// they are null.
    fn identity(model: &Self::Model) -> Self::Identity;

    /// Returns the attributes that [`Resource::read`] needs to find the object of this identity; all others are null.
    /// Pure.
    ///
    /// The required attributes of `identity` are set. The others may be null; `read` then chooses their values.
    ///
    /// # Errors
    /// A value is malformed; the message names it and describes a valid one.
    fn from_identity(identity: Self::Identity) -> Result<Self::Model, Diagnostic>;
}

/// The schema of an identity.
#[derive(Clone, Debug)]
pub struct IdentitySchema {
    /// Version, which starts at 0 and increases with every change of the attributes.
    pub version: i64,
    /// The attributes, in the order of their declaration.
    pub attributes: Vec<Attribute>,
}

impl IdentitySchema {
    /// The type of the identity's value.
    #[must_use]
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter();
        Type::object(attributes.map(|attribute| (attribute.name, attribute.ty.clone())))
    }

    /// The name of the first required attribute that is null in `identity`; none if all are set.
    #[must_use]
    pub fn missing(&self, identity: &Value) -> Option<&'static str> {
        let mut required = self
            .attributes
            .iter()
            .filter(|each| each.presence == Presence::Required);
        let missing = required.find(|each| identity.attribute(each.name).is_null());
        missing.map(|each| each.name)
    }
}

/// The error for an identity that no object can have. `what` is a sentence without its full stop that names the
/// attribute at fault.
#[must_use]
pub fn malformed_error(what: &str) -> Diagnostic {
    let detail = format!("{what}. Correct `identity` in the `import` block.");
    Diagnostic::error("Malformed import identity", detail)
}

/// Whether two identities can belong to the same object: they do not differ in any attribute that is known and not null
/// in both.
#[must_use]
pub fn is_same_object(one: &Value, other: &Value) -> bool {
    let (Value::Object(attributes), Value::Object(_)) = (one, other) else {
        return true;
    };
    attributes.iter().all(|(name, one)| {
        let other = other.attribute(name);
        let has_no_value = |value: &Value| value.is_null() || !value.is_wholly_known();
        has_no_value(one) || has_no_value(other) || one == other
    })
}

/// Whether every attribute of an identity is known and not null.
#[must_use]
pub fn is_complete(identity: &Value) -> bool {
    match identity {
        Value::Object(attributes) => attributes
            .values()
            .all(|value| !value.is_null() && value.is_wholly_known()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: Value, region: Value) -> Value {
        Value::object([("name", name), ("region", region)])
    }

    #[test]
    fn c110_identities_differ_only_if_a_part_known_to_both_differs() {
        let whole = identity("a".into(), "here".into());
        for (other, is_same, whole_too) in [
            (whole.clone(), true, true),
            (identity("a".into(), Value::Null), true, false),
            (identity(Value::Unknown, "here".into()), true, false),
            (Value::Null, true, false),
            (identity("b".into(), "here".into()), false, true),
            (identity("b".into(), Value::Null), false, false),
        ] {
            assert_eq!(is_same_object(&whole, &other), is_same, "{other:?}");
            assert_eq!(is_same_object(&other, &whole), is_same, "{other:?}");
            assert_eq!(is_complete(&other), whole_too, "{other:?}");
        }
    }

    #[test]
    fn c68_a_missing_required_identity_attribute_is_named() {
        let schema = IdentitySchema {
            version: 0,
            attributes: vec![
                Attribute::string("name", "Name.").required(),
                Attribute::string("region", "Region."),
            ],
        };
        let there = identity("a".into(), Value::Null);
        assert!(schema.ty().admits(&there));
        assert_eq!(schema.missing(&there), None);
        let missing = identity(Value::Null, "here".into());
        assert_eq!(schema.missing(&missing), Some("name"));
    }
}
