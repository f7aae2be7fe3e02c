//! What a report must not contain: secrets never, and IDs, names of people and the home directory only on request.

use crate::text;

/// The replacement of a secret.
const MASK: &str = "***";
/// Characters of an ID that are shown, enough to tell two IDs apart.
const SHOWN_CHARS: usize = 4;
/// The shortest text that is taken for an ID because of its digits.
const MIN_ID_CHARS: usize = 20;
/// Digits that an ID has at least; words and host names have fewer.
const MIN_ID_DIGITS: usize = 4;
/// The shortest secret that is looked for: shorter ones are parts of words.
const MIN_SECRET_CHARS: usize = 4;
/// The shortest name that is looked for.
const MIN_NAME_CHARS: usize = 3;
/// Precedes a request ID, which is shown as it is: support needs it, and it identifies no one.
const REQUEST_ID: &str = "request ID `";

/// Removes secrets, and shortens IDs.
#[derive(Clone, Default)]
pub struct Redaction {
    is_full: bool,
    secrets: Vec<String>,
    names: Vec<String>,
    home: Option<String>,
}

impl Redaction {
    /// Removes these secrets. Unless `is_full`, also shortens IDs and `names`, such as the user's, and replaces the home directory.
    #[must_use]
    pub fn new(
        is_full: bool,
        secrets: Vec<String>,
        names: Vec<String>,
        home: Option<String>,
    ) -> Self {
        let long = |texts: Vec<String>, min: usize| {
            let texts = texts.into_iter().map(|text| text.trim().to_owned());
            let mut texts: Vec<_> = texts.filter(|text| text.chars().count() >= min).collect();
            // The longest first, because one may be a part of another.
            texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
            texts
        };
        Self {
            is_full,
            secrets: long(secrets, MIN_SECRET_CHARS),
            names: long(names, MIN_NAME_CHARS),
            home: home.filter(|home| home.len() > 1),
        }
    }

    /// The text on one line, without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut text = text::line(text);
        for secret in &self.secrets {
            text = text.replace(secret, MASK);
        }
        if self.is_full {
            return text;
        }
        if let Some(home) = &self.home {
            text = replace_home(&text, home);
        }
        let mut parts = text.split(REQUEST_ID);
        let mut shortened = self.shorten(parts.next().unwrap_or_default());
        for part in parts {
            let (id, rest) = part.split_once('`').unwrap_or((part, ""));
            shortened.push_str(REQUEST_ID);
            shortened.push_str(id);
            shortened.push('`');
            shortened.push_str(&self.shorten(rest));
        }
        shortened
    }

    /// The text with shortened IDs and names.
    fn shorten(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for name in &self.names {
            text = replace_word(&text, name);
        }
        let mut shortened = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let end = rest.find(|c| !is_id_char(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            match is_id(word) {
                true => shortened.push_str(&short(word)),
                false => shortened.push_str(word),
            }
            let other = after.find(is_id_char).unwrap_or(after.len());
            let (between, next) = after.split_at(other);
            shortened.push_str(between);
            rest = next;
        }
        shortened
    }
}

fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

fn is_id(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    word.len() >= MIN_ID_CHARS && digits >= MIN_ID_DIGITS
}

fn short(id: &str) -> String {
    let start: String = id.chars().take(SHOWN_CHARS).collect();
    format!("{start}…")
}

/// The home directory as `~`, also at the start of longer paths.
fn replace_home(text: &str, home: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(home) {
        let is_whole = !after.starts_with(|c: char| c.is_alphanumeric() || "-_.".contains(c));
        replaced.push_str(before);
        replaced.push_str(if is_whole { "~" } else { home });
        rest = after;
    }
    replaced + rest
}

/// The text with a name shortened wherever it is a word of its own.
fn replace_word(text: &str, name: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(name) {
        let is_word = !before.ends_with(is_part) && !after.starts_with(is_part);
        replaced.push_str(before);
        match is_word {
            true if name.chars().count() > 2 * SHOWN_CHARS => replaced.push_str(&short(name)),
            true => replaced.push('…'),
            false => replaced.push_str(name),
        }
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction(is_full: bool) -> Redaction {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Redaction::new(
            is_full,
            owned(&["hunter2", "hunter2-and-more", "abc"]),
            owned(&["deployer", "ana", "acme-production"]),
            Some("/home/ana".to_owned()),
        )
    }

    #[test]
    fn ids_names_and_the_home_directory_are_shortened() {
        for (text, expected) in [
            (
                "project 7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34 of `ana`",
                "project 7b4c… of `…`",
            ),
            (
                "/v1/7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34/secrets?resource_id=43d643d2-95ec-4b0f-8020-a84f3ce931cc",
                "/v1/7b4c…/secrets?resource_id=43d6…",
            ),
            ("user `deployer` in acme-production", "user `…` in acme…"),
            ("redeployer anaconda", "redeployer anaconda"),
            (
                "`/home/ana/.terraform.d` /home/anaconda",
                "`~/.terraform.d` /home/anaconda",
            ),
            (
                "codehub-ext.cn-north-4.myhuaweicloud.com:443",
                "codehub-ext.cn-north-4.myhuaweicloud.com:443",
            ),
            (
                "code `X`, request ID `0a1b2c3d4e5f60718293a4b5c6d7e8f9`) of 20260105091512481-4F1A-1B2C3D4E5",
                "code `X`, request ID `0a1b2c3d4e5f60718293a4b5c6d7e8f9`) of 2026…",
            ),
        ] {
            assert_eq!(redaction(false).text(text), expected);
            assert_eq!(redaction(true).text(text), text);
        }
    }

    #[test]
    fn secrets_are_removed_from_full_reports_too() {
        for is_full in [false, true] {
            let text = redaction(is_full).text("a hunter2-and-more, hunter2b; abc\u{1b}[2J");
            assert_eq!(text, r"a ***, ***b; abc\u{1b}[2J");
        }
    }
}
