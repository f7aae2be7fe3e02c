//! The page checked by axe-core, the engine of most accessibility tools, in a real browser.

use std::fs;

use super::browser::folder;
use super::pages;
use crate::axe::Axe;
use crate::browser::Browser;

#[test]
fn no_page_violates_a_rule_of_axe() {
    let Some(axe) = Axe::find("the page of a review") else {
        return;
    };
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
        axe.check(&mut browser, &name);
    }
}
