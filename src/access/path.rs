//! The path of an attribute in a declaration: names separated by dots.

use super::table::TableError;

/// A path such as `users.name`. Lists on the way are walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    segments: Vec<String>,
    /// The path up to each of its segments, as text, by which the elements of lists are bound.
    prefixes: Vec<String>,
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// If a name is empty or has other characters than ASCII letters, digits and underscores.
    pub(crate) fn parse(text: &str) -> Result<Self, TableError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let segments: Vec<String> = text.split('.').map(str::to_owned).collect();
        if !segments
            .iter()
            .all(|name| !name.is_empty() && name.chars().all(is_plain))
        {
            return Err(TableError::new(format!("`{text}` is no path")));
        }
        let dots = text.match_indices('.').map(|(index, _)| index);
        let ends = dots.chain([text.len()]);
        let prefixes = ends.filter_map(|end| text.get(..end)).map(str::to_owned);
        Ok(Self {
            prefixes: prefixes.collect(),
            segments,
        })
    }

    /// The attribute at the top of the object.
    pub(crate) fn attribute(&self) -> &str {
        self.segments.first().map_or("", String::as_str)
    }

    /// The names, from the top.
    pub(crate) fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Each name with the path that ends with it, from the top.
    pub(crate) fn steps(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&str, &str)> + ExactSizeIterator {
        let segments = self.segments.iter().map(String::as_str);
        segments.zip(self.prefixes.iter().map(String::as_str))
    }

    /// The path as text.
    pub(crate) fn as_text(&self) -> &str {
        self.prefixes.last().map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_knows_its_prefixes() {
        let path = Path::parse("grant_list.privileges.permission").unwrap();
        assert_eq!(path.attribute(), "grant_list");
        assert_eq!(path.as_text(), "grant_list.privileges.permission");
        let steps: Vec<_> = path.steps().collect();
        assert_eq!(
            steps,
            [
                ("grant_list", "grant_list"),
                ("privileges", "grant_list.privileges"),
                ("permission", "grant_list.privileges.permission")
            ]
        );
    }

    #[test]
    fn other_characters_are_an_error() {
        for text in ["", ".", "a.", "a b", "a~b", "a?", "ä"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
