//! Reviews that count only what an earlier review has not found.

use std::fs;

use hwgrants::review::baseline::BaselineError;
use hwgrants::review::json::FORMAT_VERSION;
use hwgrants::review::{Baseline, Format, Gate, Policy, Report, SourceLocations, review};
use serde_json::{Value, json};

use super::reviewed;
use super::stage::{Block, create, keep, plan};

const POLICY: &str = "[rules.no-end]\nseverity = \"error\"\n[rules.end-too-far]\nseverity = \"error\"\n\
                      [rules.not-reviewed]\nseverity = \"error\"\n";

fn report(blocks: &[Block]) -> Report {
    report_of(&plan(blocks))
}

fn report_of(plan: &Value) -> Report {
    let policy = Policy::read(POLICY).unwrap();
    review(plan.to_string().as_bytes(), &policy).unwrap()
}

fn json(report: &Report) -> String {
    Format::Json.render(report, &SourceLocations::default())
}

/// The findings of a report that are new since an earlier one, such as `no-end csms_grant.a`.
fn new(earlier: &Report, mut report: Report) -> Vec<String> {
    report.compare_with(&Baseline::read(json(earlier).as_bytes()).unwrap());
    let findings = report.findings.iter().filter(|finding| finding.is_open());
    let findings = findings.map(|it| format!("{} {}", it.rule.id(), it.address));
    findings.collect()
}

fn endless(address: &str, user: &str) -> Block {
    create(address)
        .with("validity_time", Value::Null)
        .with("grantee_target_id", user)
}

#[test]
fn a_finding_is_known_by_rule_grantee_resource_and_level() {
    let nothing: [&str; 0] = [];
    let earlier = report(&[endless("csms_grant.a", "u1")]);
    let same = || endless("module.m.csms_grant.b[\"x\"]", "u1");
    assert_eq!(new(&earlier, report(&[same()])), nothing);
    for (what, block, expected) in [
        (
            "another user",
            endless("csms_grant.a", "u2"),
            "no-end csms_grant.a",
        ),
        (
            "another secret",
            endless("csms_grant.a", "u1").with("resource_id", "s2"),
            "no-end csms_grant.a",
        ),
        (
            "another rule",
            same().with("validity_time", "2031-01-01"),
            "end-too-far module.m.csms_grant.b[\"x\"]",
        ),
    ] {
        assert_eq!(new(&earlier, report(&[block])), [expected], "{what}");
    }
    // Dates and counts of days do not matter.
    let far = |date: &str| report(&[create("csms_grant.a").with("validity_time", date)]);
    assert_eq!(new(&far("2031-01-01"), far("2032-02-02")), nothing);
}

#[test]
fn what_the_plan_does_not_show_is_never_known() {
    let endless = || create("csms_grant.a").with("validity_time", Value::Null);
    for block in [
        endless().unknown("grantee_target_id"),
        endless().sensitive("resource_id"),
    ] {
        let earlier = report(std::slice::from_ref(&block));
        assert_eq!(new(&earlier, report(&[block])), ["no-end csms_grant.a"]);
    }
    // Another resource of a type that is not reviewed is not known either.
    let other = |address: &str| {
        let mut plan = plan(&[]);
        plan["resource_changes"] = json!([{
            "address": address, "mode": "managed", "type": "hwgrants_later", "name": "x",
            "change": {"actions": ["create"], "before": null, "after": {"a": "b"}, "after_unknown": {}},
        }]);
        report_of(&plan)
    };
    let expected = ["not-reviewed hwgrants_later.y"];
    assert_eq!(
        new(&other("hwgrants_later.x"), other("hwgrants_later.y")),
        expected
    );
    assert_eq!(
        new(&other("hwgrants_later.x"), other("hwgrants_later.x")),
        [""; 0]
    );
}

#[test]
fn known_findings_are_marked_and_pass_the_policy_check() {
    let earlier = report(&[endless("csms_grant.a", "u1")]);
    let mut known = report(&[endless("csms_grant.b", "u1"), keep("csms_grant.c")]);
    assert!(Gate::Findings.reason(&known).is_some());
    known.compare_with(&Baseline::read(json(&earlier).as_bytes()).unwrap());
    assert_eq!(Gate::Findings.reason(&known), None);
    let render = |format: Format| format.render(&known, &SourceLocations::default());
    for (format, expected) in [
        (Format::Text, "known error: Grant never expires (no-end)"),
        (Format::Text, "Findings: 1 in the baseline"),
        (Format::Markdown, "Findings in the baseline (1)"),
        (Format::Json, "\"is_known\": true"),
        (Format::Sarif, "\"baselineState\": \"unchanged\""),
        (Format::Junit, "message=\"in the baseline\""),
        (Format::Html, "In the baseline."),
        (Format::Gitlab, "\"check_name\": \"no-end\""),
        (Format::Github, "hwgrants review: no findings"),
    ] {
        let text = render(format);
        assert!(
            text.contains(expected),
            "{}: {expected}\n{text}",
            format.name()
        );
    }
    // Without a baseline, there is no state.
    let text = Format::Sarif.render(&earlier, &SourceLocations::default());
    assert!(!text.contains("baselineState"), "{text}");
}

#[test]
fn a_baseline_is_a_report_of_this_version() {
    let report = json(&report(&[endless("csms_grant.a", "u1")]));
    assert!(Baseline::read(report.as_bytes()).is_ok());
    let current = format!("\"{FORMAT_VERSION}\"");
    assert!(report.contains(&current));
    // The first version whose findings have what identifies them.
    let older = report.replace(&current, "\"2.1\"");
    assert!(Baseline::read(older.as_bytes()).is_ok());
    // A newer minor version may have other keys.
    let newer = report
        .replace(&current, "\"2.99\"")
        .replacen('{', "{\"x\": 1,", 1);
    assert_eq!(
        Baseline::read(newer.as_bytes()),
        Baseline::read(report.as_bytes())
    );
    for version in ["1.0", "2.0", "3.0", "x"] {
        let other = report.replace(&current, &format!("\"{version}\""));
        let read = Baseline::read(other.as_bytes());
        assert_eq!(read, Err(BaselineError::OtherVersion), "{version}");
    }
    for other in [
        "",
        "[]",
        "{}",
        "{\"format_version\": \"2.1\"}",
        &report[..report.len() / 2],
    ] {
        let read = Baseline::read(other.as_bytes());
        assert_eq!(read, Err(BaselineError::NoReport), "{other}");
    }
}

#[test]
fn the_command_compares_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (policy, baseline) = (path("policy.toml"), path("baseline.json"));
    fs::write(&policy, POLICY).unwrap();
    let plan = plan(&[endless("csms_grant.a", "u1")]).to_string();
    let args = ["--policy", &policy, "-"];
    let out = format!("json={baseline}");
    let first = reviewed(&[&["--out", &out][..], &args].concat(), plan.as_bytes());
    assert_eq!(first.status.code(), Some(2));
    let again = reviewed(
        &[&["--baseline", &baseline][..], &args].concat(),
        plan.as_bytes(),
    );
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    for (name, text, expected) in [
        ("none.json", None, "cannot read"),
        ("plan.json", Some(plan.as_str()), "it is not a report"),
    ] {
        let file = path(name);
        if let Some(text) = text {
            fs::write(&file, text).unwrap();
        }
        let wrong = reviewed(
            &[&["--baseline", &file][..], &args].concat(),
            plan.as_bytes(),
        );
        assert_eq!(wrong.status.code(), Some(1), "{name}");
        let said = String::from_utf8(wrong.stderr).unwrap();
        assert!(said.contains(expected) && said.contains(name), "{said}");
        assert!(wrong.stdout.is_empty(), "{name}");
    }
}

#[test]
fn what_was_waived_in_the_baseline_counts_again_when_the_waiver_has_expired() {
    let waived = |until: &str| {
        let policy = format!(
            "{POLICY}[[waivers]]\naddress = \"csms_grant.a\"\nrule = \"no-end\"\nowner = \"o\"\nreason = \"r\"\nuntil = {until}\n"
        );
        let plan = plan(&[endless("csms_grant.a", "u1")]).to_string();
        review(plan.as_bytes(), &Policy::read(&policy).unwrap()).unwrap()
    };
    // The plan is of 2026-12-01.
    let (valid, expired) = ("2027-01-31", "2026-11-30");
    let nothing: [&str; 0] = [];
    assert_eq!(
        new(&waived(valid), waived(expired)),
        ["no-end csms_grant.a"]
    );
    assert_eq!(new(&waived(valid), waived(valid)), nothing);
    assert_eq!(new(&waived(expired), waived(expired)), nothing);
}
