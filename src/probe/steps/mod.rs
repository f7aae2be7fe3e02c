//! The steps of the experiment, in order, and what follows from each. Those that begin without a grant are in [`absence`].

mod absence;

use jiff::civil::Date;
use serde_json::Value;

use crate::cloud::{Error, ObservedResponse};
use crate::probe::classify;
use crate::probe::error::ProbeError;
use crate::probe::experiment::{DUPLICATE_CODE, Experiment};
use crate::probe::finding::Finding;
use crate::probe::grant_client::{Effect, Write, WriteResponse, status_and_code};
use crate::probe::journal::StepName;
use crate::probe::precondition;
use crate::probe::reading::{Entry, Form, Reading};
use crate::sandbox::{Duplicate, NoGrants, UpdateWithoutEnd};

/// Error code of a request about a grant that does not exist.
const MISSING_CODE: &str = "CSMS.0005";

/// Quirks that may follow from refusals, which a secret that was deleted meanwhile also causes.
const FROM_REFUSALS: [&str; 5] = [
    "duplicate",
    "delete_missing",
    "update_missing",
    "no_expiry",
    "expired",
];

/// The topic of facts about refused requests.
const REFUSALS: &str = "Rejected requests";

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
        let secret = precondition::find_secret(&self.requests).await;
        if secret.is_err() {
            let reason = "it is not certain that the secret existed until the end";
            self.withdraw(&FROM_REFUSALS, reason);
        }
        secret.map(drop)
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
        if self.is_unrecognizable() {
            let problem = "it shows no creation times, by which the probe recognizes its grant";
            return Err(ProbeError::Unclear(problem.to_owned()));
        }
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
        let names = classify::names(&entry.user_name, &self.before.user_names);
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
                return Err(self.replaced());
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
            if error.code() == Some(MISSING_CODE) {
                return Err(self.replaced());
            }
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
                let shown = "the previous date was still listed";
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
                let entry = own_entry(&reading)?;
                let is_same = entry.created_at == before.created_at;
                let has_date = self.may_be_on(&entry, self.dates.duplicate);
                self.found.push(match reading.own.len() {
                    2.. => {
                        let shown = "two grants for the user were listed";
                        Finding::is(QUIRK, Duplicate::Doubled, shown)
                    }
                    _ if has_date && (is_same || has_same_uuid) => {
                        let shown = "the request was accepted, and the same grant was listed with the new date";
                        Finding::is(QUIRK, Duplicate::Merged, shown)
                    }
                    _ => {
                        let reason = "the request was accepted, and a different grant or date was listed";
                        Finding::undetermined(QUIRK, reason)
                    }
                });
            }
            Effect::Unchanged(after) if has_same_uuid => {
                let shown = "the request was accepted, the response contained the same `uuid`, and one grant was listed";
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
        own_entry(&reading)?;
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
            Effect::Unchanged(_) => Err(self.not_visible(step)),
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
    let reason = format!("the request was rejected ({})", status_and_code(error));
    Finding::undetermined(quirk, reason)
}

/// The user's entry in a list that must contain it.
fn own_entry(reading: &Reading) -> Result<Entry, ProbeError> {
    let missing = || ProbeError::Unclear("the grant is no longer listed".to_owned());
    reading.entry().cloned().ok_or_else(missing)
}
