//! What a resource remembers beside its state: invisible to the practitioner, but no place for secrets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Facts by name, stored with the object and handed back with the next request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(BTreeMap<String, String>);

impl Private {
    /// Reads what was stored. Anything not written by [`Private::to_bytes`], such as another provider's, is empty.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Writes it for storing; nothing for no facts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        // A map of texts always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether there are no facts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fact of this name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Remembers a fact.
    pub fn remember(&mut self, name: &str, fact: &str) {
        self.0.insert(name.to_owned(), fact.to_owned());
    }

    /// Forgets a fact.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_storing() {
        let mut private = Private::default();
        private.remember("listed", "yes");
        assert_eq!(Private::from_bytes(&private.to_bytes()), private);
        assert_eq!(private.fact("listed"), Some("yes"));
        private.forget("listed");
        assert_eq!(private, Private::default());
    }

    #[test]
    fn c106_foreign_bytes_are_no_facts() {
        for bytes in [&b""[..], b"{", b"\xff", b"[1]", b"{\"a\":1}", b"null"] {
            assert_eq!(Private::from_bytes(bytes), Private::default());
        }
        assert_eq!(Private::default().to_bytes(), Vec::<u8>::new());
    }
}
