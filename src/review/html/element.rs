//! Parts of the page that its sections share.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::review::section::Section;

/// A part of the page with its heading; `id` is its address within the page.
pub(super) fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            (body)
        }
    }
}

/// Where on the page a section is.
pub(super) fn id(section: Section) -> &'static str {
    match section {
        Section::Gains => "gains",
        Section::MayGain => "may-gain",
        Section::Extended => "extended",
        Section::ExpiryRemoved => "end-removed",
        Section::ExpiryUnclear => "end-unclear",
        Section::Changed => "changed",
        Section::Loses => "loses",
        Section::MayLose => "may-lose",
        Section::Shortened => "shortened",
        Section::ExpiryAdded => "end-set",
        Section::Stays => "stays",
        Section::Interrupted => "interrupted",
        Section::Moved => "moved-access",
        Section::Drifted => "drifted",
        Section::Unchanged => "unchanged",
    }
}

/// Whether access grows or shrinks, as a class of the style sheet. The words beside it say the same.
pub(super) fn direction(section: Section) -> &'static str {
    match section {
        Section::Gains
        | Section::MayGain
        | Section::Extended
        | Section::ExpiryRemoved
        | Section::ExpiryUnclear
        | Section::Changed => "more",
        Section::Loses | Section::MayLose | Section::Shortened | Section::ExpiryAdded => "less",
        Section::Stays
        | Section::Interrupted
        | Section::Moved
        | Section::Drifted
        | Section::Unchanged => "same",
    }
}

/// Text whose dates and IDs are not broken into lines, as browsers do at hyphens and slashes, where there is room for them.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (number, word) in text.split(' ').enumerate() {
            @if number > 0 { " " }
            @let (before, core, after) = without_punctuation(word);
            @if core.len() == "2026-12-01".len() && core.parse::<Date>().is_ok() {
                (before) time { (core) } (after)
            } @else if is_id(core) {
                // The parts of a path are whole, each with the slash after it.
                @for part in word.split_inclusive('/') {
                    @if is_id(part) { span.id { (part) } } @else { (part) }
                }
            } @else {
                (word)
            }
        }
    }
}

/// An expiry, such as `2027-03-01 (was 2026-12-31)`; what stands in brackets goes to the next line as a whole.
pub(super) fn expiry(text: &str) -> Markup {
    html! {
        @if let Some((now, before)) = text.split_once(" (was ") {
            (prose(now)) " " span.id { "(was " (prose(before)) }
        } @else {
            (prose(text))
        }
    }
}

/// The brackets before a word, the word, and the punctuation after it.
fn without_punctuation(word: &str) -> (&str, &str, &str) {
    let start = word.trim_start_matches('(');
    let core = start.trim_end_matches([')', '.', ',', ':', ';']);
    let before = word.strip_suffix(start).unwrap_or_default();
    (before, core, start.strip_prefix(core).unwrap_or_default())
}

/// Whether a word is an ID, a path or the number of a ticket, and a browser would break it.
fn is_id(word: &str) -> bool {
    word.contains(['-', '/']) && word.contains(|c: char| c.is_ascii_digit())
}

/// Sentences with literals in backticks.
pub(super) fn sentences(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    html! {
        // A single backtick encloses nothing.
        @if parts.len().is_multiple_of(2) { (prose(text)) } @else {
            @for (number, part) in parts.into_iter().enumerate() {
                @if number.is_multiple_of(2) { (prose(part)) }
                // A line of configuration may be broken at its spaces.
                @else if part.contains(" = ") { code.line { (prose(part)) } }
                @else { code { (part) } }
            }
        }
    }
}

/// A count and its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_has_a_unique_anchor() {
        let ids: std::collections::BTreeSet<_> = Section::ALL.into_iter().map(id).collect();
        assert_eq!(ids.len(), Section::ALL.len());
    }

    #[test]
    fn dates_and_ids_are_marked_and_the_text_is_unchanged() {
        for (text, expected) in [
            ("", ""),
            (" a  b ", " a  b "),
            ("well-known words", "well-known words"),
            ("until 2026-12-01,", "until <time>2026-12-01</time>,"),
            (
                "2027-03-01 (was 2026-12-31)",
                "<time>2027-03-01</time> (was <time>2026-12-31</time>)",
            ),
            (
                "(user 2026-4F1A) in OPS-1.",
                "(user <span class=\"id\">2026-4F1A)</span> in <span class=\"id\">OPS-1.</span>",
            ),
            ("a/b/main.tf:7", "a/b/main.tf:7"),
            (
                "a/b-1/c-2",
                "a/<span class=\"id\">b-1/</span><span class=\"id\">c-2</span>",
            ),
            ("-1<b>", "<span class=\"id\">-1&lt;b&gt;</span>"),
            (")(.", ")(."),
            ("(((", "((("),
        ] {
            assert_eq!(prose(text).into_string(), expected);
        }
    }

    #[test]
    fn backticks_become_code_and_markup_is_escaped() {
        for (text, expected) in [
            ("plain", "plain"),
            ("set `reason`.", "set <code>reason</code>."),
            ("`<b>` <b>", "<code>&lt;b&gt;</code> &lt;b&gt;"),
            ("one ` alone", "one ` alone"),
            (
                "`id = \"a-1\"`",
                "<code class=\"line\">id = <span class=\"id\">&quot;a-1&quot;</span></code>",
            ),
        ] {
            assert_eq!(sentences(text).into_string(), expected);
        }
    }
}
