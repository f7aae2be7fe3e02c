//! The page of a review: well-formed by a parser's reading, and right in a real browser.

mod accessibility;
mod browser;
mod report;

use hwgrants::review::rule::FindingSeverity;
use hwgrants::review::{Format, SourceLocations};
use scraper::{ElementRef, Html, Selector};

use self::report::{finding, hostile_report, large_report, three_grants};
use super::{cases, review, sample, three_states};

/// The pages of all golden plans, and of the reports made here, by their names.
fn pages() -> Vec<(String, String)> {
    let golden = cases().into_iter();
    let golden = golden.map(|(case, plan)| (case, review(plan.as_bytes()).unwrap()));
    let own = [
        ("hostile", hostile_report()),
        ("large", large_report(2_000)),
        ("three-hundred", large_report(300)),
        (
            "everything",
            sample::report(100, |number| format!("text {number}")),
        ),
        ("three-states", three_states::report()),
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
