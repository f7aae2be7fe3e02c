//! Executes a write: sends and reads as [`Decision`] directs, and collects the results.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::{
    Call, Client, Error, ErrorKind, Grant, Grantee, GranteeId, ResourceGrants, SECOND_READ_DELAY,
};
use crate::provider::read_back;

use super::decision::{
    Decision, FailureReason, Goal, ListEvidence, ReadLimit, WriteReply, WriteStep,
};
use super::target::Target;

/// Time in which most services show a write.
const SHORT_READ: Duration = Duration::from_secs(10);

/// Maximum lag of the list. A grant that is not listed after that does not exist.
const MAX_LIST_LAG: Duration = Duration::from_secs(30);

/// A write in progress.
pub(super) struct Write<'a> {
    pub(super) target: &'a Target,
    pub(super) client: &'a Client,
    pub(super) call: &'a Call,
    /// The grants on the resource before the write.
    pub(super) before: &'a ResourceGrants,
    /// Progress of the write, from which the next step follows.
    pub(super) decision: Decision,
}

/// The result of a write.
#[derive(Debug, Default)]
pub(super) struct WriteResult {
    /// Why the write failed. `None` if the goal is reached.
    pub(super) failed: Option<FailureReason>,
    /// The grant already existed as configured.
    pub(super) is_adopted: bool,
    /// A create was sent, perhaps after an update of a missing grant.
    pub(super) is_created: bool,
    /// The response that confirmed the write; empty if there was none.
    pub(super) answer: Grant,
    /// How a response contradicts the request, as a clause for messages.
    pub(super) contradiction: Option<String>,
    /// The error to report if the write failed.
    pub(super) error: Option<Error>,
    /// The last list that was read.
    pub(super) after: Option<Arc<ResourceGrants>>,
}

impl WriteResult {
    /// The grant in the last list that was read.
    pub(super) fn seen(&self, target: &Target) -> Option<&Grantee> {
        self.after.as_ref()?.find(&target.key.grantee_id)
    }
}

impl Write<'_> {
    /// Executes steps, starting with this one, until the write is done or has failed.
    pub(super) async fn run(mut self, first: WriteStep) -> WriteResult {
        let mut outcome = WriteResult::default();
        let mut step = first;
        loop {
            step = match step {
                WriteStep::Send(goal) => {
                    outcome.is_created |= goal == Goal::Create;
                    let reply = self.send(goal, &mut outcome).await;
                    self.decision.after_sending(reply)
                }
                WriteStep::Read(read_limit) => {
                    // After less than the full limit, the grant may still appear in the list.
                    let limit = limit(read_limit);
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

    /// Sends one request and classifies its result. A contradictory response counts as ambiguous.
    async fn send(&self, goal: Goal, outcome: &mut WriteResult) -> WriteReply {
        let Self {
            target,
            client,
            call,
            ..
        } = *self;
        let terms = target.terms();
        let result = match goal {
            Goal::Create => client.create_grants(call, &target.location, &terms).await,
            Goal::Update => client.update_grant(call, &target.location, &terms).await,
            Goal::Delete => {
                let resource_id = &target.key.resource_id;
                let gone = client.delete_grant(
                    call,
                    &target.location,
                    resource_id,
                    &target.key.grantee_id,
                );
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
                    return WriteReply::Ambiguous;
                }
                let is_kept = goal == Goal::Update
                    && target.expires_on.is_none()
                    && answer.expiry.instant().is_some();
                outcome.answer = answer;
                if is_kept {
                    WriteReply::KeptExpiry
                } else {
                    WriteReply::Confirmed
                }
            }
            Err(error) => {
                let reply = reply(&error);
                // The error that made the outcome unknown explains more than a later rejection.
                let was_ambiguous = outcome.error.as_ref().is_some_and(Error::is_ambiguous);
                if reply == WriteReply::Ambiguous || !was_ambiguous {
                    outcome.error = Some(error);
                }
                reply
            }
        }
    }

    /// Reads until the list is conclusive, up to `limit`. An unreadable list is evidence of its own, not an error.
    async fn read(&self, limit: Option<Duration>, outcome: &mut WriteResult) -> ListEvidence {
        let goal = self.decision.goal();
        let listing = |list: &ResourceGrants| {
            if goal == Goal::Create && !self.decision.may_have_taken_effect() {
                self.target.listing_before(list)
            } else {
                self.target.listing(list, goal)
            }
        };
        let read = || self.read_once(listing);
        let is_enough = |list: &Arc<ResourceGrants>| {
            let is_settled = self.decision.is_conclusive(listing(list));
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

    /// The list. If one list is not enough for a conclusion, the second of two that agree.
    ///
    /// # Errors
    /// A reading failed.
    async fn read_once(
        &self,
        listing: impl Fn(&ResourceGrants) -> ListEvidence,
    ) -> Result<Arc<ResourceGrants>, Error> {
        let call = self.call;
        let read = || self.target.list_fresh(self.client, call);
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

    /// Whether a list shows new grantees in place of the group, which are its members.
    fn shows_members(&self, list: &ResourceGrants) -> bool {
        !self.target.is_user() && new_grantees(self.before, list).next().is_some()
    }
}

/// Classifies a failed write request.
fn reply(error: &Error) -> WriteReply {
    use ErrorKind::{Authentication, Cancelled, Configuration, Throttled, Timeout, Unreachable};
    match error.kind() {
        _ if error.is_ambiguous() => WriteReply::Ambiguous,
        ErrorKind::NotFound => WriteReply::NotFound,
        Authentication | Cancelled | Configuration | Throttled | Timeout | Unreachable => {
            WriteReply::Unsent
        }
        _ => WriteReply::Refused,
    }
}

/// The duration of a read limit; `None` if it is limited by the operation's timeout only.
fn limit(read_limit: ReadLimit) -> Option<Duration> {
    match read_limit {
        ReadLimit::Once => Some(Duration::ZERO),
        ReadLimit::Short => Some(SHORT_READ),
        ReadLimit::MaxLag => Some(MAX_LIST_LAG),
        ReadLimit::Remaining => None,
    }
}

/// The grantees in `after` that are not in `before`.
pub(super) fn new_grantees<'a>(
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
