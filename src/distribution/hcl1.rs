//! A reader of HCL 1, the language of CLI configurations: into JSON, in which each key has a list of its values.
//!
//! Parsers of HCL 2 reject much of it, such as quoted keys and several items in one line.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::{Map, Value};

/// Where and why a text is not HCL 1. Without the text, which may be a credential.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Hcl1Error {
    /// The line, counted from 1.
    line: usize,
    reason: &'static str,
}

type Result<T> = std::result::Result<T, Hcl1Error>;

/// Reads a file: an object without braces. Values of other kinds than texts, lists and objects are null.
pub(super) fn read(text: &str) -> Result<Value> {
    let mut reader = Reader::new(text);
    let object = reader.object(None)?;
    Ok(Value::Object(object))
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A quoted text or a heredoc.
    Text(String),
    /// An identifier, a number or a truth value.
    Word(String),
    /// One of `{}[]=,`.
    Mark(char),
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    peeked: Option<Token>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.trim_start_matches('\u{feff}').chars().peekable(),
            line: 1,
            peeked: None,
        }
    }

    fn error<T>(&self, reason: &'static str) -> Result<T> {
        let line = self.line;
        Err(Hcl1Error { line, reason })
    }

    /// The items up to `end`, or to the end of the text.
    fn object(&mut self, end: Option<char>) -> Result<Map<String, Value>> {
        let mut object = Map::new();
        loop {
            match self.token()? {
                None if end.is_none() => return Ok(object),
                None => return self.error("a block is not closed"),
                Some(Token::Mark(mark)) if Some(mark) == end => return Ok(object),
                Some(Token::Mark(',')) => {}
                Some(Token::Text(key) | Token::Word(key)) => {
                    let value = self.item()?;
                    let values = object
                        .entry(key)
                        .or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(values) = values {
                        values.push(value);
                    }
                }
                Some(Token::Mark(_)) => return self.error("expected a key"),
            }
        }
    }

    /// What follows a key: a value, or a block, perhaps with labels.
    fn item(&mut self) -> Result<Value> {
        match self.token()? {
            Some(Token::Mark('=')) => self.value(),
            Some(Token::Mark('{')) => Ok(Value::Object(self.object(Some('}'))?)),
            Some(Token::Text(label) | Token::Word(label)) => {
                let value = self.item()?;
                Ok(Value::Object(
                    [(label, Value::Array(vec![value]))].into_iter().collect(),
                ))
            }
            _ => self.error("expected `=` or a block"),
        }
    }

    fn value(&mut self) -> Result<Value> {
        match self.token()? {
            Some(Token::Text(text)) => Ok(Value::from(text)),
            Some(Token::Word(_)) => Ok(Value::Null),
            Some(Token::Mark('{')) => Ok(Value::Object(self.object(Some('}'))?)),
            Some(Token::Mark('[')) => self.list(),
            _ => self.error("expected a value"),
        }
    }

    fn list(&mut self) -> Result<Value> {
        let mut elements = Vec::new();
        loop {
            match self.token()? {
                Some(Token::Mark(']')) => return Ok(Value::Array(elements)),
                Some(Token::Mark(',')) => {}
                None => return self.error("a list is not closed"),
                token => {
                    self.peeked = token;
                    elements.push(self.value()?);
                }
            }
        }
    }

    fn token(&mut self) -> Result<Option<Token>> {
        if let Some(token) = self.peeked.take() {
            return Ok(Some(token));
        }
        self.skip_blank()?;
        let Some(first) = self.next() else {
            return Ok(None);
        };
        Ok(Some(match first {
            '{' | '}' | '[' | ']' | '=' | ',' => Token::Mark(first),
            '"' => Token::Text(self.text()?),
            '<' => Token::Text(self.heredoc()?),
            first if is_word(first) => {
                let mut word = first.to_string();
                while let Some(letter) = self.rest.next_if(|letter| is_word(*letter)) {
                    word.push(letter);
                }
                Token::Word(word)
            }
            _ => return self.error("unexpected character"),
        }))
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    /// Skips white space and comments.
    fn skip_blank(&mut self) -> Result<()> {
        while let Some(&next) = self.rest.peek() {
            match next {
                '#' => self.skip_line(),
                '/' => {
                    self.next();
                    match self.next() {
                        Some('/') => self.skip_line(),
                        Some('*') => self.skip_comment()?,
                        _ => return self.error("unexpected `/`"),
                    }
                }
                next if next.is_whitespace() => _ = self.next(),
                _ => break,
            }
        }
        Ok(())
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|letter| letter != '\n') {}
    }

    fn skip_comment(&mut self) -> Result<()> {
        let mut last = ' ';
        while let Some(letter) = self.next() {
            if (last, letter) == ('*', '/') {
                return Ok(());
            }
            last = letter;
        }
        self.error("a comment is not closed")
    }

    /// A quoted text after its first quote. What is between `${` and `}` stays as it is.
    fn text(&mut self) -> Result<String> {
        let mut text = String::new();
        let mut depth = 0;
        while let Some(letter) = self.next() {
            match letter {
                '"' if depth == 0 => return Ok(text),
                '\n' if depth == 0 => break,
                '$' if self.rest.peek() == Some(&'{') => {
                    self.next();
                    depth += 1;
                    text.push_str("${");
                }
                '{' if depth > 0 => {
                    depth += 1;
                    text.push(letter);
                }
                '}' if depth > 0 => {
                    depth -= 1;
                    text.push(letter);
                }
                '\\' if depth == 0 => text.push(self.escape()?),
                letter => text.push(letter),
            }
        }
        self.error("a text is not closed")
    }

    /// An escape after its backslash.
    fn escape(&mut self) -> Result<char> {
        let of_digits = |reader: &mut Self, first: Option<char>, count: usize, radix| {
            let mut digits: String = first.into_iter().collect();
            while digits.len() < count
                && let Some(digit) = reader.rest.next_if(|digit| digit.is_digit(radix))
            {
                digits.push(digit);
            }
            let code = u32::from_str_radix(&digits, radix).ok();
            match code
                .filter(|_| digits.len() == count)
                .and_then(char::from_u32)
            {
                Some(letter) => Ok(letter),
                None => reader.error("unknown escape"),
            }
        };
        match self.next() {
            Some('a') => Ok('\u{7}'),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('v') => Ok('\u{b}'),
            Some(same @ ('\\' | '"')) => Ok(same),
            Some('x') => of_digits(self, None, 2, 16),
            Some('u') => of_digits(self, None, 4, 16),
            Some('U') => of_digits(self, None, 8, 16),
            Some(digit @ '0'..='7') => of_digits(self, Some(digit), 3, 8),
            _ => self.error("unknown escape"),
        }
    }

    /// A heredoc after its first `<`.
    fn heredoc(&mut self) -> Result<String> {
        if self.next() != Some('<') {
            return self.error("unexpected `<`");
        }
        let mut anchor = String::new();
        while let Some(letter) = self.next()
            && letter != '\n'
        {
            anchor.push(letter);
        }
        let anchor = anchor.trim_start_matches('-').trim().to_owned();
        let mut text = String::new();
        let mut line = String::new();
        while let Some(letter) = self.next() {
            line.push(letter);
            if letter == '\n' {
                if line.trim() == anchor {
                    return Ok(text);
                }
                text.push_str(&std::mem::take(&mut line));
            }
        }
        match line.trim() == anchor {
            true => Ok(text),
            false => self.error("a heredoc is not closed"),
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || "_-.+".contains(letter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_may_be_quoted_and_items_share_a_line() {
        let text = r#"
            # Comment
            "outer" { a = "1" b = ["2", "3",], c { } } // more
            /* and
               more */
            host "h" { services { "modules.v1" = "x" } }
            outer = { d = 0x1f, e = true }
        "#;
        let expected = json!({
            "outer": [{"a": ["1"], "b": [["2", "3"]], "c": [{}]}, {"d": [null], "e": [null]}],
            "host": [{"h": [{"services": [{"modules.v1": ["x"]}]}]}],
        });
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn texts_are_unescaped_and_interpolations_are_kept() {
        let text = r#"a = "\\x\"\u0024{\x41\101" b = "${env("HOME")}/c""#;
        let expected = json!({"a": ["\\x\"${AA"], "b": ["${env(\"HOME\")}/c"]});
        assert_eq!(read(text), Ok(expected));
        let heredoc = "a = <<-EOT\n  one\n  two\n  EOT\nb = \"c\"\n";
        assert_eq!(
            read(heredoc),
            Ok(json!({"a": ["  one\n  two\n"], "b": ["c"]}))
        );
    }

    #[test]
    fn an_error_names_the_line_and_not_the_text() {
        for (text, line) in [
            ("a {\n\n", 3),
            ("a = \"hush\nb", 2),
            ("a = \"\\q\"", 1),
            ("a = [1", 1),
            ("a = <<EOT\nx", 2),
            ("a b = }", 1),
            ("}", 1),
            ("/* x", 1),
            ("a", 1),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }
}
