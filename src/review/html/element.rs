//! Parts of the page that its sections share.

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

/// Sentences with literals in backticks.
pub(super) fn sentences(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    html! {
        // A single backtick encloses nothing.
        @if parts.len().is_multiple_of(2) { (text) } @else {
            @for (number, part) in parts.into_iter().enumerate() {
                @if number.is_multiple_of(2) { (part) } @else { code { (part) } }
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
    fn backticks_become_code_and_markup_is_escaped() {
        for (text, expected) in [
            ("plain", "plain"),
            ("set `reason`.", "set <code>reason</code>."),
            ("`<b>` <b>", "<code>&lt;b&gt;</code> &lt;b&gt;"),
            ("one ` alone", "one ` alone"),
        ] {
            assert_eq!(sentences(text).into_string(), expected);
        }
    }
}
