//! Runs the experiment: the precondition, the steps, the cleanup, and the report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::classify;
use super::cleanup::{self, CleanupError, Existence, Removal};
use super::delegation;
use super::error::ProbeError;
use super::finding::{Fact, Finding};
use super::grant_client::{GrantClient, Write, WriteResponse, status_and_code};
use super::journal::{Journal, JournalEntry, PendingWrite, StepName};
use super::lag::Lag;
use super::ownership;
use super::precondition::{self, Before};
use super::reading::{Entry, Reading};
use super::report::{self, ProbeReport};
use super::target::{ProbeDates, ProbeTarget};
use super::timing::Pace;
use crate::cloud::{Call, Client, Expiry};

/// Error code of CreateGrants if the grant exists, so that it is not that of the probe.
pub(super) const DUPLICATE_CODE: &str = "CSMS.0002";

/// Everything that an experiment needs.
pub struct ProbeRun<'a> {
    /// The caller.
    pub client: &'a Client,
    /// The grant.
    pub target: &'a ProbeTarget,
    /// Whether requests go to Huawei Cloud's own endpoint.
    pub has_default_endpoint: bool,
    /// The clock of this machine.
    pub now: &'a dyn Fn() -> Timestamp,
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

/// What happened to the other grants on the secret, which the experiment does not change.
#[derive(Debug)]
pub enum OtherGrants {
    /// They are listed as before.
    Unchanged,
    /// The grants of these grantees are no longer listed, or have another expiry.
    Changed(BTreeSet<String>),
    /// The list could not be read at the end.
    Unknown(ProbeError),
}

/// What is known of the grant at the end.
#[derive(Debug)]
pub enum Cleanup {
    /// No grant was created.
    NothingCreated,
    /// The grant does not exist: consecutive lists do not show it.
    Deleted {
        /// Whether the outcome of a request is unknown, which may create the grant even later. The journal remains.
        may_reappear: bool,
    },
    /// The user has a grant that is not certainly that of the probe. It was not deleted, and the journal remains.
    Foreign {
        /// Its expiry, as listed.
        expiry: Expiry,
    },
    /// The grant may exist. The journal remains, so that the next run can remove it.
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
        absent_form: None,
    };
    let before = precondition::check(&mut requests).await?;
    let started_at = (run.now)();
    let others = before.reading.others.clone();
    let absent_form = before.reading.form;
    let mut experiment = Experiment {
        dates: ProbeDates::at(started_at),
        entry: JournalEntry::new(run.target, started_at, absent_form),
        run,
        requests,
        journal,
        before,
        may_exist: false,
        was_seen: false,
        was_created: false,
        is_replaced: false,
        has_unknown_outcome: false,
        has_failed_write: false,
        found: Vec::new(),
        unchanged: Vec::new(),
        facts: Vec::new(),
    };
    let stopped = experiment.take_steps().await.err();
    let cleanup = experiment.clean_up().await;
    let others = experiment.compare_others(&others).await;
    experiment.withdraw_doubtful_findings();
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
    /// Whether the grant may exist.
    may_exist: bool,
    /// Whether a list has shown the grant since it may exist.
    was_seen: bool,
    /// Whether the service has accepted a write that creates the grant.
    was_created: bool,
    /// Whether a list has shown a grant of the user that is not that of the probe.
    is_replaced: bool,
    /// Whether a write may still take effect.
    has_unknown_outcome: bool,
    /// Whether a write failed that could have created the grant.
    has_failed_write: bool,
    pub(super) found: Vec<Finding>,
    /// Quirks that were concluded because the list was unchanged for this long.
    unchanged: Vec<(&'static str, Duration)>,
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
        self.entry.pending = match write {
            Write::Create(expires_on) => Some(PendingWrite { expires_on }),
            // May create a grant, but not replace an existing one.
            Write::Update(expires_on) if !self.may_exist => Some(PendingWrite { expires_on }),
            Write::Update(_) | Write::Delete => None,
        };
        self.write_journal(step)?;
        let response = self.requests.write(write).await;
        match (write, &response) {
            (Write::Delete, _) => {}
            // An update may create a grant, too.
            (_, Ok(WriteResponse::Accepted(_))) => {
                self.may_exist = true;
                self.was_created = true;
            }
            (_, Ok(WriteResponse::Refused(error))) => {
                self.has_failed_write = true;
                // The existing grant is not what this request would have created.
                if error.code() == Some(DUPLICATE_CODE) {
                    self.entry.pending = None;
                }
            }
            (_, Err(error)) => {
                self.has_failed_write = true;
                self.has_unknown_outcome |= error.is_ambiguous();
                self.may_exist |= error.is_ambiguous();
            }
        }
        response.map_err(|error| ProbeError::request(step.description(), error))
    }

    /// Notes the grant that a list shows after a write: its creation time is how the grant is recognized from now on.
    ///
    /// # Errors
    /// `Replaced` if the user has a grant that is not that of the probe.
    pub(super) fn note_visible(
        &mut self,
        step: StepName,
        reading: &Reading,
    ) -> Result<(), ProbeError> {
        if !reading.is_listed() {
            return Ok(());
        }
        let is_first = self.entry.created_at.is_empty() && !self.entry.hides_created_at;
        if !is_first && !ownership::is_of_probe(reading, &self.entry) {
            return Err(self.replaced());
        }
        if let ([own], true) = (&reading.own[..], is_first) {
            let date = self.entry.pending.and_then(|pending| pending.expires_on);
            if let (Some(listed), Some(date)) = (ownership::expiry(own).instant(), date)
                && !listed.is_on(date)
            {
                return Err(self.replaced());
            }
            self.entry.hides_created_at = own.created_at.is_null();
            let shows_date = ownership::expiry(own).instant().is_some();
            self.entry.shows_dates = date.map(|_| shows_date);
            let created_at = classify::instant(&own.created_at);
            let ahead = created_at.map(|at| at.as_second() - self.now().as_second());
            self.entry.clock_ahead = ahead;
        } else if is_first {
            // Another process has created a second grant.
            return Err(self.replaced());
        }
        self.was_seen = true;
        let new = reading.own.iter().map(|own| &own.created_at);
        let new: Vec<_> = new
            .filter(|created_at| !self.entry.created_at.contains(created_at))
            .filter(|created_at| !created_at.is_null())
            .cloned()
            .collect();
        self.entry.pending = None;
        if new.is_empty() {
            return Ok(());
        }
        self.entry.created_at.extend(new);
        self.write_journal(step)
    }

    /// The error if the user has a grant that is not that of the probe. From now on, nothing is deleted that a list does not show.
    pub(super) fn replaced(&mut self) -> ProbeError {
        self.is_replaced = true;
        ProbeError::Replaced
    }

    /// The error if a write that was accepted does not become visible: it may take effect later.
    pub(super) fn not_visible(&mut self, step: StepName) -> ProbeError {
        self.has_unknown_outcome |= step != StepName::Delete;
        ProbeError::NotVisible {
            step,
            seconds: self.run.pace.visible_within.as_secs(),
        }
    }

    /// Withdraws findings that follow from refusals.
    pub(super) fn withdraw(&mut self, quirks: &[&str], reason: &str) {
        let mut found = self.found.iter_mut();
        while let Some(finding) = found.find(|finding| quirks.contains(&finding.quirk)) {
            *finding = Finding::undetermined(finding.quirk, reason);
        }
    }

    /// The creation times of all grants of the probe that lists have shown, as sent.
    pub(super) fn creation_times(&self) -> Vec<Value> {
        self.entry.created_at.clone()
    }

    /// Whether a listed expiry can be that of the date; unknown if the service shows no dates.
    pub(super) fn may_be_on(&self, entry: &Entry, date: Date) -> bool {
        self.entry.shows_dates != Some(true) || ownership::expiry(entry).is_on(date)
    }

    /// Whether the service shows no creation times, by which a grant is recognized.
    pub(super) fn is_unrecognizable(&self) -> bool {
        self.entry.hides_created_at
    }

    /// Notes that the grant does not exist.
    pub(super) fn note_absent(&mut self) {
        self.may_exist = false;
        self.was_seen = false;
        self.has_failed_write = false;
    }

    /// How far the service's clock is ahead of ours, if that is known.
    pub(super) fn clock_ahead(&self) -> Option<i64> {
        self.entry.clock_ahead
    }

    /// Adds a finding that follows from an unchanged list.
    pub(super) fn conclude_unchanged(&mut self, finding: Finding, after: Duration) {
        self.unchanged.push((finding.quirk, after));
        self.found.push(finding);
    }

    /// Withdraws each finding that follows from an unchanged list, if later reads lagged so much that the wait may have been too short.
    fn withdraw_doubtful_findings(&mut self) {
        let lag = &self.requests.lag;
        for (quirk, after) in &self.unchanged {
            if lag.contradictions == 0 && *after >= lag.least_wait() {
                continue;
            }
            let doubtful = self.found.iter_mut().filter(|found| found.quirk == *quirk);
            for found in doubtful {
                let reason = "reads lagged, so the wait was too short to determine whether the request had an effect";
                *found = Finding::undetermined(quirk, reason);
            }
        }
    }

    fn write_journal(&mut self, step: StepName) -> Result<(), ProbeError> {
        self.entry.step = step;
        self.entry.written_at = self.now();
        let written = self.journal.write(&self.entry);
        written.map_err(|source| ProbeError::Journal { step, source })
    }

    /// The current time.
    pub(super) fn now(&self) -> Timestamp {
        (self.run.now)()
    }

    /// Notes an observation that no quirk describes.
    pub(super) fn note(&mut self, topic: &'static str, observation: impl Into<String>) {
        self.facts.push(Fact {
            topic,
            observation: observation.into(),
        });
    }

    /// Deletes the grant if it exists, and removes the journal once it is gone for certain.
    async fn clean_up(&mut self) -> Cleanup {
        let deleted = match self.was_created {
            true => Cleanup::Deleted {
                may_reappear: self.has_unknown_outcome,
            },
            false => Cleanup::NothingCreated,
        };
        if !self.may_exist && !self.has_failed_write {
            // If this fails, the next run finds that nothing was left.
            let _ = self.journal.remove();
            return deleted;
        }
        (self.run.on_step)(StepName::CleanUp);
        let pace = self.run.pace;
        let absent_for = match (self.has_unknown_outcome, self.may_exist) {
            (true, _) => pace.visible_within,
            (false, true) if !self.is_replaced => Duration::ZERO,
            // A server may respond with an error although it has created the grant.
            (false, _) => pace.unchanged_for,
        };
        let existence = match (self.was_seen, self.may_exist) {
            _ if self.is_replaced => Existence::Unlikely,
            (true, _) => Existence::Seen,
            (false, true) => Existence::Possible,
            (false, false) => Existence::Unlikely,
        };
        let removed = cleanup::remove(&self.requests, &self.entry, absent_for, existence);
        match removed.await {
            Ok(Removal::Foreign { expiry }) => Cleanup::Foreign { expiry },
            Err(error) => Cleanup::Failed(error),
            Ok(Removal::Absent { is_deleted }) => {
                let may_reappear = self.has_unknown_outcome;
                if !may_reappear {
                    let _ = self.journal.remove();
                }
                match is_deleted || may_reappear {
                    true => Cleanup::Deleted { may_reappear },
                    false => deleted,
                }
            }
        }
    }

    /// Compares the other grants with those before the experiment, in two lists: one may be that of a lagging replica.
    async fn compare_others(&self, before: &BTreeMap<String, Vec<Value>>) -> OtherGrants {
        let mut changed = BTreeSet::new();
        for attempt in 0..2 {
            if before.is_empty() {
                break;
            }
            let call = Call::uninterruptible(self.run.pace.request);
            let after = match self.requests.read_within(&call).await {
                Ok(reading) => reading.others,
                Err(error) => return OtherGrants::Unknown(error),
            };
            let before = before.iter();
            let differing = before.filter(|(id, expiries)| after.get(*id) != Some(*expiries));
            changed = differing.map(|(id, _)| id.clone()).collect();
            if changed.is_empty() {
                break;
            }
            if attempt == 0 {
                tokio::time::sleep(self.run.pace.between_reads).await;
            }
        }
        match changed.is_empty() {
            true => OtherGrants::Unchanged,
            false => OtherGrants::Changed(changed),
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
