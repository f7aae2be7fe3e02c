//! Where a line may be broken: at spaces, but not inside an address, whose keys may contain some.

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// How text is wrapped into lines of this many columns.
pub(super) fn options(width: usize) -> Options<'static> {
    Options::new(width)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::Custom(words))
}

/// The words, each with the spaces after it. The key of an instance is a part of its word: `csms_grant.a["two words"]`.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let spaces = end_of_word(rest);
        let end = rest.get(spaces..).unwrap_or_default();
        let end = spaces + (end.len() - end.trim_start_matches(' ').len());
        let (word, others) = rest.split_at(end);
        rest = others;
        Some(Word::from(word))
    }))
}

/// Where the first word ends: at a space outside of keys.
fn end_of_word(text: &str) -> usize {
    let mut start = 0;
    while let Some(found) = text.get(start..).and_then(|rest| rest.find([' ', '['])) {
        let at = start + found;
        let after = text.get(at..).unwrap_or_default();
        if after.starts_with(' ') {
            return at;
        }
        start = at + key(after).unwrap_or(1);
    }
    text.len()
}

/// The length of the key at the start of this text, `["…"]`; none if it is not closed.
fn key(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("[\"")?;
    let mut is_escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => {
                let rest = inner.get(at..)?;
                return rest
                    .starts_with("\"]")
                    .then_some("[\"".len() + at + "\"]".len());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_at_spaces_outside_of_keys() {
        for (line, expected) in [
            ("", &[][..]),
            ("one two", &["one", "two"]),
            ("  one  two ", &["", "one", "two"]),
            ("a.b[\"two words\"] c", &["a.b[\"two words\"]", "c"]),
            ("m[\"x y\"].a[\"z\"]: b", &["m[\"x y\"].a[\"z\"]:", "b"]),
            (r#"a["x \"] y"] b"#, &[r#"a["x \"] y"]"#, "b"]),
            (r#"a["x \\"] y"#, &[r#"a["x \\"]"#, "y"]),
            ("a[\"not closed b", &["a[\"not", "closed", "b"]),
            ("a[\"x\" y] b", &["a[\"x\"", "y]", "b"]),
            ("a[0] [b] [\"", &["a[0]", "[b]", "[\""]),
            ("陈 伟[\"é ü\"] x", &["陈", "伟[\"é ü\"]", "x"]),
        ] {
            let found: Vec<&str> = words(line).map(|word| word.word).collect();
            assert_eq!(found, expected, "{line}");
            let whole: String = words(line)
                .map(|word| format!("{}{}", word.word, word.whitespace))
                .collect();
            assert_eq!(whole, line);
        }
    }
}
