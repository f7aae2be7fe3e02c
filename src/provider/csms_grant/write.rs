//! Carrying out a write: sends and reads as [`Decision`] says, and keeps what came of it.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::{
    Call, Client, Error, ErrorKind, Grant, Grantee, GranteeId, ResourceGrants, SECOND_READ_DELAY,
};
use crate::provider::read_back;

use super::decision::{Decision, Goal, ListEvidence, Patience, Why, WriteReply, WriteStep};
use super::target::Target;

/// How long most services take to show a write.
const SHORT: Duration = Duration::from_secs(10);

/// How long a list may lag at most before what it does not show counts as not there.
const SETTLING: Duration = Duration::from_secs(30);

/// A write under way.
pub(super) struct Write<'a> {
    pub(super) target: &'a Target,
    pub(super) client: &'a Client,
    pub(super) call: &'a Call,
    /// Who was listed before.
    pub(super) before: &'a ResourceGrants,
    pub(super) decision: Decision,
}

/// What came of a write.
#[derive(Debug, Default)]
pub(super) struct WriteResult {
    /// How it ended; none if the goal is reached.
    pub(super) failed: Option<Why>,
    /// The goal was reached without us.
    pub(super) is_adopted: bool,
    /// The grant was created, perhaps in place of an update.
    pub(super) is_made: bool,
    /// What the service answered when it confirmed the write.
    pub(super) answer: Grant,
    /// What the service answered about another grant or expiry than was asked for, in words.
    pub(super) contradiction: Option<String>,
    /// What is to be reported where it failed.
    pub(super) error: Option<Error>,
    /// Who was listed at the last reading.
    pub(super) after: Option<Arc<ResourceGrants>>,
}

impl WriteResult {
    /// The entry of the grant at the last reading.
    pub(super) fn seen(&self, target: &Target) -> Option<&Grantee> {
        self.after.as_ref()?.find(&target.key.grantee_id)
    }
}

impl Write<'_> {
    /// Goes on from this step to the end.
    pub(super) async fn run(mut self, first: WriteStep) -> WriteResult {
        let mut outcome = WriteResult::default();
        let mut step = first;
        loop {
            step = match step {
                WriteStep::Send(goal) => {
                    outcome.is_made |= goal == Goal::Create;
                    let reply = self.send(goal, &mut outcome).await;
                    self.decision.after_sending(reply)
                }
                WriteStep::Read(patience) => {
                    // What was read for too short a time may yet be listed.
                    let limit = limit(patience);
                    let is_whole = limit.is_some_and(|limit| limit < self.call.remaining());
                    let listing = self.read(limit, &mut outcome).await;
                    let has_time = is_whole && !self.call.is_over();
                    self.decision.after_reading(listing, has_time)
                }
                WriteStep::Done => return outcome,
                WriteStep::Adopt => {
                    outcome.is_adopted = true;
                    return outcome;
                }
                WriteStep::Fail(why) => {
                    outcome.failed = Some(why);
                    return outcome;
                }
            }
        }
    }

    async fn send(&self, goal: Goal, outcome: &mut WriteResult) -> WriteReply {
        let Self {
            target,
            client,
            call,
            ..
        } = *self;
        let terms = target.terms();
        let result = match goal {
            Goal::Create => client.create_grants(call, &target.place, &terms).await,
            Goal::Update => client.update_grant(call, &target.place, &terms).await,
            Goal::Delete => {
                let resource_id = &target.key.resource_id;
                let gone =
                    client.delete_grant(call, &target.place, resource_id, &target.key.grantee_id);
                gone.await.map(|()| Grant::default())
            }
        };
        match result {
            Ok(answer) => {
                let contradiction = match goal {
                    Goal::Create | Goal::Update => target.contradiction(goal, &answer),
                    Goal::Delete => None,
                };
                if contradiction.is_some() {
                    outcome.contradiction = contradiction;
                    return WriteReply::Doubtful;
                }
                let is_kept = goal == Goal::Update
                    && target.ends_on.is_none()
                    && answer.expiry.instant().is_some();
                outcome.answer = answer;
                if is_kept {
                    WriteReply::Kept
                } else {
                    WriteReply::Confirmed
                }
            }
            Err(error) => {
                let reply = reply(&error);
                // Once the outcome is unknown, what caused it explains more than a refusal that follows.
                let had_doubt = outcome.error.as_ref().is_some_and(Error::is_ambiguous);
                if reply == WriteReply::Doubtful || !had_doubt {
                    outcome.error = Some(error);
                }
                reply
            }
        }
    }

    async fn read(&self, limit: Option<Duration>, outcome: &mut WriteResult) -> ListEvidence {
        let goal = self.decision.goal();
        let listing = |list: &ResourceGrants| {
            if goal == Goal::Create && !self.decision.has_begun() {
                self.target.listing_before(list)
            } else {
                self.target.listing(list, goal)
            }
        };
        let read = || self.read_once(listing);
        let is_enough = |list: &Arc<ResourceGrants>| {
            let is_settled = self.decision.is_settled_by(listing(list));
            is_settled && !self.target.may_show_old_expiry(list, goal)
                || (goal == Goal::Create && self.shows_members(list))
        };
        match read_back::until(self.call, limit, read, is_enough).await {
            Ok(list) => {
                let listing = listing(&list);
                outcome.after = Some(list);
                listing
            }
            Err(error) => {
                outcome.error.get_or_insert(error);
                ListEvidence::Unreadable
            }
        }
    }

    /// The list; where one is too little to go by, the second of two that agree.
    ///
    /// # Errors
    /// A reading failed.
    async fn read_once(
        &self,
        listing: impl Fn(&ResourceGrants) -> ListEvidence,
    ) -> Result<Arc<ResourceGrants>, Error> {
        let call = self.call;
        let read = || self.target.list_again(self.client, call);
        let mut list = read().await?;
        loop {
            let shown = listing(&list);
            if !self.decision.needs_second_list(shown) {
                return Ok(list);
            }
            call.pause(SECOND_READ_DELAY).await?;
            list = read().await?;
            if listing(&list) == shown {
                return Ok(list);
            }
        }
    }

    /// Whether a list shows new people in place of the group that was granted access.
    fn shows_members(&self, list: &ResourceGrants) -> bool {
        !self.target.is_user() && arrived(self.before, list).next().is_some()
    }
}

/// What a failed request means for what it was to change.
fn reply(error: &Error) -> WriteReply {
    use ErrorKind::{Authentication, Cancelled, Configuration, Throttled, Timeout, Unreachable};
    match error.kind() {
        _ if error.is_ambiguous() => WriteReply::Doubtful,
        ErrorKind::NotFound => WriteReply::NotFound,
        Authentication | Cancelled | Configuration | Throttled | Timeout | Unreachable => {
            WriteReply::Unsent
        }
        _ => WriteReply::Refused,
    }
}

/// How long to read; none for as long as there is time.
fn limit(patience: Patience) -> Option<Duration> {
    match patience {
        Patience::Once => Some(Duration::ZERO),
        Patience::Short => Some(SHORT),
        Patience::Settling => Some(SETTLING),
        Patience::Rest => None,
    }
}

/// Those whom `after` lists and `before` does not.
pub(super) fn arrived<'a>(
    before: &'a ResourceGrants,
    after: &'a ResourceGrants,
) -> impl Iterator<Item = &'a GranteeId> {
    let is_new = |grantee: &&Grantee| before.find(&grantee.id).is_none();
    after
        .grantees
        .iter()
        .filter(is_new)
        .map(|grantee| &grantee.id)
}
