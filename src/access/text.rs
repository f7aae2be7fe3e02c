//! A rendered text: what is shown, and what is compared. They differ for values that are unknown or sensitive.

use std::fmt;
use std::ops::Range;

/// What stands for an unknown value.
pub(crate) const UNKNOWN: &str = "(known after apply)";

/// What stands for a sensitive value.
pub(crate) const SENSITIVE: &str = "(sensitive)";

/// The key of a value that the provider chooses.
const LEFT: &str = "?";

/// What stands for the object's own name where it does not count.
const OWN_NAME: &str = "\u{1}";

/// A text of an access.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Text {
    /// What is shown: no sensitive value.
    pub(crate) shown: String,
    /// What is compared: has sensitive values, and is never shown.
    pub(crate) key: String,
    /// The key without the object's own name, to compare an object with itself.
    pub(crate) local: String,
    /// Whether all values in it are set.
    pub(crate) is_set: bool,
    /// Whether a value in it is unknown.
    pub(crate) is_unknown: bool,
    /// Whether a value in it is sensitive.
    pub(crate) is_sensitive: bool,
    /// Whether it is about several objects.
    pub(crate) is_several: bool,
    /// Whether nothing is known about the object that an unknown value will identify.
    pub(crate) is_vague: bool,
    /// Which part of what is shown is an ID; in bytes.
    pub(crate) id: Option<Range<usize>>,
    /// The names of the objects that unknown values will identify.
    pub(crate) names: Vec<String>,
}

impl fmt::Debug for Text {
    /// Without what is compared, which has sensitive values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)
    }
}

impl Text {
    /// No value.
    pub(crate) fn unset() -> Self {
        Self::default()
    }

    /// No value yet: the provider chooses one.
    pub(crate) fn left() -> Self {
        Self {
            key: LEFT.to_owned(),
            local: LEFT.to_owned(),
            ..Self::default()
        }
    }

    /// Whether the provider chooses the value.
    pub(crate) fn is_left(&self) -> bool {
        !self.is_set && self.key == LEFT
    }

    /// A text that is no ID.
    pub(crate) fn literal(text: &str) -> Self {
        Self {
            shown: text.to_owned(),
            key: text.to_owned(),
            local: text.to_owned(),
            is_set: true,
            ..Self::default()
        }
    }

    /// A known value.
    pub(crate) fn value(text: &str) -> Self {
        Self {
            id: Some(0..text.len()),
            ..Self::literal(text)
        }
    }

    /// The name of the object itself.
    pub(crate) fn own_name(text: &str) -> Self {
        Self {
            local: OWN_NAME.to_owned(),
            ..Self::value(text)
        }
    }

    /// A sensitive value that is compared by this key.
    pub(crate) fn sensitive(key: String) -> Self {
        Self {
            local: key.clone(),
            key,
            is_sensitive: true,
            ..Self::value(SENSITIVE)
        }
    }

    /// An unknown value that is compared by this key.
    pub(crate) fn unknown(key: String) -> Self {
        Self {
            local: key.clone(),
            key,
            is_unknown: true,
            ..Self::literal(UNKNOWN)
        }
    }

    /// Adds text that is no ID.
    pub(crate) fn push(&mut self, text: &str) {
        for part in [&mut self.shown, &mut self.key, &mut self.local] {
            part.push_str(text);
        }
    }

    /// Adds a text with its properties, except whether it is set.
    pub(crate) fn append(&mut self, other: &Self) {
        let offset = self.shown.len();
        if let Some(id) = &other.id {
            let start = self.id.as_ref().map_or(offset + id.start, |own| own.start);
            self.id = Some(start..offset + id.end);
        }
        self.shown.push_str(&other.shown);
        self.key.push_str(&other.key);
        self.local.push_str(&other.local);
        self.is_unknown |= other.is_unknown;
        self.is_sensitive |= other.is_sensitive;
        self.is_several |= other.is_several;
        self.is_vague |= other.is_vague;
        self.names.extend(other.names.iter().cloned());
    }

    /// The text without separators at its ends, which stood beside parts that were left out.
    pub(crate) fn trim(mut self) -> Self {
        let is_separator = [',', ' '];
        let lead = self.shown.len() - self.shown.trim_start_matches(is_separator).len();
        for part in [&mut self.shown, &mut self.key, &mut self.local] {
            *part = part.trim_matches(is_separator).to_owned();
        }
        let end = self.shown.len();
        let id = self.id.take();
        self.id = id.map(|id| id.start.saturating_sub(lead)..id.end.saturating_sub(lead).min(end));
        self
    }

    /// Several values as one text: each once, sorted, separated by commas.
    pub(crate) fn join(values: Vec<Self>) -> Self {
        let mut joined = Self::default();
        let is_left = values.iter().any(Self::is_left);
        let mut values: Vec<Self> = values.into_iter().filter(|value| value.is_set).collect();
        values.sort_by(|a, b| (&a.shown, &a.key).cmp(&(&b.shown, &b.key)));
        values.dedup_by(|a, b| a.key == b.key);
        if values.is_empty() && is_left {
            return Self::left();
        }
        joined.is_set = !values.is_empty();
        let has_id = values.iter().any(|value| value.id.is_some());
        let is_one = values.len() == 1;
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                joined.push(", ");
            }
            joined.append(value);
        }
        if has_id && !is_one {
            joined.id = Some(0..joined.shown.len());
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_reaches_from_the_first_to_the_last_value() {
        let mut text = Text::literal("database ");
        text.append(&Text::value("i1"));
        text.push("/");
        text.append(&Text::value("d1"));
        text.push(", ");
        let text = text.trim();
        assert_eq!(text.shown, "database i1/d1");
        assert_eq!(text.shown.get(text.id.unwrap()), Some("i1/d1"));
    }

    #[test]
    fn joined_values_are_sorted_and_unique() {
        let values = ["b", "a", "b"].map(Text::value);
        let joined = Text::join(values.into());
        assert_eq!((joined.shown.as_str(), joined.id), ("a, b", Some(0..4)));
        assert!(Text::join(vec![Text::unset(), Text::left()]).is_left());
    }
}
