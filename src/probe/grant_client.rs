//! The requests of the probe, and waiting for their effect.

use std::time::Duration;

use jiff::civil::Date;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::ProbeError;
use super::lag::Lag;
use super::reading::{Form, Reading};
use super::target::ProbeTarget;
use super::timing::Pace;
use crate::cloud::{Call, Client, Error, ErrorKind, ObservedResponse};

/// A request that changes the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    /// POST.
    Create(Option<Date>),
    /// PUT.
    Update(Option<Date>),
    /// DELETE.
    Delete,
}

/// The definite response to a write. No response, or one that proves nothing, is an error.
#[derive(Debug)]
pub(super) enum WriteResponse {
    /// A status of success.
    Accepted(ObservedResponse),
    /// The service refused the request, and changed nothing.
    Refused(Error),
}

/// Sends requests about one grant.
pub(super) struct GrantClient<'a> {
    pub(super) client: &'a Client,
    pub(super) target: &'a ProbeTarget,
    pub(super) pace: Pace,
    pub(super) cancel: &'a CancellationToken,
    pub(super) lag: Lag,
    /// The form of the list without the grant. A response that may mean "no grants" is believed only in this form.
    pub(super) absent_form: Option<Form>,
}

/// Whether a write had an effect.
pub(super) enum Effect {
    /// Two consecutive lists show it; the first of them.
    Visible(Reading),
    /// The list was unchanged for this long.
    Unchanged(Duration),
}

impl GrantClient<'_> {
    /// Sends a write. It is not interrupted, so that its outcome is known.
    ///
    /// # Errors
    /// The outcome is unknown, or the request says nothing about the grant, such as a missing permission.
    pub(super) async fn write(&self, write: Write) -> Result<WriteResponse, Error> {
        let call = Call::uninterruptible(self.pace.request);
        let ProbeTarget {
            location,
            secret_id,
            user_id,
            ..
        } = self.target;
        let client = self.client;
        let response = match write {
            Write::Create(expires_on) => {
                let terms = self.target.terms(expires_on);
                client.observe_create(&call, location, &terms).await
            }
            Write::Update(expires_on) => {
                let terms = self.target.terms(expires_on);
                client.observe_update(&call, location, &terms).await
            }
            Write::Delete => {
                client
                    .observe_delete(&call, location, secret_id, user_id)
                    .await
            }
        };
        match response {
            Ok(response) => Ok(WriteResponse::Accepted(response)),
            Err(error) if is_refusal(&error) => Ok(WriteResponse::Refused(error)),
            Err(error) => Err(error),
        }
    }

    /// Reads the list.
    ///
    /// # Errors
    /// The list is not known for certain, or the probe is interrupted.
    pub(super) async fn read(&self) -> Result<Reading, ProbeError> {
        let call = Call::within(self.pace.request, self.cancel.clone());
        self.read_within(&call).await
    }

    /// As [`Self::read`], within a call.
    pub(super) async fn read_within(&self, call: &Call) -> Result<Reading, ProbeError> {
        let ProbeTarget {
            location,
            secret_id,
            user_id,
            ..
        } = self.target;
        let response = self.client.observe_list(call, location, secret_id).await;
        let reading = match response {
            Ok(response) => {
                Reading::of(secret_id, user_id, &response).map_err(ProbeError::Unclear)?
            }
            Err(error) => Reading::of_error(error)
                .map_err(|error| ProbeError::request("listing grants", error))?,
        };
        if let Some(before) = self.absent_form
            && !reading.form.is_credible(before)
        {
            let problem = "the response may mean that the secret has no grants, but earlier responses had a different structure";
            return Err(ProbeError::Unclear(problem.to_owned()));
        }
        Ok(reading)
    }

    /// Reads until two consecutive lists show a change, for as long as writes may take to become visible.
    pub(super) async fn wait_until(
        &mut self,
        is_visible: impl Fn(&Reading) -> bool,
    ) -> Result<Effect, ProbeError> {
        self.watch(self.pace.visible_within, is_visible).await
    }

    /// Reads until two consecutive lists show a change, or until the list is unchanged for so long that the write had no effect.
    pub(super) async fn wait_for_effect(
        &mut self,
        has_effect: impl Fn(&Reading) -> bool,
    ) -> Result<Effect, ProbeError> {
        let limit = self.pace.unchanged_for.max(self.lag.least_wait());
        self.watch(limit, has_effect).await
    }

    async fn watch(
        &mut self,
        limit: Duration,
        is_expected: impl Fn(&Reading) -> bool,
    ) -> Result<Effect, ProbeError> {
        let written_at = Instant::now();
        let mut reads = 0;
        let mut first: Option<(u32, Duration, Reading)> = None;
        loop {
            let asked_after = written_at.elapsed();
            if asked_after >= limit + self.pace.visible_within {
                let problem = "consecutive responses contradict each other";
                return Err(ProbeError::Unclear(problem.to_owned()));
            }
            let reading = self.read().await?;
            reads += 1;
            match (is_expected(&reading), first.take()) {
                (true, Some((number, delay, reading))) => {
                    self.lag.note(number == 1, delay);
                    return Ok(Effect::Visible(reading));
                }
                (true, None) => first = Some((reads, asked_after, reading)),
                (false, Some(_)) => self.lag.contradictions += 1,
                (false, None) if written_at.elapsed() >= limit => {
                    return Ok(Effect::Unchanged(limit));
                }
                (false, None) => {}
            }
            self.pause().await?;
        }
    }

    /// Waits before the next read.
    pub(super) async fn pause(&self) -> Result<(), ProbeError> {
        let call = Call::within(self.pace.request, self.cancel.clone());
        let paused = call.pause(self.pace.between_reads).await;
        paused.map_err(|_| ProbeError::Interrupted)
    }
}

/// Whether the service has read the request, and refused it.
fn is_refusal(error: &Error) -> bool {
    let is_refused = matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::Invalid
    );
    is_refused && !error.is_ambiguous()
}

/// Status and code of an error, for the report. The message may contain IDs, and so may a code that does not look like one.
pub(super) fn status_and_code(error: &Error) -> String {
    const MAX_CODE: usize = 32;
    let is_code = |code: &&str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
        code.len() <= MAX_CODE && code.contains('.') && code.chars().all(is_part)
    };
    let status = error.status().map(|status| format!("status {status}"));
    let code = error.code().filter(is_code);
    let code = code.map(|code| format!("code `{code}`"));
    let parts: Vec<_> = status.into_iter().chain(code).collect();
    match parts.is_empty() {
        true => "no status".to_owned(),
        false => parts.join(", "),
    }
}
