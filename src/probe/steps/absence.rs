//! The steps that begin without a grant.

use super::{MISSING_CODE, own_entry, refused};
use crate::probe::classify;
use crate::probe::error::ProbeError;
use crate::probe::experiment::Experiment;
use crate::probe::finding::Finding;
use crate::probe::grant_client::{Effect, Write, WriteResponse, status_and_code};
use crate::probe::journal::StepName;
use crate::probe::reading::{Entry, Reading};
use crate::sandbox::{DeleteMissing, Expired, UpdateMissing};

/// How far the service's clock may differ from ours so that a date two days ago is past for the service.
const MAX_CLOCK_DIFFERENCE: i64 = 86_400;

impl Experiment<'_, '_> {
    /// DELETE again: the response if there is nothing to delete.
    pub(super) async fn delete_again(&mut self) -> Result<(), ProbeError> {
        const QUIRK: &str = "delete_missing";
        let finding = match self.send(StepName::DeleteAgain, Write::Delete).await? {
            WriteResponse::Accepted(response) => {
                let shown = format!("status {}", response.status);
                Finding::is(QUIRK, DeleteMissing::NoContent, shown)
            }
            WriteResponse::Refused(error) => {
                let shown = status_and_code(&error);
                match (error.status(), error.code()) {
                    (Some(400), Some(MISSING_CODE)) => {
                        Finding::is(QUIRK, DeleteMissing::BadRequest, shown)
                    }
                    (Some(404), Some(MISSING_CODE)) => {
                        Finding::is(QUIRK, DeleteMissing::NotFound, shown)
                    }
                    _ => refused(QUIRK, &error),
                }
            }
        };
        self.found.push(finding);
        Ok(())
    }

    /// PUT for a grant that does not exist: whether it creates one.
    pub(super) async fn update_deleted(&mut self) -> Result<(), ProbeError> {
        const QUIRK: &str = "update_missing";
        let step = StepName::UpdateDeleted;
        let write = Write::Update(Some(self.dates.created));
        if let WriteResponse::Refused(error) = self.send(step, write).await? {
            let reading = self.requests.read().await?;
            if reading.is_listed() {
                self.note_visible(step, &reading)?;
                let reason = "the request was rejected, but the grant was listed";
                self.found.push(Finding::undetermined(QUIRK, reason));
                return self.delete_if_it_exists().await;
            }
            self.found.push(match error.code() {
                Some(MISSING_CODE) => {
                    Finding::is(QUIRK, UpdateMissing::Refuses, status_and_code(&error))
                }
                _ => refused(QUIRK, &error),
            });
            return Ok(());
        }
        let known = self.creation_times();
        let effect = self.requests.wait_for_effect(Reading::is_listed).await?;
        let Effect::Visible(reading) = effect else {
            let reason = "the request was accepted, and no grant was listed";
            self.found.push(Finding::undetermined(QUIRK, reason));
            return Ok(());
        };
        self.note_visible(step, &reading)?;
        let is_new = |entry: &Entry| !known.contains(&entry.created_at);
        self.found.push(match reading.own.iter().any(is_new) {
            true => {
                let shown = "the request was accepted, and the grant was listed";
                Finding::is(QUIRK, UpdateMissing::Creates, shown)
            }
            // A replica may still show the deleted grant.
            false => {
                let reason =
                    "the request was accepted, and a grant was listed that may be the deleted one";
                Finding::undetermined(QUIRK, reason)
            }
        });
        self.delete_if_it_exists().await
    }

    /// Deletes a grant that only a stale list may show, and waits until none is listed.
    async fn delete_if_it_exists(&mut self) -> Result<(), ProbeError> {
        let step = StepName::Delete;
        match self.send(step, Write::Delete).await? {
            WriteResponse::Refused(error) if !error.is_not_found() => {
                return Err(ProbeError::request(step.description(), error));
            }
            WriteResponse::Accepted(_) | WriteResponse::Refused(_) => {}
        }
        self.require(step, |reading| !reading.is_listed()).await?;
        self.note_absent();
        Ok(())
    }

    /// POST without a date: how a grant that never expires is shown. `None` if the service refuses it.
    pub(super) async fn create_without_expiry(&mut self) -> Result<Option<Entry>, ProbeError> {
        const QUIRK: &str = "no_expiry";
        let step = StepName::CreateWithoutExpiry;
        if let WriteResponse::Refused(error) = self.send(step, Write::Create(None)).await? {
            if self.requests.read().await?.is_listed() {
                return Err(self.replaced());
            }
            self.found.push(refused(QUIRK, &error));
            let reason = "no grant without an expiration date could be created";
            self.found.push(Finding::undetermined("expired", reason));
            return Ok(None);
        }
        let reading = self.require(step, Reading::is_listed).await?;
        let entry = own_entry(&reading)?;
        let no_expiry = classify::no_expiry(&entry.expires_at);
        self.found.push(Finding::of(QUIRK, no_expiry));
        Ok(Some(entry))
    }

    /// PUT with a date in the past: whether the expired grant remains listed.
    pub(super) async fn expire(&mut self, before: Entry) -> Result<(), ProbeError> {
        const QUIRK: &str = "expired";
        let step = StepName::Expire;
        let write = Write::Update(Some(self.dates.past));
        if let WriteResponse::Refused(error) = self.send(step, write).await? {
            self.found.push(refused(QUIRK, &error));
            return Ok(());
        }
        let is_dropped = |reading: &Reading| !reading.is_listed();
        let after = match self.requests.wait_for_effect(is_dropped).await? {
            Effect::Visible(_) => return self.expect_dropped().await,
            Effect::Unchanged(after) => after,
        };
        let reading = self.requests.read().await?;
        self.note_visible(step, &reading)?;
        let is_past = |ahead: i64| ahead.abs() < MAX_CLOCK_DIFFERENCE;
        if own_entry(&reading)?.expires_at == before.expires_at {
            let reason = "the past date was not listed";
            self.found.push(Finding::undetermined(QUIRK, reason));
        } else if self.clock_ahead().is_some_and(is_past) {
            let shown = "the grant was still listed seconds after its expiration date was set to a past date";
            let kept = Finding::is(QUIRK, Expired::Kept, shown);
            self.conclude_unchanged(kept, after);
        } else {
            let reason = "the service's clock differs from that of this machine, so the date may not be in the past there";
            self.found.push(Finding::undetermined(QUIRK, reason));
        }
        Ok(())
    }

    /// After two lists without the expired grant: whether it stays absent. A replica may not have shown the grant yet.
    async fn expect_dropped(&mut self) -> Result<(), ProbeError> {
        const QUIRK: &str = "expired";
        match self.requests.wait_for_effect(Reading::is_listed).await? {
            Effect::Visible(reading) => {
                self.note_visible(StepName::Expire, &reading)?;
                let reason = "lists with and without the grant alternated";
                self.found.push(Finding::undetermined(QUIRK, reason));
            }
            Effect::Unchanged(after) => {
                let shown = "the grant was no longer listed after its expiration date was set to a past date";
                let dropped = Finding::is(QUIRK, Expired::Dropped, shown);
                self.conclude_unchanged(dropped, after);
            }
        }
        Ok(())
    }
}
