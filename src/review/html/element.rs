//! Parts of the page that its sections share.

use maud::{Markup, html};

use crate::review::change::Effect;

/// A part of the page with its heading; `id` is its address within the page.
pub(super) fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            (body)
        }
    }
}

/// Where on the page the grants of an effect are.
pub(super) fn id(effect: Effect) -> &'static str {
    match effect {
        Effect::Gains => "gains",
        Effect::Extended => "extended",
        Effect::ExpiryRemoved => "end-removed",
        Effect::ExpiryUnclear => "end-unclear",
        Effect::Loses => "loses",
        Effect::Shortened => "shortened",
        Effect::ExpiryAdded => "end-set",
        Effect::Stays => "stays",
        Effect::Interrupted => "interrupted",
        Effect::Unchanged => "unchanged",
    }
}

/// Whether access grows or shrinks, as a class of the style sheet. The words beside it say the same.
pub(super) fn direction(effect: Effect) -> &'static str {
    match effect {
        Effect::Gains | Effect::Extended | Effect::ExpiryRemoved | Effect::ExpiryUnclear => "more",
        Effect::Loses | Effect::Shortened | Effect::ExpiryAdded => "less",
        Effect::Stays | Effect::Interrupted | Effect::Unchanged => "same",
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
    fn every_effect_has_a_unique_anchor() {
        let ids: std::collections::BTreeSet<_> = Effect::ALL.into_iter().map(id).collect();
        assert_eq!(ids.len(), Effect::ALL.len());
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
