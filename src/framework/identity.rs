//! What tells an object from all others, apart from its state: short, never secret, and the same for its whole life.

use super::diagnostic::Diagnostic;
use super::model::Model;
use super::resource::Resource;
use super::schema::{Attribute, Presence};
use super::ty::Type;
use super::value::Value;

/// The power to be known, and imported, by an identity.
///
/// An identity follows from the object's attributes alone, in one canonical spelling, so whoever looks at the object
/// comes to the same one.
pub trait Identity: Resource {
    /// The identity's attributes: primitive ones, or lists of such. An import must give those that are `required`; others may
    /// be left to the provider.
    type Identity: Model;

    /// The identity of the object that `model` describes. Pure.
    ///
    /// Of an object that was made or looked at, every attribute has a value. Of one that is planned they are unknown, and
    /// after [`Identity::from_identity`] null, where what they follow from is.
    fn identity(model: &Self::Model) -> Self::Identity;

    /// The attributes that [`Resource::read`] needs to find the object of this identity; all others null. Pure.
    ///
    /// What an import must give is there; anything else may be null, and `read` then decides it.
    ///
    /// # Errors
    /// A value is malformed; the message says which and what would be right.
    fn from_identity(identity: Self::Identity) -> Result<Self::Model, Diagnostic>;
}

/// The attributes of an identity.
#[derive(Clone, Debug)]
pub struct IdentitySchema {
    /// Raised with every change of the attributes; 0 at first.
    pub version: i64,
    /// The attributes, in the order in which documentation lists them.
    pub attributes: Vec<Attribute>,
}

impl IdentitySchema {
    /// The type of the identity's value.
    #[must_use]
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter();
        Type::object(attributes.map(|attribute| (attribute.name, attribute.ty.clone())))
    }

    /// What an import must give and `identity` has not; none if it is whole.
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

/// An identity that no object can have. `what` is a sentence without its full stop that names the attribute at fault.
#[must_use]
pub fn malformed_error(what: &str) -> Diagnostic {
    let detail = format!("{what}. Correct `identity` in the `import` block.");
    Diagnostic::error("Malformed import identity", detail)
}

/// Whether two identities may be those of one object: no attribute that both know differs.
#[must_use]
pub fn is_same_object(one: &Value, other: &Value) -> bool {
    let (Value::Object(attributes), Value::Object(_)) = (one, other) else {
        return true;
    };
    attributes.iter().all(|(name, one)| {
        let other = other.attribute(name);
        let is_open = |value: &Value| value.is_null() || !value.is_wholly_known();
        is_open(one) || is_open(other) || one == other
    })
}

/// Whether every attribute of an identity has a value.
#[must_use]
pub fn is_whole(identity: &Value) -> bool {
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
    fn c110_identities_are_of_one_object_unless_a_part_that_both_know_differs() {
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
            assert_eq!(is_whole(&other), whole_too, "{other:?}");
        }
    }

    #[test]
    fn c68_what_an_import_must_give_is_named_when_it_is_missing() {
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
