//! Golden plans and reports: those that Terraform makes are settled, so that they are alike whenever they are made, and compared.

use std::path::{Path, PathBuf};

use hwgrants::cli::configuration;
use hwgrants::review::{Format, Policy};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::Value;

use crate::golden_report;
use crate::harness::{Workspace, in_days};

/// The day on which all golden plans were made, as far as they say.
pub(super) const DAY: &str = "2026-12-01";

/// Plans what is written in the workspace, and compares the plan's report with the golden one.
#[track_caller]
pub(super) fn check(case: &str, workspace: &Workspace, args: &[&str]) {
    compare(case, workspace, &plan(workspace, args));
}

/// The same for a plan that has been made, and whose configuration is in the workspace.
#[track_caller]
pub(super) fn compare(case: &str, workspace: &Workspace, plan: &Value) {
    let (folder, source) = (golden(case), source(case));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        let text = serde_json::to_string_pretty(plan).unwrap();
        std::fs::write(source.join("plan.json"), format!("{text}\n")).unwrap();
        if source == folder {
            keep_config(&workspace.path(), &folder.join("config"));
        }
    }
    let report = hwgrants::review::review(plan.to_string().as_bytes(), &Policy::default()).unwrap();
    let config = source.join("config");
    // A case without a configuration has nothing to read in its folder.
    let config = if config.exists() { &config } else { &folder };
    let places = configuration::locate_findings(&report, config, Some(config)).unwrap();
    for format in Format::ALL {
        let path = folder.join(format!("report.{}", format.extension()));
        let report = format.render(&report, &places);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            golden_report::write(case, &path, &report);
        }
        let expected = golden_report::read(&path);
        assert_eq!(report, expected, "{case}; `UPDATE_GOLDEN=1` updates it");
    }
}

/// What Terraform plans of what is written in the workspace, as of the day of all golden plans.
pub(super) fn plan(workspace: &Workspace, args: &[&str]) -> Value {
    let plan = ["plan", "-input=false", "-out=test.tfplan"];
    workspace.run(&[&plan, args].concat()).succeeded();
    saved(workspace)
}

/// The plan that Terraform has saved last, as of the day of all golden plans.
pub(super) fn saved(workspace: &Workspace) -> Value {
    let mut plan = workspace.json(&["show", "-json", "test.tfplan"]);
    let today: Date = in_days(0).parse().unwrap();
    // Terraform lists them in an order of its own each time.
    let relevant = plan.get_mut("relevant_attributes");
    if let Some(relevant) = relevant.and_then(Value::as_array_mut) {
        relevant.sort_by_key(Value::to_string);
    }
    settle(&mut plan, DAY.parse::<Date>().unwrap() - today);
    plan
}

/// Copies the configuration, module folders included, with the days of the golden plans.
pub(super) fn keep_config(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.extension().is_some_and(|extension| extension == "tf") {
            std::fs::create_dir_all(to).unwrap();
            let text = std::fs::read_to_string(path).unwrap();
            let span = DAY.parse::<Date>().unwrap() - in_days(0).parse::<Date>().unwrap();
            std::fs::write(target, settled(&text, span)).unwrap();
        } else if path.join("main.tf").is_file() {
            keep_config(&path, &target);
        }
    }
}

/// The text with all its days moved as [`settle`] does.
pub(super) fn settled(text: &str, span: Span) -> String {
    let quoted = text.split('"').map(|part| {
        let date = part.parse::<Date>().ok();
        let date = date.filter(|_| part.len() == DAY.len());
        date.map_or(part.to_owned(), |date| (date + span).to_string())
    });
    quoted.collect::<Vec<_>>().join("\"")
}

pub(super) fn golden(case: &str) -> PathBuf {
    root().join("tests/golden/review").join(case)
}

/// The folder with the plan of a case and its configuration. That of `example` is the one that users read.
fn source(case: &str) -> PathBuf {
    match case {
        "example" => root().join("examples/review"),
        case => golden(case),
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Moves all days by this span and all times to the noon of their day, and hides ids that differ from run to run, so
/// that plans of one configuration are alike whenever they are made.
fn settle(value: &mut Value, span: Span) {
    match value {
        Value::String(text) => {
            // The parser takes times and other forms for dates, too.
            let date = text.parse::<Date>().ok();
            if let Some(date) = date.filter(|_| text.len() == "2026-12-01".len()) {
                *text = (date + span).to_string();
            } else if let Ok(at) = text.parse::<Timestamp>() {
                *text = format!(
                    "{}T12:00:00Z",
                    at.to_zoned_datetime(TimeZone::UTC).date() + span
                );
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| settle(value, span)),
        Value::Object(values) => {
            for (name, value) in values.iter_mut() {
                match name.as_str() {
                    "uuid" | "signature" if value.is_string() => {
                        *value = "settled".into();
                    }
                    _ => settle(value, span),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
