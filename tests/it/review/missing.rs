//! Blocks that lack a mandatory argument: what applying does until it fails, and that no access comes of it.

use std::fs;

use hwgrants::plan_json::grant_type::GrantType;
use hwgrants::review::phrasing;
use hwgrants::review::rule::{FindingSeverity, Rule};
use hwgrants::review::{Format, Policy, Report, SourceLocations, review};
use serde_json::Value;

use super::reviewed;
use super::stage::{Block, create, keep, plan, replace, update};

const BLOCK: &str = "csms_grant.a";

fn report(block: Block) -> Report {
    let plan = plan(&[block]).to_string();
    review(plan.as_bytes(), &Policy::default()).unwrap()
}

/// The effects on access, such as `Loses`.
fn effects(report: &Report) -> Vec<String> {
    let changes = report.changes.iter();
    changes
        .map(|change| format!("{:?}", change.effect))
        .collect()
}

/// Whatever the lines are broken at.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn mandatory_arguments_match_the_schema() {
    let schema = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/schema.json"
    ));
    let schema: Value = serde_json::from_str(&schema.unwrap()).unwrap();
    for (kind, name) in [
        (GrantType::CsmsGrant, "csms_grant"),
        (GrantType::RepoKmsGrant, "repo_kms_grant"),
    ] {
        let attributes = schema[name]["attributes"].as_object().unwrap().iter();
        let required = attributes.filter(|(_, attribute)| attribute["is"] == "required");
        let required: Vec<&str> = required.map(|(name, _)| name.as_str()).collect();
        assert_eq!(kind.mandatory(), required, "{name}");
    }
}

#[test]
fn access_changes_reflect_what_is_applied_before_the_failure() {
    let message = |applying: &str| {
        format!(
            "`grantee_target_id` is required, but its value is null. {applying}. Set `grantee_target_id`, or \
             remove the block."
        )
    };
    let access = "which gives user csms_grant.a access to secret s1";
    for (block, effects_expected, applying) in [
        (
            create(BLOCK),
            vec![],
            "Applying the plan fails at this block".to_owned(),
        ),
        (
            replace(BLOCK, false),
            vec!["Loses"],
            format!("Applying the plan revokes the current grant, {access}, and then fails"),
        ),
        (
            replace(BLOCK, true),
            vec!["Unchanged"],
            format!(
                "Applying the plan fails at this block. The current grant, {access}, remains in \
                 effect"
            ),
        ),
        (
            update(BLOCK),
            vec!["Unchanged"],
            format!(
                "Applying the plan fails at this block. The current grant, {access}, remains in \
                 effect"
            ),
        ),
        (
            keep(BLOCK),
            vec!["Unchanged"],
            "The value is already null in the state, and the plan does not change the block"
                .to_owned(),
        ),
    ] {
        let report = report(block.to("grantee_target_id", Value::Null));
        let mut found = report.findings.iter();
        let finding = found
            .find(|finding| finding.rule == Rule::MissingArgument)
            .unwrap();
        assert_eq!(finding.severity, FindingSeverity::Error);
        assert_eq!(
            (finding.address.as_str(), finding.attribute),
            (BLOCK, Some("grantee_target_id"))
        );
        assert_eq!(phrasing::finding::message(finding), message(&applying));
        assert_eq!(effects(&report), effects_expected, "{applying}");
        assert!(
            report.changes.iter().all(|change| change.notes.is_empty()),
            "{applying}"
        );
    }
}

#[test]
fn every_format_names_the_missing_argument_and_reports_no_gain() {
    for argument in GrantType::CsmsGrant.mandatory() {
        for block in [create(BLOCK), replace(BLOCK, false)] {
            let report = report(block.to(argument, Value::Null));
            assert!(!report.findings.is_empty());
            for format in super::WHOLE {
                let told = flat(&format.render(&report, &SourceLocations::default()));
                for part in [BLOCK, argument, "missing-argument"] {
                    assert!(told.contains(part), "{part}: {told}");
                }
                for part in ["(not set)", "Gains access", "1 gained", "broadens access"] {
                    assert!(!told.contains(part), "{part}: {told}");
                }
                let expected = "Apply will fail: 1 block is missing a required argument.";
                let has_summary = !matches!(format, Format::Json | Format::Sarif);
                assert_eq!(told.contains(expected), has_summary, "{told}");
            }
        }
    }
}

#[test]
fn json_lists_missing_arguments_with_block_and_apply_outcome() {
    let block = replace(BLOCK, false)
        .to("type", Value::Null)
        .to("resource_id", Value::Null);
    let json = Format::Json.render(&report(block), &SourceLocations::default());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["missing_arguments"],
        serde_json::json!([{
            "address": BLOCK, "arguments": ["resource_id", "type"], "applying": "revokes_and_fails",
        }])
    );
    assert_eq!(json["counts"]["gains"], 0);
    assert_eq!(json["counts"]["loses"], 1);
}

#[test]
fn a_missing_argument_fails_the_policy_check_without_a_policy() {
    let plan = plan(&[create(BLOCK).to("grantee_target_id", Value::Null)]).to_string();
    let output = reviewed(&["-"], plan.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    let expected = "policy check failed: `missing-argument` at `csms_grant.a`\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    let text = flat(&String::from_utf8(output.stdout).unwrap());
    let expected = "No change of access in the reviewed types. Apply will fail: 1 block";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn drift_with_a_missing_argument_is_not_a_finding() {
    let mut plan = plan(&[]);
    let drift = super::stage::plan(&[update(BLOCK).to("grantee_target_id", Value::Null)]);
    plan["resource_drift"] = drift["resource_changes"].clone();
    let report = review(plan.to_string().as_bytes(), &Policy::default()).unwrap();
    assert!(report.findings.is_empty() && report.missing_arguments.is_empty());
}
