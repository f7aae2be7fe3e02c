//! The table, read a second time: by a program in another language that knows no type.

use std::path::Path;
use std::process::Command;

use super::{cells, summarize};
use crate::not_checked::not_checked;
use crate::review::{cases, source};

/// Who gains or loses access in the example: change, grantee, level and end of each access.
const EXAMPLE: [[&str; 4]; 6] = [
    [
        "moved",
        "user 20260302080344650-83BD-F4419D07B",
        "use",
        "2027-06-30",
    ],
    [
        "gained",
        "group 20260105090003222-904C-D475B60AE",
        "use",
        "never",
    ],
    ["kept", "CodeArts Repo", "use", ""],
    [
        "changed",
        "user 20260105091512481-4F1A-1B2C3D4E5",
        "use",
        "2026-12-11 -> 2027-01-25",
    ],
    [
        "gained",
        "user 20260112143025117-83BD-0A7E52C91",
        "use",
        "never",
    ],
    [
        "lost",
        "user 20260302080344650-83BD-F4419D07B",
        "use",
        "2027-01-30",
    ],
];

/// Whether Python can read the table; said if it cannot.
fn has_python() -> bool {
    let found = Command::new("python3")
        .args(["-c", "import tomllib"])
        .output();
    let has_python = found.is_ok_and(|output| output.status.success());
    if !has_python {
        not_checked("the table of access types, because Python 3.11 or later is not installed");
    }
    has_python
}

/// What the program prints of a plan.
fn python(plan: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("python3")
        .arg(root.join("tests/oracle/access.py"))
        .arg(plan)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_table_of_access_types_describes_the_example() {
    if !has_python() {
        return;
    }
    let printed = python(&source("example").join("plan.json"));
    let rows: Vec<Vec<&str>> = printed
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let rows: Vec<[&str; 4]> = rows
        .iter()
        .map(|row| [row[3], row[4], row[6], row[7]])
        .collect();
    assert_eq!(rows, EXAMPLE, "{printed}");
}

#[test]
fn two_readings_of_the_table_agree_on_every_plan() {
    if !has_python() {
        return;
    }
    let mut count = 0;
    for (case, plan) in cases() {
        let mut other: Vec<String> = python(&source(&case).join("plan.json"))
            .lines()
            .map(|line| line.split_once('\t').unwrap().1.to_owned())
            .collect();
        other.sort();
        let summary = summarize(&serde_json::from_str(&plan).unwrap());
        let mut own: Vec<String> = summary
            .rows
            .iter()
            .map(|row| cells(row).join("\t"))
            .collect();
        own.sort();
        count += own.len();
        assert_eq!(own, other, "{case}");
    }
    assert!(count > 20, "{count} rows");
}
