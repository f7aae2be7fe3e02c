//! Runs the experiment: the precondition, the steps, the cleanup, and the report.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::cleanup::{self, CleanupError};
use super::delegation;
use super::error::ProbeError;
use super::finding::{Fact, Finding};
use super::grant_client::{GrantClient, Write, WriteResponse, status_and_code};
use super::journal::{Journal, JournalEntry, StepName};
use super::lag::Lag;
use super::leftover;
use super::precondition::{self, Before};
use super::reading::Reading;
use super::report::{self, ProbeReport};
use super::target::{ProbeDates, ProbeTarget};
use super::timing::Pace;
use crate::cloud::{Call, Client};

/// Everything that an experiment needs.
pub struct ProbeRun<'a> {
    /// The caller.
    pub client: &'a Client,
    /// The grant.
    pub target: &'a ProbeTarget,
    /// Whether requests go to Huawei Cloud's own endpoint.
    pub has_default_endpoint: bool,
    /// The current time.
    pub started_at: Timestamp,
    /// Pauses and limits.
    pub pace: Pace,
    /// Ends the experiment early; the grant is deleted nevertheless.
    pub cancel: &'a CancellationToken,
    /// Called at the beginning of each step.
    pub on_step: &'a dyn Fn(StepName),
}

/// The result of an experiment that has changed something, or tried to.
#[derive(Debug)]
pub struct ProbeOutcome {
    /// What was learned.
    pub report: ProbeReport,
    /// Why it stopped early.
    pub stopped: Option<ProbeError>,
    /// Whether the grant is gone.
    pub cleanup: Cleanup,
    /// What happened to the other grants on the secret.
    pub others: OtherGrants,
}

/// What happened to the other grants on the secret, which the experiment must not change.
#[derive(Debug)]
pub enum OtherGrants {
    /// All of them are still listed.
    Unchanged,
    /// These grantees are no longer listed.
    Missing(BTreeSet<String>),
    /// The list could not be read at the end.
    Unknown(ProbeError),
}

/// Whether the grant is gone.
#[derive(Debug)]
pub enum Cleanup {
    /// It does not exist: two consecutive lists confirm it, or it was never created.
    Confirmed,
    /// It may exist. The journal remains, so that the next run can remove the grant.
    Failed(CleanupError),
}

/// Runs the experiment. Whatever happens after the first write, the grant is deleted before this returns.
///
/// # Errors
/// The experiment did not begin: the grant exists, or its absence is not certain. Nothing was sent that changes access.
pub async fn probe(
    run: &ProbeRun<'_>,
    journal: &mut dyn Journal,
) -> Result<ProbeOutcome, ProbeError> {
    let mut requests = GrantClient {
        client: run.client,
        target: run.target,
        pace: run.pace,
        cancel: run.cancel,
        lag: Lag::default(),
        has_others: false,
    };
    let before = precondition::check(&mut requests).await?;
    let others = before.reading.others.clone();
    let mut experiment = Experiment {
        dates: ProbeDates::at(run.started_at),
        entry: JournalEntry::new(run.target, run.started_at),
        began_at: Instant::now(),
        run,
        requests,
        journal,
        before,
        may_exist: false,
        has_unknown_outcome: false,
        has_failed_write: false,
        found: Vec::new(),
        facts: Vec::new(),
    };
    let stopped = experiment.take_steps().await.err();
    let cleanup = experiment.clean_up().await;
    let others = experiment.compare_others(&others).await;
    experiment
        .found
        .extend(delegation::findings(&experiment.requests).await);
    let lag = Fact {
        topic: "Lag of reads",
        observation: experiment.requests.lag.observation(),
    };
    experiment.facts.push(lag);
    let report = ProbeReport {
        region: run.target.location.region.to_string(),
        date: experiment.dates.today,
        has_default_endpoint: run.has_default_endpoint,
        findings: report::complete(experiment.found),
        facts: experiment.facts,
        stopped: stopped.as_ref().map(public_reason),
    };
    Ok(ProbeOutcome {
        report,
        stopped,
        cleanup,
        others,
    })
}

/// An experiment in progress.
pub(super) struct Experiment<'a, 'j> {
    pub(super) run: &'a ProbeRun<'a>,
    pub(super) requests: GrantClient<'a>,
    pub(super) dates: ProbeDates,
    pub(super) before: Before,
    journal: &'j mut dyn Journal,
    entry: JournalEntry,
    began_at: Instant,
    /// Whether the grant may exist.
    pub(super) may_exist: bool,
    /// Whether a write may still take effect.
    has_unknown_outcome: bool,
    /// Whether a write failed that could have created the grant.
    has_failed_write: bool,
    pub(super) found: Vec<Finding>,
    pub(super) facts: Vec<Fact>,
}

impl Experiment<'_, '_> {
    /// Writes the journal, then sends a request.
    ///
    /// # Errors
    /// The probe is interrupted, or the outcome is unknown; or the request failed in a way that says nothing about grants.
    pub(super) async fn send(
        &mut self,
        step: StepName,
        write: Write,
    ) -> Result<WriteResponse, ProbeError> {
        if self.run.cancel.is_cancelled() {
            return Err(ProbeError::Interrupted);
        }
        (self.run.on_step)(step);
        if let Write::Create(date) | Write::Update(date) = write
            && !self.entry.expires_on.contains(&date)
        {
            self.entry.expires_on.push(date);
        }
        self.write_journal(step)?;
        let response = self.requests.write(write).await;
        match (write, &response) {
            // An update may create a grant.
            (Write::Create(_) | Write::Update(_), Ok(WriteResponse::Accepted(_))) => {
                self.may_exist = true;
            }
            (Write::Create(_) | Write::Update(_), Ok(WriteResponse::Refused(_))) => {
                self.has_failed_write |= !self.may_exist;
            }
            (Write::Delete, Ok(_)) => {}
            (_, Err(error)) => {
                self.has_failed_write = true;
                self.has_unknown_outcome |= error.is_ambiguous();
                self.may_exist |= error.is_ambiguous();
            }
        }
        response.map_err(|error| ProbeError::request(step.description(), error))
    }

    /// Adds the creation time of the grant to the journal, by which the next run recognizes it.
    pub(super) fn note_created_at(
        &mut self,
        step: StepName,
        created_at: Option<Timestamp>,
    ) -> Result<(), ProbeError> {
        let Some(created_at) = created_at else {
            return Ok(());
        };
        if self.entry.created_at.contains(&created_at) {
            return Ok(());
        }
        self.entry.created_at.push(created_at);
        self.write_journal(step)
    }

    fn write_journal(&mut self, step: StepName) -> Result<(), ProbeError> {
        self.entry.step = step;
        self.entry.written_at = self.now();
        let written = self.journal.write(&self.entry);
        written.map_err(|source| ProbeError::Journal { step, source })
    }

    /// The current time.
    pub(super) fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.began_at.elapsed()).unwrap_or_default();
        self.run
            .started_at
            .saturating_add(elapsed)
            .unwrap_or(self.run.started_at)
    }

    /// Notes an observation that no quirk describes.
    pub(super) fn note(&mut self, topic: &'static str, observation: impl Into<String>) {
        self.facts.push(Fact {
            topic,
            observation: observation.into(),
        });
    }

    /// Deletes the grant if it may exist, and removes the journal once it is gone.
    async fn clean_up(&mut self) -> Cleanup {
        if let Err(error) = self.delete_if_it_exists().await {
            return Cleanup::Failed(error);
        }
        self.may_exist = false;
        // If this fails, the next run finds that nothing was left.
        let _ = self.journal.remove();
        Cleanup::Confirmed
    }

    async fn delete_if_it_exists(&self) -> Result<(), CleanupError> {
        if !self.may_exist && !self.has_failed_write {
            return Ok(());
        }
        (self.run.on_step)(StepName::CleanUp);
        let pace = self.run.pace;
        if !self.may_exist {
            // A server may respond with an error although it has created the grant. A grant of others is not deleted.
            let listed = cleanup::find(&self.requests, pace.unchanged_for).await?;
            let is_of_probe = |reading: Reading| leftover::is_of_probe(&reading, &self.entry);
            if !listed.is_some_and(is_of_probe) {
                return Ok(());
            }
        }
        let absent_for = match self.has_unknown_outcome {
            true => pace.unchanged_for,
            false => Duration::ZERO,
        };
        cleanup::remove(&self.requests, absent_for).await
    }

    /// Compares the other grantees with those before the experiment.
    async fn compare_others(&self, before: &BTreeSet<String>) -> OtherGrants {
        if before.is_empty() {
            return OtherGrants::Unchanged;
        }
        let call = Call::uninterruptible(self.run.pace.request);
        match self.requests.read_within(&call).await {
            Ok(reading) if before.is_subset(&reading.others) => OtherGrants::Unchanged,
            Ok(reading) => {
                OtherGrants::Missing(before.difference(&reading.others).cloned().collect())
            }
            Err(error) => OtherGrants::Unknown(error),
        }
    }
}

/// The reason why the probe stopped, without messages of the service, which may contain IDs.
fn public_reason(error: &ProbeError) -> String {
    match error {
        ProbeError::Request { doing, source } => {
            format!("{doing} failed ({})", status_and_code(source))
        }
        ProbeError::Unclear(_) => "the list of grants was not understood".to_owned(),
        ProbeError::Journal { step, .. } => format!("{step} was not attempted"),
        other => other.to_string(),
    }
}
