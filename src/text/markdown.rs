//! Foreign text in Markdown, where it must remain text.
//!
//! Hosts look for mentions, references to issues and commits, links, labels and emoji in all text but code, and do so
//! after Markdown is parsed, so a backslash does not help. Therefore words without meaning to any host are unchanged, and
//! all others become code.
//!
//! Sources: CommonMark 0.31.2, "Code spans"; GitHub Flavored Markdown, "Tables" and "Autolinks"; GitLab Flavored
//! Markdown, "GitLab-specific references".

use super::line as clean;

/// The most characters of one text that are shown: a comment must have room for more than one long text.
const LONGEST: usize = 400;

/// The most characters of sentences that have several such texts in them.
const LONGEST_SENTENCES: usize = 1_600;

/// Escapes sentences with foreign text, in which literals between two backticks are code.
///
/// Not for the beginning of a line, where a number and a point would be a list.
#[must_use]
pub fn escape(text: &str) -> String {
    escape_up_to(text, LONGEST)
}

/// The same, for sentences of our own with foreign text in them: what to do stands at their end.
#[must_use]
pub fn escape_sentences(text: &str) -> String {
    escape_up_to(text, LONGEST_SENTENCES)
}

fn escape_up_to(text: &str, longest: usize) -> String {
    let text = truncate(text, longest);
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('`') {
        let Some((inside, after)) = after.split_once('`') else {
            break;
        };
        words(&mut escaped, before);
        push_code(&mut escaped, inside);
        rest = after;
    }
    words(&mut escaped, rest);
    escaped
}

/// Foreign text as one code span.
#[must_use]
pub fn code(text: &str) -> String {
    let mut escaped = String::new();
    push_code(&mut escaped, &truncate(text, LONGEST));
    escaped
}

/// A row of a table. Not even code may hold the line between two cells, and parsers do not agree on one with two
/// backslashes before it, so one that follows a backslash is shown as `¦`.
#[must_use]
pub fn row(cells: &[String]) -> String {
    let cells = cells
        .iter()
        .map(|cell| cell.replace("\\|", "\\¦").replace('|', "\\|"));
    let cells: Vec<String> = cells.collect();
    format!("| {} |\n", cells.join(" | "))
}

fn truncate(text: &str, longest: usize) -> String {
    let text = clean(text);
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn words(escaped: &mut String, text: &str) {
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            escaped.push(' ');
        }
        let inner = word.trim_start_matches('(');
        let core = inner.trim_end_matches(['.', ',', ':', ';', '?', ')', '…']);
        let before = word.len() - inner.len();
        let after = before + core.len();
        escaped.push_str(word.get(..before).unwrap_or_default());
        if core.is_empty() || is_plain(core) {
            escaped.push_str(core);
        } else {
            push_code(escaped, core);
        }
        escaped.push_str(word.get(after..).unwrap_or_default());
    }
}

/// Whether a word is nothing but a word, a small number or a date, on every host.
fn is_plain(word: &str) -> bool {
    let is_word = |part: &str| part.chars().all(|c| c.is_alphabetic() || "'’".contains(c));
    let is_number = |part: &str| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    // Seven are enough for the beginning of a commit's name.
    let is_commit =
        |part: &str| part.len() >= 7 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = word.split('-').collect();
    !parts.iter().any(|part| part.is_empty() || is_commit(part))
        && (parts.iter().all(|part| is_word(part)) || parts.iter().all(|part| is_number(part)))
}

/// Writes a code span, which ends at the first run of as many backticks as it begins with.
fn push_code(escaped: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default() + 1);
    // One space on either side is taken off again.
    let is_padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let padding = if is_padded { " " } else { "" };
    if escaped.ends_with('`') {
        escaped.push(' ');
    }
    for part in [&fence, padding, text, padding, &fence] {
        escaped.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_may_be_markup_becomes_a_code_span() {
        for (text, expected) in [
            ("", ""),
            ("on call", "on call"),
            ("Dana Novak (user 2026-0a)", "Dana Novak (user `2026-0a`)"),
            ("2027-01-05, never expires", "2027-01-05, never expires"),
            ("陈伟 O'Neill Çelik-Ünal", "陈伟 O'Neill Çelik-Ünal"),
            ("cn-north-4, project", "`cn-north-4`, project"),
            ("@team #12 !3 ~label", "`@team` `#12` `!3` `~label`"),
            ("GH-12 deadbeef1 1234567", "`GH-12` `deadbeef1` `1234567`"),
            ("defaced facade a-defaced", "`defaced` facade `a-defaced`"),
            (
                "https://x.test (www.x.test)",
                "`https://x.test` (`www.x.test`)",
            ),
            ("a@x.test :smile: $x$", "`a@x.test` `:smile`: `$x$`"),
            ("[a](b) ![c](d) [e]: f", "`[a](b` `![c](d` `[e]`: f"),
            (
                "<b>a</b> &amp; <!-- x -->",
                "`<b>a</b>` `&amp`; `<!--` x `-->`",
            ),
            (
                "*a* _b_ ~~c~~ \\d - + --",
                "`*a*` `_b_` `~~c~~` `\\d` `-` `+` `--`",
            ),
            ("see `a b` there", "see `a b` there"),
            ("`a``b`", "`a` `b`"),
            ("one ` alone", "one `` ` `` alone"),
            ("a\nb\u{202e}", "a `b\\u{202e}`"),
        ] {
            // A closing bracket after a word is prose.
            let expected = expected
                .replace("`[a](b`", "`[a](b`)")
                .replace("`![c](d`", "`![c](d`)");
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn code_spans_preserve_backticks_spaces_and_table_pipes() {
        for (text, expected) in [
            ("", ""),
            ("a", "`a`"),
            ("a`b", "``a`b``"),
            ("`a", "`` `a ``"),
            ("a``", "``` a`` ```"),
            (" a", "`  a `"),
            ("a\\", "`a\\`"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
        let cells = [code("a|b||"), code("c\\|\\\\|")];
        assert_eq!(row(&cells), "| `a\\|b\\|\\|` | `c\\¦\\\\¦` |\n");
    }

    #[test]
    fn overlong_text_is_truncated_with_an_ellipsis() {
        let long = "é".repeat(LONGEST + 1);
        let cut = "é".repeat(LONGEST);
        assert_eq!(escape(&long), format!("{cut}…"));
        assert_eq!(code(&long), format!("`{cut}…`"));
        assert_eq!(escape(&cut), cut);
    }
}
