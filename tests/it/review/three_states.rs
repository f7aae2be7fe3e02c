//! The golden plans of three states, one grant of which moves from a state to another one.

use std::fs;
use std::path::PathBuf;

use hwgrants::plan_json::{StateName, read_plan};
use hwgrants::review::{Format, PlanSet, Policy, Report};

use super::{golden, reviewed};
use crate::golden_report;

/// The case, and the names of its states.
const CASE: &str = "three-states";
const STATES: [&str; 3] = ["dns", "network", "secrets"];

fn plans() -> PathBuf {
    golden().join(CASE).join("plans")
}

/// The report on the plans, without their configuration.
pub(super) fn report() -> Report {
    let mut set = PlanSet::default();
    for name in STATES {
        let plan = fs::read(plans().join(name).join("plan.json")).unwrap();
        let name: StateName = name.parse().unwrap();
        set.add(Some(&name), read_plan(&plan[..]).unwrap()).unwrap();
    }
    set.review(&Policy::default())
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let files = STATES.map(|state| format!("{state}/plan.json"));
    for format in Format::ALL {
        let path = golden().join(CASE);
        let path = path.join(format!("report.{}", format.extension()));
        let made = golden_report::of_files(&plans(), &files, format);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            golden_report::write(CASE, &path, &made);
        }
        let expected = golden_report::read(&path);
        assert_eq!(made, expected, "{}", format.name());
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let files = order.map(|index| files[index].clone());
            let made = golden_report::of_files(&plans(), &files, format);
            assert_eq!(made, expected, "{order:?} {}", format.name());
        }
    }
    let plans = plans();
    let plans = plans.to_str().unwrap();
    let args = ["--chdir", plans, "--source-root", plans, "--plans", plans];
    let output = reviewed(&args, b"");
    let expected = golden_report::read(&golden().join(CASE).join("report.txt"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn a_grant_that_moves_is_reported_as_unchanged_and_with_a_finding() {
    let report = report();
    let moved: Vec<_> = report.findings.iter().map(|it| it.rule.id()).collect();
    let count = moved.iter().filter(|id| **id == "moved-between-states");
    assert_eq!(count.count(), 1, "{moved:?}");
    let text = golden_report::read(&golden().join(CASE).join("report.txt"));
    assert!(!text.contains("Gains access") && !text.contains("Loses access"));
}
