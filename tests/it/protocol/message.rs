//! Messages to the practitioner: reading them, and what holds for each.

use hwgrants::protocol::proto::Diagnostic;
use hwgrants::protocol::proto::attribute_path::step::Selector;
use hwgrants::protocol::proto::diagnostic::Severity;

pub(crate) fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity() == Severity::Error
}

pub(crate) fn has_error(found: &[Diagnostic]) -> bool {
    found.iter().any(is_error)
}

/// The summaries of these messages.
pub(crate) fn summaries(found: &[Diagnostic]) -> Vec<&str> {
    found.iter().map(|each| each.summary.as_str()).collect()
}

/// The way a message points, as `name`, `name[0]`, `name["key"]`, `name.inner`; empty if it does not point.
pub(crate) fn pointer(diagnostic: &Diagnostic) -> String {
    let mut text = String::new();
    for step in diagnostic.attribute.iter().flat_map(|path| &path.steps) {
        match step.selector.as_ref().unwrap() {
            Selector::AttributeName(name) if text.is_empty() => text.push_str(name),
            Selector::AttributeName(name) => text.push_str(&format!(".{name}")),
            Selector::ElementKeyString(key) => text.push_str(&format!("[{key:?}]")),
            Selector::ElementKeyInt(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// Checks what holds for every message, whatever it is about.
pub(crate) fn sound(found: &[Diagnostic]) {
    for each in found {
        assert_ne!(each.severity(), Severity::Invalid, "{each:?}");
        assert!(!each.summary.trim().is_empty(), "{each:?}");
        assert!(!each.summary.ends_with('.'), "{each:?}");
        assert!(!each.detail.trim().is_empty(), "{each:?}");
        let Some(path) = &each.attribute else {
            continue;
        };
        let selectors: Vec<_> = path
            .steps
            .iter()
            .map(|step| step.selector.as_ref().unwrap())
            .collect();
        assert!(
            matches!(selectors.first(), Some(Selector::AttributeName(_))),
            "{each:?}"
        );
        let is_negative = |selector: &&Selector| matches!(selector, Selector::ElementKeyInt(..0));
        assert!(!selectors.iter().any(is_negative), "{each:?}");
    }
}
