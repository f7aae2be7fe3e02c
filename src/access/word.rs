//! Texts for the values of an attribute, such as `user` for `SIMPLE`.

use std::collections::BTreeMap;

use super::text::Text;

/// The words whose text is the value and no ID.
const KIND: &str = "kind";

/// What stands for the value in a text.
const VALUE: &str = "{}";

/// Texts by value.
#[derive(Debug)]
pub(crate) struct Words {
    exact: BTreeMap<String, String>,
    /// The longest first.
    prefixes: Vec<(String, String)>,
    /// For all other values.
    other: Option<String>,
    /// For no value.
    unset: Option<String>,
    /// For a value that the provider chooses.
    left: Option<String>,
    /// Whether the text is never an ID.
    is_kind: bool,
}

impl Words {
    /// Compiles words.
    pub(crate) fn new(name: &str, raw: &BTreeMap<String, String>) -> Self {
        let mut words = Self {
            exact: BTreeMap::new(),
            prefixes: Vec::new(),
            other: raw.get("*").cloned(),
            unset: raw.get("-").cloned(),
            left: raw.get("?").cloned(),
            is_kind: name == KIND,
        };
        for (key, text) in raw {
            if let Some(exact) = key.strip_prefix('=') {
                words.exact.insert(exact.to_owned(), text.clone());
            } else if matches!(key.as_str(), "*" | "-" | "?") {
                // Read above.
            } else if let Some(prefix) = key.strip_suffix('*') {
                words.prefixes.push((prefix.to_owned(), text.clone()));
            } else {
                words
                    .exact
                    .entry(key.clone())
                    .or_insert_with(|| text.clone());
            }
        }
        words
            .prefixes
            .sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        words
    }

    /// The text for a value.
    pub(crate) fn apply(&self, value: Text) -> Text {
        if !value.is_set {
            let chosen = if value.is_left() {
                self.left.as_ref()
            } else {
                None
            };
            return match chosen.or(self.unset.as_ref()) {
                Some(word) => Text {
                    is_set: !word.is_empty(),
                    ..Text::literal(word)
                },
                None => value,
            };
        }
        let pattern = if value.is_unknown || value.is_sensitive {
            self.other.as_deref()
        } else {
            self.pattern(&value.shown)
        };
        let pattern = pattern.unwrap_or(VALUE);
        let Some((front, back)) = pattern.split_once(VALUE) else {
            return Text {
                shown: pattern.to_owned(),
                key: pattern.to_owned(),
                local: pattern.to_owned(),
                id: None,
                ..value
            };
        };
        let id = front.len()..front.len() + value.shown.len();
        let wrap = |text: &str| format!("{front}{text}{back}");
        Text {
            shown: wrap(&value.shown),
            key: wrap(&value.key),
            local: wrap(&value.local),
            id: (!self.is_kind).then_some(id),
            ..value
        }
    }

    /// The pattern for a known value.
    fn pattern(&self, value: &str) -> Option<&str> {
        let prefix = || {
            let mut prefixes = self.prefixes.iter();
            let found = prefixes.find(|(prefix, _)| value.starts_with(prefix));
            found.map(|(_, text)| text)
        };
        let found = self.exact.get(value).or_else(prefix);
        found.or(self.other.as_ref()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pairs: &[(&str, &str)]) -> Words {
        let raw = pairs.iter();
        let raw = raw.map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        Words::new("test", &raw.collect())
    }

    #[test]
    fn the_most_exact_word_counts() {
        let words = words(&[
            ("op_*", "operation {}"),
            ("op_svc_*", "service {}"),
            ("=op_*", "every operation"),
            ("all", "every project"),
            ("-", "never"),
            ("*", "account {}"),
        ]);
        for (value, expected) in [
            ("op_svc_obs", "service op_svc_obs"),
            ("op_obs", "operation op_obs"),
            ("op_*", "every operation"),
            ("all", "every project"),
            ("-", "account -"),
        ] {
            assert_eq!(words.apply(Text::value(value)).shown, expected, "{value}");
        }
        assert_eq!(words.apply(Text::unset()).shown, "never");
        assert_eq!(words.apply(Text::left()).shown, "never");
    }

    #[test]
    fn a_text_without_the_value_is_no_id() {
        let words = words(&[("all", "every project"), ("*", "project {}")]);
        assert_eq!(words.apply(Text::value("all")).id, None);
        assert_eq!(words.apply(Text::value("p1")).id, Some(8..10));
    }
}
