//! The golden reports of `hwgrants review`, without what all reports of a format have in common.

use std::path::Path;
use std::process::Command;

use hwgrants::review::{Format, Policy, SourceLocations, review};

/// What all reports of a format have in common, and what stands for it in golden files: one copy is enough.
fn shared() -> [(String, &'static str); 2] {
    let style = include_str!("../../src/review/html/style.css").to_owned();
    let empty = br#"{"format_version": "1.2", "resource_changes": []}"#;
    let empty = review(&empty[..], &Policy::default()).unwrap();
    let sarif = Format::Sarif.render(&empty, &SourceLocations::default());
    let start = sarif.find("\"rules\": [").unwrap();
    let line = &sarif[..start];
    let indent = &line[line.rfind('\n').unwrap()..];
    let end = format!("{indent}]");
    let length = sarif[start..].find(&end).unwrap() + end.len();
    let rules = sarif[start..start + length].to_owned();
    [
        (style, "/* style.css */"),
        (rules, "\"rules\": \"see example\""),
    ]
}

/// Writes the golden report of a case; that of the example is kept whole.
pub(crate) fn write(case: &str, path: &Path, report: &str) {
    let report = report.to_owned();
    let report = match case {
        "example" => report,
        _ => shared().into_iter().fold(report, |text, (shared, mark)| {
            text.replacen(&shared, mark, 1)
        }),
    };
    std::fs::write(path, report).unwrap();
}

/// The golden report in a file, whole.
pub(crate) fn read(path: &Path) -> String {
    let text = std::fs::read_to_string(path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    shared()
        .into_iter()
        .fold(text, |text, (shared, mark)| text.replacen(mark, &shared, 1))
}

/// The report of `hwgrants review` on these files in a folder, each the plan of a state with its configuration beside it.
pub(crate) fn of_files(folder: &Path, files: &[String], format: Format) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .current_dir(folder)
        .args(["review", "--source-root", ".", "--format", format.name()])
        .args(files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{files:?}: {said}");
    assert_eq!(said, "", "{files:?}");
    String::from_utf8(output.stdout).unwrap()
}
