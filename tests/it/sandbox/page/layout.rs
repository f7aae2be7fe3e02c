//! Where the parts of the page are, in a wide and in a narrow window.

use hwgrants::sandbox::{GranteeKind, SandboxOptions, seed};
use serde_json::{Value, json};

use super::{OPEN_FOLDS, PageTest};

/// The boxes of elements in the page: left, top, right, bottom.
fn boxes(page_test: &mut PageTest, selectors: &[&str]) -> Vec<[f64; 4]> {
    let boxes = page_test.browser.value(&format!(
        "{}.map((selector) => {{
            const {{ left, top, right, bottom }} = document.querySelector(selector).getBoundingClientRect();
            return [left, top + scrollY, right, bottom + scrollY];
        }})",
        json!(selectors)
    ));
    serde_json::from_value(boxes).expect("boxes")
}

/// Whether two boxes have a line in common; they do not overlap.
fn are_side_by_side(one: [f64; 4], other: [f64; 4]) -> bool {
    let [left, top, right, bottom] = one;
    let is_beside = right <= other[0] || other[2] <= left;
    is_beside && top < other[3] && other[1] < bottom
}

fn visible_select_count(page_test: &mut PageTest) -> Value {
    page_test.browser.value(
        "[...document.querySelectorAll('select')].filter((found) => found.checkVisibility()).length",
    )
}

/// What reaches beyond the window or its own box.
const TOO_WIDE: &str = "[...document.querySelectorAll('body *')].filter((found) => {
        if (!found.checkVisibility() || found.localName === 'option') return false;
        const box = found.getBoundingClientRect();
        const isScrolled = !['inline', 'table-row'].includes(getComputedStyle(found).display)
            && !['SELECT', 'INPUT'].includes(found.tagName) && found.scrollWidth > found.clientWidth + 1;
        return box.left < 0 || box.right > innerWidth + 0.5 || isScrolled;
    }).map((found) => `${found.tagName} ${found.id} ${found.className} ${found.textContent.slice(0, 40)}`)";

/// A page with something in every part, and long texts.
fn start() -> Option<PageTest> {
    let page_test = PageTest::start(
        "the layout of the sandbox's page",
        SandboxOptions::default(),
    )?;
    page_test.grant(seed::USER_ANA, GranteeKind::User, Some("2020-02-29"));
    page_test.grant(&"9".repeat(64), GranteeKind::User, None);
    page_test.set_quirk("end=start_of_day_in_china");
    for number in 0..40 {
        let path = format!("/v9/{}", "long".repeat(number));
        page_test.send(|client, url| {
            let request = client.get(format!("{url}{path}"));
            request.header("User-Agent", "agent/1.0 ".repeat(number))
        });
    }
    Some(page_test)
}

#[test]
fn requests_are_beside_grants_in_a_wide_window_and_below_in_a_narrow_one() {
    let Some(mut page_test) = start() else { return };
    page_test
        .browser
        .wait_until("document.querySelectorAll('#requests li').length === 40");
    let sections = [
        "#resources",
        "#delegations",
        "#requests-section",
        "#faults",
        "#quirk-fold",
        "#sign-in",
    ];
    page_test.browser.resize(1400);
    let wide = boxes(
        &mut page_test,
        &["#resources", "#requests-section", "#objects", "#fault-fold"],
    );
    assert!(are_side_by_side(wide[0], wide[1]), "{wide:?}");
    assert!(
        are_side_by_side(wide[2], wide[1]) || are_side_by_side(wide[2], wide[3]),
        "{wide:?}"
    );
    // Both are visible without scrolling.
    assert!(wide[1][1] < 250.0 && wide[0][1] < 350.0, "{wide:?}");
    assert!(wide[3][3] < 1400.0, "{wide:?}");
    assert_eq!(visible_select_count(&mut page_test), 0);

    page_test.browser.resize(400);
    let narrow = boxes(&mut page_test, &sections);
    for pair in narrow.windows(2) {
        assert!(pair[0][3] <= pair[1][1], "{narrow:?}");
    }
    assert_eq!(visible_select_count(&mut page_test), 0);
    page_test
        .browser
        .value("document.getElementById('grant-fold').open = true");
    assert_eq!(visible_select_count(&mut page_test), 2);
}

#[test]
fn nothing_is_wider_than_the_window() {
    let Some(mut page_test) = start() else { return };
    page_test
        .browser
        .wait_until("document.querySelectorAll('#requests li').length === 40");
    page_test.browser.value(OPEN_FOLDS);
    let mut papers = Vec::new();
    for scheme in ["light", "dark"] {
        page_test.browser.prefer(scheme);
        for width in [400, 1400] {
            page_test.browser.resize(width);
            let beyond = page_test.browser.value(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            assert_eq!(beyond, 0, "{width} pixels, {scheme}");
            assert_eq!(
                page_test.browser.value(TOO_WIDE),
                json!([]),
                "{width} pixels, {scheme}"
            );
        }
        let paper = "getComputedStyle(document.body).backgroundColor";
        papers.push(page_test.browser.value(paper));
    }
    assert_ne!(papers[0], papers[1]);
}
