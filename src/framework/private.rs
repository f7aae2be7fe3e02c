//! Private data: facts that a resource stores beside its state. Users do not see them, but they are not encrypted and
//! must not contain secrets.

use std::collections::BTreeMap;

/// Facts by name, which Terraform stores with the object and sends with each request about it.
#[derive(Clone, Debug, Default)]
pub struct Private {
    facts: BTreeMap<String, String>,
    /// The bytes that were read, as long as no fact has changed.
    stored: Option<Vec<u8>>,
}

impl Private {
    /// Reads stored private data. Bytes that were not written by [`Private::to_bytes`], such as those of another
    /// provider, contain no facts; they are written back unchanged unless a fact changes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            facts: serde_json::from_slice(bytes).unwrap_or_default(),
            stored: Some(bytes.to_vec()),
        }
    }

    /// The bytes to store; empty if there are no facts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if let Some(stored) = &self.stored {
            return stored.clone();
        }
        if self.facts.is_empty() {
            return Vec::new();
        }
        // Serializing a map of strings cannot fail.
        serde_json::to_vec(&self.facts).unwrap_or_default()
    }

    /// Private data with these facts.
    #[must_use]
    pub fn of(facts: BTreeMap<String, String>) -> Self {
        Self {
            facts,
            stored: None,
        }
    }

    /// All facts by name.
    #[must_use]
    pub fn facts(&self) -> &BTreeMap<String, String> {
        &self.facts
    }

    /// Whether there are no facts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The fact of this name; none if it is not stored.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    /// Stores a fact, replacing one of the same name.
    pub fn remember(&mut self, name: &str, fact: &str) {
        if self.fact(name) != Some(fact) {
            self.facts.insert(name.to_owned(), fact.to_owned());
            self.stored = None;
        }
    }

    /// Removes a fact, if it is stored.
    pub fn forget(&mut self, name: &str) {
        if self.facts.remove(name).is_some() {
            self.stored = None;
        }
    }
}

impl PartialEq for Private {
    fn eq(&self, other: &Self) -> bool {
        self.facts == other.facts
    }
}

impl Eq for Private {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_round_trip_through_bytes() {
        let mut private = Private::default();
        private.remember("listed", "yes");
        assert_eq!(Private::from_bytes(&private.to_bytes()), private);
        assert_eq!(private.fact("listed"), Some("yes"));
        private.forget("listed");
        assert_eq!(private, Private::default());
    }

    #[test]
    fn c106_foreign_private_data_contains_no_facts() {
        for bytes in [&b""[..], b"{", b"\xff", b"[1]", b"{\"a\":1}", b"null"] {
            let mut private = Private::from_bytes(bytes);
            assert_eq!(private, Private::default());
            assert_eq!(private.to_bytes(), bytes, "it is kept as it is");
            private.remember("listed", "yes");
            assert_eq!(private.to_bytes(), br#"{"listed":"yes"}"#);
        }
        assert_eq!(Private::default().to_bytes(), Vec::<u8>::new());
    }
}
