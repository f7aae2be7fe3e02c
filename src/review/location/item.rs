//! Splits a body in HCL into its attributes and blocks without parsing them.
//!
//! The parser refuses a few expressions that Terraform accepts, and then returns nothing of the whole file. Each block of such
//! a file is parsed by itself.
//!
//! Source: HCL Native Syntax Specification, "Lexical Elements", "Structural Elements" and "Templates".

use std::ops::Range;

/// An attribute or a block, or a line that is neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Its text with the line break at its end.
    pub(super) range: Range<usize>,
    /// The text between its first braces, which in a block is its body.
    pub(super) body: Option<Range<usize>>,
}

/// What ends the text that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    /// A closing bracket of any kind.
    Bracket,
    /// A quotation mark.
    Quote,
}

/// The items of a body, in their order. An item ends with its line, unless a bracket or heredoc is open there.
pub(super) fn items(text: &str) -> Vec<Item> {
    let bytes = text.as_bytes();
    let mut items = Vec::new();
    let mut contexts: Vec<Context> = Vec::new();
    let (mut start, mut open, mut body) = (None, None, None);
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let rest = bytes.get(at..).unwrap_or_default();
        let comment = comment_length(rest);
        let length = match (contexts.last(), byte) {
            (Some(Context::Quote), b'\\') => 2,
            (Some(Context::Quote), b'$' | b'%') => {
                // `$${` is no template.
                let is_template = rest.get(1) == Some(&b'{');
                let is_escaped = rest.get(1) == Some(&byte) && rest.get(2) == Some(&b'{');
                contexts.extend(is_template.then_some(Context::Bracket));
                match (is_template, is_escaped) {
                    (true, _) => 2,
                    (_, true) => 3,
                    _ => 1,
                }
            }
            (Some(Context::Quote), b'"' | b'\n') => {
                contexts.pop();
                // A line break is not part of a string: the quotation mark is a mistake.
                usize::from(byte == b'"')
            }
            (Some(Context::Quote), _) => 1,
            (_, b'#' | b'/') if comment.is_some() => comment.unwrap_or(1),
            (None, b'\n') => {
                items.extend(start.take().map(|start| Item {
                    range: start..at + 1,
                    body: body.take(),
                }));
                (open, body) = (None, None);
                1
            }
            (_, b' ' | b'\t' | b'\r' | b'\n') => 1,
            _ => {
                start.get_or_insert(at);
                match byte {
                    b'"' => contexts.push(Context::Quote),
                    b'{' | b'[' | b'(' => {
                        if contexts.is_empty() && byte == b'{' {
                            open.get_or_insert(at + 1);
                        }
                        contexts.push(Context::Bracket);
                    }
                    b'}' | b']' | b')' => {
                        contexts.pop();
                        if contexts.is_empty() && byte == b'}' && body.is_none() {
                            body = open.map(|open| open..at);
                        }
                    }
                    _ => {}
                }
                heredoc_length(rest).unwrap_or(1)
            }
        };
        at += length;
    }
    items.extend(start.map(|start| Item {
        range: start..bytes.len(),
        body,
    }));
    items
}

/// The length of a comment without the line break at its end.
fn comment_length(text: &[u8]) -> Option<usize> {
    if let Some(inside) = text.strip_prefix(b"/*") {
        let end = inside.windows(2).position(|end| end == b"*/");
        return Some(end.map_or(text.len(), |end| end + 4));
    }
    if !text.starts_with(b"#") && !text.starts_with(b"//") {
        return None;
    }
    let end = text.iter().position(|byte| *byte == b'\n');
    Some(end.unwrap_or(text.len()))
}

/// The length of a heredoc without the line break at its end.
fn heredoc_length(text: &[u8]) -> Option<usize> {
    let head = text.strip_prefix(b"<<")?;
    let head = head.strip_prefix(b"-").unwrap_or(head);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = head.iter().take_while(|byte| is_name(byte)).count();
    let name = head.get(..length).filter(|name| !name.is_empty())?;
    let mut end = 0;
    for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if number > 0 && line.trim_ascii() == name {
            return Some(end + line.trim_ascii_end().len());
        }
        end += line.len();
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first lines of the items and what is between their braces.
    #[track_caller]
    fn check(text: &str, expected: &[(&str, Option<&str>)]) {
        let items = items(text);
        let found = items.iter().map(|item| {
            let head = text[item.range.clone()].lines().next().unwrap();
            (head, item.body.clone().map(|body| &text[body]))
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn an_item_ends_with_its_line_unless_a_bracket_is_open() {
        check("", &[]);
        check("# a {\n// b {\n/* c\n{ */\n", &[]);
        check(
            "a = 1\n\nb \"c\" {\nd = [\n]\n}\ne {}",
            &[
                ("a = 1", None),
                ("b \"c\" {", Some("\nd = [\n]\n")),
                ("e {}", Some("")),
            ],
        );
        check(
            "a {\r\n}\r\nb {\r\n}\r\n",
            &[("a {", Some("\r\n")), ("b {", Some("\r\n"))],
        );
        check("a = { b = 1 }\n", &[("a = { b = 1 }", Some(" b = 1 "))]);
    }

    #[test]
    fn brackets_in_strings_comments_and_heredocs_do_not_count() {
        check(
            "a = \"{\"\nb = \"\\\"{\"\n",
            &[("a = \"{\"", None), ("b = \"\\\"{\"", None)],
        );
        check(
            "a = \"${b(\"}{\")}{\"\nc {}\n",
            &[("a = \"${b(\"}{\")}{\"", None), ("c {}", Some(""))],
        );
        check(
            "a = \"$${%%{\"\nb {}\n",
            &[("a = \"$${%%{\"", None), ("b {}", Some(""))],
        );
        check(
            "a {\n# }\n/* } */ // }\n}\nb {}\n",
            &[("a {", Some("\n# }\n/* } */ // }\n")), ("b {}", Some(""))],
        );
        check(
            "a = <<-EOT\n  {\n EOTS\n  EOT\nb {}\n",
            &[("a = <<-EOT", None), ("b {}", Some(""))],
        );
        check(
            "a {\nb = <<EOT\n}\nEOT\n}\nc {}\n",
            &[("a {", Some("\nb = <<EOT\n}\nEOT\n")), ("c {}", Some(""))],
        );
        check(
            "陈 = \"é{\"\nb {}\n",
            &[("陈 = \"é{\"", None), ("b {}", Some(""))],
        );
    }

    #[test]
    fn unbalanced_text_ends_with_the_text() {
        check("a {\nb {}\n", &[("a {", None)]);
        check("}\na {}\n", &[("}", None), ("a {}", Some(""))]);
        check("a = \"{\nb {}\n", &[("a = \"{", None), ("b {}", Some(""))]);
        check("a = <<EOT\n}\n", &[("a = <<EOT", None)]);
    }
}
