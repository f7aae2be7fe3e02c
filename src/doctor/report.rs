//! The report: all steps, with everything redacted that does not belong into an issue.

use super::redaction::Redaction;
use super::step::{Outcome, Step, StepId};

/// What follows the steps, because the report cannot know.
pub(super) const NOTE: &str = "Arguments of the provider block are not read. If the block has arguments, set the corresponding \
                               environment variables, or use `--region`, `--project-id` and `--endpoint`.";

/// The results of all steps, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Version of this program.
    pub version: &'static str,
    /// The platform that it runs on, such as `linux_amd64`.
    pub platform: String,
    /// The steps.
    pub steps: Vec<Step>,
}

/// How many steps have which result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// Steps that succeeded.
    pub ok: usize,
    /// Steps that failed.
    pub failed: usize,
    /// Steps that were not tried.
    pub skipped: usize,
}

impl Report {
    /// A report on these steps, in the order of [`StepId::ALL`]. Steps of several endpoints stay together.
    #[must_use]
    pub fn new(platform: String, steps: Vec<Step>, redaction: &Redaction) -> Self {
        let mut steps: Vec<_> = steps
            .into_iter()
            .map(|step| redact(step, redaction))
            .collect();
        // Stable, so that the steps of an endpoint keep their order.
        steps.sort_by_key(|step| match step.endpoint {
            Some(_) => StepId::Dns,
            None => step.id,
        });
        Self {
            version: crate::VERSION,
            platform,
            steps,
        }
    }

    /// Whether any step failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.steps.iter().any(Step::is_failed)
    }

    /// How many steps have which result.
    #[must_use]
    pub fn counts(&self) -> StepCounts {
        let mut counts = StepCounts::default();
        for step in &self.steps {
            match step.outcome {
                Outcome::Ok => counts.ok += 1,
                Outcome::Failed { .. } => counts.failed += 1,
                Outcome::Skipped { .. } => counts.skipped += 1,
            }
        }
        counts
    }
}

fn redact(mut step: Step, redaction: &Redaction) -> Step {
    step.reason = redaction.text(&step.reason);
    step.endpoint = step.endpoint.map(|endpoint| redaction.text(&endpoint));
    if let Outcome::Failed { fix, cause } = &mut step.outcome {
        *fix = redaction.text(fix);
        *cause = cause.take().map(|cause| redaction.text(&cause));
    }
    step
}
