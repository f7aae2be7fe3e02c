//! The keys of objects, as hashes: names and ids are never written.

use ring::digest::{Context, SHA256};

/// Identifies an object. Two keys are equal if their parts are, and their scopes where both are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Hash of the parts that are always known.
    pub(super) id: u128,
    /// Hash of the scope; none while it is unknown.
    pub(super) scope: Option<u64>,
}

/// The parts of a key, some of which may not be known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyParts(pub(super) [Option<u64>; 3]);

/// ID of an object, stable for its lifetime.
pub type ObjectId = u64;

impl Key {
    /// The key of these parts; `scope` is a further part that may not be known yet.
    #[must_use]
    pub fn new(parts: [&str; 3], scope: Option<&str>) -> Self {
        let digest = digest(&parts);
        let (id, _) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
        Self {
            id: u128::from_be_bytes(*id),
            scope: scope.map(|scope| hash64(&[scope])),
        }
    }

    /// Whether both may be the key of one object.
    pub(super) fn may_equal(self, other: Self) -> bool {
        self.id == other.id && may_be_equal(self.scope, other.scope)
    }

    /// Whether both are the key of one object for certain.
    pub(super) fn is_certainly_equal(self, other: Self) -> bool {
        self.id == other.id && self.scope.is_some() && self.scope == other.scope
    }
}

impl KeyParts {
    /// These parts; `None` for one that is not known yet.
    #[must_use]
    pub fn new(parts: [Option<&str>; 3]) -> Self {
        Self(parts.map(|part| part.map(|part| hash64(&[part]))))
    }

    /// Whether both may be the parts of one object.
    pub(super) fn may_equal(self, other: Self) -> bool {
        let mut pairs = self.0.into_iter().zip(other.0);
        pairs.all(|(one, other)| may_be_equal(one, other))
    }
}

/// Whether two parts may be the same; an unknown one may be any.
fn may_be_equal(one: Option<u64>, other: Option<u64>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// A 64-bit hash of these texts.
#[must_use]
pub fn hash64(texts: &[&str]) -> u64 {
    let digest = digest(texts);
    let (number, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_be_bytes(*number)
}

/// A hash with the length before each text, so that `["ab", "c"]` and `["a", "bc"]` differ.
fn digest(texts: &[&str]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for text in texts {
        context.update(&text.len().to_be_bytes());
        context.update(text.as_bytes());
    }
    context.finish().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scope_may_equal_any_but_certainly_equals_none() {
        let key = |grantee: &str, scope| Key::new(["r", "s", grantee], scope);
        for (one, other, matches, is_surely) in [
            (key("u", Some("p")), key("u", Some("p")), true, true),
            (key("u", Some("p")), key("u", Some("q")), false, false),
            (key("u", Some("p")), key("u", None), true, false),
            (key("u", None), key("u", None), true, false),
            (key("u", None), key("v", None), false, false),
        ] {
            assert_eq!(one.may_equal(other), matches, "{one:?} {other:?}");
            assert_eq!(
                one.is_certainly_equal(other),
                is_surely,
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn key_part_boundaries_are_significant() {
        assert_ne!(
            Key::new(["a", "b", "c"], None),
            Key::new(["ab", "", "c"], None)
        );
        let whole = KeyParts::new([Some("r"), Some("s"), Some("u")]);
        assert!(KeyParts::new([Some("r"), None, Some("u")]).may_equal(whole));
        assert!(!KeyParts::new([Some("r"), None, Some("v")]).may_equal(whole));
    }
}
