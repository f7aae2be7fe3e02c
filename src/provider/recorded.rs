//! An object of the cloud in the run record, which coordinates blocks with the same key across plan, apply and processes.

use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{Call, Error, ErrorKind};
use crate::framework::{Diagnostic, PlanContext, Private};
use crate::run_record::{
    CreationProgress, CreationToken, DeletedObject, Key, KeyParts, ObjectId, Record, Wanted,
};

use super::plan_fact::PlanFacts as _;
use super::run::Run;

/// Interval of reading the record while waiting for another process.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Number of waiting plans from which on waiting is pointless: Terraform plans ten resources at a time, so they may
/// block the plans that they wait for.
const MAX_WAITING_PLANS: usize = 5;

/// An object of the cloud in the run record.
pub(super) struct Recorded<'a> {
    pub(super) record: &'a Record,
    key: Key,
    /// The parts of the key in plain text: the record has only hashes of them.
    texts: [String; 3],
}

impl<'a> Recorded<'a> {
    /// The object whose key has these parts, and a scope that may be unknown during planning.
    pub(super) fn new(record: &'a Record, texts: [&str; 3], scope: Option<&str>) -> Self {
        Self {
            record,
            key: Key::new(texts, scope),
            texts: texts.map(str::to_owned),
        }
    }

    /// The key without its scope, for comparison with creations whose key was partly unknown.
    fn parts(&self) -> KeyParts {
        KeyParts::new(self.texts.each_ref().map(|text| Some(text.as_str())))
    }

    /// The key that handovers are sealed with: only those who know the object can read them.
    pub(super) fn seal_key(&self) -> String {
        self.texts.join("\n")
    }

    /// The key.
    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// Whether the plan knew that this object is created.
    pub(super) fn was_planned(&self) -> bool {
        self.record.was_planned(self.key)
    }

    /// The same, recorded by the processes of this run of Terraform only.
    pub(super) fn was_planned_here(&self) -> bool {
        self.record.was_planned_here(self.key)
    }

    /// Whether the plan did not know this object, but planned a creation with a partly unknown key that matches it.
    pub(super) fn was_unknown(&self) -> bool {
        !self.was_planned() && self.record.was_unknown(self.parts())
    }

    /// The same, recorded by the processes of this run of Terraform only.
    pub(super) fn was_unknown_here(&self) -> bool {
        self.record.was_unknown_here(self.parts())
    }

    /// Records that a creation begins. Deletions that wait for it stop waiting.
    pub(super) fn note_creating(&self) {
        self.record.note_creating(self.key);
    }

    /// Records that this block has the object, so that a deletion by another block hands it over.
    pub(super) fn note_managed(&self) {
        self.record.note_managed(self.key);
    }

    /// Records that the block has the object of another block, unchanged.
    pub(super) fn note_taken_over_unchanged(&self) {
        self.record.note_taken_over_unchanged(self.key);
    }

    /// Whether the block has the object of another block, unchanged.
    pub(super) fn is_taken_over_unchanged(&self) -> bool {
        self.record.is_taken_over_unchanged(self.key)
    }

    /// Records that the creation failed, so that a deletion does not hand the object over to it.
    pub(super) fn note_failed(&self) {
        self.record.note_failed(self.key);
    }

    /// Records that a deletion hands the object over to another block. Returns false if the creation of that block has
    /// failed.
    pub(super) fn hand_over(&self, private: &Private, left: Option<String>) -> bool {
        self.record
            .hand_over(private.plan(), self.key, private.creation(), left)
    }

    /// Whether a deletion has handed the object over and no block has taken it over yet.
    pub(super) fn is_given_up(&self) -> bool {
        self.record.is_given_up(self.key)
    }

    /// Records that the deletion begins, with the sealed handover in case a creation finds the object still there.
    pub(super) fn note_removing(&self, left: Option<String>) {
        self.record.note_removing(self.key, left);
    }

    /// Whether a block declares the object, according to the plan that is being applied or, without one, to the last plan in
    /// the same working directory.
    pub(super) fn is_declared(&self) -> bool {
        self.record.is_declared(self.key)
    }

    /// The same, recorded by the processes of this run of Terraform only; `None` if they have recorded nothing about the object.
    pub(super) fn is_declared_here(&self) -> Option<bool> {
        self.record.is_declared_here(self.key)
    }

    /// Records the end of a deletion; false if the object may still exist.
    pub(super) fn note_removed(&self, is_removed: bool) {
        self.record.note_removed(self.key, is_removed);
    }

    /// Whether the plan of a deletion declares the object in another block.
    pub(super) fn wanted_of(&self, deleted: DeletedObject, private: &Private) -> Wanted {
        if private.is_handed_over() {
            return Wanted::Yes;
        }
        self.record
            .wanted(private.plan(), self.key, self.parts(), deleted)
    }

    /// Whether another block of the plan declares or deletes the object. That block may be planned concurrently, so this waits.
    /// If the plan is too large to wait and deletes other objects, it most likely deletes this one, too.
    pub(super) async fn is_declared_elsewhere(
        &self,
        run: &Run,
        token: CreationToken,
        context: &PlanContext,
    ) -> bool {
        match self.wait_for_others(run, token, context).await {
            PlanWaitResult::Noted => true,
            PlanWaitResult::NotNoted => false,
            PlanWaitResult::TooManyWaiting => self.record.deletes_anything(),
        }
    }

    /// The same, but false if the plan is too large to tell: for a decision that must not rest on a guess.
    pub(super) async fn is_certainly_declared_elsewhere(
        &self,
        run: &Run,
        token: CreationToken,
        context: &PlanContext,
    ) -> bool {
        self.wait_for_others(run, token, context).await == PlanWaitResult::Noted
    }

    /// Waits until another block of the plan that declares or deletes the object is noted.
    async fn wait_for_others(
        &self,
        run: &Run,
        token: CreationToken,
        context: &PlanContext,
    ) -> PlanWaitResult {
        let is_noted = || {
            let others = self.record.planned_elsewhere(self.key, token);
            others.is_deleted || others.duplicate.is_some()
        };
        wait_in_plan(run, context, is_noted).await
    }

    /// Whether the plan keeps or creates the object in another block than the one of `deleted`, which it deletes. That block may be
    /// planned concurrently, so this waits.
    pub(super) async fn is_wanted_elsewhere(
        &self,
        run: &Run,
        deleted: ObjectId,
        context: &PlanContext,
    ) -> bool {
        let is_noted = || self.record.is_wanted_in_plan(deleted, self.key);
        wait_in_plan(run, context, is_noted).await == PlanWaitResult::Noted
    }

    /// Progress of the creation of this object since its deletion was planned.
    pub(super) fn creation(&self, private: &Private) -> CreationProgress {
        self.record
            .creation_progress(private.plan(), self.key, private.creation())
    }

    /// Waits until a creation of this object begins, or until the given instant.
    ///
    /// # Errors
    /// The operation timed out or was cancelled. No request was sent.
    pub(super) async fn creation_until(
        &self,
        until: Instant,
        private: &Private,
        call: &Call,
    ) -> Result<CreationProgress, Diagnostic> {
        loop {
            let creation = self.creation(private);
            let rest = until.saturating_duration_since(Instant::now());
            if creation != CreationProgress::None || rest.is_zero() {
                return Ok(creation);
            }
            pause(call, POLL_INTERVAL.min(rest)).await?;
        }
    }

    /// Whether another process has written this object, so that lists read before are outdated.
    pub(super) fn is_changed_elsewhere(&self) -> bool {
        self.record.is_changed_elsewhere(self.key)
    }

    /// Waits until no other process is deleting this object.
    ///
    /// # Errors
    /// The operation timed out or was cancelled. No request was sent.
    pub(super) async fn wait_for_removal_elsewhere(&self, call: &Call) -> Result<(), Diagnostic> {
        while self.record.is_being_removed_elsewhere(self.key) {
            pause(call, POLL_INTERVAL).await?;
        }
        Ok(())
    }
}

/// The result of waiting for what another block of the plan notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlanWaitResult {
    /// It has been noted.
    Noted,
    /// It was not noted in time.
    NotNoted,
    /// The same, but the plan is too large to tell.
    TooManyWaiting,
}

/// Waits until `is_noted`, within the time that the plans of a run may wait in total.
async fn wait_in_plan(
    run: &Run,
    context: &PlanContext,
    is_noted: impl Fn() -> bool,
) -> PlanWaitResult {
    let until = run.deletion_plan_wait_ends_at();
    let wait = run.wait_in_plan();
    let mut is_crowded = Instant::now() >= until;
    loop {
        if is_noted() {
            return PlanWaitResult::Noted;
        }
        is_crowded |= wait.count() >= MAX_WAITING_PLANS;
        let rest = until.saturating_duration_since(Instant::now());
        let call = Call::within(rest, context.cancellation().clone());
        if rest.is_zero() || call.pause(POLL_INTERVAL.min(rest)).await.is_err() {
            return match is_crowded {
                true => PlanWaitResult::TooManyWaiting,
                false => PlanWaitResult::NotNoted,
            };
        }
    }
}

/// Waits, and turns the end of the call into an error.
async fn pause(call: &Call, length: Duration) -> Result<(), Diagnostic> {
    let over = |error: Error| {
        let (title, what) = match error.kind() {
            ErrorKind::Cancelled => ("Cancelled", "was cancelled"),
            _ => ("Timed out", "timed out"),
        };
        let detail = format!(
            "The operation {what} while waiting for another operation on the same object. This operation made no \
             changes. Run the command again."
        );
        Diagnostic::error(title, detail)
    };
    call.pause(length).await.map_err(over)
}
