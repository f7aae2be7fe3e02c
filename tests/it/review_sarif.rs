//! Findings in SARIF: as the official schema says, and at the lines of the attributes that they are about.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use hwgrants::cli::configuration;
use hwgrants::review::change::StepOutcome;
use hwgrants::review::finding::{Finding, FindingFact};
use hwgrants::review::location::MAX_BYTES;
use hwgrants::review::policy::Waiver;
use hwgrants::review::rule::{FindingSeverity, Rule};
use hwgrants::review::{Format, Policy, Report, SourceLocations};
use serde_json::{Value, json};
use tempfile::TempDir;

const PLAN: &str = r#"{"format_version":"1.2","resource_changes":[],"planned_values":{}}"#;

const ONCALL: &str = r#"module.team["a"].module.oncall[0].hwgrants_csms_grant.each["Chen \"陈\""]"#;

/// A finding about `validity_time`.
fn finding(rule: Rule, severity: FindingSeverity, address: &str) -> Finding {
    Finding {
        severity,
        rule,
        address: address.into(),
        attribute: Some("validity_time"),
        fact: FindingFact::MissingArgument {
            argument: "type",
            outcome: StepOutcome::Nothing,
            held: None,
        },
        waiver: None,
        is_known: false,
    }
}

fn waiver(has_expired: bool) -> Waiver {
    Waiver {
        owner: "Li".to_owned(),
        reason: "audit of December".to_owned(),
        until: "2026-12-31".parse().unwrap(),
        has_expired,
    }
}

/// A report with these findings, and a local module in a local module and one from a registry.
fn report(findings: Vec<Finding>) -> Report {
    let mut report = hwgrants::review::review(PLAN.as_bytes(), &Policy::default()).unwrap();
    report.findings = findings;
    let modules = [
        ("module.team", "../modules/team"),
        ("module.team.module.oncall", "./on call"),
        ("module.bought", "acme/grants/huaweicloud"),
    ];
    let modules = modules.map(|(call, source)| (call.to_owned(), source.to_owned()));
    report.modules = modules.into();
    report
}

/// Findings of each severity, with a live and an expired waiver, and with text that a form could take for its own.
fn findings() -> Vec<Finding> {
    vec![
        finding(Rule::NoEnd, FindingSeverity::Error, ONCALL),
        Finding {
            waiver: Some(Box::new(waiver(false))),
            ..finding(
                Rule::GroupGrant,
                FindingSeverity::Error,
                "csms_grant.waived",
            )
        },
        Finding {
            waiver: Some(Box::new(waiver(true))),
            ..finding(
                Rule::EndTooFar,
                FindingSeverity::Warning,
                "csms_grant.expired",
            )
        },
        Finding {
            attribute: None,
            fact: crate::review::sample::fact(
                "For [this](https://example.com/), {0} and \"that\".",
            ),
            ..finding(
                Rule::NoReason,
                FindingSeverity::Note,
                "module.bought.csms_grant.one",
            )
        },
    ]
}

fn log(report: &Report, places: &SourceLocations) -> Value {
    serde_json::from_str(&Format::Sarif.render_with_waived(report, places)).unwrap()
}

/// What the official schema has against a log.
pub(crate) fn objections(log: &Value) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let schema = fs::read_to_string(folder.join("sarif-schema-2.1.0.json")).unwrap();
    // The pattern of a language has a bracket too many there, and no regular expression of ECMA 262 may: it is escaped.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let options = jsonschema::options().should_validate_formats(true);
    let validator = options.build(&schema).unwrap();
    let errors = validator.iter_errors(log);
    errors.map(|error| error.to_string()).collect()
}

/// A repository: its configuration is in `infra`, its modules are beside that.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        (".git/HEAD", "ref: refs/heads/main\n"),
        (
            "infra/main.tf",
            "module \"team\" {\n  source = \"../modules/team\"\n}\n\nmodule \"bought\" {\n  source = \"acme/grants/huaweicloud\"\n}\n",
        ),
        (
            "infra/grants.tf",
            "resource \"csms_grant\" \"waived\" {\n  # 永久 😀\n  /* 😀 */ validity_time = null\n}\n",
        ),
        (
            "modules/team/main.tf",
            "module \"oncall\" {\n  count  = 1\n  source = \"./on call\"\n}\n",
        ),
        (
            "modules/team/on call/main.tf",
            "resource \"hwgrants_csms_grant\" \"each\" {\r\n  for_each = var.people\r\n\r\n  validity_time = null\r\n}\r\n",
        ),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// URI and region of each result.
fn locations(log: &Value) -> Vec<Value> {
    let results = log["runs"][0]["results"].as_array().unwrap();
    let places = results.iter().map(|result| {
        let physical = &result["locations"][0]["physicalLocation"];
        json!([physical["artifactLocation"]["uri"], physical["region"]])
    });
    places.collect()
}

fn region(start: [u32; 2], end: [u32; 2]) -> Value {
    json!({"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]})
}

#[test]
fn findings_point_to_their_attributes_even_in_nested_modules() {
    let repository = repository();
    let report = report(findings());
    let places =
        configuration::locate_findings(&report, &repository.path().join("infra"), None).unwrap();
    let log = log(&report, &places);
    assert_eq!(objections(&log), Vec::<String>::new());
    let expected = [
        json!(["modules/team/on%20call/main.tf", region([4, 3], [4, 23])]),
        json!(["infra/grants.tf", region([3, 12], [3, 32])]),
        // The block is not in the configuration any more, so it is the configuration as a whole.
        json!(["infra/main.tf", region([1, 1], [1, 1])]),
        json!(["infra/main.tf", region([5, 1], [5, 16])]),
    ];
    assert_eq!(locations(&log), expected);
    let location = &log["runs"][0]["results"][0]["locations"][0];
    let file = &location["physicalLocation"]["artifactLocation"];
    assert_eq!(file["uriBaseId"], "%SRCROOT%");
    let block = &location["logicalLocations"][0];
    assert_eq!(block["fullyQualifiedName"], ONCALL);
}

#[test]
fn the_schema_rejects_invalid_logs() {
    let right = log(&report(findings()), &SourceLocations::default());
    assert_eq!(objections(&right), Vec::<String>::new());
    let at = |pointer: &str, value: Value| {
        let mut log = right.clone();
        *log.pointer_mut(pointer).unwrap() = value;
        log
    };
    let physical = |uri: &str, line: u32| json!({"artifactLocation": {"uri": uri}, "region": {"startLine": line}});
    let location = "/runs/0/results/0/locations/0";
    for wrong in [
        at("/version", json!("2.0.0")),
        at("/runs/0/tool/driver/name", Value::Null),
        at("/runs/0/results/0/level", json!("fatal")),
        at("/runs/0/results/0/message", json!({})),
        at("/runs/0/columnKind", json!("bytes")),
        at("/runs/0/results/1/suppressions/0/kind", json!("waiver")),
        at(
            location,
            json!({"physicalLocation": physical("main.tf", 0)}),
        ),
        at(
            location,
            json!({"physicalLocation": physical("on call/main.tf", 1)}),
        ),
        at(location, json!({"line": 1})),
    ] {
        assert!(!objections(&wrong).is_empty(), "{wrong:#}");
    }
}

#[test]
fn valid_waivers_suppress_findings_and_expired_ones_are_noted() {
    let log = log(&report(findings()), &SourceLocations::default());
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppressions: Vec<&Value> = results
        .iter()
        .map(|result| &result["suppressions"])
        .collect();
    let live = json!([{
        "kind": "external", "status": "accepted",
        "justification": "Waived by Li until 2026-12-31: audit of December",
    }]);
    let none = json!([]);
    assert_eq!(suppressions, [&none, &live, &none, &none]);
    assert_eq!(
        results[2]["message"]["text"],
        "`type` is required, but its value is null. The value is already null in the state, and the plan does not change the block. Set \
         `type`, or remove the block. Waived by Li until 2026-12-31 (expired): audit of December"
    );
    let levels: Vec<&Value> = results.iter().map(|result| &result["level"]).collect();
    assert_eq!(levels, ["error", "error", "warning", "note"]);
}

#[test]
fn waived_findings_are_left_out_unless_they_are_wanted() {
    let report = report(findings());
    let text = Format::Sarif.render(&report, &SourceLocations::default());
    let log: Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings().len() - 1);
    assert!(!text.contains("csms_grant.waived"), "{text}");
    // Whatever has no location in the configuration is located in the plan.
    let places = SourceLocations::default().with_plans([(None, "plans/a b.json".to_owned())]);
    let log = self::log(&report, &places);
    assert_eq!(objections(&log), Vec::<String>::new());
    let expected = json!(["plans/a%20b.json", region([1, 1], [1, 1])]);
    assert!(locations(&log).iter().all(|location| *location == expected));
}

#[test]
fn a_run_has_at_most_as_many_results_as_github_accepts() {
    let found = |number: usize| {
        finding(
            Rule::NoEnd,
            FindingSeverity::Error,
            &format!("csms_grant.a[{number}]"),
        )
    };
    let log = log(
        &report((0..25_003).map(found).collect()),
        &SourceLocations::default(),
    );
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(
        notes.contains("3 more findings are not in this file"),
        "{notes}"
    );
}

#[test]
fn each_result_names_its_rule_and_escapes_links_in_foreign_text() {
    let log = log(&report(findings()), &SourceLocations::default());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, Rule::ALL.map(Rule::id));
    let results = run["results"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], ids[index]);
    }
    let message = results[3]["message"]["text"].as_str().unwrap();
    let escaped = "For [this] (https://example.com/), {0} and \"that\".";
    assert!(
        message.contains(escaped) && !message.contains("]("),
        "{message}"
    );
}

#[test]
fn fingerprints_are_independent_of_location_and_unique_per_finding() {
    let fingerprints = |findings, places: &SourceLocations| -> Vec<String> {
        let log = log(&report(findings), places);
        let results = log["runs"][0]["results"].as_array().unwrap();
        let fingerprints = results.iter().map(|result| &result["partialFingerprints"]);
        fingerprints.map(Value::to_string).collect()
    };
    let repository = repository();
    let chdir = repository.path().join("infra");
    let places = configuration::locate_findings(&report(findings()), &chdir, None).unwrap();
    let first = fingerprints(findings(), &places);
    assert_eq!(first, fingerprints(findings(), &SourceLocations::default()));

    let one = || finding(Rule::NoEnd, FindingSeverity::Error, "csms_grant.a");
    let several = vec![
        one(),
        finding(Rule::EndTooFar, FindingSeverity::Error, "csms_grant.a"),
        finding(Rule::NoEnd, FindingSeverity::Error, "csms_grant.b"),
        Finding {
            attribute: None,
            ..one()
        },
    ];
    let distinct: BTreeSet<String> = fingerprints(several, &places).into_iter().collect();
    assert_eq!(distinct.len(), 4);
    let told = Finding {
        fact: crate::review::sample::fact("another"),
        waiver: Some(Box::new(waiver(false))),
        severity: FindingSeverity::Note,
        ..one()
    };
    assert_eq!(
        fingerprints(vec![told], &places),
        fingerprints(vec![one()], &places)
    );
}

#[test]
fn a_log_without_findings_is_valid_and_has_no_results() {
    let report = report(Vec::new());
    let text = Format::Sarif.render(&report, &SourceLocations::default());
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    let log = log(&report, &SourceLocations::default());
    assert_eq!(objections(&log), Vec::<String>::new());
    assert_eq!(log["runs"][0]["results"], json!([]));
}

#[test]
fn paths_are_relative_to_the_source_root_and_never_leave_it() {
    let repository = repository();
    let root = repository.path();
    let report = report(findings());
    let infra = root.join("infra");
    // The modules are outside of it, so the place is the call.
    let places = configuration::locate_findings(&report, &infra, Some(&infra)).unwrap();
    let found = locations(&log(&report, &places));
    assert_eq!(found[0], json!(["main.tf", region([1, 1], [1, 14])]));
    assert_eq!(found[1][0], "grants.tf");
    // Without `.git` around it, the folder itself is the root.
    fs::remove_dir_all(root.join(".git")).unwrap();
    let places_without = configuration::locate_findings(&report, &infra, None).unwrap();
    assert_eq!(places_without, places);

    let error = configuration::locate_findings(&report, root, Some(&infra)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the directory is not inside the source root `"),
        "{error}"
    );
    configuration::locate_findings(&report, &root.join("nowhere"), None).unwrap_err();
}

#[test]
fn unreadable_files_are_skipped() {
    let repository = repository();
    let infra = repository.path().join("infra");
    let report = report(findings());
    fs::write(infra.join("a.tf"), b"\xff\xfer\0e\0s\0").unwrap();
    fs::write(infra.join("b.tf"), "resource \"csms_grant\" {{").unwrap();
    let large = format!(
        "resource \"csms_grant\" \"waived\" {{ validity_time = null }}\n{}",
        " ".repeat(MAX_BYTES)
    );
    fs::write(infra.join("c.tf"), large).unwrap();
    fs::create_dir(infra.join("d.tf")).unwrap();
    let places = configuration::locate_findings(&report, &infra, None).unwrap();
    let found = locations(&log(&report, &places));
    assert_eq!(
        found[1],
        json!(["infra/grants.tf", region([3, 12], [3, 32])])
    );
}

#[cfg(unix)]
#[test]
fn symlinks_are_followed_only_within_the_source_root() {
    use std::os::unix::fs::symlink;

    let repository = repository();
    let infra = repository.path().join("infra");
    let elsewhere = tempfile::tempdir().unwrap();
    let grants = infra.join("grants.tf");
    let outside = elsewhere.path().join("grants.tf");
    fs::copy(&grants, &outside).unwrap();
    let inside = repository.path().join("grants.tf");
    fs::rename(&grants, &inside).unwrap();
    let report = report(findings());
    for (target, expected) in [
        (
            &inside,
            json!(["infra/grants.tf", region([3, 12], [3, 32])]),
        ),
        (&outside, json!(["infra/main.tf", region([1, 1], [1, 1])])),
    ] {
        symlink(target, &grants).unwrap();
        let places = configuration::locate_findings(&report, &infra, None).unwrap();
        assert_eq!(locations(&log(&report, &places))[1], expected);
        fs::remove_file(&grants).unwrap();
    }
}

#[test]
fn the_command_prints_a_valid_log_and_reports_a_missing_folder() {
    let repository = repository();
    let plan = repository.path().join("plan.json");
    fs::write(&plan, PLAN).unwrap();
    let run = |chdir: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgrants"));
        let command = command.args(["review", "--format", "sarif", "--chdir", chdir]);
        command
            .arg(&plan)
            .current_dir(repository.path())
            .output()
            .unwrap()
    };
    let output = run("infra");
    assert_eq!(output.status.code(), Some(0));
    let log = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(objections(&log), Vec::<String>::new());

    let output = run("nowhere");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: cannot read the configuration in `nowhere`: "),
        "{stderr}"
    );
}

/// The line, counted from 1, of the first line with this text at or after the first one with that text.
fn line(file: &str, after: &str, text: &str) -> usize {
    let lines: Vec<&str> = file.lines().collect();
    let start = lines.iter().position(|line| line.contains(after)).unwrap();
    let rest = lines.iter().skip(start);
    let offset = rest.clone().position(|line| line.contains(text)).unwrap();
    start + offset + 1
}

#[test]
fn the_example_fails_the_policy_check_with_located_findings() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/review");
    let config = example.join("config");
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .arg("review")
        .arg(example.join("plan.json"))
        .arg("--policy")
        .arg(example.join("policy.toml"))
        .arg("--chdir")
        .arg(&config)
        .arg("--source-root")
        .arg(&config)
        .args(["--format", "sarif", "--sarif-waived"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(objections(&log), Vec::<String>::new());

    let result = |rule: &str, address: &str| {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let found = results.iter().find(|result| {
            let block = &result["locations"][0]["logicalLocations"][0];
            result["ruleId"] == rule && block["fullyQualifiedName"] == address
        });
        found.unwrap()
    };
    let place = |result: &Value| {
        let physical = &result["locations"][0]["physicalLocation"];
        json!([
            physical["artifactLocation"]["uri"],
            physical["region"]["startLine"]
        ])
    };
    let main = fs::read_to_string(config.join("main.tf")).unwrap();
    let team = fs::read_to_string(config.join("team/main.tf")).unwrap();

    let chen = result("no-end", r#"module.billing.csms_grant.member["chen"]"#);
    let expected = line(&team, r#"resource "csms_grant" "member""#, "validity_time");
    assert_eq!(place(chen), json!(["team/main.tf", expected]));
    assert_eq!(chen["level"], "error");
    assert_eq!(chen["suppressions"], json!([]));

    // It has no `validity_time` to point at, so it is the block.
    let oncall = result("no-end", "csms_grant.oncall");
    let head = r#"resource "csms_grant" "oncall""#;
    assert_eq!(place(oncall), json!(["main.tf", line(&main, head, head)]));
    assert_eq!(oncall["suppressions"][0]["kind"], "external");
}
