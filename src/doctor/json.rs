//! The report as JSON, in a shape of its own that `docs/doctor.schema.json` describes.
//!
//! Within a `format_version` 1.x, members are only added: readers ignore those they do not know.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::report::{NOTE, Report};
use super::step::{Outcome, Step};

/// The version of this shape.
pub const FORMAT_VERSION: &str = "1.0";

/// Prints a report as a [`DoctorJson`], indented.
#[derive(Debug)]
pub struct Json<'a>(pub &'a Report);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&DoctorJson::new(self.0));
        f.write_str(&text.map_err(|_| fmt::Error)?)
    }
}

/// The results of `hwgrants doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[cfg_attr(test, schemars(title = "hwgrants doctor"))]
pub struct DoctorJson {
    /// Version of this format, `1.x`; minor versions only add members.
    pub format_version: &'static str,
    /// Version of `hwgrants`.
    pub version: &'static str,
    /// Platform that it runs on, such as `linux_amd64`.
    pub platform: String,
    /// Whether no step failed.
    pub is_healthy: bool,
    /// Step counts.
    pub counts: DoctorCountsJson,
    /// The steps, in order. The first failed one is the one to repair first.
    pub steps: Vec<StepJson>,
    /// What was not read.
    pub note: &'static str,
}

/// Step counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct DoctorCountsJson {
    /// Number of steps that succeeded.
    pub ok: usize,
    /// Number of steps that failed.
    pub failed: usize,
    /// Number of steps that were skipped.
    pub skipped: usize,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct StepJson {
    /// Name of the step, such as `sign-in`.
    pub step: &'static str,
    /// Host and port of the endpoint; null for steps that are not repeated for each endpoint.
    pub endpoint: Option<String>,
    /// The result.
    pub result: ResultJson,
    /// What was found.
    pub reason: String,
    /// What to do; null unless the step failed.
    pub fix: Option<String>,
    /// What the system or the service said; null unless the step failed and there is more to say.
    pub cause: Option<String>,
    /// Name of the failed step that this step depends on; null unless the step was skipped because of it.
    pub requires: Option<&'static str>,
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResultJson {
    /// The step succeeded.
    Ok,
    /// The step failed.
    Failed,
    /// The step was not tried.
    Skipped,
}

impl DoctorJson {
    fn new(report: &Report) -> Self {
        let counts = report.counts();
        Self {
            format_version: FORMAT_VERSION,
            version: report.version,
            platform: report.platform.clone(),
            is_healthy: !report.has_failures(),
            counts: DoctorCountsJson {
                ok: counts.ok,
                failed: counts.failed,
                skipped: counts.skipped,
            },
            steps: report.steps.iter().map(StepJson::new).collect(),
            note: NOTE,
        }
    }
}

impl StepJson {
    fn new(step: &Step) -> Self {
        let (result, fix, cause, requires) = match &step.outcome {
            Outcome::Ok => (ResultJson::Ok, None, None, None),
            Outcome::Failed { fix, cause } => {
                (ResultJson::Failed, Some(fix.clone()), cause.clone(), None)
            }
            Outcome::Skipped { requires } => {
                let requires = requires.map(|failed| failed.name());
                (ResultJson::Skipped, None, None, requires)
            }
        };
        Self {
            step: step.id.name(),
            endpoint: step.endpoint.clone(),
            result,
            reason: step.reason.clone(),
            fix,
            cause,
            requires,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The schema for readers of the JSON. `UPDATE_GOLDEN=1` writes it.
    #[test]
    fn the_json_schema_in_docs_is_current() {
        let schema =
            serde_json::to_string_pretty(&schemars::schema_for!(DoctorJson)).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.schema.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap();
        assert_eq!(kept, schema, "write it with `UPDATE_GOLDEN=1`");
    }
}
