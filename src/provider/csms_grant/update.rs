//! Changing the expiry of a grant. Where the service keeps an expiry that is to be removed, or has dropped the grant, it is
//! created again.

use std::time::Duration;

use crate::cloud::{Call, Client, Error, ResourceGrants};
use crate::framework::{Context, Diagnostic, Failure};
use crate::provider::access::{Access, call};
use crate::provider::run::Standing;
use crate::provider::timeouts::Operation;
use crate::run_record;

use super::Result;
use super::create::{conclude, standing};
use super::decision::{Decision, Goal, Why, WriteStep};
use super::fact::GrantFacts;
use super::model::Model;
use super::record::Recorded;
use super::target::Target;
use super::write::{Write, WriteResult};

const CHANGING: &str = "changing the expiry of";

/// How long each half of a re-creation may take. Neither is cancelled nor bound by the operation's timeout, nor kept back where
/// Terraform was killed: a grant that has been deleted must be created again.
const RECREATION_LIMIT: Duration = Duration::from_secs(120);

pub(super) async fn update(
    access: &Access,
    prior: &Model,
    plan: Model,
    context: &mut Context,
) -> Result<Model> {
    let plan = context.private().with_location(&plan).into_owned();
    context.private_mut().forget_plan();
    if context.private().object().is_none() {
        context.private_mut().note_object(run_record::random_id());
    }
    if prior.validity_time == plan.validity_time && !context.private().is_expiry_unknown() {
        // All else that can change in place is in the state only. The grant is this block's all the same.
        let call = call(context, &plan.timeouts, Operation::Update);
        let target = Target::of(&plan, access, &call, context).await?;
        *access.run().grant(&target.id()).turn(&call).await? = Standing::Managed;
        Recorded::of(&target, access).note_managed();
        let mut same = plan;
        same.keep_open_values_of(prior);
        return Ok(same);
    }
    let call = call(context, &plan.timeouts, Operation::Update);
    let target = Target::of(&plan, access, &call, context).await?;
    let mut turn = access.run().grant(&target.id()).turn(&call).await?;
    if *turn == Standing::Managed {
        return Err(target.declared_twice().into());
    }
    let updated = update_in_turn(access, prior, plan, &mut turn, &call, context).await;
    updated.map_err(|not_updated| not_updated.failure)
}

/// Why a grant is as it was.
pub(super) struct NotUpdated {
    pub(super) failure: Failure<Model>,
    pub(super) why: NotUpdatedWhy,
}

/// What matters of the reason to whoever takes a grant over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotUpdatedWhy {
    /// The service says that there is no such grant.
    Missing,
    /// The service keeps the expiry that was to be removed, and only a new grant would have none.
    ExpiryKept,
    /// Anything else.
    Other,
}

impl<T: Into<Failure<Model>>> From<T> for NotUpdated {
    fn from(failure: T) -> Self {
        Self {
            failure: failure.into(),
            why: NotUpdatedWhy::Other,
        }
    }
}

/// The same, while nobody else works on the grant.
pub(super) async fn update_in_turn(
    access: &Access,
    prior: &Model,
    plan: Model,
    turn: &mut Standing,
    call: &Call,
    context: &mut Context,
) -> std::result::Result<Model, NotUpdated> {
    let client = access.client()?;
    let facts = context.private();
    let is_other_date = prior.validity_time != plan.validity_time && !facts.is_date_read();
    let target = Target {
        is_expiry_shown: facts.expiry().is_some(),
        prior_expiry: facts.expiry().filter(|_| is_other_date),
        ..Target::of(&plan, access, call, context).await?
    };
    access
        .guardrails()
        .permit(target.ends_on, &target.place.project_id, access.today())?;
    let mut updated = target.complete(plan, access.today());
    let _hold = target.hold(access.run(), call).await?;
    let before = target.list_others(client, call).await;
    let before = before.map_err(|error| target.failed(CHANGING, &error))?;
    let has_been_listed = context.private().is_listed();
    let subject = target.subject(has_been_listed);
    let write = Write {
        target: &target,
        client,
        call,
        before: &before,
        decision: Decision::new(Goal::Update, subject),
    };
    let mut outcome = write.run(WriteStep::Send(Goal::Update)).await;
    if outcome.failed == Some(Why::ExpiryKept) && subject.is_listable && !call.is_over() {
        let recreation = Recreation {
            target: &target,
            client,
            before: &before,
            has_been_listed,
        };
        match recreation.run().await {
            Ok(recreated) => outcome = recreated,
            Err(failed) => {
                *turn = failed.standing;
                context.private_mut().note_expiry_unknown();
                return Err(failed.diagnostic.into());
            }
        }
    }
    *turn = standing(outcome.failed);
    if let Some(diagnostic) = unchanged(&target, &outcome) {
        if outcome.failed != Some(Why::Refused) {
            context.private_mut().note_expiry_unknown();
        }
        let is_not_found = outcome.error.as_ref().is_some_and(Error::is_not_found);
        return Err(NotUpdated {
            failure: diagnostic.into(),
            why: match outcome.failed {
                Some(Why::Refused) if is_not_found => NotUpdatedWhy::Missing,
                Some(Why::ExpiryKept) => NotUpdatedWhy::ExpiryKept,
                _ => NotUpdatedWhy::Other,
            },
        });
    }
    if !outcome.is_made {
        updated.keep_open_values_of(prior);
    }
    context.private_mut().note_changed();
    let failed = conclude(&target, &before, &outcome, &mut updated, context);
    if target.ends_on.is_none() && !subject.is_listable {
        context.warn(target.removal_not_checked());
    }
    Recorded::of(&target, access).note_managed();
    match failed {
        Some(diagnostic) => Err(Failure::from(diagnostic).keeping(updated).into()),
        None => Ok(updated),
    }
}

/// What is said if the grant is as it was, or if that is unknown or cannot be seen: then the state keeps the old expiry, so
/// that the new one is sent again.
fn unchanged(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (Why::Refused, Some(error)) => Some(target.failed(CHANGING, error)),
        (Why::Unknown, error) => {
            let contradiction = outcome.contradiction.as_deref();
            Some(target.unknown_update(error.as_ref(), contradiction))
        }
        (Why::ExpiryKept, _) => Some(target.expiry_kept()),
        (Why::AlreadyThere, _) => Some(target.already_there(outcome.seen(target))),
        _ if outcome.is_made => None,
        (Why::NotRead, Some(error)) => Some(target.failed("reading back", error)),
        _ => Some(target.update_not_listed(outcome.after.as_deref())),
    }
}

/// Deletes a grant and creates it again, because the service keeps the expiry that is to be removed.
struct Recreation<'a> {
    target: &'a Target,
    client: &'a Client,
    before: &'a ResourceGrants,
    has_been_listed: bool,
}

/// Why a grant could not be created again.
struct RecreationFailure {
    diagnostic: Diagnostic,
    standing: Standing,
}

impl Recreation<'_> {
    /// Answers what came of the creation.
    async fn run(&self) -> std::result::Result<WriteResult, RecreationFailure> {
        let Self { target, .. } = *self;
        let deleted = self.write(Goal::Delete, self.has_been_listed).await;
        if let Some(why) = deleted.failed {
            let diagnostic = match (why, &deleted.error) {
                (Why::Refused, Some(error)) => target.expiry_kept_because(error),
                (_, error) => target.unknown_deletion(error.as_ref()),
            };
            return Err(RecreationFailure {
                diagnostic,
                standing: Standing::Untouched,
            });
        }
        let created = self.write(Goal::Create, false).await;
        match (created.failed, &created.error) {
            (Some(Why::Refused), Some(error)) => Err(RecreationFailure {
                diagnostic: target.access_lost(error),
                standing: Standing::Removed,
            }),
            (Some(Why::Unknown), error) => Err(RecreationFailure {
                diagnostic: target.unknown_recreation(error.as_ref()),
                standing: Standing::Managed,
            }),
            _ => Ok(created),
        }
    }

    async fn write(&self, goal: Goal, has_been_listed: bool) -> WriteResult {
        let call = Call::uninterruptible(RECREATION_LIMIT);
        let write = Write {
            target: self.target,
            client: self.client,
            call: &call,
            before: self.before,
            decision: Decision::new(goal, self.target.subject(has_been_listed)),
        };
        write.run(WriteStep::Send(goal)).await
    }
}
