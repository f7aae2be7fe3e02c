//! The table of access types, read a second time: by a program in another language that knows no type.

use std::path::Path;
use std::process::Command;

use crate::not_checked::not_checked;

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

#[test]
fn the_table_of_access_types_describes_the_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let has_toml = Command::new("python3")
        .args(["-c", "import tomllib"])
        .output();
    if !has_toml.is_ok_and(|output| output.status.success()) {
        not_checked("the table of access types, because Python 3.11 or later is not installed");
        return;
    }
    let output = Command::new("python3")
        .arg(root.join("tests/oracle/access.py"))
        .arg(root.join("examples/review/plan.json"))
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
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
