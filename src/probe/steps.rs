//! The steps of the experiment, in order, and what follows from each.

use jiff::civil::Date;
use serde_json::Value;

use super::classify;
use super::error::ProbeError;
use super::experiment::Experiment;
use super::finding::Finding;
use super::grant_client::{Write, WriteResponse, status_and_code};
use super::journal::StepName;
use super::reading::{Entry, Form, Reading};
use crate::cloud::{Error, ObservedResponse};
use crate::sandbox::{
    DeleteMissing, Duplicate, Expired, NoGrants, UpdateMissing, UpdateWithoutEnd,
};

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
    /// The outcome of a step is unknown, so the following ones would prove nothing.
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
        Ok(())
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
        self.note_created_at(step, classify::instant(&entry.created_at))?;
        let answer = classify::answer_format(&response);
        self.found.push(Finding::of("answer", answer));
        let grant = classify::grant_fields(&response);
        let no_grant = || Err("the response to CreateGrants contained no grant".to_owned());
        let uuid = grant.as_ref().map_or_else(no_grant, classify::uuid_format);
        self.found.push(Finding::of("uuid", uuid));
        let no_grant = || Err("the response to CreateGrants contained no grant".to_owned());
        let state = grant.as_ref().map_or_else(no_grant, classify::state_format);
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
                Finding::is("list", format, "a list that contains the grant")
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
        let no_grants = match (self.before.reading.form, self.requests.has_others) {
            (_, true) => Err("the secret has other grants".to_owned()),
            (Form::PossiblyNone(Some(form)), false) => Ok(form),
            (Form::List(_), false) => Ok(NoGrants::EmptyArray),
            (Form::PossiblyNone(None), false) => {
                Err("no value of the quirk describes the response".to_owned())
            }
        };
        let shown = "the list before the grant was created".to_owned();
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
            self.note_refusal("UpdateGrant with a date", &error);
            return Ok(before);
        }
        if !expiries.shows_dates {
            let reading = self.requests.read().await?;
            let entry = own_entry(&reading)?;
            expiries.samples.push((date, entry.expires_at.clone()));
            return Ok(entry);
        }
        let is_changed = |reading: &Reading| {
            let mut entries = reading.own.iter();
            entries.any(|entry| entry.expires_at != before.expires_at)
        };
        let reading = self.require(step, is_changed).await?;
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
            let reason = format!("the request was refused ({})", status_and_code(&error));
            self.found.push(Finding::undetermined(QUIRK, reason));
            return Ok(before);
        }
        let is_changed = |reading: &Reading| {
            let mut entries = reading.own.iter();
            entries.any(|entry| entry.expires_at != before.expires_at)
        };
        let visible = self.requests.wait_for_effect(is_changed).await?;
        let (finding, entry) = match visible {
            Some(visible) => {
                let entry = own_entry(&visible.reading)?;
                let finding = match classify::no_expiry(&entry.expires_at) {
                    Ok((_, shown)) => Finding::is(QUIRK, UpdateWithoutEnd::Clears, shown),
                    Err(reason) => Finding::undetermined(QUIRK, reason),
                };
                (finding, entry)
            }
            None if expiries.shows_dates => {
                let shown = "the list still shows the previous date";
                let finding = Finding::is(QUIRK, UpdateWithoutEnd::Keeps, shown);
                (finding, before)
            }
            None => {
                let reason = "the list does not show expiration dates";
                (Finding::undetermined(QUIRK, reason), before)
            }
        };
        self.found.push(finding);
        Ok(entry)
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
                let shown = status_and_code(&error);
                self.found
                    .push(Finding::is(QUIRK, Duplicate::Refused, shown));
                return Ok(());
            }
        };
        let is_changed = |reading: &Reading| {
            let mut entries = reading.own.iter();
            reading.own.len() > 1 || entries.any(|entry| entry.expires_at != before.expires_at)
        };
        let visible = self.requests.wait_for_effect(is_changed).await?;
        let count = visible.as_ref().map(|visible| visible.reading.own.len());
        let created_at = visible.iter().flat_map(|visible| &visible.reading.own);
        let created_at: Vec<_> = created_at
            .filter_map(|entry| classify::instant(&entry.created_at))
            .collect();
        for each in created_at {
            self.note_created_at(step, Some(each))?;
        }
        let uuids = [first, &response].map(|response| {
            let grant = classify::grant_fields(response)?;
            let uuid = grant.get("uuid")?.as_str()?.to_owned();
            (!uuid.is_empty()).then_some(uuid)
        });
        let has_same_uuid = matches!(&uuids, [Some(one), Some(other)] if one == other);
        self.found.push(match count {
            Some(2..) => {
                let shown = "the list shows two grants for the user";
                Finding::is(QUIRK, Duplicate::Doubled, shown)
            }
            Some(_) => {
                let shown =
                    "the request was accepted, and the list shows one grant with the new date";
                Finding::is(QUIRK, Duplicate::Merged, shown)
            }
            None if has_same_uuid => {
                let shown =
                    "the request was accepted with the same `uuid`, and the list shows one grant";
                Finding::is(QUIRK, Duplicate::Merged, shown)
            }
            None => {
                Finding::undetermined(QUIRK, "the request was accepted, and the list is unchanged")
            }
        });
        Ok(())
    }

    /// DELETE: its status.
    async fn delete(&mut self) -> Result<(), ProbeError> {
        let step = StepName::Delete;
        let response = match self.send(step, Write::Delete).await? {
            WriteResponse::Accepted(response) => response,
            WriteResponse::Refused(error) => {
                return Err(ProbeError::request(step.description(), error));
            }
        };
        self.require(step, |reading| !reading.is_listed()).await?;
        self.may_exist = false;
        let status = classify::delete_status(&response);
        self.found.push(Finding::of("delete_status", status));
        Ok(())
    }

    /// DELETE again: the response if there is nothing to delete.
    async fn delete_again(&mut self) -> Result<(), ProbeError> {
        const QUIRK: &str = "delete_missing";
        let finding = match self.send(StepName::DeleteAgain, Write::Delete).await? {
            WriteResponse::Accepted(response) => Finding::is(
                QUIRK,
                DeleteMissing::NoContent,
                format!("status {}", response.status),
            ),
            WriteResponse::Refused(error) => {
                let shown = status_and_code(&error);
                match error.status() {
                    Some(400) => Finding::is(QUIRK, DeleteMissing::BadRequest, shown),
                    Some(404) => Finding::is(QUIRK, DeleteMissing::NotFound, shown),
                    _ => Finding::undetermined(QUIRK, shown),
                }
            }
        };
        self.found.push(finding);
        Ok(())
    }

    /// PUT for a grant that does not exist: whether it creates one.
    async fn update_deleted(&mut self) -> Result<(), ProbeError> {
        const QUIRK: &str = "update_missing";
        let write = Write::Update(Some(self.dates.created));
        if let WriteResponse::Refused(error) = self.send(StepName::UpdateDeleted, write).await? {
            let shown = status_and_code(&error);
            self.found
                .push(Finding::is(QUIRK, UpdateMissing::Refuses, shown));
            return Ok(());
        }
        let visible = self.requests.wait_for_effect(Reading::is_listed).await?;
        let Some(visible) = visible else {
            let reason = "the request was accepted, and no grant is listed";
            self.found.push(Finding::undetermined(QUIRK, reason));
            return Ok(());
        };
        let entry = own_entry(&visible.reading)?;
        self.note_created_at(
            StepName::UpdateDeleted,
            classify::instant(&entry.created_at),
        )?;
        let shown = "the request was accepted, and the grant is listed";
        self.found
            .push(Finding::is(QUIRK, UpdateMissing::Creates, shown));
        if let WriteResponse::Refused(error) = self.send(StepName::Delete, Write::Delete).await? {
            return Err(ProbeError::request(StepName::Delete.description(), error));
        }
        self.require(StepName::Delete, |reading| !reading.is_listed())
            .await?;
        self.may_exist = false;
        Ok(())
    }

    /// POST without a date: how a grant that never expires is shown. `None` if the service refuses it.
    async fn create_without_expiry(&mut self) -> Result<Option<Entry>, ProbeError> {
        const QUIRK: &str = "no_expiry";
        let step = StepName::CreateWithoutExpiry;
        if let WriteResponse::Refused(error) = self.send(step, Write::Create(None)).await? {
            let reason = format!("the request was refused ({})", status_and_code(&error));
            self.found.push(Finding::undetermined(QUIRK, reason));
            return Ok(None);
        }
        let reading = self.require(step, Reading::is_listed).await?;
        let entry = own_entry(&reading)?;
        self.note_created_at(step, classify::instant(&entry.created_at))?;
        let no_expiry = classify::no_expiry(&entry.expires_at);
        self.found.push(Finding::of(QUIRK, no_expiry));
        Ok(Some(entry))
    }

    /// PUT with a date in the past: whether the expired grant remains listed.
    async fn expire(&mut self, before: Entry) -> Result<(), ProbeError> {
        const QUIRK: &str = "expired";
        let write = Write::Update(Some(self.dates.past));
        if let WriteResponse::Refused(error) = self.send(StepName::Expire, write).await? {
            let refused = format!(
                "the service refuses a date in the past ({})",
                status_and_code(&error)
            );
            self.found.push(Finding::undetermined(QUIRK, refused));
            return Ok(());
        }
        let visible = self
            .requests
            .wait_for_effect(|reading| !reading.is_listed())
            .await?;
        if visible.is_some() {
            let shown = "the grant was no longer listed after its date was set to a past one";
            self.found.push(Finding::is(QUIRK, Expired::Dropped, shown));
            return Ok(());
        }
        let reading = self.requests.read().await?;
        let is_changed = reading
            .entry()
            .is_some_and(|entry| entry.expires_at != before.expires_at);
        self.found.push(match is_changed {
            true => Finding::is(
                QUIRK,
                Expired::Kept,
                "the grant was still listed seconds after its date was set to a past one",
            ),
            false => Finding::undetermined(QUIRK, "the list does not show the past date"),
        });
        Ok(())
    }

    /// Waits until the list shows what a step must have changed.
    async fn require(
        &mut self,
        step: StepName,
        is_visible: impl Fn(&Reading) -> bool,
    ) -> Result<Reading, ProbeError> {
        match self.requests.wait_until(is_visible).await? {
            Some(visible) => Ok(visible.reading),
            None => Err(ProbeError::NotVisible {
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

/// The user's entry in a list that must contain it.
fn own_entry(reading: &Reading) -> Result<Entry, ProbeError> {
    let missing = || ProbeError::Unclear("the grant is no longer listed".to_owned());
    reading.entry().cloned().ok_or_else(missing)
}
