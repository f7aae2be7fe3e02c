//! The formats of an audit, with names that try to get out of where they are printed.

use std::collections::BTreeSet;

use hwgrants::sandbox::seed;
use serde_json::{Value, json};

use super::call::{audited, text};
use super::missing::{grant, sandbox, state, values, write};
use crate::review_sarif::objections;

const DB: &str = seed::SECRET_DB_PASSWORD;

/// A name of each trick: rows, code, tags, commands of CI servers, links, and text that turns around.
const HOSTILE: &str =
    "x|`<img>\n::error::pwned\n##vso[task]\u{202e}[a](https://x.test)@team\u{1b}[2J";

#[test]
fn every_format_keeps_hostile_names_in_their_place() {
    let sandbox = sandbox();
    grant(&sandbox, DB, HOSTILE);
    let mut tricky = values(DB, "gone|`<img>");
    tricky["signature"] = "hush".into();
    let resource = json!({
        "address": format!("hwgrants_csms_grant.all[\"{HOSTILE}\"]"), "mode": "managed", "type": "hwgrants_csms_grant",
        "name": "all", "values": tricky,
    });
    let state =
        json!({"format_version": "1.0", "values": {"root_module": {"resources": [resource]}}});
    let state = state.to_string().into_bytes();
    for format in ["table", "json", "markdown", "sarif", "import"] {
        let output = audited(Some(&sandbox), &["-", "--format", format], &state);
        let shown = format!("{}{}", text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(0), "{shown}");
        for banned in ["\u{202e}", "\u{1b}", "##vso[", "hush", seed::TOKEN] {
            assert!(!shown.contains(banned), "{banned:?} in {format}: {shown}");
        }
        let is_command = |line: &str| line.trim_start().starts_with("::");
        assert!(!shown.lines().any(is_command), "{format}: {shown}");
        if format == "markdown" {
            let rows = shown.lines().filter(|line| line.starts_with("| "));
            // Heads, and a row of each table.
            assert_eq!(rows.count(), 4, "{shown}");
        }
    }
}

#[test]
fn sarif_conforms_to_the_schema_and_names_the_state_files() {
    let sandbox = sandbox();
    grant(&sandbox, DB, seed::USER_ANA);
    let folder = tempfile::tempdir().unwrap();
    let a = write(
        &folder,
        "live a/x.json",
        &state(&[("x", values(DB, "gone"))]),
    );
    let b = write(
        &folder,
        "live b/x.json",
        &state(&[
            ("y", values(DB, "gone")),
            ("z", values("elsewhere", "gone")),
        ]),
    );
    let files = [&a, &b].map(|path| path.to_str().unwrap());
    let sarif = |args: &[&str], input: &[u8]| -> Value {
        let args = [args, &["--format", "sarif"]].concat();
        let output = audited(Some(&sandbox), &args, input);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    for (log, expected) in [
        (
            sarif(&files, b""),
            &[
                ("undeclared-grant", "x.json"),
                ("missing-grant", "x.json"),
                ("missing-grant", "x.json"),
                ("repeated-declaration", "x.json"),
            ][..],
        ),
        (
            sarif(&[], b""),
            &[("undeclared-grant", "terraform.tfstate")],
        ),
        (
            sarif(&["-"], &state(&[("x", values(DB, "gone"))])),
            &[
                ("undeclared-grant", "terraform.tfstate"),
                ("missing-grant", "terraform.tfstate"),
            ],
        ),
    ] {
        assert_eq!(objections(&log), [""; 0]);
        let results = log["runs"][0]["results"].as_array().unwrap().iter();
        let found: Vec<_> = results
            .map(|result| {
                let place = &result["locations"][0]["physicalLocation"];
                let file = place["artifactLocation"]["uri"].as_str().unwrap();
                (result["ruleId"].as_str().unwrap(), file)
            })
            .collect();
        assert_eq!(found, expected);
        let rules = &log["runs"][0]["tool"]["driver"]["rules"];
        let helps: BTreeSet<_> = rules
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["help"]["text"].as_str().unwrap())
            .collect();
        assert_eq!(helps.len(), 3);
    }
}
