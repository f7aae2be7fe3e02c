//! The table of access types, on real plans.

mod agreement;
mod coverage;
mod expected;

use std::fs;
use std::path::Path;

use hwgrants::access::net::row::{Change, Row};
use hwgrants::access::net::{Summary, combine};
use hwgrants::plan_json::read_plan;
use hwgrants::review::{Format, Policy, SourceLocations, review};
use serde_json::{Value, json};

/// What a plan does to access.
fn summarize(plan: &Value) -> Summary {
    combine(read_plan(plan.to_string().as_bytes()).unwrap().access)
}

/// The cells of a row: address, type, change, grantee, resource, level, until.
fn cells(row: &Row) -> [String; 7] {
    let change = match row.change {
        Change::Gained => "gained",
        Change::Lost => "lost",
        Change::Changed => "changed",
        Change::Kept => "kept",
        Change::Interrupted => "interrupted",
        Change::Moved => "moved",
        Change::MayGain | Change::MayLose => "unclear",
        Change::Unaffected => "none",
    };
    [
        row.addresses().collect::<Vec<_>>().join(" => "),
        row.type_name.to_string(),
        change.to_owned(),
        row.grantee.text().to_owned(),
        row.resource.text().to_owned(),
        row.level.to_string(),
        row.until.to_string(),
    ]
}

/// Plans that a review has told wrongly once, each with what it is to tell: changes of access, what is not understood, and
/// findings.
#[test]
fn plans_that_were_told_wrongly_are_told_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/access-cases.json");
    let cases: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for (name, case) in cases.as_object().unwrap() {
        let plan = case["plan"].to_string();
        let report = review(plan.as_bytes(), &Policy::default()).unwrap();
        let json = Format::Json.render(&report, &SourceLocations::default());
        let json: Value = serde_json::from_str(&json).unwrap();
        let list = |name: &str| json[name].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = list("access_changes").chain(list("unchanged")).map(|row| {
            let parties = [&row["grantee"]["text"], &row["resource"]["text"]].map(text);
            let [change, level, public] = [&row["change"], &row["level"], &row["public"]].map(text);
            format!("{change} | {} | {level} | {public}", parties.join(" | "))
        });
        let unread = list("not_reviewed").filter(|item| item["reason"] != "other_type");
        let unread = unread.map(|item| {
            let cells = [&item["reason"], &item["address"], &item["detail"]].map(text);
            cells.join(" | ")
        });
        let rules = ["declared-twice", "public-access", "not-understood"];
        let findings =
            list("findings").filter(|finding| rules.contains(&text(&finding["rule"]).as_str()));
        let findings = findings.map(|finding| {
            [&finding["rule"], &finding["severity"]]
                .map(text)
                .join(" | ")
        });
        let told: Vec<String> = rows.chain(unread).chain(findings).collect();
        assert_eq!(json!(told), case["rows"], "{name}");
        // A value that is marked as sensitive in one of them.
        assert!(!json.to_string().contains("topsecret"), "{name}");
    }
}
