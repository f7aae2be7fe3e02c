//! Updates the expiry of a grant. If the service keeps an expiry that is to be removed, or no longer has the grant, the
//! grant is re-created.

use std::time::Duration;

use crate::cloud::{Call, Client, Error, ResourceGrants};
use crate::framework::{Context, Diagnostic, Failure};
use crate::provider::access::{Access, call};
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::provider::run::RunStatus;
use crate::provider::timeouts::Operation;
use crate::run_record;

use super::Result;
use super::create::{complete_from_result, run_status};
use super::decision::{Decision, FailureReason, Goal, WriteStep};
use super::fact::GrantFacts;
use super::model::Model;
use super::target::Target;
use super::write::{Write, WriteResult};

/// The operation in messages, before the key of the grant.
const CHANGING: &str = "changing the expiry of";

/// Timeout of each half of a re-creation. Neither half is cancelled, limited by the operation's timeout, or held back
/// after Terraform was killed: a deleted grant must be re-created.
const RECREATION_LIMIT: Duration = Duration::from_secs(120);

/// Updates the expiry. Sends nothing if only attributes change that are stored in the state alone. Fails if another
/// block of this run has created, adopted or updated the grant.
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
        // All other attributes that change in place are stored in the state only. The grant is still marked as managed
        // by this block.
        let call = call(context, &plan.timeouts, Operation::Update);
        let target = Target::of(&plan, access, &call, context).await?;
        *access.run().grant(&target.id()).turn(&call).await? = RunStatus::Managed;
        Recorded::of(&target, access).note_managed();
        let mut same = plan;
        same.fill_from_prior(prior);
        return Ok(same);
    }
    let call = call(context, &plan.timeouts, Operation::Update);
    let target = Target::of(&plan, access, &call, context).await?;
    let mut turn = access.run().grant(&target.id()).turn(&call).await?;
    if *turn == RunStatus::Managed {
        return Err(target.declared_twice().into());
    }
    let updated = update_in_turn(access, prior, plan, &mut turn, &call, context).await;
    updated.map_err(|not_updated| not_updated.failure)
}

/// A failed update: the grant is unchanged, or the outcome is unknown.
pub(super) struct NotUpdated {
    pub(super) failure: Failure<Model>,
    pub(super) why: NotUpdatedReason,
}

/// The reason of a failed update, as far as a takeover depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotUpdatedReason {
    /// The service responded that the grant does not exist.
    Missing,
    /// The service keeps the expiry that was to be removed, so only a new grant can have none.
    ExpiryKept,
    /// Any other reason.
    Other,
}

impl<T: Into<Failure<Model>>> From<T> for NotUpdated {
    fn from(failure: T) -> Self {
        Self {
            failure: failure.into(),
            why: NotUpdatedReason::Other,
        }
    }
}

/// Updates the grant while the caller holds its lock. Sets `turn` to the new run status.
pub(super) async fn update_in_turn(
    access: &Access,
    prior: &Model,
    plan: Model,
    turn: &mut RunStatus,
    call: &Call,
    context: &mut Context,
) -> std::result::Result<Model, NotUpdated> {
    let client = access.client()?;
    let facts = context.private();
    let is_other_date = prior.validity_time != plan.validity_time && !facts.is_date_from_list();
    let target = Target {
        is_expiry_shown: facts.expiry().is_some(),
        prior_expiry: facts.expiry().filter(|_| is_other_date),
        ..Target::of(&plan, access, call, context).await?
    };
    access.guardrails().enforce(
        target.expires_on,
        &target.location.project_id,
        access.today(),
    )?;
    let mut updated = target.complete(plan, access.today());
    let _lock = target.lock_resource(access.run(), call).await?;
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
    if outcome.failed == Some(FailureReason::ExpiryKept) && subject.is_listable && !call.is_over() {
        let recreation = Recreation {
            target: &target,
            client,
            before: &before,
            has_been_listed,
        };
        match recreation.run().await {
            Ok(recreated) => outcome = recreated,
            Err(failed) => {
                *turn = failed.run_status;
                context.private_mut().note_expiry_unknown();
                return Err(failed.diagnostic.into());
            }
        }
    }
    *turn = run_status(outcome.failed);
    if let Some(diagnostic) = unchanged(&target, &outcome) {
        if outcome.failed != Some(FailureReason::Refused) {
            context.private_mut().note_expiry_unknown();
        }
        let is_not_found = outcome.error.as_ref().is_some_and(Error::is_not_found);
        return Err(NotUpdated {
            failure: diagnostic.into(),
            why: match outcome.failed {
                Some(FailureReason::Refused) if is_not_found => NotUpdatedReason::Missing,
                Some(FailureReason::ExpiryKept) => NotUpdatedReason::ExpiryKept,
                _ => NotUpdatedReason::Other,
            },
        });
    }
    if !outcome.is_created {
        updated.fill_from_prior(prior);
    }
    context.private_mut().note_updated();
    let failed = complete_from_result(&target, &before, &outcome, &mut updated, context);
    if target.expires_on.is_none() && !subject.is_listable {
        context.warn(target.removal_not_checked());
    }
    Recorded::of(&target, access).note_managed();
    match failed {
        Some(diagnostic) => Err(Failure::from(diagnostic).keeping(updated).into()),
        None => Ok(updated),
    }
}

/// The error if the grant is unchanged, or may be. The state then keeps the old expiry, so that the new one is sent
/// again. `None` if the update is to be stored.
fn unchanged(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (FailureReason::Refused, Some(error)) => Some(target.failed(CHANGING, error)),
        (FailureReason::Unknown, error) => {
            let contradiction = outcome.contradiction.as_deref();
            Some(target.unknown_update(error.as_ref(), contradiction))
        }
        (FailureReason::ExpiryKept, _) => Some(target.expiry_kept()),
        (FailureReason::AlreadyExists, _) => Some(target.already_exists(outcome.seen(target))),
        _ if outcome.is_created => None,
        (FailureReason::ListUnreadable, Some(error)) => Some(target.failed("reading back", error)),
        _ => Some(target.update_not_listed(outcome.after.as_deref())),
    }
}

/// Deletes a grant and re-creates it, because the service keeps an expiry that is to be removed.
struct Recreation<'a> {
    target: &'a Target,
    client: &'a Client,
    before: &'a ResourceGrants,
    /// Whether the absence of the grant from the list proves the deletion.
    has_been_listed: bool,
}

/// Why a grant was not re-created.
struct RecreationFailure {
    diagnostic: Diagnostic,
    /// What other blocks of this run may assume about the grant.
    run_status: RunStatus,
}

impl Recreation<'_> {
    /// Returns the result of the create.
    async fn run(&self) -> std::result::Result<WriteResult, RecreationFailure> {
        let Self { target, .. } = *self;
        let deleted = self.write(Goal::Delete, self.has_been_listed).await;
        if let Some(why) = deleted.failed {
            let diagnostic = match (why, &deleted.error) {
                (FailureReason::Refused, Some(error)) => target.expiry_kept_because(error),
                (_, error) => target.unknown_deletion(error.as_ref()),
            };
            return Err(RecreationFailure {
                diagnostic,
                run_status: RunStatus::Untouched,
            });
        }
        let created = self.write(Goal::Create, false).await;
        match (created.failed, &created.error) {
            (Some(FailureReason::Refused), Some(error)) => Err(RecreationFailure {
                diagnostic: target.access_lost(error),
                run_status: RunStatus::Deleted,
            }),
            (Some(FailureReason::Unknown), error) => Err(RecreationFailure {
                diagnostic: target.unknown_recreation(error.as_ref()),
                run_status: RunStatus::Managed,
            }),
            _ => Ok(created),
        }
    }

    /// Runs one half. It is not cancelled with the operation, so that access is not lost in between.
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
