//! Policies and waivers, also by way of the command.

use std::fs;

use hwgrants::review::{Format, Policy, Report, SourceLocations, phrasing, review};
use serde_json::Value;
use tempfile::TempDir;

use super::reviewed;
use super::stage::{Block, create, keep, plan, without_day};

fn endless() -> Block {
    create("module.legacy.csms_grant.a[\"x\"]").with("validity_time", Value::Null)
}

const STRICT: &str = "[rules.no-end]\nseverity = \"error\"\n";

/// A strict policy with waivers of `no-end`, each by its address, owner and last day.
fn waiving(waivers: &[(&str, &str, &str)]) -> String {
    let waivers = waivers.iter().map(|(address, owner, until)| {
        format!(
            "[[waivers]]\naddress = '{address}'\nrule = \"no-end\"\nowner = \"{owner}\"\nreason = \"OPS-1234\"\nuntil = {until}\n"
        )
    });
    STRICT.to_owned() + &waivers.collect::<String>()
}

fn report(plan: &Value, policy: &str) -> Report {
    review(plan.to_string().as_bytes(), &Policy::read(policy).unwrap()).unwrap()
}

/// Exit status and standard error of the command under a policy.
fn run(policy: &str, args: &[&str], plan: &Value) -> (Option<i32>, String, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("policy.toml");
    fs::write(&path, policy).unwrap();
    let mut all = vec!["--policy", path.to_str().unwrap(), "-"];
    all.extend(args);
    let output = reviewed(&all, plan.to_string().as_bytes());
    let stderr = String::from_utf8(output.stderr).unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let place = path.display().to_string();
    (
        output.status.code(),
        stdout,
        stderr.replace(&place, "policy.toml"),
    )
}

#[test]
fn errors_fail_the_policy_check_unless_a_valid_waiver_covers_them() {
    let plan = plan(&[endless()]);
    let blocked = "policy check failed: `no-end` at `module.legacy.csms_grant.a[\"x\"]`";
    for (policy, args, status, said) in [
        (String::new(), &[][..], 0, String::new()),
        (STRICT.to_owned(), &[], 2, format!("{blocked}\n")),
        (STRICT.to_owned(), &["--fail-on", "never"], 0, String::new()),
        (
            STRICT.to_owned(),
            &["--fail-on", "any"],
            2,
            format!("policy check failed: the plan changes access\n{blocked}\n"),
        ),
        // The day of the plan is the last.
        (
            waiving(&[("module.legacy.*", "o", "2026-12-01")]),
            &[],
            0,
            String::new(),
        ),
        (
            waiving(&[("module.legacy.*", "o", "2026-11-30")]),
            &[],
            2,
            format!("{blocked} (waiver expired; valid until 2026-11-30)\n"),
        ),
        (
            waiving(&[("module.legacy.*", "o", "2026-12-01")]),
            &["--as-of", "2026-12-02"],
            2,
            format!("{blocked} (waiver expired; valid until 2026-12-01)\n"),
        ),
        (
            waiving(&[("module.legac.*", "o", "2027-01-01")]),
            &[],
            2,
            format!("{blocked}\n"),
        ),
        (
            waiving(&[("module.legacy.csms_grant.a[\"x\"]", "o", "2027-01-01")]),
            &[],
            0,
            String::new(),
        ),
    ] {
        let (code, stdout, stderr) = run(&policy, args, &plan);
        assert_eq!(code, Some(status), "{policy} {stderr}");
        assert_eq!(stderr, said, "{policy}");
        let is_report = ["Plan review", "Review of the plan"]
            .iter()
            .any(|title| stdout.starts_with(title));
        assert!(is_report, "{stdout}");
    }
}

#[test]
fn stderr_names_at_most_ten_errors() {
    let block =
        |index| create(&format!("csms_grant.a[{index}]")).with("validity_time", Value::Null);
    for (count, more) in [
        (10, None),
        (
            12,
            Some("policy check failed: 2 more findings; see the report"),
        ),
    ] {
        let blocks: Vec<Block> = (0..count).map(block).collect();
        let (status, _, stderr) = run(STRICT, &[], &plan(&blocks));
        assert_eq!(status, Some(2));
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.get(10).copied(), more);
        assert!(lines.len() <= 11, "{stderr}");
    }
}

#[test]
fn a_waived_finding_is_listed_with_the_waiver_owner() {
    let waiver = |until: &str| {
        let report = report(
            &plan(&[endless()]),
            &waiving(&[("module.*", "ops\\u001b", until)]),
        );
        let [finding] = report.findings.as_slice() else {
            panic!("{:?}", report.findings);
        };
        phrasing::finding::waiver(finding)
    };
    assert_eq!(
        waiver("2027-01-01"),
        "valid until 2027-01-01, by ops\\u{1b}, reason: OPS-1234"
    );
    assert_eq!(
        waiver("2026-11-30"),
        "expired (valid until 2026-11-30), by ops\\u{1b}, reason: OPS-1234"
    );
}

#[test]
fn a_valid_waiver_applies_and_otherwise_the_last_to_expire() {
    for (waivers, owner) in [
        (
            &[
                ("module.*", "early", "2026-01-01"),
                ("*", "live", "2026-12-31"),
            ][..],
            "live",
        ),
        (
            &[
                ("*", "live", "2026-12-31"),
                ("module.*", "early", "2026-01-01"),
            ],
            "live",
        ),
        (
            &[
                ("*", "late", "2026-11-30"),
                ("module.*", "early", "2026-01-01"),
            ],
            "late",
        ),
        (
            &[
                ("*", "early", "2026-01-01"),
                ("module.*", "late", "2026-11-30"),
            ],
            "late",
        ),
    ] {
        let report = report(&plan(&[endless()]), &waiving(waivers));
        let waiver = report.findings.first().unwrap().waiver.clone().unwrap();
        assert_eq!(waiver.owner, owner);
    }
}

#[test]
fn a_waiver_applies_only_to_its_rule() {
    let block = endless().with("reason", Value::Null);
    let report = report(&plan(&[block]), &waiving(&[("*", "o", "2027-01-01")]));
    let waived: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.rule.id(), finding.waiver.is_some()))
        .collect();
    assert_eq!(waived, [("no-end", true), ("no-reason", false)]);
}

#[test]
fn expired_and_unused_waivers_are_reported() {
    let waivers = [
        ("module.legacy.*", "o", "2027-01-01"),
        ("module.legacy.csms_grant.a*", "o", "2026-11-30"),
        ("module.gone.*", "o", "2027-01-01"),
        ("module.older.*", "o", "2026-01-01"),
    ];
    let policy = waiving(&waivers);
    let told = |plan: &Value| -> Vec<String> {
        let stale = report(plan, &policy).stale_waivers;
        stale.iter().map(phrasing::finding::stale_waiver).collect()
    };
    assert_eq!(
        told(&plan(&[endless()])),
        [
            "The waiver for `no-end` at module.gone.* (owner: o, valid until 2027-01-01) matches no finding. Remove the waiver.",
            "The waiver for `no-end` at module.legacy.csms_grant.a* (owner: o, valid until 2026-11-30) has expired, but \
             the finding is still open.",
            "The waiver for `no-end` at module.older.* (owner: o, valid until 2026-01-01) has expired and matches no finding. \
             Remove the waiver.",
        ]
    );
    assert!(told(&without_day(plan(&[endless()]))).is_empty());
    let report = report(&plan(&[endless()]), &policy);
    for format in super::WHOLE {
        let told = format.render(&report, &SourceLocations::default());
        let told = told.replace("<time>", "").replace("</time>", "");
        let expected = match format {
            Format::Json => {
                "\"stale_waivers\": [\n    {\n      \"rule\": \"no-end\",\n      \"address\": \"module.gone.*\""
            }
            Format::Markdown => "at `module.gone.*` (owner: o, valid until 2027-01-01)",
            _ => "at module.gone.* (owner: o, valid until 2027-01-01)",
        };
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn every_format_names_the_rules_skipped_without_a_date() {
    let report = report(&without_day(plan(&[endless()])), "");
    assert!(!report.uncounted.is_empty());
    for format in super::WHOLE {
        let told = format.render(&report, &SourceLocations::default());
        // Whatever the lines are broken at.
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for rule in &report.uncounted {
            assert!(told.contains(rule.id()), "{told}");
            let passed = format!("{}: no findings", rule.title());
            assert!(!told.contains(&passed), "{told}");
        }
        let expected = match format {
            Format::Json => "\"uncounted\": [ \"end-too-far\"",
            _ => "Rules skipped because the plan has no timestamp",
        };
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn a_report_with_as_of_has_that_date_in_its_title() {
    let plan = plan(&[endless()]).to_string();
    let policy = Policy::default();
    for (policy, expected) in [
        (
            policy.clone(),
            "Review of the plan created on 2026-12-01 (UTC)",
        ),
        (
            policy.as_of("2027-01-31".parse().unwrap()),
            "Review of the plan, as of 2027-01-31",
        ),
    ] {
        let report = review(plan.as_bytes(), &policy).unwrap();
        for format in [Format::Text, Format::Markdown, Format::Html] {
            let told = format.render(&report, &SourceLocations::default());
            assert!(told.contains(expected), "{told}");
        }
    }
}

#[test]
fn waivers_require_a_plan_timestamp_or_as_of() {
    let plan = without_day(plan(&[endless()]));
    let policy = waiving(&[("*", "o", "2026-12-01")]);
    let (status, stdout, stderr) = run(&policy, &[], &plan);
    assert_eq!((status, stdout.as_str()), (Some(1), ""));
    assert_eq!(
        stderr,
        "error: cannot determine which waivers have expired: the plan from standard input has no timestamp\n\n\
         hint: pass the date of the plan with `--as-of YYYY-MM-DD`; plans created by Terraform 1.5 or \
         later have a timestamp\n"
    );
    assert_eq!(run(&policy, &["--as-of", "2026-12-01"], &plan).0, Some(0));
    assert_eq!(run(&policy, &["--as-of", "2026-12-02"], &plan).0, Some(2));
    // A policy without waivers asks for none.
    assert_eq!(run(STRICT, &[], &plan).0, Some(2));
    let (_, stdout, _) = run(STRICT, &[], &plan);
    // However the lines are wrapped.
    let stdout = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        stdout.contains("Rules skipped because the plan has no timestamp:")
            && stdout.contains("`end-too-far`"),
        "{stdout}"
    );
    // Without a policy neither.
    assert_eq!(
        reviewed(&["-"], plan.to_string().as_bytes()).status.code(),
        Some(0)
    );
}

#[test]
fn an_invalid_date_and_a_missing_policy_file_are_errors() {
    let plan = plan(&[keep("csms_grant.a")]);
    let (status, stdout, stderr) = run("", &["--as-of", "2026-02-30"], &plan);
    assert_eq!((status, stdout.as_str()), (Some(1), ""), "{stderr}");
    let output = reviewed(&["--policy", "/nowhere/policy.toml", "-"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: cannot read `/nowhere/policy.toml`: "),
        "{stderr}"
    );
}

#[test]
fn an_invalid_policy_fails_with_a_location_and_empty_stdout() {
    let waiver = |line: &str, instead: &str| {
        let whole = waiving(&[("module.legacy.*", "o", "2026-12-31")]);
        assert!(whole.contains(line), "{line}");
        whole.replace(line, instead)
    };
    let policies = [
        ("not TOML", "rules = {".to_owned()),
        ("JSON", "{\"rules\": {}}".to_owned()),
        (
            "an unknown rule",
            "[rules.no-ends]\nenabled = false\n".to_owned(),
        ),
        ("a rule like no other", "[rules.quota]\n".to_owned()),
        (
            "an unknown part",
            "[rule.no-end]\nenabled = false\n".to_owned(),
        ),
        (
            "an unknown setting",
            "[rules.no-end]\nseverty = \"error\"\n".to_owned(),
        ),
        (
            "another rule's threshold",
            "[rules.no-end]\nmax_days = 90\n".to_owned(),
        ),
        (
            "an unknown severity",
            "[rules.no-end]\nseverity = \"fatal\"\n".to_owned(),
        ),
        (
            "a severity that is no text",
            "[rules.no-end]\nseverity = 1\n".to_owned(),
        ),
        (
            "an unknown scope",
            "[rules.no-end]\nscope = \"change\"\n".to_owned(),
        ),
        (
            "a switch that is a text",
            "[rules.no-end]\nenabled = \"no\"\n".to_owned(),
        ),
        (
            "a rule that is no table",
            "[rules]\nno-end = \"error\"\n".to_owned(),
        ),
        (
            "a threshold of nothing",
            "[rules.end-too-far]\nmax_days = 0\n".to_owned(),
        ),
        (
            "a threshold out of range",
            "[rules.ends-soon]\ndays = 36501\n".to_owned(),
        ),
        (
            "a threshold that is a text",
            "[rules.ends-soon]\ndays = \"14\"\n".to_owned(),
        ),
        (
            "a key twice",
            "[rules.no-end]\nscope = \"all\"\nscope = \"all\"\n".to_owned(),
        ),
        ("a waiver without date", waiver("until = 2026-12-31\n", "")),
        ("a waiver without owner", waiver("owner = \"o\"\n", "")),
        (
            "a waiver without reason",
            waiver("reason = \"OPS-1234\"\n", ""),
        ),
        ("a waiver without rule", waiver("rule = \"no-end\"\n", "")),
        (
            "a waiver without address",
            waiver("address = 'module.legacy.*'\n", ""),
        ),
        (
            "a waiver of an unknown rule",
            waiver("rule = \"no-end\"", "rule = \"noend\""),
        ),
        (
            "a waiver with something else",
            waiver("owner = ", "ticket = \"OPS\"\nowner = "),
        ),
        ("an empty owner", waiver("\"o\"", "\" \"")),
        ("an empty reason", waiver("\"OPS-1234\"", "\"\"")),
        ("a date in quotes", waiver("2026-12-31", "\"2026-12-31\"")),
        ("a date that is none", waiver("2026-12-31", "2026-02-30")),
        (
            "a date with a time",
            waiver("2026-12-31", "2026-12-31T10:00:00Z"),
        ),
        (
            "an address of something else",
            waiver("module.legacy.*", "aws_iam_role.*"),
        ),
        (
            "an address of a module",
            waiver("module.legacy.*", "module.legacy"),
        ),
        (
            "one table instead of several",
            waiver("[[waivers]]", "[waivers]"),
        ),
        (
            "text that works the terminal",
            "[rules.\"\\u001b[2J\"]\n".to_owned(),
        ),
    ];
    let plan = plan(&[keep("csms_grant.a")]);
    let shown = policies.map(|(name, policy)| {
        let (status, stdout, stderr) = run(&policy, &[], &plan);
        assert_eq!(status, Some(1), "{name}");
        assert!(stdout.is_empty(), "{name}");
        format!("# {name}\n{stderr}")
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_policy_with_rules_and_waivers_parses() {
    let policy = "\
        [rules.end-too-far]\nseverity = \"error\"\nmax_days = 90\n\n\
        [[waivers]]\naddress = \"module.legacy.*\"\nrule = \"no-end\"\nowner = \"platform@example.com\"\n\
        reason = \"Until the billing service rotates its own secret, OPS-1234\"\nuntil = 2026-12-31\n";
    assert!(Policy::read(policy).unwrap().has_waivers());
    assert_eq!(Policy::read("").unwrap(), Policy::default());
}
