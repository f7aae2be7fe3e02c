//! The formats for GitLab and GitHub, checked by what their documentation says.

use std::collections::BTreeSet;

use hwgrants::review::{Format, Report, SourceLocations};
use serde_json::Value;

use super::sample::{self, HOSTILE};

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
