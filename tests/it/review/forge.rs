//! The formats for GitLab and GitHub, checked by what their documentation says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hwgrants::review::{Format, Report, SourceLocations};
use serde_json::{Value, json};

use super::reviewed;
use super::sample::{self, HOSTILE};
use super::stage::{create, plan};

/// A report with findings of each severity, some of them waived, and with this text wherever there is text of others.
fn report(text: &str) -> Report {
    sample::report(24, |_| text.to_owned())
}

fn open(report: &Report) -> usize {
    let findings = report.findings.iter();
    findings.filter(|finding| finding.is_open()).count()
}

#[test]
fn a_code_quality_report_is_as_gitlab_documents_it() {
    for text in HOSTILE {
        let report = report(text);
        assert!(open(&report) < report.findings.len());
        let json = Format::Gitlab.render(&report, &SourceLocations::default());
        let issues: Vec<Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(issues.len(), open(&report));
        let mut fingerprints = BTreeSet::new();
        for issue in &issues {
            for key in ["description", "check_name", "fingerprint", "severity"] {
                assert!(!issue[key].as_str().unwrap().is_empty(), "{issue}");
            }
            let severity = issue["severity"].as_str().unwrap();
            let known = ["info", "minor", "major", "critical", "blocker"];
            assert!(known.contains(&severity), "{severity}");
            let path = issue["location"]["path"].as_str().unwrap();
            // Relative, and not from the current directory.
            assert!(!path.is_empty() && !path.starts_with(['.', '/']), "{path}");
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
            fingerprints.insert(issue["fingerprint"].to_string());
        }
        assert_eq!(fingerprints.len(), issues.len(), "{text}");
    }
}

#[test]
fn annotations_are_one_command_a_line_and_ten_of_a_kind_at_most() {
    for text in HOSTILE {
        let report = sample::report(120, |_| (*text).to_owned());
        let annotations = Format::Github.render(&report, &SourceLocations::default());
        let lines: Vec<&str> = annotations.lines().collect();
        for command in ["error", "warning", "notice"] {
            let start = format!("::{command} ");
            let count = lines.iter().filter(|line| line.starts_with(&start)).count();
            assert!((1..=10).contains(&count), "{command}: {count}");
        }
        for line in &lines {
            let (head, message) = line[2..].split_once("::").unwrap();
            let (command, parameters) = head.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&command), "{line}");
            for parameter in parameters.split(',') {
                let (name, value) = parameter.split_once('=').unwrap();
                assert!(["file", "line", "title"].contains(&name), "{line}");
                assert!(!value.is_empty() && !value.contains(':'), "{line}");
            }
            assert!(
                !message.contains("##[") && !message.contains("##vso["),
                "{line}"
            );
            assert!(
                !line.chars().any(hwgrants::text::works_terminal),
                "{line:?}"
            );
        }
        let shown = lines.len() - 1;
        let expected = format!("{} more findings are in the report", open(&report) - shown);
        assert!(lines.last().unwrap().ends_with(&expected), "{annotations}");
    }
}

#[test]
fn without_findings_the_formats_say_so() {
    let mut report = report("x");
    report.findings.clear();
    let render = |format: Format| format.render(&report, &SourceLocations::default());
    assert_eq!(render(Format::Gitlab), "[]\n");
    assert_eq!(render(Format::Github), "hwgrants review: no findings\n");
}

/// A block with a grant that never expires, after this many empty lines.
fn native(lines: usize) -> String {
    let lines = "\n".repeat(lines);
    format!("{lines}resource \"csms_grant\" \"a\" {{\n  validity_time = null\n}}\n")
}

/// The same in JSON syntax, with the attribute two lines below the block.
fn in_json(lines: usize) -> String {
    let lines = "\n".repeat(lines);
    let body = "{\n\"count\": 1,\n\"validity_time\": null}";
    format!("{lines}{{\"resource\": {{\"csms_grant\": {{\"a\": {body}}}}}}}\n")
}

/// The plan of a client whose registry this is, with a grant that never expires at each of these addresses.
fn plan_of(registry: &str, addresses: &[&str]) -> Value {
    let blocks = addresses.iter().map(|address| {
        let block = create(address).with("validity_time", Value::Null);
        block.with("resource_id", *address)
    });
    let mut plan = plan(&blocks.collect::<Vec<_>>());
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        change["provider_name"] = json!(format!("{registry}/hwgrants/hwgrants"));
    }
    plan
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// File and line of each `no-end` finding, in the order of the addresses, which must be the same in all formats that have them.
#[track_caller]
fn found(args: &[&str], input: &Value) -> Vec<(String, u64)> {
    let print = |format: &str| {
        let output = reviewed(
            &[&["--format", format], args].concat(),
            input.to_string().as_bytes(),
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let read = |format: &str| -> Value { serde_json::from_str(&print(format)).unwrap() };
    let pair = |file: &Value, line: &Value| {
        let file = file.as_str().unwrap().to_owned();
        (file, line.as_u64().unwrap())
    };
    let of_rule = |items: &Value, key: &str, pair: &dyn Fn(&Value) -> (String, u64)| {
        let items = items.as_array().unwrap().iter();
        let items = items.filter(|item| item[key] == "no-end").map(pair);
        items.collect::<Vec<_>>()
    };
    let json = of_rule(&read("json")["findings"], "rule", &|finding| {
        pair(&finding["file"], &finding["line"])
    });
    let gitlab = of_rule(&read("gitlab"), "check_name", &|issue| {
        let location = &issue["location"];
        pair(&location["path"], &location["lines"]["begin"])
    });
    assert_eq!(gitlab, json);
    let sarif = read("sarif");
    let sarif = of_rule(&sarif["runs"][0]["results"], "ruleId", &|result| {
        let location = &result["locations"][0]["physicalLocation"];
        let (file, region) = (&location["artifactLocation"]["uri"], &location["region"]);
        pair(file, &region["startLine"])
    });
    assert_eq!(sarif, json);
    let github = print("github");
    let lines = github.lines().filter(|line| line.contains("(no-end)"));
    let github = lines.map(|line| {
        let (_, parameters) = line.split_once(" file=").unwrap();
        let (file, rest) = parameters.split_once(",line=").unwrap();
        let (line, _) = rest.split_once(',').unwrap();
        (file.to_owned(), line.parse().unwrap())
    });
    assert_eq!(github.collect::<Vec<(String, u64)>>(), json);
    json
}

const TERRAFORM: &str = "registry.terraform.io";
const OPENTOFU: &str = "registry.opentofu.org";

/// Which files a client reads was confirmed with Terraform 1.15.5 and OpenTofu 1.12.6.
#[test]
fn findings_are_located_in_the_files_that_the_client_of_the_plan_reads() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let config = root.to_str().unwrap();
    let args = ["-", "--chdir", config, "--source-root", config];
    let check = |files: &[(&str, &str)], expected: [(&str, u64); 3]| {
        write(root, files);
        for (registry, (file, line)) in [TERRAFORM, OPENTOFU, "registry.example"]
            .into_iter()
            .zip(expected)
        {
            let found = found(&args, &plan_of(registry, &["csms_grant.a"]));
            assert_eq!(found, [(file.to_owned(), line)], "{registry}");
        }
        for (path, _) in files {
            fs::remove_file(root.join(path)).unwrap();
        }
    };
    // In JSON syntax.
    check(&[("a.tf.json", &in_json(0))], [("a.tf.json", 3); 3]);
    // A file for each client.
    check(
        &[("a.tf", &native(0)), ("a.tofu", &native(1))],
        [("a.tf", 2), ("a.tofu", 3), ("a.tofu", 3)],
    );
    check(
        &[("a.tf.json", &in_json(0)), ("a.tofu.json", &in_json(1))],
        [("a.tf.json", 3), ("a.tofu.json", 4), ("a.tofu.json", 4)],
    );
    // Files that no client reads.
    check(
        &[
            (".a.tf", &native(3)),
            ("#a.tf#", &native(3)),
            ("a.tf~", &native(3)),
            ("a.tf.bak", &native(3)),
            ("z.tf", &native(0)),
        ],
        [("z.tf", 2); 3],
    );
    // Overrides of each client, the last of which wins.
    check(
        &[
            ("a.tf", &native(0)),
            ("a_override.tf.json", &in_json(0)),
            ("b_override.tf", &native(1)),
            ("b_override.tofu", &native(2)),
        ],
        [
            ("b_override.tf", 3),
            ("b_override.tofu", 4),
            ("b_override.tofu", 4),
        ],
    );
}

#[test]
fn a_tofu_file_that_cannot_be_read_counts_all_the_same_and_a_directory_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, &[("a.tf", &native(0)), ("main.tf", "")]);
    let config = root.to_str().unwrap();
    let args = ["-", "--format=json", "--chdir", config];
    let place = || {
        let plan = plan_of(OPENTOFU, &["csms_grant.a"]).to_string();
        let output = reviewed(&args, plan.as_bytes());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["rule"] == "no-end");
        let finding = finding.unwrap();
        json!([finding["file"], finding["line"]])
    };
    let twin = root.join("a.tofu");
    fs::create_dir(&twin).unwrap();
    assert_eq!(place(), json!(["a.tf", 2]));
    fs::remove_dir(&twin).unwrap();
    fs::write(&twin, b"\xff\xfe").unwrap();
    assert_eq!(place(), json!(["main.tf", null]));
}

#[test]
fn each_state_is_located_in_the_files_of_its_own_client() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let call = "module \"m\" {\n  source = \"../m\"\n}\n";
    let plan = |registry: &str| {
        let mut plan = plan_of(registry, &["csms_grant.a", "module.m.csms_grant.a"]);
        plan["configuration"] =
            json!({"root_module": {"module_calls": {"m": {"source": "../m", "module": {}}}}});
        plan.to_string()
    };
    let one = |lines: usize| format!("{call}{}", native(lines));
    write(
        root,
        &[
            ("m/a.tf", &native(0)),
            ("m/a.tofu", &native(1)),
            ("new/main.tf", &one(0)),
            ("new/main.tofu", &one(1)),
            ("new/plan.json", &plan(OPENTOFU)),
            ("old/main.tf", &one(0)),
            ("old/main.tofu", &one(1)),
            ("old/main.tf.json", "{}"),
            ("old/terraform.tfvars.json", "{}"),
            ("old/plan.json", &plan(TERRAFORM)),
        ],
    );
    let config = root.to_str().unwrap();
    let args = [
        "--plans",
        config,
        "--chdir",
        config,
        "--source-root",
        config,
    ];
    let expected = [
        ("new/main.tofu", 6),
        ("m/a.tofu", 3),
        ("old/main.tf", 5),
        ("m/a.tf", 2),
    ];
    let expected = expected.map(|(file, line)| (file.to_owned(), line));
    assert_eq!(found(&args, &Value::Null), expected);
}

#[test]
fn all_addresses_of_a_json_report_have_their_location_if_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().to_str().unwrap();
    write(
        folder.path(),
        &[
            ("a.tf.json", &in_json(1)),
            (
                "main.tf",
                "module \"far\" {\n  source = \"acme/far/x\"\n}\n",
            ),
        ],
    );
    let addresses = [
        "csms_grant.a[0]",
        "csms_grant.gone",
        "module.far.csms_grant.a",
    ];
    let mut plan = plan_of(TERRAFORM, &addresses);
    let changes = plan["resource_changes"].as_array_mut().unwrap();
    changes.push(json!({
        "address": "huaweicloud_identity_group_membership.gone", "mode": "managed", "name": "gone",
        "type": "huaweicloud_identity_group_membership",
        "change": {"actions": ["create"], "before": null, "after": {"group": "g", "users": ["u"]}, "after_unknown": {}},
    }));
    let read = |config: &str| -> Value {
        let args = ["-", "--format", "json", "--chdir", config];
        let output = reviewed(&args, plan.to_string().as_bytes());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let report = read(config);
    let expected = json!({
        "csms_grant.a[0]": {"file": "a.tf.json", "line": 2},
        "module.far.csms_grant.a": {"file": "main.tf", "line": 1},
    });
    assert_eq!(report["locations"], expected);
    let findings = report["findings"].as_array().unwrap().iter();
    let findings = findings.filter(|finding| finding["rule"] == "no-end");
    let found: Vec<Value> = findings
        .map(|finding| json!([finding["address"], finding["file"], finding["line"]]))
        .collect();
    let expected = [
        json!([addresses[0], "a.tf.json", 4]),
        // Not in the configuration any more.
        json!([addresses[1], "main.tf", null]),
        json!([addresses[2], "main.tf", 1]),
    ];
    assert_eq!(found, expected);
    // Without the configuration, neither the file of the plan nor anything else is named.
    let empty = tempfile::tempdir().unwrap();
    let report = read(empty.path().to_str().unwrap());
    assert_eq!(report["locations"], json!({}));
    let findings = report["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        assert_eq!(
            (&finding["file"], &finding["line"]),
            (&Value::Null, &Value::Null)
        );
    }
}
