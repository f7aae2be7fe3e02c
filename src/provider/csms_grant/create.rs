//! Creating a grant: never a second one, and none that is in no state.

use std::sync::Arc;
use std::time::Duration;

use crate::cloud::{Call, Client, Expiry, ResourceGrants};
use crate::framework::timeouts::Operation;
use crate::framework::{Context, Diagnostic, Failure};
use crate::provider::access::{Access, call};
use crate::provider::run::{Hold, Run, Standing, Turn};

use super::Result;
use super::decision::{Decision, Goal, Step, Why};
use super::fact::Facts;
use super::model::Model;
use super::target::Target;
use super::write::{Outcome, Write, arrived};

/// How long this same run is given to announce that it removes the grant elsewhere, as happens when a block is
/// renamed. Terraform begins both within moments.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(3);

const GRANTING: &str = "granting access by";

pub(super) async fn create(access: &Access, plan: Model, context: &mut Context) -> Result<Model> {
    let client = access.client()?;
    let call = call(context, &plan.timeouts, Operation::Create);
    let target = Target::of(&plan, access, &call, context).await?;
    access
        .guardrails()
        .permit(target.ends_on, &target.place.project_id, access.today())?;
    let mut made = target.complete(plan, access.today());
    let Begun {
        mut turn,
        _hold,
        before,
        step,
    } = begin(&target, client, &call, access.run()).await?;
    let write = Write {
        target: &target,
        client,
        call: &call,
        before: &before,
        decision: Decision::new(Goal::Create, target.subject(false)),
    };
    let mut outcome = write.run(step).await;
    outcome.after.get_or_insert_with(|| Arc::clone(&before));
    *turn = match standing(outcome.failed) {
        // Perhaps it is refused because it exists unseen: then nobody may take it away either.
        Standing::Untouched if !target.is_user() => Standing::Contested,
        standing => standing,
    };
    if let Some(diagnostic) = refused(&target, &outcome) {
        return Err(diagnostic.into());
    }
    match conclude(&target, &before, &outcome, &mut made, context) {
        Some(diagnostic) => Err(Failure::from(diagnostic).keeping(made)),
        None => Ok(made),
    }
}

/// Completes `made` by what a write has shown, and remembers what was learned. Answers what is wrong with it all the same.
pub(super) fn conclude(
    target: &Target,
    before: &ResourceGrants,
    outcome: &Outcome,
    made: &mut Model,
    context: &mut Context,
) -> Option<Diagnostic> {
    made.decide_by_grant(&outcome.answer, target.is_user());
    note(target, before, outcome, context);
    if let (Some(list), Some(grantee)) = (&outcome.after, outcome.seen(target)) {
        made.decide_by_list(list, grantee, target.is_user());
    }
    if let (None, Some(warning)) = (outcome.failed, unclear_expiry(target, outcome)) {
        context.warn(warning);
    }
    made.close();
    if outcome.is_adopted {
        context.warn(target.adopted());
    }
    let failed = kept(target, outcome);
    if let (None, Some(contradiction)) = (&failed, &outcome.contradiction) {
        context.warn(target.contradicted(contradiction));
    }
    failed
}

/// A grant that nobody else works on, looked at.
struct Begun {
    turn: Turn,
    _hold: Hold,
    before: Arc<ResourceGrants>,
    step: Step,
}

/// Waits for the turn and looks at what there is.
///
/// # Errors
/// The grant is another block's, or exists on other terms.
async fn begin(
    target: &Target,
    client: &Client,
    call: &Call,
    run: &Run,
) -> std::result::Result<Begun, Diagnostic> {
    let record = run.grant(&target.id());
    if !target.is_user() {
        // The list may never show a group's grant, so one that is only to be renamed looks like none. Its removal goes
        // first; were it made first, it would be made twice.
        record.removal_announced(REMOVAL_PATIENCE, call).await;
    }
    for is_last_try in [false, true] {
        let mut turn = record.turn(call).await?;
        if *turn == Standing::Managed {
            return Err(target.declared_twice());
        }
        let hold = target.hold(run, call).await?;
        let before = if is_last_try || !target.is_user() {
            target.list_again(client, call).await
        } else {
            target.list(client, call).await
        };
        let mut before = before.map_err(|error| target.failed(GRANTING, &error))?;
        let step = Decision::before(target.listing_before(&before));
        if step == Step::Adopt {
            before = agreed(target, client, call).await?;
        }
        if step != Step::Fail(Why::AlreadyThere) {
            return Ok(Begun {
                turn,
                _hold: hold,
                before,
                step,
            });
        }
        if is_last_try {
            *turn = Standing::Contested;
            let there = before.find(&target.key.grantee_id);
            return Err(target.already_there(there));
        }
        drop((turn, hold));
        record.removal_announced(REMOVAL_PATIENCE, call).await;
    }
    // The second try answers in any case.
    Err(target.already_there(None))
}

/// The list that shows a grant as wanted at two readings: one that lags may show what has been revoked.
///
/// # Errors
/// A reading failed, or one does not show the grant.
async fn agreed(
    target: &Target,
    client: &Client,
    call: &Call,
) -> std::result::Result<Arc<ResourceGrants>, Diagnostic> {
    let readings = target.list_twice(client, call).await;
    let [first, second] = readings.map_err(|error| target.failed(GRANTING, &error))?;
    let show = |list| Decision::before(target.listing_before(list)) == Step::Adopt;
    match show(&first) && show(&second) {
        true => Ok(second),
        false => Err(target.lists_disagree()),
    }
}

/// A warning if neither the list nor the answer says when the grant expires, although one of them says something.
fn unclear_expiry(target: &Target, outcome: &Outcome) -> Option<Diagnostic> {
    let listed = outcome.seen(target).map(|grantee| &grantee.expiry);
    let listed = listed.filter(|expiry| **expiry != Expiry::None);
    let expiry = listed.unwrap_or(&outcome.answer.expiry);
    if let Some(text) = expiry.unclear_text() {
        return Some(target.expiry_not_understood(text));
    }
    let is_endless = *expiry == Expiry::BeyondCalendar;
    let is_other = target.ends_on.is_some_and(|date| !expiry.is_on(date));
    (is_endless && is_other).then(|| target.listed_as_endless())
}

/// What this run has made of a grant it wanted to make.
pub(super) fn standing(failed: Option<Why>) -> Standing {
    match failed {
        Some(Why::Refused) => Standing::Untouched,
        Some(Why::AlreadyThere) => Standing::Contested,
        None | Some(Why::NotShown | Why::NotRead | Why::Unknown | Why::ExpiryKept) => {
            Standing::Managed
        }
    }
}

/// What is said if nothing was made.
fn refused(target: &Target, outcome: &Outcome) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (Why::Refused, Some(error)) => Some(target.failed(GRANTING, error)),
        (Why::AlreadyThere | Why::Refused, _) => Some(target.already_there(outcome.seen(target))),
        _ => None,
    }
}

/// What is said if something was created, or may have been, and is kept.
fn kept(target: &Target, outcome: &Outcome) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (Why::Unknown, error) => {
            let contradiction = outcome.contradiction.as_deref();
            Some(target.unknown_create(error.as_ref(), contradiction))
        }
        (Why::NotRead, Some(error)) => Some(target.failed("reading back", error)),
        _ => Some(target.create_not_listed(outcome.after.as_deref())),
    }
}

/// Remembers what was learned.
fn note(target: &Target, before: &ResourceGrants, outcome: &Outcome, context: &mut Context) {
    let facts = context.private_mut();
    if outcome.is_made {
        facts.note_made();
    }
    if outcome.failed == Some(Why::Unknown) {
        facts.note_creation_unknown();
    }
    if let Some(grantee) = outcome.seen(target) {
        facts.note_listed(grantee);
    } else if let (false, Some(after)) = (target.is_user(), &outcome.after) {
        facts.note_members(arrived(before, after));
    }
}
