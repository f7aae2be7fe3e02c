//! The steps of the experiment, in order, and what follows from each.

use jiff::civil::Date;
use serde_json::Value;

use super::classify;
use super::error::ProbeError;
use super::experiment::{DUPLICATE_CODE, Experiment};
use super::finding::Finding;
use super::grant_client::{Effect, Write, WriteResponse, status_and_code};
use super::journal::StepName;
use super::precondition;
use super::reading::{Entry, Form, Reading};
use crate::cloud::{Error, ObservedResponse};
use crate::sandbox::{
    DeleteMissing, Duplicate, Expired, NoGrants, UpdateMissing, UpdateWithoutEnd,
};

/// Error code of a request about a grant that does not exist.
const MISSING_CODE: &str = "CSMS.0005";

/// How far the service's clock may differ from ours so that a date two days ago is past for the service.
const MAX_CLOCK_DIFFERENCE: i64 = 86_400;

/// The topic of facts about refused requests.
const REFUSALS: &str = "Refused requests";

/// The expiry as listed for each date that was set.
#[derive(Default)]
struct Expiries {
    samples: Vec<(Date, Value)>,
    /// Whether different dates are shown differently.
    shows_dates: bool,
}

impl Experiment<'_, '_> {
    /// Takes all steps.
    ///
    /// # Errors
    /// The outcome of a step is unknown, or another process has changed the grant, so the following steps would prove nothing.
    pub(super) async fn take_steps(&mut self) -> Result<(), ProbeError> {
        let dates = self.dates;
        let mut expiries = Expiries::default();
        let (response, entry) = self.create(dates.created).await?;
        self.classify_times(&mut expiries, dates.created, &entry);
        let entry = self
            .change(&mut expiries, StepName::Extend, dates.extended, entry)
            .await?;
        let entry = self
            .change(&mut expiries, StepName::Shorten, dates.shortened, entry)
            .await?;
        let end = classify::expiry_format(&expiries.samples, dates.today);
        self.found.push(Finding::of("end", end));
        let entry = self.clear_expiry(&expiries, entry).await?;
        self.create_again(&response, entry).await?;
        self.delete().await?;
        self.delete_again().await?;
        self.update_deleted().await?;
        if let Some(entry) = self.create_without_expiry().await? {
            self.expire(entry).await?;
        }
        // Refusals that concern a secret that was deleted meanwhile would be misunderstood.
        precondition::find_secret(&self.requests).await.map(drop)
    }

    /// POST with a date: the forms of both responses.
    async fn create(&mut self, date: Date) -> Result<(ObservedResponse, Entry), ProbeError> {
        let step = StepName::Create;
        let sent_at = self.now();
        let response = match self.send(step, Write::Create(Some(date))).await? {
            WriteResponse::Accepted(response) => response,
            WriteResponse::Refused(error) => {
                return Err(ProbeError::request(step.description(), error));
            }
        };
        let reading = self.require(step, Reading::is_listed).await?;
        let entry = own_entry(&reading)?;
        let answer = classify::answer_format(&response);
        self.found.push(Finding::of("answer", answer));
        let no_grant = || "the response to CreateGrants contained no grant".to_owned();
        let grant = classify::grant_fields(&response);
        let fields = grant.as_ref().ok_or_else(no_grant);
        let uuid = fields.clone().and_then(classify::uuid_format);
        self.found.push(Finding::of("uuid", uuid));
        let state = fields.and_then(classify::state_format);
        self.found.push(Finding::of("state", state));
        let r#type = grant.as_ref().and_then(|grant| grant.get("type"));
        let kind = classify::kind_format(r#type.unwrap_or(&reading.resource.r#type));
        self.found.push(Finding::of("kind", kind));
        self.classify_list(&reading, &entry);
        let clock = classify::clock(&entry.created_at, sent_at);
        self.note("Clock", clock);
        Ok((response, entry))
    }

    /// The forms of a list that shows the grant.
    fn classify_list(&mut self, reading: &Reading, entry: &Entry) {
        let target = self.run.target;
        self.found.push(match reading.form {
            Form::List(Some(format)) => {
                let shown = "structure of a list that contained the grant";
                Finding::is("list", format, shown)
            }
            _ => Finding::undetermined("list", "`data` was an array of more than two objects"),
        });
        let ids = classify::id_format([
            (target.secret_id.as_str(), &reading.resource.id),
            (target.user_id.as_str(), &entry.user_id),
        ]);
        self.found.push(Finding::of("ids", ids));
        let names = classify::names(&entry.user_name, &self.before.user_name);
        self.found.push(Finding::of("names", names));
        let has_others = !self.before.reading.others.is_empty();
        let no_grants = match (self.before.reading.form, has_others) {
            (_, true) => Err("the secret has other grants".to_owned()),
            (Form::PossiblyNone(Some(form)), false) => Ok(form),
            (Form::List(_), false) => Ok(NoGrants::EmptyArray),
            (Form::PossiblyNone(None), false) => {
                Err("no value of the quirk describes the response".to_owned())
            }
        };
        let shown = "response before the grant was created".to_owned();
        let no_grants = no_grants.map(|form| (form, shown));
        self.found.push(Finding::of("no_grants", no_grants));
    }

    /// The formats of times.
    fn classify_times(&mut self, expiries: &mut Expiries, date: Date, entry: &Entry) {
        let time = classify::time_format(&entry.created_at);
        self.found.push(Finding::of("time", time));
        expiries.samples.push((date, entry.expires_at.clone()));
        let format = classify::expiry_format(&expiries.samples, self.dates.today);
        expiries.shows_dates = format.is_ok_and(|(format, _)| classify::shows_dates(format));
    }

    /// PUT with another date: the format of the expiry.
    async fn change(
        &mut self,
        expiries: &mut Expiries,
        step: StepName,
        date: Date,
        before: Entry,
    ) -> Result<Entry, ProbeError> {
        if let WriteResponse::Refused(error) = self.send(step, Write::Update(Some(date))).await? {
            if error.code() == Some(MISSING_CODE) {
                return Err(ProbeError::request(step.description(), error));
            }
            self.note_refusal("UpdateGrant with a date", &error);
            return Ok(before);
        }
        let reading = match expiries.shows_dates {
            true => {
                self.require(step, |reading| has_changed(reading, &before))
                    .await?
            }
            false => {
                let reading = self.requests.read().await?;
                self.note_visible(step, &reading)?;
                reading
            }
        };
        let entry = own_entry(&reading)?;
        expiries.samples.push((date, entry.expires_at.clone()));
        Ok(entry)
    }

    /// PUT without a date: whether it removes the expiry.
    async fn clear_expiry(
        &mut self,
        expiries: &Expiries,
        before: Entry,
    ) -> Result<Entry, ProbeError> {
        const QUIRK: &str = "update_without_end";
        let step = StepName::ClearExpiry;
        if let WriteResponse::Refused(error) = self.send(step, Write::Update(None)).await? {
            self.found.push(refused(QUIRK, &error));
            return Ok(before);
        }
        let has_effect = |reading: &Reading| has_changed(reading, &before);
        match self.requests.wait_for_effect(has_effect).await? {
            Effect::Visible(reading) => {
                self.note_visible(step, &reading)?;
                let entry = own_entry(&reading)?;
                self.found
                    .push(match classify::no_expiry(&entry.expires_at) {
                        Ok((_, shown)) => Finding::is(QUIRK, UpdateWithoutEnd::Clears, shown),
                        Err(reason) => Finding::undetermined(QUIRK, reason),
                    });
                Ok(entry)
            }
            Effect::Unchanged(after) => {
                let shown = "the list still showed the previous date";
                match expiries.shows_dates {
                    true => {
                        let keeps = Finding::is(QUIRK, UpdateWithoutEnd::Keeps, shown);
                        self.conclude_unchanged(keeps, after);
                    }
                    false => {
                        let reason = "ListGrants does not return expiration dates";
                        self.found.push(Finding::undetermined(QUIRK, reason));
                    }
                }
                Ok(before)
            }
        }
    }

    /// POST again: what happens to the existing grant.
    async fn create_again(
        &mut self,
        first: &ObservedResponse,
        before: Entry,
    ) -> Result<(), ProbeError> {
        const QUIRK: &str = "duplicate";
        let step = StepName::CreateAgain;
        let write = Write::Create(Some(self.dates.duplicate));
        let response = match self.send(step, write).await? {
            WriteResponse::Accepted(response) => response,
            WriteResponse::Refused(error) => {
                self.found.push(match error.code() {
                    Some(DUPLICATE_CODE) => {
                        Finding::is(QUIRK, Duplicate::Refused, status_and_code(&error))
                    }
                    _ => refused(QUIRK, &error),
                });
                return Ok(());
            }
        };
        let has_effect = |reading: &Reading| has_changed(reading, &before);
        let has_same_uuid = classify::have_same_uuid(first, &response);
        match self.requests.wait_for_effect(has_effect).await? {
            Effect::Visible(reading) => {
                self.note_visible(step, &reading)?;
                let is_same = own_entry(&reading)?.created_at == before.created_at;
                self.found.push(match reading.own.len() {
                    2.. => {
                        let shown = "the list showed two grants for the user";
                        Finding::is(QUIRK, Duplicate::Doubled, shown)
                    }
                    _ if is_same || has_same_uuid => {
                        let shown = "the request was accepted, and the list showed the same grant with the new date";
                        Finding::is(QUIRK, Duplicate::Merged, shown)
                    }
                    _ => {
                        let reason = "the request was accepted, and the list showed a different grant instead of the first";
                        Finding::undetermined(QUIRK, reason)
                    }
                });
            }
            Effect::Unchanged(after) if has_same_uuid => {
                let shown =
                    "the request was accepted with the same `uuid`, and the list showed one grant";
                let merged = Finding::is(QUIRK, Duplicate::Merged, shown);
                self.conclude_unchanged(merged, after);
            }
            Effect::Unchanged(_) => {
                let reason = "the request was accepted, and the list was unchanged";
                self.found.push(Finding::undetermined(QUIRK, reason));
            }
        }
        Ok(())
    }

    /// DELETE: its status.
    async fn delete(&mut self) -> Result<(), ProbeError> {
        let response = self.delete_until_absent().await?;
        let status = classify::delete_status(&response);
        self.found.push(Finding::of("delete_status", status));
        Ok(())
    }

    /// Deletes the grant, and waits until it is no longer listed.
    async fn delete_until_absent(&mut self) -> Result<ObservedResponse, ProbeError> {
        let step = StepName::Delete;
        let reading = self.requests.read().await?;
        self.note_visible(step, &reading)?;
        let response = match self.send(step, Write::Delete).await? {
            WriteResponse::Accepted(response) => response,
            WriteResponse::Refused(error) => {
                return Err(ProbeError::request(step.description(), error));
            }
        };
        self.require(step, |reading| !reading.is_listed()).await?;
        self.note_absent();
        Ok(response)
    }

    /// DELETE again: the response if there is nothing to delete.
    async fn delete_again(&mut self) -> Result<(), ProbeError> {
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
    async fn update_deleted(&mut self) -> Result<(), ProbeError> {
        const QUIRK: &str = "update_missing";
        let step = StepName::UpdateDeleted;
        let write = Write::Update(Some(self.dates.created));
        if let WriteResponse::Refused(error) = self.send(step, write).await? {
            let reading = self.requests.read().await?;
            if reading.is_listed() {
                self.note_visible(step, &reading)?;
                let reason = "the request was refused, but the grant was listed";
                self.found.push(Finding::undetermined(QUIRK, reason));
                return self.delete_until_absent().await.map(drop);
            }
            self.found.push(match error.code() {
                Some(MISSING_CODE) => {
                    Finding::is(QUIRK, UpdateMissing::Refuses, status_and_code(&error))
                }
                _ => refused(QUIRK, &error),
            });
            return Ok(());
        }
        let effect = self.requests.wait_for_effect(Reading::is_listed).await?;
        let Effect::Visible(reading) = effect else {
            let reason = "the request was accepted, and no grant was listed";
            self.found.push(Finding::undetermined(QUIRK, reason));
            return Ok(());
        };
        self.note_visible(step, &reading)?;
        let shown = "the request was accepted, and the grant was listed";
        let creates = Finding::is(QUIRK, UpdateMissing::Creates, shown);
        self.found.push(creates);
        self.delete_until_absent().await.map(drop)
    }

    /// POST without a date: how a grant that never expires is shown. `None` if the service refuses it.
    async fn create_without_expiry(&mut self) -> Result<Option<Entry>, ProbeError> {
        const QUIRK: &str = "no_expiry";
        let step = StepName::CreateWithoutExpiry;
        if let WriteResponse::Refused(error) = self.send(step, Write::Create(None)).await? {
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
    async fn expire(&mut self, before: Entry) -> Result<(), ProbeError> {
        const QUIRK: &str = "expired";
        let step = StepName::Expire;
        let write = Write::Update(Some(self.dates.past));
        if let WriteResponse::Refused(error) = self.send(step, write).await? {
            self.found.push(refused(QUIRK, &error));
            return Ok(());
        }
        let is_dropped = |reading: &Reading| !reading.is_listed();
        let after = match self.requests.wait_for_effect(is_dropped).await? {
            Effect::Visible(_) => {
                let shown = "the grant was no longer listed after its expiration date was set to a past date";
                let dropped = Finding::is(QUIRK, Expired::Dropped, shown);
                self.found.push(dropped);
                return Ok(());
            }
            Effect::Unchanged(after) => after,
        };
        let reading = self.requests.read().await?;
        self.note_visible(step, &reading)?;
        let is_past = |ahead: i64| ahead.abs() < MAX_CLOCK_DIFFERENCE;
        if own_entry(&reading)?.expires_at == before.expires_at {
            let reason = "the list did not show the past date";
            self.found.push(Finding::undetermined(QUIRK, reason));
        } else if self.clock_ahead().is_some_and(is_past) {
            let shown = "the grant was still listed seconds after its expiration date was set to a past date";
            let kept = Finding::is(QUIRK, Expired::Kept, shown);
            self.conclude_unchanged(kept, after);
        } else {
            let reason =
                "the clock of the service differs, so the date may not be past for the service";
            self.found.push(Finding::undetermined(QUIRK, reason));
        }
        Ok(())
    }

    /// Waits until the list shows what a step must have changed. Every grant of the user in it must be that of the probe.
    async fn require(
        &mut self,
        step: StepName,
        is_visible: impl Fn(&Reading) -> bool,
    ) -> Result<Reading, ProbeError> {
        match self.requests.wait_until(is_visible).await? {
            Effect::Visible(reading) => {
                if reading.is_listed() {
                    self.note_visible(step, &reading)?;
                }
                Ok(reading)
            }
            Effect::Unchanged(_) => Err(ProbeError::NotVisible {
                step,
                seconds: self.run.pace.visible_within.as_secs(),
            }),
        }
    }

    fn note_refusal(&mut self, request: &str, error: &Error) {
        let text = format!("{request}: {}", status_and_code(error));
        self.note(REFUSALS, text);
    }
}

/// Whether the list shows another expiry, another grant, or more than one.
fn has_changed(reading: &Reading, before: &Entry) -> bool {
    let is_other = |entry: &Entry| {
        entry.expires_at != before.expires_at || entry.created_at != before.created_at
    };
    reading.own.len() > 1 || reading.own.iter().any(is_other)
}

/// A quirk about which a refusal says nothing.
fn refused(quirk: &'static str, error: &Error) -> Finding {
    let reason = format!("the request was refused ({})", status_and_code(error));
    Finding::undetermined(quirk, reason)
}

/// The user's entry in a list that must contain it.
fn own_entry(reading: &Reading) -> Result<Entry, ProbeError> {
    let missing = || ProbeError::Unclear("the grant is no longer listed".to_owned());
    reading.entry().cloned().ok_or_else(missing)
}
