//! The formats of a report, its options and its exit codes.

use std::fs;

use hwgrants::sandbox::seed;
use serde_json::{Value, json};

use super::{Machine, root, steps};

/// The schema for readers of the JSON, as it is in `docs/`.
fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string(root().join("docs/doctor.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn a_healthy_set_up_as_text() {
    let machine = Machine::new();
    let (code, text) = machine.text();
    assert_eq!(code, Some(0), "{text}");
    insta::assert_snapshot!(machine.mask(&text));
}

#[test]
fn a_healthy_set_up_as_json() {
    let machine = Machine::new();
    let output = machine.doctor(&["--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(schema().is_valid(&serde_json::from_str(&text).unwrap()));
    insta::assert_snapshot!(machine.mask(&text));
}

#[test]
fn a_broken_set_up_as_text() {
    let mut machine = Machine::new();
    let lock = "provider \"registry.terraform.io/hwgrants/hwgrants\" {\n  version = \"9.9.9\"\n}\n";
    machine.write("work/.terraform.lock.hcl", lock);
    machine.set("HW_SECRET_KEY", "another-secret-key");
    let (code, text) = machine.text();
    assert_eq!(code, Some(2));
    let (before, rest) = text.split_once("request ID `").unwrap();
    let (_, after) = rest.split_once('`').unwrap();
    let text = format!("{before}request ID `[ID]`{after}");
    insta::assert_snapshot!(machine.mask(&text));
}

#[test]
fn the_schema_accepts_reports_and_rejects_invalid_documents() {
    let mut machine = Machine::new();
    machine.set("HW_SECRET_KEY", "another-secret-key");
    let (_, report) = machine.json();
    let schema = schema();
    assert!(schema.is_valid(&report), "{report:#}");
    let mut of_a_later_version = report.clone();
    of_a_later_version["counts"]["more"] = 1.into();
    assert!(schema.is_valid(&of_a_later_version));
    for (part, wrong) in [
        ("/format_version", json!(1)),
        ("/counts/ok", json!(-1)),
        ("/steps/0/result", json!("perhaps")),
        ("/steps/0/reason", json!(null)),
    ] {
        let mut broken = report.clone();
        *broken.pointer_mut(part).unwrap() = wrong;
        assert!(!schema.is_valid(&broken), "{part}");
    }
}

#[test]
fn counts_agree_with_the_steps() {
    let mut machine = Machine::new();
    machine.unset("HW_SECRET_KEY");
    let (_, report) = machine.json();
    for result in ["ok", "failed", "skipped"] {
        let count = steps(&report)
            .iter()
            .filter(|step| step["result"] == result)
            .count();
        assert_eq!(report["counts"][result], count, "{report:#}");
    }
    assert_eq!(report["is_healthy"], Value::Bool(false));
}

#[test]
fn options_stand_in_for_arguments_of_the_provider_block() {
    let mut machine = Machine::new();
    machine.unset("HW_REGION_NAME");
    let url = machine.sandbox.url().to_owned();
    machine.unset("HWGRANTS_ENDPOINT");
    for service in ["csms", "codehub", "iam"] {
        let endpoint = format!("{service}={url}");
        machine.options.extend(["--endpoint".to_owned(), endpoint]);
    }
    let options = ["--region", seed::REGION, "--project-id", seed::PROJECT_ID];
    machine.options.extend(options.map(str::to_owned));
    let (code, report) = machine.json();
    assert_eq!(code, Some(0), "{report:#}");
    let reasons: Vec<_> = steps(&report)
        .iter()
        .map(|step| step["reason"].as_str().unwrap())
        .collect();
    let reasons = machine.mask(&reasons.join("\n"));
    for text in [
        "cn-north-4 (from the `region` option)",
        "csms http://127.0.0.1:[PORT], codearts_repo http://127.0.0.1:[PORT], iam http://127.0.0.1:[PORT]",
        "(from the `project-id` option; checked by `list-secrets`)",
    ] {
        assert!(reasons.contains(text), "{text}: {reasons}");
    }
}

#[test]
fn usage_errors_exit_with_code_1() {
    let machine = Machine::new();
    for (args, words) in [
        (["--region", "a/b"], "only letters, digits and hyphens"),
        (["--endpoint", "http://127.0.0.1"], "expected SERVICE=URL"),
        (
            ["--endpoint", "obs=http://127.0.0.1"],
            "must be one of `csms`",
        ),
        (
            ["--service", "iam"],
            "[possible values: csms, codearts-repo]",
        ),
        (["--format", "xml"], "[possible values: text, json]"),
    ] {
        let output = machine.doctor(&args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(words), "{args:?}: {stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_exits_with_code_1() {
    let machine = Machine::new();
    for format in ["text", "json"] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = machine.command(&["doctor", "--format", format]);
        let output = command.stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{format}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("cannot write to standard output"),
            "{stderr}"
        );
    }
}

#[test]
fn help_shows_the_usage() {
    let output = Machine::new().doctor(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}
