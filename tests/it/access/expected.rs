//! 26 plans that Terraform made with the official provider, and what a reviewer should read out of them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use hwgrants::access::net::row::Row;
use hwgrants::review::finding::AssertionOutcome;
use hwgrants::review::{Format, Policy, SourceLocations, review};
use serde_json::Value;

/// What stands for an unknown value.
const UNKNOWN: &str = "(known after apply)";

/// The only expected row that is not found: the ID is nowhere in the plan, which has references for an expression, but not
/// its constants.
const NOT_IN_THE_PLAN: [&str; 3] = [
    "identity-new-create.json",
    "huaweicloud_identity_group_membership.readers",
    "user aaaa0000000000000000000000000001",
];

/// What no report may contain; the last two only in the plans of sensitive values.
const SECRETS: [&str; 5] = [
    "Invented-Pass-",
    "invented-token",
    "invented-secret",
    "dddd0000000000000000000000000007",
    "aaaa0000000000000000000000000009",
];

/// The files of the archive, by name.
fn files() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/access-plans.zip");
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let indices = 0..archive.len();
    indices
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

/// The cells of a row of the report in JSON: address, type, change, grantee, resource, level, until.
fn cells(row: &Value) -> [String; 7] {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let party = |party: &Value| {
        let (kind, id) = (text(&party["kind"]), text(&party["id"]));
        let (shown, name) = (text(&party["text"]), text(&party["name"]));
        assert!(shown.contains(&id), "{party}");
        assert_eq!(
            id.is_empty() || party["value"] != "known",
            party["id"].is_null(),
            "{party}"
        );
        for word in kind
            .split(' ')
            .chain(name.split(", ").filter(|_| id.is_empty()))
        {
            assert!(shown.contains(word), "{word}: {party}");
        }
        shown
    };
    let change = match row["change"].as_str().unwrap() {
        "may_gain" | "may_lose" => "unclear",
        change => change,
    };
    let addresses = row["addresses"].as_array().unwrap().iter().map(&text);
    let until = match (text(&row["until"]["before"]), text(&row["until"]["after"])) {
        (before, after) if before.is_empty() || before == after => after,
        (before, after) if after.is_empty() => before,
        (before, after) => format!("{before} -> {after}"),
    };
    [
        addresses.collect::<Vec<_>>().join(" => "),
        text(&row["type"]),
        change.to_owned(),
        party(&row["grantee"]),
        party(&row["resource"]),
        text(&row["level"]),
        until,
    ]
}

/// Whether a cell is as expected: names are compared only where the expected cell has them.
fn is_same(own: &str, expected: &str) -> bool {
    let Some((front, back)) = expected.split_once(UNKNOWN) else {
        return own == expected;
    };
    let rest = own
        .strip_prefix(front)
        .and_then(|rest| rest.split_once(UNKNOWN));
    rest.is_some_and(|(name, rest)| {
        let is_name = name.is_empty() || name.ends_with(' ') && !name.contains(['(', ')', '|']);
        is_name && is_same(rest, back)
    })
}

#[test]
fn every_expected_row_is_found_and_none_too_many() {
    let mut files = files();
    let expected = files.remove("expected.tsv").unwrap();
    assert_eq!(files.len(), 26);
    let mut left = Vec::new();
    for (name, plan) in &files {
        let report = review(plan.as_bytes(), &Policy::default()).unwrap();
        let count = if name.starts_with("sensitive-") { 5 } else { 3 };
        for format in Format::ALL {
            let shown = format.render(&report, &SourceLocations::default());
            let secret = SECRETS
                .iter()
                .take(count)
                .find(|secret| shown.contains(**secret));
            assert_eq!(secret, None, "{name}, {format:?}");
        }
        let json = Format::Json.render(&report, &SourceLocations::default());
        let json: Value = serde_json::from_str(&json).unwrap();
        let is_understood = |item: &Value| item["reason"] == "other_type";
        assert!(
            json["not_reviewed"]
                .as_array()
                .unwrap()
                .iter()
                .all(is_understood),
            "{name}"
        );
        for list in ["access_changes", "unchanged"] {
            for row in json[list].as_array().unwrap() {
                assert_eq!(row["change"] == "none", list == "unchanged", "{row}");
                left.push((name.clone(), cells(row)));
            }
        }
    }
    let mut missing = Vec::new();
    for line in expected.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        let is_row = |(name, cells): &(String, [String; 7])| {
            let cells = cells.iter().zip(&row[1..]);
            name == row[0]
                && cells
                    .into_iter()
                    .all(|(own, expected)| is_same(own, expected))
        };
        match left.iter().position(is_row) {
            Some(index) => drop(left.remove(index)),
            None => missing.push([row[0], row[1], row[4]]),
        }
    }
    assert_eq!(left, [], "too many");
    assert_eq!(missing, [NOT_IN_THE_PLAN]);
}

/// An assertion about one grantee, as a policy.
fn assertion(kind: &str, grantee: &str) -> Policy {
    let grantee = Value::String(grantee.to_owned());
    let text = format!("[[{kind}]]\ngrantee = {grantee}\nowner = \"o\"\nreason = \"r\"\n");
    Policy::read(&text).unwrap()
}

#[test]
fn assertions_are_checked_against_every_access_of_every_plan() {
    let mut files = files();
    files.remove("expected.tsv");
    let mut types = BTreeMap::new();
    for (name, plan) in &files {
        let read = |policy: &Policy| review(plan.as_bytes(), policy).unwrap();
        let report = read(&Policy::default());
        let mut grantees: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in &report.access {
            grantees.entry(row.grantee.text()).or_default().push(row);
        }
        for (grantee, rows) in grantees {
            // A `*` matches itself, too.
            let outcome = |kind: &str| read(&assertion(kind, grantee)).assertions[0].outcome;
            for (kind, is_against) in [
                ("forbid", Row::may_broaden as fn(&Row) -> bool),
                ("expect", Row::may_narrow),
            ] {
                let is_violated = rows.iter().any(|row| is_against(row));
                let outcome = outcome(kind);
                let is_told = matches!(
                    outcome,
                    AssertionOutcome::Violated | AssertionOutcome::MayBeViolated
                );
                // Others whose IDs are hidden may be the same grantee.
                assert!(
                    is_told || !is_violated,
                    "{name}: {kind} {grantee}: {outcome:?}"
                );
                for row in rows.iter().filter(|row| is_against(row)) {
                    types.insert(row.type_name.to_string(), grantee.to_owned());
                }
            }
        }
    }
    assert!(types.len() >= 60, "{} types", types.len());
}
