//! Reports as JSON: as their schema says, and a schema that says something.

use std::fs;
use std::path::Path;

use hwgrants::review::{Format, Report, SourceLocations};
use serde_json::{Value, json};

use super::sample::{self, HOSTILE};

fn read(report: &Report) -> Value {
    serde_json::from_str(&Format::Json.render(report, &SourceLocations::default())).unwrap()
}

fn validator() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/review.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

#[track_caller]
fn assert_valid(report: &Value, name: &str) {
    let errors: Vec<String> = validator()
        .iter_errors(report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0], "{name}");
}

#[test]
fn every_golden_report_matches_the_schema() {
    for (case, _) in super::cases() {
        let report = serde_json::from_str(&super::report(&case, Format::Json)).unwrap();
        assert_valid(&report, &case);
    }
}

#[test]
fn a_full_report_matches_the_schema_and_preserves_foreign_text() {
    for hostile in HOSTILE {
        let report = sample::report(24, |_| (*hostile).to_owned());
        let json = read(&report);
        assert_valid(&json, hostile);
        assert_eq!(json["modules"]["module.m0"], *hostile);
        assert_eq!(
            json["changes"][0]["after"]["reason"],
            json!({"state": "known", "value": hostile})
        );
        let printed = Format::Json.render(&report, &SourceLocations::default());
        assert!(
            printed
                .chars()
                .all(|c| c == '\n' || !hwgrants::text::works_terminal(c)),
            "{hostile}"
        );
    }
}

#[test]
fn the_schema_rejects_invalid_reports() {
    let valid = read(&sample::report(24, |_| "text".to_owned()));
    assert_valid(&valid, "as printed");
    let wrong: [(&str, Value); 27] = [
        ("/format_version", json!("3.0")),
        ("/access_changes/0/change", json!("explodes")),
        ("/access_changes/0/grantee", json!("user")),
        ("/assertions", Value::Null),
        ("/planned_on", json!("2026-13-01")),
        ("/is_complete", Value::Null),
        ("/new", json!(1)),
        ("/counts/gains", json!(-1)),
        ("/counts/new", json!(1)),
        ("/changes/0/effect", json!("grows")),
        ("/changes/0/new", json!(1)),
        ("/changes/0/key/kind", json!("csms_v2")),
        ("/changes/0/key/region", json!("cn-north-4")),
        ("/changes/0/after/end", json!({"kind": "on"})),
        (
            "/changes/0/after/reason",
            json!({"state": "sensitive", "value": "hush"}),
        ),
        ("/findings/0/rule", json!("no-such-rule")),
        ("/findings/0/severity", json!("fatal")),
        ("/findings/0/file", json!(1)),
        ("/findings/0/line", json!(-1)),
        ("/locations", json!({"csms_grant.a": {"file": "main.tf"}})),
        (
            "/locations",
            json!({"csms_grant.a": {"file": "main.tf", "line": null}}),
        ),
        ("/missing_arguments/0/arguments", json!("type")),
        ("/missing_arguments/0/applying", json!("works")),
        ("/not_reviewed/0/type", Value::Null),
        ("/not_reviewed/0/action", json!("explode")),
        ("/not_reviewed/0/part", json!("resource_changes")),
        ("/not_reviewed/0/before", json!({"acl": "private"})),
    ];
    for (pointer, value) in wrong {
        let mut report = valid.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = report.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        parent.insert(key.to_owned(), value);
        assert!(!validator().is_valid(&report), "{pointer}");
    }
    for key in valid.as_object().unwrap().keys() {
        let mut report = valid.clone();
        report.as_object_mut().unwrap().remove(key);
        assert!(!validator().is_valid(&report), "without {key}");
    }
}

#[test]
fn counts_policy_checks_and_expiries_match_the_report() {
    let json = read(&sample::report(120, |number| number.to_string()));
    for (effect, count) in json["counts"].as_object().unwrap() {
        let changes = json["changes"].as_array().unwrap();
        let found = changes
            .iter()
            .filter(|change| change["effect"] == **effect)
            .count();
        assert_eq!(found as u64, count.as_u64().unwrap(), "{effect}");
        assert!(found > 0, "{effect}");
    }
    assert_eq!(
        json["blocked"],
        json!({"findings": true, "unreviewed": true, "public": true, "broadening": true, "any": true})
    );
    let ending = &json["endings"][0];
    let (date, days, term) = (
        &ending["date"],
        &ending["days_left"],
        &ending["within_days"],
    );
    assert_eq!(
        (date, days, term),
        (&json!("2026-12-20"), &json!(19), &json!(30))
    );
}

#[test]
fn an_unknown_value_has_a_state_and_no_value() {
    let case =
        |name: &str| -> Value { serde_json::from_str(&super::report(name, Format::Json)).unwrap() };
    let unknown = case("unknown");
    let text = unknown.to_string();
    assert!(text.contains(r#"{"state":"unknown"}"#), "{text}");
    assert!(case("mixed").to_string().contains(r#"{"kind":"never"}"#));
}
