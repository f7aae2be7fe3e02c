//! Text of others, made fit to be shown.

/// Characters that change what is shown around them, or are not shown: of directions, of joining, line separators.
const HIDDEN: [std::ops::RangeInclusive<char>; 4] = [
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
];

/// The text on one line, with what would move the cursor or hide other text written as `\u{…}`.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        let is_hidden = HIDDEN.iter().any(|range| range.contains(&character));
        if character.is_control() || is_hidden {
            cleaned.extend(character.escape_unicode());
        } else {
            cleaned.push(character);
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_hide_or_move_other_text_is_written_out() {
        for (text, expected) in [
            ("Ana Ruiz", "Ana Ruiz"),
            ("Zoë \"Z\" 数据", "Zoë \"Z\" 数据"),
            ("a\nb\r\t", "a\\u{a}b\\u{d}\\u{9}"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\u{2028}b\u{85}", "a\\u{2028}b\\u{85}"),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }
}
