//! axe-core, the engine of most accessibility tools, in a real browser.

use std::fs;

use hwgrants::cli::install_path;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::not_checked::not_checked;

/// The rules that a page violates, each with the elements.
const VIOLATIONS: &str = "axe.run(document, {resultTypes: ['violations']}).then(result => {
    if (result.passes.length < 10) return ['too little was checked'];
    return result.violations.map(rule =>
        `${rule.id}: ${rule.nodes.length} of ${rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join('; ')}`);
})";

/// axe-core.
pub(super) struct Axe(String);

impl Axe {
    /// The script in the tools of the target folder; `None`, and said, if it is not installed.
    pub(super) fn find(page: &str) -> Option<Self> {
        let tools = install_path::target_folder().expect("a target folder");
        let script = tools.join("tools/axe/node_modules/axe-core/axe.min.js");
        let script = fs::read_to_string(script).ok();
        if script.is_none() {
            not_checked(&format!(
                "the accessibility of {page}, because axe-core is not installed; run `make page-tools`, which requires npm"
            ));
        }
        script.map(Self)
    }

    /// Checks that the open page violates no rule, narrow and wide, light and dark.
    pub(super) fn check(&self, browser: &mut Browser, name: &str) {
        let loaded = browser.command("Runtime.evaluate", json!({"expression": self.0}));
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
