//! The page checked by axe-core, the engine of most accessibility tools, in a real browser.

use std::fs;

use hwgrants::cli::install_path;
use serde_json::{Value, json};

use super::browser::folder;
use super::pages;
use crate::browser::Browser;
use crate::not_checked::not_checked;

/// The script of axe-core in the tools of the target folder; `None`, and said, if it is not installed.
fn axe() -> Option<String> {
    let tools = install_path::target_folder().expect("a target folder");
    let script = tools.join("tools/axe/node_modules/axe-core/axe.min.js");
    let script = fs::read_to_string(script).ok();
    if script.is_none() {
        not_checked(
            "the accessibility of the page of a review, because axe-core is not installed; run `make page-tools`, which requires npm",
        );
    }
    script
}

/// The rules that a page violates, each with the elements.
const VIOLATIONS: &str = "axe.run(document, {resultTypes: ['violations']}).then(result => {
    if (result.passes.length < 10) return ['too little was checked'];
    return result.violations.map(rule =>
        `${rule.id}: ${rule.nodes.length} of ${rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join('; ')}`);
})";

#[test]
fn no_page_violates_a_rule_of_axe() {
    let Some(axe) = axe() else { return };
    let Some(mut browser) = Browser::start("the accessibility of the page of a review") else {
        return;
    };
    for (name, page) in pages() {
        // The rules are the same for 300 grants as for 2,000, but take much less time.
        if name == "own-large" {
            continue;
        }
        let file = folder().join(format!("axe-{name}.html"));
        fs::write(&file, page).unwrap();
        browser.open(&format!("file://{}", file.display()));
        browser.value("document.querySelectorAll('details').forEach(fold => fold.open = true)");
        let loaded = browser.command("Runtime.evaluate", json!({"expression": axe}));
        assert_eq!(loaded["exceptionDetails"], Value::Null);
        for scheme in ["light", "dark"] {
            browser.prefer(scheme);
            for width in [400, 1400] {
                browser.resize(width);
                assert_eq!(
                    browser.value(VIOLATIONS),
                    json!([]),
                    "{name}, {width} pixels, {scheme}"
                );
            }
        }
    }
}
