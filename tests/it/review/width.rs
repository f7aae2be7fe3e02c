//! The text of a report in the lines that terminals have: none too long, and no ID, date or address broken.

use std::fs;

use hwgrants::review::text::TextReport;
use hwgrants::review::{Report, SourceLocations};
use serde_json::{Value, json};
use textwrap::core::display_width;

use super::sample::{self, HOSTILE};
use super::stage::{create, delete, plan};
use super::{cases, review, source, three_states};

/// What is asked for, and the columns of the report: less than 60 are hard to read, and more than 160 as well.
const WIDTHS: [(usize, usize); 7] = [
    (20, 60),
    (60, 60),
    (80, 80),
    (100, 100),
    (140, 140),
    (160, 160),
    (400, 160),
];

/// The text of a report without locations, so wide.
fn text(report: &Report, columns: usize) -> String {
    let text = TextReport {
        report,
        locations: &SourceLocations::default(),
    };
    format!("{text:columns$}")
}

/// A text with each key of an address as one word.
fn without_keys(text: &str) -> String {
    let mut parts = text.split("[\"");
    let mut joined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        joined += "[\"";
        match part.split_once("\"]") {
            Some((key, rest)) if !key.contains('\n') => {
                joined += &key.replace(' ', "_");
                joined = joined + "\"]" + rest;
            }
            _ => joined += part,
        }
    }
    joined
}

/// The lines that are too long although they could be broken. A label may stand before what cannot.
fn too_long(text: &str, columns: usize) -> Vec<String> {
    let text = without_keys(text);
    let lines = text.lines().filter(|line| {
        let words = line.trim();
        // The last two are lines of configuration.
        let labels = [
            "block: ", "note: ", "reason: ", "waiver: ", "from = ", "to   = ",
        ];
        let label = labels
            .into_iter()
            .find_map(|label| words.strip_prefix(label));
        display_width(line) > columns && label.unwrap_or(words).contains(' ')
    });
    lines.map(str::to_owned).collect()
}

/// The words, but for the underlines, which are as long as their titles.
fn words(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(str::to_owned);
    words.filter(|word| !word.starts_with("---")).collect()
}

#[track_caller]
fn check(name: &str, report: &Report) {
    let usual = TextReport {
        report,
        locations: &SourceLocations::default(),
    };
    let usual = usual.to_string();
    for (asked, columns) in WIDTHS {
        let shown = text(report, asked);
        assert_eq!(too_long(&shown, columns), [""; 0], "{name} {asked}");
        assert_eq!(words(&shown), words(&usual), "{name} {asked}");
    }
    assert_eq!(text(report, 80), usual, "{name}");
}

#[test]
fn a_report_fits_each_width_and_breaks_no_word() {
    for (case, plan) in cases() {
        check(&case, &review(plan.as_bytes()).unwrap());
    }
    check("three states", &three_states::report());
    for name in HOSTILE {
        check(name, &sample::report(24, |_| (*name).to_owned()));
    }
}

#[test]
fn the_usual_reports_at_60_and_160_columns() {
    let example = fs::read(source("example").join("plan.json")).unwrap();
    for (name, report) in [
        ("example", review(&example).unwrap()),
        ("three-states", three_states::report()),
    ] {
        for columns in [60, 160] {
            insta::assert_snapshot!(format!("{name}-{columns}"), text(&report, columns));
        }
    }
}

#[test]
fn an_address_is_not_broken_at_the_spaces_in_its_keys() {
    let key = "every word of this key of an instance is a part of it";
    let address = format!("module.team[\"{key}\"].csms_grant.each[\"{key}\"]");
    let endless = create(&address).with("validity_time", Value::Null);
    let mut plan = plan(&[endless, delete(&format!("{address}.b"))]);
    plan["complete"] = json!(true);
    let report = review(plan.to_string().as_bytes()).unwrap();
    for (asked, _) in WIDTHS {
        let shown = text(&report, asked);
        let whole = shown.matches(&address).count();
        assert!(whole > 2, "{shown}");
        assert_eq!(shown.matches("module.team").count(), whole, "{shown}");
    }
}
