//! `hwgrants review` in the log of a CI server, which runs commands that it finds there.

use std::fs;

use serde_json::{Value, json};

use super::{plan, reviewed};

/// The lines of a log that hold a command to GitHub Actions, Azure Pipelines or TeamCity.
pub(super) fn commands(log: &[u8]) -> Vec<String> {
    let log = String::from_utf8(log.to_vec()).unwrap();
    let lines = log.lines().filter(|line| {
        let lower = line.to_lowercase();
        let hashes = ["##[", "##vso[", "##teamcity["];
        line.trim_start().starts_with("::") || hashes.iter().any(|mark| lower.contains(mark))
    });
    lines.map(str::to_owned).collect()
}

/// A plan whose names and texts are commands, with a word in front of them that may be wrapped.
fn hostile() -> Value {
    let text = |before: &str| {
        format!(
            "{before}\n::error::x ##[error]y ##vso[task.complete result=Succeeded]z\n\t::stop-commands::q"
        )
    };
    let words = (60..80).map(|length| text(&"a".repeat(length)));
    let reason: Vec<String> = words.collect();
    let mut plan = plan(
        &json!({
            "type": "SECRET", "grantee_type": "user", "resource_id": text("s"), "grantee_target_id": text("::error::"),
            "reason": reason.join(" "), "region": "r", "project_id": text("p"), "validity_time": null,
        }),
        &json!({}),
        &json!({}),
    );
    let address = "module.a[\"##vso[x]\"].csms_grant.a";
    plan["resource_changes"][0]["address"] = address.into();
    plan
}

#[test]
fn no_report_or_message_in_a_log_contains_a_command() {
    let plan = hostile().to_string();
    let folder = tempfile::tempdir().unwrap();
    for format in ["text", "markdown", "json", "sarif", "junit", "html"] {
        let file = folder.path().join(format);
        let out = format!("--out={format}={}", file.display());
        let output = reviewed(
            &[
                "--format",
                format,
                &out,
                "--fail-on",
                "any",
                "--color=never",
                "-",
            ],
            plan.as_bytes(),
        );
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert_eq!(commands(&output.stdout), Vec::<String>::new(), "{format}");
        assert_eq!(commands(&output.stderr), Vec::<String>::new(), "{format}");
        // A file is no log.
        let written = fs::read(&file).unwrap();
        assert!(!commands(&written).is_empty(), "{format}");
        if matches!(format, "json" | "sarif") {
            let [printed, written]: [Value; 2] =
                [&output.stdout, &written].map(|text| serde_json::from_slice(text).unwrap());
            assert_eq!(printed, written, "{format}");
        }
    }
    let output = reviewed(&["--fail-on", "a\n::error::b ##vso[x]", "-"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(commands(&output.stderr), Vec::<String>::new());
    let output = reviewed(&["a\n::error::b ##vso[x]"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(commands(&output.stderr), Vec::<String>::new());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("\n: :error::b # #vso[x]"), "{said}");
}
