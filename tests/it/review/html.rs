//! The page of a review: well-formed by a parser's reading, and right in a real browser, narrow and wide, light and dark.

use std::fs;
use std::path::{Path, PathBuf};

use hwgrants::review::change::StepOutcome;
use hwgrants::review::finding::{Finding, FindingFact};
use hwgrants::review::policy::Waiver;
use hwgrants::review::rule::{FindingSeverity, Rule};
use hwgrants::review::{Format, Report, SourceLocations};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};

use super::{cases, review};
use crate::browser::Browser;

/// Texts that would be markup, styles or a wide page if they were not taken for text.
fn hostile() -> [String; 5] {
    [
        "<script>document.title = 'pwned'</script>".to_owned(),
        "\" onload=\"document.title='pwned'\" style=\"color:red".to_owned(),
        "</style></textarea><img src=https://site.example/x onerror=alert(1)>".to_owned(),
        "\u{202e}txet\u{2066} &amp; \u{200f}".to_owned(),
        "W".repeat(5_000),
    ]
}

/// A grant of the secret `api`, as a plan has it.
fn grant(grantee: &str, name: &str, reason: &str, end: Option<&str>) -> Value {
    json!({
        "region": "cn-north-4", "project_id": "7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34", "type": "SECRET",
        "resource_id": "43d643d2-95ec-4b0f-8020-a84f3ce931cc", "grantee_type": "user",
        "grantee_target_id": grantee, "grantee_name": name, "reason": reason, "validity_time": end,
    })
}

fn change(address: &str, before: &Value, after: &Value) -> Value {
    let action = match (before, after) {
        (Value::Null, _) => "create",
        (_, Value::Null) => "delete",
        (before, after) if before == after => "no-op",
        _ => "update",
    };
    let kind = "csms_grant";
    json!({
        "address": address, "mode": "managed", "type": kind, "name": "a",
        "change": {"actions": [action], "before": before, "after": after, "after_unknown": {}},
    })
}

fn report(changes: &[Value]) -> Report {
    let plan = json!({
        "format_version": "1.2", "timestamp": "2026-12-01T12:00:00Z", "complete": true,
        "resource_changes": changes,
    });
    review(plan.to_string().as_bytes()).unwrap()
}

fn finding(severity: FindingSeverity, text: &str, has_expired: Option<bool>) -> Finding {
    Finding {
        severity,
        rule: Rule::NoEnd,
        address: format!("csms_grant.each[{text:?}]"),
        attribute: Some("validity_time"),
        fact: FindingFact::MissingArgument {
            argument: "type",
            outcome: StepOutcome::Nothing,
            held: None,
        },
        waiver: has_expired.map(|has_expired| {
            Box::new(Waiver {
                owner: text.to_owned(),
                reason: text.to_owned(),
                until: "2026-12-24".parse().unwrap(),
                has_expired,
            })
        }),
        is_known: false,
    }
}

/// A report with a hostile text wherever text of others is shown.
fn hostile_report() -> Report {
    let mut changes = Vec::new();
    for (number, text) in hostile().iter().enumerate() {
        let address = format!("csms_grant.each[{}]", json!(text));
        let ends = [Some("2026-12-05"), None];
        for end in ends {
            let id = format!("{number}-{end:?}-{text}");
            let after = grant(&id, text, text, end);
            changes.push(change(&address, &Value::Null, &after));
        }
        let renamed = grant(&format!("{number}-{text}"), text, text, Some("2027-01-01"));
        changes.push(change(&address, &renamed, &Value::Null));
        let other = format!("csms_grant.other[{}]", json!(text));
        changes.push(change(&other, &Value::Null, &renamed));
    }
    let mut report = report(&changes);
    for text in hostile() {
        report
            .findings
            .push(finding(FindingSeverity::Error, &text, None));
        report
            .findings
            .push(finding(FindingSeverity::Warning, &text, Some(false)));
        report
            .findings
            .push(finding(FindingSeverity::Error, &text, Some(true)));
    }
    report.drift.clone_from(&report.changes);
    report
}

/// A report of so many grants, all gained, half of them with an end, and a finding for each that has none.
fn large_report(count: usize) -> Report {
    let changes = (0..count).map(|number| {
        let end = format!("20{}-{:02}-15", 27 + number % 40, 1 + number % 12);
        let end = (number % 2 == 0).then_some(end);
        let id = format!("20260105091512481-4F1A-{number:09}");
        let after = grant(
            &id,
            &format!("User {number}"),
            "Migration, OPS-1234",
            end.as_deref(),
        );
        change(&format!("csms_grant.each[{number}]"), &Value::Null, &after)
    });
    let mut report = report(&changes.collect::<Vec<_>>());
    let findings =
        (0..count / 2).map(|number| finding(FindingSeverity::Warning, &number.to_string(), None));
    report.findings.extend(findings);
    report
}

/// Three grants whose ends are at known places: on a tick, between two, and without.
fn three_grants() -> Report {
    let grants = [
        ("week", Some("2026-12-08")),
        ("between", Some("2026-12-16")),
        ("never", None),
    ];
    let changes = grants.map(|(name, end)| {
        let after = grant(name, name, "on call", end);
        change(&format!("csms_grant.{name}"), &Value::Null, &after)
    });
    let (before, after) = (
        grant("far", "far", "", Some("2026-12-31")),
        grant("far", "far", "", Some("2028-03-01")),
    );
    let far = change("csms_grant.far", &before, &after);
    report(&[changes.as_slice(), &[far]].concat())
}

/// The pages of all golden plans, and of the reports made here, by their names.
fn pages() -> Vec<(String, String)> {
    let golden = cases().into_iter();
    let golden = golden.map(|(case, plan)| (case, review(plan.as_bytes()).unwrap()));
    let own = [
        ("hostile", hostile_report()),
        ("large", large_report(2_000)),
        ("three-grants", three_grants()),
    ];
    let own = own.map(|(name, report)| (format!("own-{name}"), report));
    let reports = golden.chain(own);
    reports
        .map(|(name, report)| {
            (
                name,
                Format::Html.render(&report, &SourceLocations::default()),
            )
        })
        .collect()
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

#[test]
fn a_page_is_well_formed_with_valid_links_headings_and_tables() {
    for (name, page) in pages() {
        let page = Html::parse_document(&page);
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
        assert_eq!(all(&page, "html[lang=en]").len(), 1, "{name}");
        assert_eq!(all(&page, "h1").len(), 1, "{name}");
        assert_eq!(text(all(&page, "title")[0]), text(all(&page, "h1")[0]));

        let headings = all(&page, "h1, h2, h3").into_iter();
        let levels: Vec<u32> = headings
            .map(|heading| heading.value().name()[1..].parse().unwrap())
            .collect();
        let is_stepwise = levels.windows(2).all(|pair| pair[1] <= pair[0] + 1);
        assert!(is_stepwise, "{name}: {levels:?}");

        let mut ids: Vec<&str> = all(&page, "[id]")
            .iter()
            .filter_map(|element| element.attr("id"))
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
        for link in all(&page, "a[href], use[href]") {
            let target = link.attr("href").unwrap().strip_prefix('#').unwrap();
            assert!(ids.contains(&target), "{name}: {target}");
        }
        for section in all(&page, "section") {
            let label = section.attr("aria-labelledby").unwrap();
            assert!(ids.contains(&label), "{name}: {label}");
        }
        for table in all(&page, "table") {
            let of = |selector: &str| table.select(&Selector::parse(selector).unwrap()).count();
            let columns = of("thead th[scope=col]");
            assert!(columns > 1, "{name}");
            let heads = of("tbody th[scope=row], tbody th[scope=rowgroup]");
            assert_eq!(heads, of("tbody tr"), "{name}");
            // A severity stands for all findings of a rule.
            let spanning = Selector::parse("[rowspan]").unwrap();
            let spanned = table.select(&spanning);
            let spanned =
                spanned.map(|cell| cell.attr("rowspan").unwrap().parse::<usize>().unwrap() - 1);
            let cells = of("tbody th, tbody td") + spanned.sum::<usize>();
            assert_eq!(cells, columns * of("tbody tr"), "{name}");
        }
    }
}

#[test]
fn a_page_has_no_scripts_and_a_strict_content_security_policy() {
    for (name, page) in pages() {
        let page = Html::parse_document(&page);
        for selector in [
            "script",
            "iframe",
            "img",
            "object",
            "form",
            "base",
            "[style]",
            "[onload]",
            "[onerror]",
        ] {
            assert!(all(&page, selector).is_empty(), "{name}: {selector}");
        }
        let policies = all(&page, "meta[http-equiv=Content-Security-Policy]");
        let policy = policies[0].attr("content").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        for selector in ["link", "a", "use"] {
            for element in all(&page, selector) {
                let href = element.attr("href").unwrap();
                assert!(href.starts_with('#') || href == "data:,", "{name}: {href}");
            }
        }
    }
}

#[test]
fn foreign_text_is_escaped() {
    let page = Format::Html.render(&hostile_report(), &SourceLocations::default());
    let page = Html::parse_document(&page);
    let body = text(all(&page, "body")[0]);
    for part in [
        "<script>document",
        "\" onload=\"",
        "</style></textarea><img",
        "\\u{202e}txet",
        "&amp;",
    ] {
        assert!(body.contains(part), "{part}");
    }
    assert!(!body.contains('\u{202e}'));
    assert!(body.contains(&"W".repeat(5_000)));
}

#[test]
fn tables_list_all_grants_when_the_timeline_is_limited() {
    let page = Format::Html.render(&large_report(2_000), &SourceLocations::default());
    // A page that mail and chat servers take, and that opens at once.
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    let page = Html::parse_document(&page);
    assert_eq!(
        all(&page, "section[aria-labelledby=gains] tbody tr").len(),
        2_000
    );
    assert_eq!(all(&page, ".chart li").len(), 200);
    let said = text(all(&page, "section[aria-labelledby=time-line] .notice")[0]);
    assert!(said.starts_with("Showing 200 of 2000 grants"), "{said}");
}

#[test]
fn findings_show_their_remedies_and_waivers() {
    let mut report = three_grants();
    report.findings = vec![
        finding(FindingSeverity::Error, "a", None),
        finding(FindingSeverity::Error, "late", Some(true)),
        finding(FindingSeverity::Error, "ok", Some(false)),
        finding(FindingSeverity::Note, "b", None),
    ];
    let page = Html::parse_document(&Format::Html.render(&report, &SourceLocations::default()));
    let header = text(all(&page, "header")[0]);
    let expected = "3 findings, 2 of which cause the policy check to fail, plus 1 waived.";
    assert!(header.contains(expected), "{header}");
    let rows = all(&page, ".findings tbody tr").into_iter().map(text);
    let rows: Vec<String> = rows.collect();
    let expected: [&[&str]; 5] = [
        &[
            "✕ error",
            "Grant never expires",
            "no-end, 2 findings",
            "Set type, or remove the block.",
        ],
        &["csms_grant.each[\"a\"]", "validity_time"],
        &[
            "csms_grant.each[\"late\"]",
            "Waiver expired: accepted until 2026-12-24 by late",
        ],
        &["• note", "csms_grant.each[\"b\"]"],
        &["✕ error", "Waived: accepted until 2026-12-24 by ok"],
    ];
    assert_eq!(rows.len(), expected.len());
    for (row, parts) in rows.iter().zip(expected) {
        for part in parts {
            assert!(row.contains(part), "{part}: {row}");
        }
    }
}

#[test]
fn the_timeline_has_text_and_data_attributes_for_each_bar() {
    let page =
        Html::parse_document(&Format::Html.render(&three_grants(), &SourceLocations::default()));
    let rows = all(&page, ".chart li");
    let expected = [
        ("csms_grant.week", "2026-12-08", "gained 2026-12-08"),
        ("csms_grant.between", "2026-12-16", "gained 2026-12-16"),
        (
            "csms_grant.far",
            "2028-03-01",
            "extended 2028-03-01 (was 2026-12-31)",
        ),
        ("csms_grant.never", "never", "gained never expires"),
    ];
    assert_eq!(rows.len(), expected.len());
    for (row, (address, end, words)) in rows.into_iter().zip(expected) {
        assert_eq!(row.attr("data-address"), Some(address));
        assert_eq!(row.attr("data-start"), Some("2026-12-01"));
        assert_eq!(row.attr("data-end"), Some(end));
        assert!(text(row).contains(words), "{}", text(row));
    }
}

/// Where the pages lie while a browser looks at them, and afterwards for people to look at.
fn folder() -> PathBuf {
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
            const mark = document.querySelector('[data-address=\"csms_grant.far\"] .so-far');
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
