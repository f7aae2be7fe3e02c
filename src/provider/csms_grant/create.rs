//! Creating a grant: never a second one, and none that is in no state.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{Call, Client, Error, ErrorKind, Expiry, ResourceGrants};
use crate::framework::{Context, Diagnostic, Failure, Private};
use crate::provider::access::{Access, call};
use crate::provider::run::{GrantTurn, Hold, Run, Standing};
use crate::provider::status::Status;
use crate::provider::timeouts::Operation;
use crate::run_record;

use super::Result;
use super::decision::{Decision, Goal, Why, WriteStep};
use super::fact::GrantFacts;
use super::model::Model;
use super::record::Recorded;
use super::takeover::take_over;
use super::target::Target;
use super::write::{Write, WriteResult, arrived};

/// How long this same run is given to announce that it removes the grant elsewhere, as happens when a block is
/// renamed. Terraform begins both within moments.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(3);

const GRANTING: &str = "granting access by";

/// How long a create that is refused is sent again, where the plan did not know an id yet: what was just created may not be
/// known everywhere.
const KNOWN_WITHIN: Duration = Duration::from_secs(60);

/// The pause before it is sent again.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn create(access: &Access, plan: Model, context: &mut Context) -> Result<Model> {
    // What was said to the plan; the object has no facts yet.
    *context.private_mut() = Private::default();
    let Some(recorded) = Recorded::of_model(&plan, access) else {
        // Only a malformed value can be missing now, which is refused before anything is sent.
        return create_permitted(access, plan, context).await;
    };
    recorded.begin_to_create();
    let as_planned = plan.clone();
    let mut created = create_permitted(access, plan, context).await;
    if let Err(failure) = &mut created
        && failure.kept.is_none()
    {
        recorded.note_failed();
        failure.kept = kept_if_left(access, &recorded, &as_planned, context);
    }
    if !matches!(created, Err(Failure { kept: None, .. })) {
        match context.private().is_passing() {
            true => recorded.note_passing(),
            false => recorded.note_managed(),
        }
        let object = run_record::random_id();
        access.record().note_seen(object);
        context.private_mut().note_object(object);
    }
    let made = match &created {
        Ok(made) => Some(made),
        Err(failure) => failure.kept.as_ref(),
    };
    if let Some(made) = made {
        context.private_mut().note_location(&as_planned, made);
    }
    created
}

/// Creates the grant, if it is allowed.
async fn create_permitted(access: &Access, plan: Model, context: &mut Context) -> Result<Model> {
    let call = call(context, &plan.timeouts, Operation::Create);
    let target = Target::of(&plan, access, &call, context).await?;
    access
        .guardrails()
        .permit(target.ends_on, &target.place.project_id, access.today())?;
    let recorded = Recorded::of(&target, access);
    within_a_minute(access, &target, &recorded, plan, &call, context).await
}

/// What is stored after a creation that has failed: if another block has left its grant to this one, the object, because no
/// other has it.
fn kept_if_left(
    access: &Access,
    recorded: &Recorded<'_>,
    plan: &Model,
    context: &mut Context,
) -> Option<Model> {
    if !recorded.is_given_up() {
        return None;
    }
    let left = recorded.inherit()?;
    let is_expiry_unknown = context.private().is_expiry_unknown();
    let is_expiry_kept = context.private().is_expiry_kept();
    *context.private_mut() = left.facts();
    if !is_expiry_kept {
        // Otherwise only a replacement makes it what the block says.
        context.private_mut().note_passing();
    }
    if is_expiry_unknown {
        // What was sent for the new expiry may have had its effect.
        context.private_mut().note_expiry_unknown();
    }
    let mut passing = left.passing(plan);
    passing.close();
    let ends_on = passing.validity_time.known().copied();
    passing.status = Status::on(access.today(), ends_on).as_str().into();
    Some(passing)
}

/// Creates the grant; where the plan did not know an id yet, again as long as the service does not know it either.
async fn within_a_minute(
    access: &Access,
    target: &Target,
    recorded: &Recorded<'_>,
    plan: Model,
    call: &Call,
    context: &mut Context,
) -> Result<Model> {
    let began_at = Instant::now();
    loop {
        let attempt = Attempt {
            access,
            target,
            recorded,
            call,
        };
        let outcome = attempt.run(plan.clone(), context).await;
        let Err(Refused {
            failure,
            is_unknown,
        }) = outcome
        else {
            return outcome.map_err(|refused| refused.failure);
        };
        let may_be_known_soon =
            is_unknown && recorded.was_unknown() && began_at.elapsed() < KNOWN_WITHIN;
        if !may_be_known_soon || call.pause(UNKNOWN_PAUSE).await.is_err() {
            return Err(failure);
        }
    }
}

/// Why nothing was created.
struct Refused {
    failure: Failure<Model>,
    /// The service does not know the resource or the grantee.
    is_unknown: bool,
}

impl Refused {
    fn by(diagnostic: Diagnostic, error: Option<&Error>) -> Self {
        let is_unknown = error.is_some_and(|error| {
            matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid)
                && !error.is_deletion_pending()
        });
        Self {
            failure: diagnostic.into(),
            is_unknown,
        }
    }
}

impl From<Diagnostic> for Refused {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::by(diagnostic, None)
    }
}

impl From<Failure<Model>> for Refused {
    fn from(failure: Failure<Model>) -> Self {
        Self {
            failure,
            is_unknown: false,
        }
    }
}

/// One attempt to create a grant, or to take it over.
struct Attempt<'a> {
    access: &'a Access,
    target: &'a Target,
    recorded: &'a Recorded<'a>,
    call: &'a Call,
}

impl Attempt<'_> {
    async fn run(&self, plan: Model, context: &mut Context) -> std::result::Result<Model, Refused> {
        let Self {
            access,
            target,
            recorded,
            call,
        } = *self;
        let client = access.client()?;
        recorded.wait_for_removal_elsewhere(call).await?;
        if recorded.is_changed_elsewhere() {
            client.note_changed_elsewhere(&target.place, &target.key.resource_id);
        }
        let record = access.run().grant(&target.id());
        if !target.is_user() && !recorded.was_planned() && recorded.inherit().is_none() {
            // The list may never show a group's grant, so one that is only to be renamed looks like none. Its removal goes
            // first; were it made first, it would be made twice.
            record.removal_announced(REMOVAL_PATIENCE, call).await;
        }
        // Where the plan is known, and no deletion in it, there is nothing to wait for.
        let is_only_try = recorded.was_planned();
        for is_last_try in [is_only_try, true] {
            let mut turn = record.turn(call).await?;
            if *turn == Standing::Managed {
                return Err(target.declared_twice().into());
            }
            if let Some(left) = recorded.inherit().filter(|left| left.may_be(target)) {
                let plan = plan.clone();
                let taken =
                    take_over(access, target, &left, plan, &mut turn, call, context).await?;
                if let Some(taken) = taken {
                    *turn = Standing::Managed;
                    return Ok(taken);
                }
                *context.private_mut() = Private::default();
            }
            drop(turn);
            match begin(target, client, call, access.run(), is_last_try).await? {
                Beginning::Ready(begun) => return self.go_on(begun, plan, context).await,
                Beginning::AlreadyThere => {
                    record.removal_announced(REMOVAL_PATIENCE, call).await;
                }
            }
        }
        // The second try answers in any case.
        Err(target.already_there(None).into())
    }

    async fn go_on(
        &self,
        begun: Begun,
        plan: Model,
        context: &mut Context,
    ) -> std::result::Result<Model, Refused> {
        let Self {
            access,
            target,
            call,
            ..
        } = *self;
        let Begun {
            mut turn,
            _hold,
            before,
            step,
        } = begun;
        let mut made = target.complete(plan, access.today());
        let write = Write {
            target,
            client: access.client()?,
            call,
            before: &before,
            decision: Decision::new(Goal::Create, target.subject(false)),
        };
        let mut outcome = write.run(step).await;
        outcome.after.get_or_insert_with(|| Arc::clone(&before));
        *turn = match standing(outcome.failed) {
            // The grant may exist without being listed; then no other block may revoke it either.
            Standing::Untouched if !target.is_user() => Standing::Contested,
            standing => standing,
        };
        if let Some(diagnostic) = refusal_error(target, &outcome) {
            return Err(Refused::by(diagnostic, outcome.error.as_ref()));
        }
        match conclude(target, &before, &outcome, &mut made, context) {
            Some(diagnostic) => Err(Failure::from(diagnostic).keeping(made).into()),
            None => Ok(made),
        }
    }
}

/// Completes `made` by what a write has shown, and remembers what was learned. Answers what is wrong with it all the same.
pub(super) fn conclude(
    target: &Target,
    before: &ResourceGrants,
    outcome: &WriteResult,
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
        context.warn(target.adoption_warning());
    }
    let failed = kept(target, outcome);
    if let (None, Some(contradiction)) = (&failed, &outcome.contradiction) {
        context.warn(target.contradicted(contradiction));
    }
    failed
}

/// A grant that nobody else works on, looked at.
struct Begun {
    turn: GrantTurn,
    _hold: Hold,
    before: Arc<ResourceGrants>,
    step: WriteStep,
}

/// What was found before anything is sent.
enum Beginning {
    Ready(Begun),
    /// The grant exists with another expiry, and another block may be about to give it up.
    AlreadyThere,
}

/// Waits for the turn and looks at what there is.
///
/// # Errors
/// The grant is another block's; or this is the last try, and it exists with another expiry.
async fn begin(
    target: &Target,
    client: &Client,
    call: &Call,
    run: &Run,
    is_last_try: bool,
) -> std::result::Result<Beginning, Refused> {
    let record = run.grant(&target.id());
    let mut turn = record.turn(call).await?;
    if *turn == Standing::Managed {
        return Err(target.declared_twice().into());
    }
    let hold = target.hold(run, call).await?;
    let before = if is_last_try || !target.is_user() {
        target.list_again(client, call).await
    } else {
        target.list(client, call).await
    };
    let failed = |error: Error| Refused::by(target.failed(GRANTING, &error), Some(&error));
    let mut before = before.map_err(failed)?;
    let step = Decision::before(target.listing_before(&before));
    if step == WriteStep::Adopt {
        before = agree_on_expiry(target, client, call).await?;
    }
    if step != WriteStep::Fail(Why::AlreadyThere) {
        return Ok(Beginning::Ready(Begun {
            turn,
            _hold: hold,
            before,
            step,
        }));
    }
    if is_last_try {
        *turn = Standing::Contested;
        let there = before.find(&target.key.grantee_id);
        return Err(target.already_there(there).into());
    }
    Ok(Beginning::AlreadyThere)
}

/// The list that shows a grant as wanted at two readings: one that lags may show what has been revoked.
///
/// # Errors
/// A reading failed, or one does not show the grant.
async fn agree_on_expiry(
    target: &Target,
    client: &Client,
    call: &Call,
) -> std::result::Result<Arc<ResourceGrants>, Diagnostic> {
    let readings = target.list_twice(client, call).await;
    let [first, second] = readings.map_err(|error| target.failed(GRANTING, &error))?;
    let show = |list| Decision::before(target.listing_before(list)) == WriteStep::Adopt;
    match show(&first) && show(&second) {
        true => Ok(second),
        false => Err(target.lists_disagree()),
    }
}

/// A warning if neither the list nor the answer says when the grant expires, although one of them says something.
fn unclear_expiry(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
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
fn refusal_error(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (Why::Refused, Some(error)) => Some(target.failed(GRANTING, error)),
        (Why::AlreadyThere | Why::Refused, _) => Some(target.already_there(outcome.seen(target))),
        _ => None,
    }
}

/// What is said if something was created, or may have been, and is kept.
fn kept(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
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
fn note(target: &Target, before: &ResourceGrants, outcome: &WriteResult, context: &mut Context) {
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
