//! What a resource remembers beside its state: invisible to the practitioner, but no place for secrets.

use std::collections::BTreeMap;

/// Facts by name, stored with the object and handed back with the next request.
#[derive(Clone, Debug, Default)]
pub struct Private {
    facts: BTreeMap<String, String>,
    /// What was stored, for as long as no fact has changed.
    stored: Option<Vec<u8>>,
}

impl Private {
    /// Reads what was stored. Anything not written by [`Private::to_bytes`], such as another provider's, has no facts; it is
    /// written again as it is, unless a fact is added.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            facts: serde_json::from_slice(bytes).unwrap_or_default(),
            stored: Some(bytes.to_vec()),
        }
    }

    /// Writes it for storing; nothing for no facts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if let Some(stored) = &self.stored {
            return stored.clone();
        }
        if self.facts.is_empty() {
            return Vec::new();
        }
        // A map of texts always has a JSON form.
        serde_json::to_vec(&self.facts).unwrap_or_default()
    }

    /// These facts.
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

    /// The fact of this name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    /// Remembers a fact.
    pub fn remember(&mut self, name: &str, fact: &str) {
        if self.fact(name) != Some(fact) {
            self.facts.insert(name.to_owned(), fact.to_owned());
            self.stored = None;
        }
    }

    /// Forgets a fact.
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
            let mut private = Private::from_bytes(bytes);
            assert_eq!(private, Private::default());
            assert_eq!(private.to_bytes(), bytes, "it is kept as it is");
            private.remember("listed", "yes");
            assert_eq!(private.to_bytes(), br#"{"listed":"yes"}"#);
        }
        assert_eq!(Private::default().to_bytes(), Vec::<u8>::new());
    }
}
