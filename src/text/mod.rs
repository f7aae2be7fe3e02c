//! Escaping of foreign text for diagnostics, log lines, terminals and reports. Imports nothing, so that every room may
//! use it.
//!
//! Foreign text comes from a service or a proxy, a file, an environment variable or a configuration. It may contain
//! characters that move the cursor, change the reading direction or are invisible, and so imitate another text. They
//! are escaped as `\u{…}`; everything else is unchanged.

use std::ops::RangeInclusive;

/// Characters that turn, join or part what is shown around them, or are not shown: directions, joiners, line separators.
const HIDDEN: [RangeInclusive<char>; 15] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    // Letters of Hangul that stand for none, here and below.
    '\u{115f}'..='\u{1160}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    // Which form of a character is shown, here and last.
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff9}'..='\u{fffb}',
    // Letters of tags, which no font shows.
    '\u{e0000}'..='\u{e007f}',
    '\u{e0100}'..='\u{e01ef}',
];

/// Whether a character does something else than to be shown: works a terminal, or hides or turns other text.
#[must_use]
pub fn works_terminal(c: char) -> bool {
    // Nearly every character is one of these, and every id and path is checked, in a plan too.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control() || HIDDEN.iter().any(|range| range.contains(&c))
}

/// The text on one line, whose line breaks and tabs become spaces, with nothing in it that works a terminal.
#[must_use]
pub fn line(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => cleaned.push(' '),
            c if works_terminal(c) => cleaned.extend(c.escape_unicode()),
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// The text with its line breaks and tabs, and nothing else in it that works a terminal.
#[must_use]
pub fn lines(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            c if works_terminal(c) && !matches!(c, '\n' | '\t') => {
                cleaned.extend(c.escape_unicode())
            }
            c => cleaned.push(c),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_cannot_work_the_terminal() {
        assert_eq!(line("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb c\\u{202e}d");
        assert_eq!(line("陈 Ünal"), "陈 Ünal");
    }

    #[test]
    fn text_of_others_cannot_pass_for_another_text() {
        for (text, expected) in [
            ("module.a\u{200b}b", "module.a\\u{200b}b"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("a\u{2060}b", "a\\u{2060}b"),
            ("\u{feff}a", "\\u{feff}a"),
            ("a\u{85}b\u{9b}2J", "a\\u{85}b\\u{9b}2J"),
            ("a\u{115f}\u{3164}b", "a\\u{115f}\\u{3164}b"),
            ("a\u{fff9}\u{fe0f}b", "a\\u{fff9}\\u{fe0f}b"),
            (
                "a\u{2066}b\u{61c}\u{e0041}",
                "a\\u{2066}b\\u{61c}\\u{e0041}",
            ),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn several_lines_stay_several_lines_and_nothing_else_works() {
        assert_eq!(
            lines("a\tb\r\nc\rd\u{1b}[2J\u{202e}e\n"),
            "a\tb\nc\\u{d}d\\u{1b}[2J\\u{202e}e\n"
        );
    }
}
