//! Makes foreign text safe for diagnostics, logs, terminals and reports. Imports nothing, so that every room may use it.
//!
//! Foreign text is text from a service or proxy, a file, an environment variable or a configuration. It may contain
//! characters that move the cursor, change the reading direction or are invisible, and so disguise its content. They are
//! written as `\u{…}`; all other characters are unchanged. [`line()`] and [`lines`] are for plain text, [`markdown`], [`xml`],
//! [`json`], [`hcl`] and [`sarif`] for the formats that need more escaping. HTML is escaped by its template engine, after [`line()`].
//!
//! ```
//! use hwgrants::text;
//!
//! let name = "db\u{202e}drowssap\u{1b}[2J";
//! assert_eq!(text::line(name), r"db\u{202e}drowssap\u{1b}[2J");
//! assert_eq!(text::markdown::escape("granted by @admin"), "granted by `@admin`");
//! ```

pub mod markdown;
mod shell;

use std::fmt::Write;
use std::ops::RangeInclusive;

pub use shell::{Shell, word as shell_word};

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

/// A line of a CI log in which the server finds no command: `::error::x` becomes `: :error::x`, and `##vso[x]` becomes
/// `# #vso[x]`.
///
/// Sources: GitHub Actions, "Workflow commands" (`::` after white space at the start of a line; `##[` anywhere); Azure Pipelines,
/// "Logging commands" (`##vso[` and `##[` anywhere); TeamCity, "Service messages" (`##teamcity[`). The sections of GitLab
/// start with an escape sequence, which foreign text cannot contain after [`line()`] or [`lines`].
#[must_use]
pub fn log_line(line: &str) -> String {
    let line = replace_hash_commands(line, "# #");
    let text = line.trim_start();
    match text.strip_prefix("::") {
        Some(rest) => {
            let indent = line.strip_suffix(text).unwrap_or_default();
            format!("{indent}: :{rest}")
        }
        None => line,
    }
}

/// A document in JSON, or in HCL without heredocs, with the same values in which a CI server finds no command. No line of it
/// starts with `::`.
#[must_use]
pub fn log_json(document: &str) -> String {
    replace_hash_commands(document, "#\\u0023")
}

/// An XML or HTML document with the same text in which a CI server finds no command.
#[must_use]
pub fn log_markup(document: &str) -> String {
    let document = replace_hash_commands(document, "#&#35;");
    let mut escaped = String::with_capacity(document.len());
    for line in document.split_inclusive('\n') {
        let text = line.trim_start();
        match text.strip_prefix("::") {
            Some(rest) => {
                escaped.push_str(line.strip_suffix(text).unwrap_or_default());
                escaped.push_str("&#58;:");
                escaped.push_str(rest);
            }
            None => escaped.push_str(line),
        }
    }
    escaped
}

/// The text with this instead of `##` before a name, which may be empty, and a bracket.
fn replace_hash_commands(text: &str, hashes: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("##") {
        replaced.push_str(before);
        let name_end = after.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        if name_end.starts_with('[') {
            replaced.push_str(hashes);
            rest = after;
        } else {
            // The second one may be the first of a command.
            replaced.push('#');
            rest = rest.get(before.len() + 1..).unwrap_or_default();
        }
    }
    replaced.push_str(rest);
    replaced
}

/// The text for XML, line by line, with characters escaped that XML cannot contain. Markup characters are left to the writer.
///
/// Source: XML 1.0, "Characters".
#[must_use]
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (number, part) in text.lines().enumerate() {
        if number > 0 {
            escaped.push('\n');
        }
        for c in line(part).chars() {
            match c {
                '\u{fffe}' | '\u{ffff}' => escaped.extend(c.escape_unicode()),
                c => escaped.push(c),
            }
        }
    }
    escaped
}

/// A JSON document with control characters escaped, which are in its strings only. Its values are unchanged.
#[must_use]
pub fn json(document: String) -> String {
    if !document.chars().any(|c| c != '\n' && works_terminal(c)) {
        return document;
    }
    let mut escaped = String::with_capacity(document.len());
    for c in document.chars() {
        if c != '\n' && works_terminal(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A document in HCL whose comments are cleaned, with control characters escaped, which are in its quoted strings only. Its values
/// are unchanged.
///
/// Source: HCL Native Syntax Specification, "Template Expressions" (`\uNNNN`, `\UNNNNNNNN`).
#[must_use]
pub fn hcl(document: &str) -> String {
    let mut escaped = String::with_capacity(document.len());
    for c in document.chars() {
        match u32::from(c) {
            _ if c == '\n' || !works_terminal(c) => escaped.push(c),
            code @ ..=0xffff => {
                let _ = write!(escaped, "\\u{code:04x}");
            }
            code => {
                let _ = write!(escaped, "\\U{code:08x}");
            }
        }
    }
    escaped
}

/// The text of a SARIF message, in which brackets and parentheses make no link.
#[must_use]
pub fn sarif(text: &str) -> String {
    text.replace("](", "] (")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
        assert_eq!(line("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb c\\u{202e}d");
        assert_eq!(line("陈 Ünal"), "陈 Ünal");
    }

    #[test]
    fn invisible_characters_are_escaped() {
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
    fn multiline_text_keeps_line_breaks_and_escapes_control_characters() {
        assert_eq!(
            lines("a\tb\r\nc\rd\u{1b}[2J\u{202e}e\n"),
            "a\tb\nc\\u{d}d\\u{1b}[2J\\u{202e}e\n"
        );
    }

    #[test]
    fn a_log_line_contains_no_command_of_a_ci_server() {
        for (text, expected) in [
            ("::error::x", ": :error::x"),
            (" \t\u{a0}::error file=a::x", " \t\u{a0}: :error file=a::x"),
            (":::a", ": ::a"),
            ("a ::error::x", "a ::error::x"),
            ("a::b", "a::b"),
            ("##[error]x", "# #[error]x"),
            (
                "a ##vso[task.complete]x ##VSO[y]",
                "a # #vso[task.complete]x # #VSO[y]",
            ),
            ("##teamcity[x]", "# #teamcity[x]"),
            ("###[x]", "## #[x]"),
            ("## a [x] ##a ##", "## a [x] ##a ##"),
            ("", ""),
        ] {
            assert_eq!(log_line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_document_for_a_log_has_the_same_values_and_no_command() {
        let text = "a ##vso[x] ###[y]\n  ::error::z\n## b";
        let value = serde_json::json!({ "a": text });
        let json = log_json(&format!("{value:#}"));
        assert!(!json.contains("##vso[") && !json.contains("##["), "{json}");
        assert_eq!(json.parse::<serde_json::Value>().unwrap(), value);
        let xml = log_markup(&format!("<a>{text}</a>"));
        assert_eq!(
            xml,
            "<a>a #&#35;vso[x] ##&#35;[y]\n  &#58;:error::z\n## b</a>"
        );
    }

    #[test]
    fn characters_invalid_in_xml_are_escaped() {
        for (text, expected) in [
            ("a\nb", "a\nb"),
            ("a\u{0}\u{1b}[2Jb", "a\\u{0}\\u{1b}[2Jb"),
            ("\u{fffe}\u{ffff}\u{fffd}", "\\u{fffe}\\u{ffff}\u{fffd}"),
            ("<&>\"]]>", "<&>\"]]>"),
        ] {
            assert_eq!(xml(text), expected, "{text:?}");
        }
    }

    #[test]
    fn escaped_json_parses_to_the_same_value() {
        let value = serde_json::json!({"a": "\u{7f}\u{202e}\u{e0041}陈"});
        let escaped = json(format!("{value:#}"));
        assert_eq!(escaped.parse::<serde_json::Value>().unwrap(), value);
        assert!(
            escaped.chars().all(|c| c == '\n' || !works_terminal(c)),
            "{escaped}"
        );
    }
}
