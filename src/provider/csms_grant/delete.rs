//! Deletes a grant, unless another block of the plan creates, adopts or keeps it.

use crate::cloud::{Call, Client, Error};
use crate::framework::{Context, Diagnostic};
use crate::provider::access::{Access, call};
use crate::provider::recorded::Recorded;
use crate::provider::run::RunStatus;
use crate::provider::status::Status;
use crate::provider::timeouts::Operation;
use crate::run_record::{CreationProgress, Wanted};

use super::Result;
use super::decision::FailureReason;
use super::fact::GrantFacts;
use super::model::Model;
use super::revocation::{REVOKING, Revocation, RevocationAdvice};
use super::target::Target;

/// What becomes of the state if the deletion fails, and what to do.
const ADVICE: RevocationAdvice = RevocationAdvice {
    still_listed: "The grant remains in the state. Run `terraform apply` again, or raise `timeouts`.",
    not_confirmed: "The grant remains in the state.",
    group: "The grant remains in the state. Revoke the grant in the console, then run `terraform state rm ADDRESS`.",
};

/// Deletes the grant, or hands it over without a request if another block of the plan wants it. If that block has
/// failed, the deletion fails too, and access is unchanged.
pub(super) async fn delete(access: &Access, state: &Model, context: &mut Context) -> Result<()> {
    let call = call(context, &state.timeouts, Operation::Delete);
    let state = context.private().with_location(state);
    let target = Target::of(&state, access, &call, context).await?;
    let recorded = Recorded::of(&target, access);
    let plan = context.private().clone();
    // If the deletion fails, the object keeps its facts, but not those of this plan.
    context.private_mut().forget_plan();
    let handover = recorded.seal_handover(&state, &plan);
    let record = access.run().grant(&target.id());
    let wanted = recorded.wanted(&state, &plan);
    let is_foreseen = wanted == Wanted::Yes;
    if !is_foreseen {
        recorded.note_removing(handover.clone());
    }
    record.announce_deletion();
    if wanted == Wanted::Perhaps {
        let until = access.run().creation_wait_ends_at();
        let waited = recorded.creation_until(until, &plan, &call).await;
        waited.inspect_err(|_| recorded.note_removed(false))?;
    }
    let keep = |context: &mut Context| match recorded.creation(&plan) {
        CreationProgress::Failed => {
            recorded.note_removed(false);
            Some(Err(target.declared_elsewhere().into()))
        }
        CreationProgress::None if !is_foreseen => None,
        CreationProgress::None | CreationProgress::Begun | CreationProgress::Done => {
            if !recorded.hand_over(&plan, handover.clone()) {
                return Some(Err(target.declared_elsewhere().into()));
            }
            if !is_foreseen {
                context.warn(target.kept_for_another());
            }
            Some(Ok(()))
        }
    };
    if let Some(kept) = keep(context) {
        return kept;
    }
    let turn = record.turn(&call).await;
    let mut turn = turn.inspect_err(|_| recorded.note_removed(false))?;
    // Another block may have created the grant in the meantime.
    if let Some(kept) = keep(context) {
        return kept;
    }
    let removed = remove(access, &target, &mut turn, &call, context).await;
    // Updates the record before the lock is released.
    match *turn {
        RunStatus::Managed => _ = recorded.hand_over(&plan, handover),
        _ => recorded.note_removed(removed.is_ok()),
    }
    removed
}

/// Sends the deletion, unless another block of this run manages or declares the grant.
async fn remove(
    access: &Access,
    target: &Target,
    turn: &mut RunStatus,
    call: &Call,
    context: &mut Context,
) -> Result<()> {
    match *turn {
        RunStatus::Managed => {
            context.warn(target.kept_for_another());
            return Ok(());
        }
        RunStatus::Conflicting => return Err(target.declared_elsewhere().into()),
        RunStatus::Untouched | RunStatus::Deleted => {}
    }
    let client = access.client()?;
    if let Some(diagnostic) = created_again(target, client, call, context).await? {
        return Err(diagnostic.into());
    }
    let has_been_listed = context.private().is_listed();
    let is_creation_unknown = context.private().is_creation_unknown();
    let mut revocation = Revocation::send(target, access, has_been_listed, call).await?;
    let outcome = &mut revocation.outcome;
    let is_expired = Status::on(access.today(), target.expires_on) == Status::Expired;
    let is_not_found = outcome.error.as_ref().is_some_and(Error::is_not_found);
    let is_denied = outcome.failed == Some(FailureReason::Refused) && is_not_found;
    let was_removed = *turn == RunStatus::Deleted;
    let may_be_gone = is_creation_unknown || is_expired || was_removed;
    if is_denied && outcome.seen(target).is_none() && may_be_gone {
        // The service responds "not found", and the grant may never have been created, may have expired, or was deleted
        // by this run for another block.
        outcome.failed = None;
        if is_creation_unknown && !was_removed {
            context.warn(target.never_created());
        }
    }
    if let Some(diagnostic) = revocation.failed(target, &ADVICE) {
        return Err(diagnostic.into());
    }
    *turn = RunStatus::Deleted;
    let warnings = revocation.warnings(target, |id| context.private().may_be_member(id));
    warnings.into_iter().for_each(|each| context.warn(each));
    Ok(())
}

/// The error if the grant was created again after it was last read: another configuration may manage it.
async fn created_again(
    target: &Target,
    client: &Client,
    call: &Call,
    context: &Context,
) -> std::result::Result<Option<Diagnostic>, Diagnostic> {
    let Some(created_at) = context.private().created_at() else {
        return Ok(None);
    };
    let list = target.list(client, call).await;
    let list = list.map_err(|error| target.failed(REVOKING, &error))?;
    let listed = list.find(&target.key.grantee_id);
    let created_since = listed
        .and_then(|grantee| grantee.created_at)
        .filter(|since| *since > created_at);
    Ok(created_since.map(|since| target.created_again(created_at, since)))
}
