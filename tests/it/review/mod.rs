//! `hwgrants review` on the plans in `tests/golden/review`, which real Terraform has made, and on what is no plan.

mod access;
mod agree;
mod baseline;
mod damage;
mod drift;
mod example;
mod forge;
mod hostile;
mod html;
mod json;
mod junit;
mod large;
mod log;
mod markdown;
mod missing;
mod not_reviewed;
mod order;
mod out;
mod page;
mod policy;
#[cfg(unix)]
mod progress;
mod rule;
pub(crate) mod sample;
mod saved;
mod stage;
mod states;
mod three_states;
mod width;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hwgrants::cli::configuration;
use hwgrants::plan_json::Error;
use hwgrants::review::{Format, Policy, Report, SourceLocations};
use serde_json::{Value, json};

use crate::golden_report;

/// The formats that have the whole report. The others have the findings alone.
pub(crate) const WHOLE: [Format; 6] = [
    Format::Text,
    Format::Markdown,
    Format::Json,
    Format::Sarif,
    Format::Junit,
    Format::Html,
];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/review")
}

/// The folder with the plan of a case and its configuration. That of `example` is the one that users read.
pub(crate) fn source(case: &str) -> PathBuf {
    match case {
        "example" => Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/review"),
        case => golden().join(case),
    }
}

/// The golden cases, each with its plan.
pub(crate) fn cases() -> Vec<(String, String)> {
    let folders = fs::read_dir(golden())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    // A case of several plans has tests of its own.
    let folders = folders.filter(|path| path.is_dir() && !path.join("plans").exists());
    let mut cases: Vec<_> = folders
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let plan = fs::read_to_string(source(&name).join("plan.json")).unwrap();
            (name, plan)
        })
        .collect();
    cases.sort();
    assert!(cases.len() >= 18, "{} cases", cases.len());
    cases
}

/// The golden report of a case.
fn report(case: &str, format: Format) -> String {
    let path = golden().join(case);
    let path = path.join(format!("report.{}", format.extension()));
    golden_report::read(&path)
}

/// The report of a case as it is without its configuration: with no file and no line.
fn unlocated(case: &str, format: Format) -> String {
    let plan = fs::read(source(case).join("plan.json")).unwrap();
    format.render(&review(&plan).unwrap(), &SourceLocations::default())
}

/// The root of a case's configuration; that of a case without one has nothing to read in it.
fn config(case: &str) -> PathBuf {
    let folder = source(case);
    let config = folder.join("config");
    if config.exists() { config } else { folder }
}

/// The report of a case in this form, with the places in its configuration.
fn render(case: &str, report: &Report, format: Format) -> String {
    let config = config(case);
    let places = configuration::locate_findings(report, &config, Some(&config)).unwrap();
    format.render(report, &places)
}

fn review(json: &[u8]) -> Result<Report, Error> {
    hwgrants::review::review(json, &Policy::default())
}

/// Runs `hwgrants review` with this on standard input.
fn reviewed(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .arg("review")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that does not read it has said why.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(json: &Value) -> String {
    Format::Text.render(
        &review(json.to_string().as_bytes()).unwrap(),
        &SourceLocations::default(),
    )
}

/// `UPDATE_GOLDEN=1` writes the reports anew, from the plans as they are.
#[test]
fn reports_from_a_file_and_from_stdin_match_the_golden_files() {
    for (case, plan) in cases() {
        let file = source(&case).join("plan.json");
        for format in Format::ALL {
            let made = render(&case, &review(plan.as_bytes()).unwrap(), format);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                let name = format!("report.{}", format.extension());
                golden_report::write(&case, &golden().join(&case).join(name), &made);
            }
            assert_eq!(made, report(&case, format), "{case}");
            for (place, input) in [(file.to_str().unwrap(), ""), ("-", plan.as_str())] {
                let config = config(&case);
                let config = config.to_str().unwrap();
                let folders = ["--chdir", config, "--source-root", config];
                let args = ["--format", format.name(), place];
                let output = reviewed(&[&folders[..], &args].concat(), input.as_bytes());
                assert_eq!(output.status.code(), Some(0), "{case}");
                assert_eq!(String::from_utf8(output.stdout).unwrap(), made, "{case}");
                assert!(output.stderr.is_empty(), "{case}");
            }
        }
    }
}

#[test]
fn the_order_of_changes_in_a_plan_does_not_matter() {
    for (case, plan) in cases() {
        let mut plan: Value = serde_json::from_str(&plan).unwrap();
        for part in ["resource_changes", "resource_drift"] {
            if let Some(changes) = plan.get_mut(part) {
                changes.as_array_mut().unwrap().reverse();
            }
        }
        let review = review(plan.to_string().as_bytes()).unwrap();
        for format in Format::ALL {
            assert_eq!(
                render(&case, &review, format),
                report(&case, format),
                "{case}"
            );
        }
    }
}

#[test]
fn the_summary_has_the_verdict_and_the_counts_alone() {
    let plan = golden().join("mixed/plan.json");
    let plan = plan.to_str().unwrap();
    let output = reviewed(&["--summary", plan], b"");
    assert_eq!(output.status.code(), Some(0));
    let summary = String::from_utf8(output.stdout).unwrap();
    let whole = report("mixed", Format::Text);
    let verdict: Vec<&str> = whole.split("\n\n").take(2).collect();
    assert!(summary.starts_with(&verdict.join("\n\n")), "{summary}");
    let (_, counts) = summary.split_once("Findings: ").unwrap();
    assert!(whole.contains(counts.lines().next().unwrap()), "{summary}");
    let findings = review(&fs::read(plan).unwrap()).unwrap().findings;
    for finding in &findings {
        let id = finding.rule.id();
        let count = findings.iter().filter(|it| it.rule.id() == id).count();
        let many = match count {
            1 => String::new(),
            _ => format!(", {count} findings"),
        };
        let line = format!("({id}){many}\n");
        assert_eq!(summary.matches(&line).count(), 1, "{line}{summary}");
    }
    assert!(
        summary.lines().count() < whole.lines().count() / 2,
        "{summary}"
    );
    let output = reviewed(&["--summary", "--format", "json", plan], b"");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn fail_on_selects_the_changes_that_fail_the_policy_check() {
    let gates = ["never", "unreviewed", "public", "broadening", "any"];
    for (case, expected) in [
        ("first-grants", [0, 0, 0, 2, 2]),
        ("mixed", [0, 0, 0, 2, 2]),
        ("unknown", [0, 2, 0, 2, 2]),
        ("destroy", [0, 0, 0, 0, 2]),
        ("forget", [0, 0, 0, 0, 2]),
        ("replace", [0, 0, 0, 2, 2]),
        ("import", [0, 0, 0, 0, 0]),
        ("rename", [0, 0, 0, 0, 0]),
        ("nothing", [0, 0, 0, 0, 0]),
    ] {
        let file = golden().join(case).join("plan.json");
        let report = unlocated(case, Format::Text).into_bytes();
        for (gate, status) in gates.into_iter().zip(expected) {
            let output = reviewed(&["--fail-on", gate, file.to_str().unwrap()], b"");
            assert_eq!(output.status.code(), Some(status), "{case} {gate}");
            assert_eq!(output.stdout, report, "{case} {gate}");
            assert_eq!(output.stderr.is_empty(), status == 0, "{case} {gate}");
        }
    }
}

#[test]
fn an_invalid_plan_fails_with_a_hint_and_empty_stdout() {
    let plan = fs::read(golden().join("nothing/plan.json")).unwrap();
    let half = &plan[..plan.len() / 2];
    let inputs: [(&str, &[u8]); 20] = [
        ("not JSON", b"name: plan\n"),
        ("a printed plan", b"\x1b[1mTerraform will perform the following actions:\x1b[0m\n"),
        ("messages of `terraform plan -json`", b"{\"@level\":\"info\"}\n{\"@level\":\"info\"}\n"),
        ("another version", br#"{"format_version":"2.0","planned_values":[]}"#),
        ("a version like another", br#"{"format_version":"10.1","planned_values":{}}"#),
        ("a version before Terraform 1.0", br#"{"format_version":"0.1","planned_values":{}}"#),
        ("two documents", b"{\"format_version\":\"1.2\"}\n{\"format_version\":\"1.2\"}\n"),
        ("a redacted plan", br#"{"plan_format_version":"1.2","resource_changes":[]}"#),
        ("a reference to a plan", br#"{"remote_plan_format":1,"run_id":"run-1","hostname":"app.terraform.io"}"#),
        ("an encrypted plan", br#"{"meta":{},"encrypted_data":"AA==","encryption_version":"v0"}"#),
        ("damaged gzip", b"\x1f\x8b\x08\0\0"),
        ("a state", br#"{"format_version":"1.0","values":{"root_module":{}}}"#),
        ("a state file", br#"{"version":4,"lineage":"6ae6","resources":[]}"#),
        ("a list", b"[]"),
        ("another object", br#"{"name":"x"}"#),
        ("truncated", half),
        ("empty", b"\n"),
        ("UTF-16 without a mark", b"{\0}\0"),
        ("a saved plan", b"PK\x03\x04...."),
        (
            "a strange change",
            br#"{"format_version":"1.2","resource_changes":[{"address":"csms_grant.a","mode":"managed","type":"csms_grant",
                "change":{"actions":["explode"],"before":"of no concern"}}]}"#,
        ),
    ];
    let shown = inputs.map(|(name, input)| {
        let output = reviewed(&["-"], input);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        format!("# {name}\n{}", String::from_utf8(output.stderr).unwrap())
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let output = reviewed(&["/nowhere/plan.json"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: cannot read `/nowhere/plan.json`: "),
        "{stderr}"
    );
}

/// A plan that makes this one grant.
fn plan(after: &Value, unknown: &Value, sensitive: &Value) -> Value {
    json!({
        "format_version": "1.2",
        "timestamp": "2026-12-01T12:00:00Z",
        "new_in_some_later_version": [1, 2, 3],
        "resource_changes": [{
            "address": "csms_grant.a", "mode": "managed", "type": "csms_grant", "name": "a",
            "change": {
                "actions": ["create"], "before": null, "after": after,
                "after_unknown": unknown, "before_sensitive": false, "after_sensitive": sensitive,
            },
        }],
    })
}

#[test]
fn sensitive_values_never_appear_in_reports_or_errors() {
    let names = [
        "region",
        "project_id",
        "type",
        "resource_id",
        "grantee_type",
        "grantee_target_id",
        "validity_time",
        "reason",
        "grantee_name",
    ];
    let secrets: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(format!("hush-{name}"))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let marks: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(true)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    // Sensitive comes before unknown, and a mark on the whole covers each part.
    for (unknown, sensitive) in [
        (json!({}), &marks),
        (marks.clone(), &marks),
        (json!({}), &json!(true)),
    ] {
        let plan = plan(&secrets, &unknown, sensitive);
        let report = review(plan.to_string().as_bytes()).unwrap();
        assert!(!format!("{report:?}").contains("hush"), "{report:?}");
        for format in Format::ALL {
            let report = format.render(&report, &SourceLocations::default());
            assert!(!report.contains("hush"), "{report}");
        }
        let report = Format::Text.render(&report, &SourceLocations::default());
        assert!(report.contains("sensitive value"));
    }
    let unmarked = plan(&secrets, &json!({}), &json!({}));
    let error = review(unmarked.to_string().as_bytes()).unwrap_err();
    assert_eq!(
        error,
        Error::Malformed {
            element: "the change to `csms_grant.a`".to_owned()
        }
    );
    assert!(!error.to_string().contains("hush"));
}

#[test]
fn a_missing_timestamp_and_an_incomplete_plan_are_noted() {
    let mut plan = plan(
        &json!({"type": "SECRET", "validity_time": "2026-12-02"}),
        &json!({}),
        &json!({}),
    );
    plan["complete"] = false.into();
    plan.as_object_mut().unwrap().remove("timestamp");
    let report = text(&plan);
    assert!(report.contains("The plan is incomplete"), "{report}");
    assert!(report.contains("no timestamp"), "{report}");
    assert!(!report.contains("Expires within"), "{report}");
}

#[test]
fn out_writes_every_format_but_nothing_for_an_invalid_plan() {
    let folder = tempfile::tempdir().unwrap();
    let path = |format: Format| folder.path().join(format.extension());
    let args = Format::ALL.map(|format| {
        let path = path(format);
        format!("--out={}={}", format.name(), path.display())
    });
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    let config = config("mixed");
    let config = config.to_str().unwrap();
    args.extend(["--chdir", config, "--source-root", config, "-"]);
    let output = reviewed(&args, b"{\"format_version\":\"1.2\"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let plan = fs::read(golden().join("mixed/plan.json")).unwrap();
    let output = reviewed(&args, &plan);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for format in Format::ALL {
        let written = fs::read_to_string(path(format)).unwrap();
        assert_eq!(written, report("mixed", format));
    }
    assert_eq!(output.stdout, report("mixed", Format::Text).into_bytes());

    let output = reviewed(&["--out=text=no/such/folder/a.txt", "-"], &plan);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`no/such/folder/a.txt`"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn colors_are_off_in_pipes_and_do_not_change_the_text() {
    let plain = unlocated("mixed", Format::Text);
    let plan = fs::read(golden().join("mixed/plan.json")).unwrap();
    let coloured = reviewed(&["--color=always", "-"], &plan).stdout;
    let coloured = String::from_utf8(coloured).unwrap();
    assert!(coloured.contains("\u{1b}[1m\u{1b}[33mGains access\u{1b}[0m"));
    let mut parts = coloured.split('\u{1b}');
    let first = parts.next().unwrap().to_owned();
    let stripped = parts.map(|part| part.split_once('m').unwrap().1);
    assert_eq!(first + &stripped.collect::<String>(), plain);
    // Of a pipe.
    for args in [["-", "--color=auto"], ["-", "--color=never"]] {
        assert_eq!(reviewed(&args, &plan).stdout, plain.clone().into_bytes());
    }
}
