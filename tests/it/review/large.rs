//! The review of two thousand grants.

use hwgrants::review::Format;
use serde_json::Value;

use super::{configuration, review, reviewed};
use crate::large_plan;

#[test]
fn two_thousand_grants_give_the_expected_reports_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let day = |days: i64| (large_plan::first_day() + jiff::Span::new().days(days)).to_string();
    std::fs::write(folder.path().join("main.tf"), large_plan::config(day)).unwrap();
    let mut plan = large_plan::plan();
    let report = review(plan.to_string().as_bytes()).unwrap();
    let places =
        configuration::locate_findings(&report, folder.path(), Some(folder.path())).unwrap();
    large_plan::check(&report, &places);
    let text = Format::Text.render(&report, &places);
    assert!(text.lines().all(|line| line.chars().count() <= 80));

    let config = folder.path().to_str().unwrap();
    let args = ["-", "--chdir", config, "--source-root", config];
    let output = reviewed(&args, plan.to_string().as_bytes());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);

    let changes = plan
        .get_mut("resource_changes")
        .and_then(Value::as_array_mut);
    changes.unwrap().reverse();
    let report = review(plan.to_string().as_bytes()).unwrap();
    large_plan::check(&report, &places);
}
