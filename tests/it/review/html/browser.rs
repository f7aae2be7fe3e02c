//! The page in a real browser: narrow and wide, light and dark, and on paper.

use std::fs;
use std::path::{Path, PathBuf};

use hwgrants::review::{Format, SourceLocations};
use serde_json::{Value, json};

use super::pages;
use super::report::{hostile_report, large_report, mixed_report, three_grants};
use crate::browser::Browser;

/// Where the pages lie while a browser looks at them, and afterwards for people to look at.
pub(super) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("review-html");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// What is wider than the page or than its own box, or has too little contrast with what is behind it.
const FLAWS: &str = r"(() => {
    const flaws = [];
    const page = document.documentElement;
    if (page.scrollWidth > innerWidth) flaws.push(`the page is ${page.scrollWidth} wide`);
    const light = colour => {
        const parts = colour.match(/[\d.]+/g).slice(0, 3).map(part => {
            const value = part / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const seen = new Set();
    for (const element of document.querySelectorAll('body *')) {
        const box = element.getBoundingClientRect();
        if (!element.closest('svg, thead') && (box.left < 0 || box.right > innerWidth + 0.5)) {
            flaws.push(`${element.tagName} reaches to ${box.right}`);
        }
        if (!element.closest('svg, thead') && element.scrollWidth > element.clientWidth + 1
            && getComputedStyle(element).display !== 'inline') {
            flaws.push(`${element.tagName}.${element.className} holds ${element.scrollWidth} in ${element.clientWidth}`);
        }
        if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
        let behind = element;
        while (behind && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
        const style = getComputedStyle(element);
        const colour = element.tagName === 'text' ? style.fill : style.color;
        const pair = `${colour} on ${getComputedStyle(behind ?? document.body).backgroundColor}`;
        if (seen.has(pair)) continue;
        seen.add(pair);
        const [one, other] = pair.split(' on ').map(light);
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (contrast < 4.5) flaws.push(`${element.tagName}: ${pair} is a contrast of ${contrast}`);
    }
    if (seen.size < 3) flaws.push('too little was looked at');
    return flaws;
})()";

/// Dates, IDs and addresses that are broken into lines although one line has room for them.
const BROKEN: &str = r"(() => {
    const broken = [];
    const check = (range, element) => {
        const rects = [...range.getClientRects()].filter(rect => rect.width > 0);
        if (new Set(rects.map(rect => Math.round(rect.top))).size < 2) return;
        let box = element;
        while (getComputedStyle(box).display.startsWith('inline')) box = box.parentElement;
        const style = getComputedStyle(box);
        const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
        const width = rects.reduce((sum, rect) => sum + rect.width, 0);
        // A space at the end of a line has no width.
        if (width < room - 8) broken.push(`${range} (${Math.round(width)} in ${Math.round(room)})`);
    };
    const range = document.createRange();
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let count = 0;
    while (nodes.nextNode()) {
        const node = nodes.currentNode;
        const element = node.parentElement;
        if (element.closest('svg, style, pre, thead')) continue;
        if (element.tagName === 'CODE' && element.className !== 'line') {
            range.selectNodeContents(element);
            count++;
            check(range, element);
            continue;
        }
        for (const match of node.data.matchAll(/\w*\d\w*(-\w+)+|\w+(-\w+)*-\w*\d\w*/g)) {
            range.setStart(node, match.index);
            range.setEnd(node, match.index + match[0].length);
            count++;
            check(range, element);
        }
    }
    return count > 0 ? broken : ['nothing was looked at'];
})()";

#[test]
fn every_page_fits_each_width_and_color_scheme_and_loads_nothing() {
    let Some(mut browser) = Browser::start("the page of a review") else {
        return;
    };
    let mut opened = Vec::new();
    for (name, page) in pages() {
        let file = folder().join(format!("{name}.html"));
        fs::write(&file, page).unwrap();
        let url = format!("file://{}", file.display());
        browser.open(&url);
        opened.push(url);
        // What is folded must fit as well.
        browser.value("document.querySelectorAll('details').forEach(fold => fold.open = true)");
        let mut papers = Vec::new();
        for scheme in ["light", "dark"] {
            browser.prefer(scheme);
            for width in [400, 1400] {
                browser.resize(width);
                assert_eq!(
                    browser.value(FLAWS),
                    json!([]),
                    "{name}, {width} pixels, {scheme}"
                );
                assert_eq!(browser.value(BROKEN), json!([]), "{name}, {width} pixels");
            }
            papers.push(browser.value("getComputedStyle(document.body).backgroundColor"));
        }
        assert_ne!(papers[0], papers[1]);
        let loaded = "performance.getEntriesByType('resource').map(entry => entry.name)";
        assert_eq!(browser.value(loaded), json!([]), "{name}");
        assert_ne!(browser.value("document.title"), json!("pwned"));
    }
    assert_eq!(browser.complaints(), [] as [Value; 0]);
    assert_eq!(browser.requests(), opened);
}

/// Where the first change ends.
const FIRST_CHANGE: &str =
    "document.querySelector('main section .grants tbody tr').getBoundingClientRect().bottom";

#[test]
fn the_first_of_300_changes_is_on_the_first_screen() {
    let Some(mut browser) = Browser::start("the first screen of a review") else {
        return;
    };
    let file = folder().join("first-screen.html");
    let url = format!("file://{}", file.display());
    for (name, report) in [
        ("alike", large_report(300)),
        ("of each kind", mixed_report(300)),
    ] {
        let page = Format::Html.render(&report, &SourceLocations::default());
        fs::write(&file, page).unwrap();
        browser.open(&url);
        for (width, height) in [(1400, 900.0), (400, 800.0)] {
            browser.resize(width);
            browser.value("scrollTo(0, 0)");
            let bottom = browser.value(FIRST_CHANGE).as_f64().unwrap();
            assert!(bottom < height, "{name}, {width} pixels: {bottom}");
        }
    }
}

/// By the name of a grant: pixels from the tick of a day to the left and the right end of its bar.
const BARS: &str = r"(days => Object.entries(days).map(([name, [from, to]]) => {
    const row = document.querySelector(`[data-address='csms_grant.${name}']`);
    const bar = row.querySelector('.bar').getBoundingClientRect();
    const axis = document.querySelector('.axis svg').getBoundingClientRect();
    const tick = day => day === 'edge' ? axis.right
        : document.querySelector(`.axis [data-on='${day}']`).getBoundingClientRect().x;
    // Between two ticks a day is as wide as the next.
    const place = day => Array.isArray(day) ? tick(day[0]) + (tick(day[1]) - tick(day[0])) * day[2] : tick(day);
    return [name, bar.left - place(from), bar.right - place(to)];
}))";

#[test]
fn bars_align_with_their_dates_on_the_axis() {
    let Some(mut browser) = Browser::start("the time line of a review") else {
        return;
    };
    let file = folder().join("time-line.html");
    fs::write(
        &file,
        Format::Html.render(&three_grants(), &SourceLocations::default()),
    )
    .unwrap();
    browser.open(&format!("file://{}", file.display()));
    let days = json!({
        "week": ["2026-12-01", "2026-12-08"],
        // Eight of the 23 days from the first to the second.
        "between": ["2026-12-01", ["2026-12-08", "2026-12-31", 8.0 / 23.0]],
        "far": ["2026-12-01", "2028-03-01"],
        "never": ["2026-12-01", "edge"],
    });
    for width in [400, 1400] {
        browser.resize(width);
        let bars = browser.value(&format!("{BARS}({days})"));
        for bar in bars.as_array().unwrap() {
            for distance in [&bar[1], &bar[2]] {
                assert!(
                    distance.as_f64().unwrap().abs() < 1.0,
                    "{width} pixels: {bar}"
                );
            }
        }
        let mark = "(() => {
            const mark = document.querySelector('[data-address=\"csms_grant.far\"] .previous');
            const tick = document.querySelector('.axis [data-on=\"2026-12-31\"]');
            return mark.getBoundingClientRect().x - tick.getBoundingClientRect().x;
        })()";
        assert!(
            browser.value(mark).as_f64().unwrap().abs() < 1.0,
            "{width} pixels"
        );
    }
}

#[test]
fn print_expands_details_and_uses_a_white_background() {
    let Some(mut browser) = Browser::start("the page of a review on paper") else {
        return;
    };
    let file = folder().join("paper.html");
    fs::write(
        &file,
        Format::Html.render(&hostile_report(), &SourceLocations::default()),
    )
    .unwrap();
    browser.open(&format!("file://{}", file.display()));
    let dark = json!({"name": "prefers-color-scheme", "value": "dark"});
    browser.command(
        "Emulation.setEmulatedMedia",
        json!({"media": "print", "features": [dark]}),
    );
    let height =
        browser.value("document.querySelector('details table').getBoundingClientRect().height");
    assert!(height.as_f64().unwrap() > 100.0, "{height}");
    let is_shown =
        "document.querySelector('details table').checkVisibility({contentVisibilityAuto: true})";
    assert_eq!(browser.value(is_shown), json!(true));
    let paper = browser.value("getComputedStyle(document.body).backgroundColor");
    assert_eq!(paper, json!("rgb(255, 255, 255)"));
}
