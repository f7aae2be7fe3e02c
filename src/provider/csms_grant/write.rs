//! Carrying out a write: sends and looks as [`Decision`] says, and keeps what came of it.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::{Call, Client, Error, Grant, Grantee, GranteeId, ResourceGrants};
use crate::provider::read_back;

use super::decision::{Decision, Goal, Patience, Seen, Sent, Step, Why};
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
pub(super) struct Outcome {
    /// How it ended; none if the goal is reached.
    pub(super) failed: Option<Why>,
    /// The goal was reached without us.
    pub(super) is_adopted: bool,
    /// The grant was made, perhaps in place of a change.
    pub(super) is_made: bool,
    /// What the service answered when it said yes.
    pub(super) answer: Grant,
    /// What is to be told where it failed.
    pub(super) error: Option<Error>,
    /// Who was listed at the last look.
    pub(super) after: Option<Arc<ResourceGrants>>,
}

impl Outcome {
    /// The entry of the grant at the last look.
    pub(super) fn seen(&self, target: &Target) -> Option<&Grantee> {
        self.after.as_ref()?.find(&target.key.grantee_id)
    }
}

impl Write<'_> {
    /// Goes on from this step to the end.
    pub(super) async fn run(mut self, first: Step) -> Outcome {
        let mut outcome = Outcome::default();
        let mut step = first;
        loop {
            step = match step {
                Step::Send(goal) => {
                    outcome.is_made |= goal == Goal::Made;
                    let sent = self.send(goal, &mut outcome).await;
                    self.decision.after_sending(sent)
                }
                Step::Look(patience) => {
                    // What is looked for too shortly for want of time may yet show.
                    let limit = limit(patience);
                    let is_whole = limit.is_some_and(|limit| limit < self.call.remaining());
                    let seen = self.look(limit, &mut outcome).await;
                    let has_time = is_whole && !self.call.is_over();
                    self.decision.after_looking(seen, has_time)
                }
                Step::Done => return outcome,
                Step::Adopt => {
                    outcome.is_adopted = true;
                    return outcome;
                }
                Step::Fail(why) => {
                    outcome.failed = Some(why);
                    return outcome;
                }
            }
        }
    }

    async fn send(&self, goal: Goal, outcome: &mut Outcome) -> Sent {
        let Self {
            target,
            client,
            call,
            ..
        } = *self;
        let terms = target.terms();
        let result = match goal {
            Goal::Made => client.create_grants(call, &target.place, &terms).await,
            Goal::Changed => client.update_grant(call, &target.place, &terms).await,
            Goal::Removed => {
                let resource_id = &target.key.resource_id;
                let gone =
                    client.delete_grant(call, &target.place, resource_id, &target.key.grantee_id);
                gone.await.map(|()| Grant::default())
            }
        };
        let error = match result {
            Ok(answer) => {
                outcome.answer = answer;
                return Sent::Confirmed;
            }
            Err(error) => error,
        };
        let (sent, is_doubtful) = match (error.is_ambiguous(), error.is_not_found()) {
            (true, _) => (Sent::Doubtful, true),
            (false, true) => (Sent::NotFound, false),
            (false, false) => (Sent::Refused, false),
        };
        // Once there is doubt, what caused it explains more than a refusal that follows.
        let had_doubt = outcome.error.as_ref().is_some_and(Error::is_ambiguous);
        if is_doubtful || !had_doubt {
            outcome.error = Some(error);
        }
        sent
    }

    async fn look(&self, limit: Option<Duration>, outcome: &mut Outcome) -> Seen {
        let goal = self.decision.goal();
        let look = || self.target.list_again(self.client, self.call);
        let is_enough = |list: &Arc<ResourceGrants>| {
            self.target.seen_in(list, goal) == Seen::AsWanted
                || (goal == Goal::Made && self.shows_members(list))
        };
        match read_back::until(self.call, limit, look, is_enough).await {
            Ok(list) => {
                let seen = if goal == Goal::Made && !self.decision.has_begun() {
                    self.target.seen_before(&list)
                } else {
                    self.target.seen_in(&list, goal)
                };
                outcome.after = Some(list);
                seen
            }
            Err(error) => {
                outcome.error.get_or_insert(error);
                Seen::Unreadable
            }
        }
    }

    /// Whether a list shows new people in place of the group that was granted access.
    fn shows_members(&self, list: &ResourceGrants) -> bool {
        !self.target.is_user() && arrived(self.before, list).next().is_some()
    }
}

/// How long to look; none for as long as there is time.
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
