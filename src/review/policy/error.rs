//! Errors of reading a policy, with line and column.

use std::ops::Range;

/// An error in a policy file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    /// Counted from 1.
    line: usize,
    /// Counted from 1, in characters.
    column: usize,
    message: String,
    hint: String,
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// An error at this span of the text, in bytes.
    pub(super) fn new(
        text: &str,
        span: &Range<usize>,
        message: String,
        hint: impl Into<String>,
    ) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            message,
            hint: hint.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_one_based_and_count_characters() {
        let text = "a = 1\nü = 2\n";
        for (start, position) in [
            (0, "line 1, column 1"),
            (6, "line 2, column 1"),
            (9, "line 2, column 3"),
            (99, "line 3, column 1"),
        ] {
            let error = Error::new(text, &(start..start), "m".to_owned(), "h");
            assert_eq!(error.to_string(), format!("{position}: m"), "{start}");
        }
    }
}
