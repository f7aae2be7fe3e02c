//! Creates a grant, without duplicating an existing one, and stores in the state whatever may have been created.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{Call, Client, Error, ErrorKind, Expiry, ResourceGrants};
use crate::framework::{Context, Diagnostic, Failure, Private};
use crate::provider::access::{Access, call};
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::provider::run::{GrantTurn, ResourceLock, Run, RunStatus};
use crate::provider::status::Status;
use crate::provider::timeouts::Operation;
use crate::run_record;

use super::Result;
use super::decision::{Decision, FailureReason, Goal, WriteStep};
use super::fact::GrantFacts;
use super::model::Model;
use super::takeover::take_over;
use super::target::Target;
use super::write::{Write, WriteResult, new_grantees};

/// How long to wait for this run to announce the deletion of the same grant, as when a block is renamed. Terraform
/// starts both operations at nearly the same time.
const DELETION_ANNOUNCEMENT_WAIT: Duration = Duration::from_secs(3);

/// The operation in messages, before "the grant" and its key.
const CREATING: &str = "creating";

/// How long a rejected create is retried if the plan did not know an id yet: a resource that was just created may not
/// be visible in every service.
const UNKNOWN_ID_RETRY_LIMIT: Duration = Duration::from_secs(60);

/// The pause between such retries.
const UNKNOWN_ID_RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Creates or takes over the grant, and notes the result in the run record, on which deletions of other blocks depend.
/// After an error, the object is stored in the state all the same if the grant may exist.
pub(super) async fn create(access: &Access, plan: Model, context: &mut Context) -> Result<Model> {
    // Removes what the plan stored; a new object has no facts.
    *context.private_mut() = Private::default();
    let Some(recorded) = Recorded::of_model(&plan, access) else {
        // The key is missing only if a value is malformed, and then the create fails before it sends a request.
        return create_permitted(access, plan, context).await;
    };
    recorded.note_creating();
    let as_planned = plan.clone();
    let mut created = create_permitted(access, plan, context).await;
    if let Err(failure) = &mut created
        && failure.kept.is_none()
    {
        recorded.note_failed();
        failure.kept = object_if_handed_over(access, &recorded, &as_planned, context);
    }
    if !matches!(created, Err(Failure { kept: None, .. })) {
        match context.private().is_taken_over_unchanged() {
            true => recorded.note_taken_over_unchanged(),
            false => recorded.note_managed(),
        }
        let object = run_record::random_id();
        access.record().note_seen(object);
        context.private_mut().note_object(object);
    }
    let stored = match &created {
        Ok(stored) => Some(stored),
        Err(failure) => failure.kept.as_ref(),
    };
    if let Some(stored) = stored {
        context.private_mut().note_location(&as_planned, stored);
    }
    created
}

/// Creates the grant after checking the guardrails.
async fn create_permitted(access: &Access, plan: Model, context: &mut Context) -> Result<Model> {
    let call = call(context, &plan.timeouts, Operation::Create);
    let target = Target::of(&plan, access, &call, context).await?;
    access.guardrails().enforce(
        target.expires_on,
        &target.location.project_id,
        access.today(),
    )?;
    let recorded = Recorded::of(&target, access);
    create_with_retry(access, &target, &recorded, plan, &call, context).await
}

/// The object to store after a failed create: if another block has handed its grant over to this one, the grant exists,
/// and no other object has it. Otherwise `None`.
fn object_if_handed_over(
    access: &Access,
    recorded: &Recorded<'_>,
    plan: &Model,
    context: &mut Context,
) -> Option<Model> {
    if !recorded.is_given_up() {
        return None;
    }
    let inheritance = recorded.inherit()?;
    let is_expiry_unknown = context.private().is_expiry_unknown();
    let is_expiry_kept = context.private().is_expiry_kept();
    *context.private_mut() = inheritance.facts();
    if !is_expiry_kept {
        // If the service kept the expiry, only a replacement can change it.
        context.private_mut().note_taken_over_unchanged();
    }
    if is_expiry_unknown {
        // The request for the new expiry may have taken effect.
        context.private_mut().note_expiry_unknown();
    }
    let mut object = inheritance.unchanged_object(plan);
    object.null_unknowns();
    let expires_on = object.validity_time.known().copied();
    object.status = Status::on(access.today(), expires_on).as_str().into();
    Some(object)
}

/// Creates the grant. If the plan did not know an id yet, retries while the service rejects the id as unknown.
async fn create_with_retry(
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
        let Err(NotCreated {
            failure,
            is_unknown,
        }) = outcome
        else {
            return outcome.map_err(|not_created| not_created.failure);
        };
        let may_retry =
            is_unknown && recorded.was_unknown() && began_at.elapsed() < UNKNOWN_ID_RETRY_LIMIT;
        if !may_retry || call.pause(UNKNOWN_ID_RETRY_PAUSE).await.is_err() {
            return Err(failure);
        }
    }
}

/// A failed create after which no grant exists that this block created.
struct NotCreated {
    failure: Failure<Model>,
    /// The service rejected the resource or the grantee as unknown or invalid.
    is_unknown: bool,
}

impl NotCreated {
    /// A failure with this cause. A secret that is scheduled for deletion is not unknown: waiting would not help.
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

impl From<Diagnostic> for NotCreated {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::by(diagnostic, None)
    }
}

impl From<Failure<Model>> for NotCreated {
    fn from(failure: Failure<Model>) -> Self {
        Self {
            failure,
            is_unknown: false,
        }
    }
}

/// One attempt to create a grant or to take it over.
struct Attempt<'a> {
    access: &'a Access,
    target: &'a Target,
    recorded: &'a Recorded<'a>,
    call: &'a Call,
}

impl Attempt<'_> {
    /// Takes the grant over if another block hands it over, and otherwise creates it.
    ///
    /// If the grant exists with a different expiry and the plan did not know it, waits once for another block to delete
    /// it.
    async fn run(
        &self,
        plan: Model,
        context: &mut Context,
    ) -> std::result::Result<Model, NotCreated> {
        let Self {
            access,
            target,
            recorded,
            call,
        } = *self;
        let client = access.client()?;
        recorded.wait_for_removal_elsewhere(call).await?;
        if recorded.is_changed_elsewhere() {
            client.note_changed_elsewhere(&target.location, &target.key.resource_id);
        }
        let record = access.run().grant(&target.id());
        if !target.is_user() && !recorded.was_planned() && recorded.inherit().is_none() {
            // A group's grant may never be listed, so it is unknown here whether it exists. If a block is renamed, the
            // old grant must be deleted first, or there would be two.
            record
                .deletion_announced(DELETION_ANNOUNCEMENT_WAIT, call)
                .await;
        }
        // If the plan is known and does not delete the grant, there is no deletion to wait for.
        let is_only_try = recorded.was_planned();
        for is_last_try in [is_only_try, true] {
            let mut turn = record.turn(call).await?;
            if *turn == RunStatus::Managed {
                return Err(target.declared_twice().into());
            }
            if let Some(inheritance) = recorded
                .inherit()
                .filter(|inheritance| inheritance.may_be(target))
            {
                let plan = plan.clone();
                let taken_over =
                    take_over(access, target, &inheritance, plan, &mut turn, call, context).await?;
                if let Some(taken_over) = taken_over {
                    *turn = RunStatus::Managed;
                    return Ok(taken_over);
                }
                *context.private_mut() = Private::default();
            }
            drop(turn);
            match prepare(target, client, call, access.run(), is_last_try).await? {
                Preparation::Ready(prepared) => return self.send(prepared, plan, context).await,
                Preparation::AlreadyExists => {
                    record
                        .deletion_announced(DELETION_ANNOUNCEMENT_WAIT, call)
                        .await;
                }
            }
        }
        // Not reached: the last attempt returns or fails.
        Err(target.already_exists(None).into())
    }

    /// Sends the create, or adopts the grant if it is listed as configured, and stores what is known of it.
    async fn send(
        &self,
        prepared: PreparedCreate,
        plan: Model,
        context: &mut Context,
    ) -> std::result::Result<Model, NotCreated> {
        let Self {
            access,
            target,
            call,
            ..
        } = *self;
        let PreparedCreate {
            mut turn,
            _lock,
            before,
            step,
        } = prepared;
        let mut stored = target.complete(plan, access.today());
        let write = Write {
            target,
            client: access.client()?,
            call,
            before: &before,
            decision: Decision::new(Goal::Create, target.subject(false)),
        };
        let mut outcome = write.run(step).await;
        outcome.after.get_or_insert_with(|| Arc::clone(&before));
        *turn = match run_status(outcome.failed) {
            // The grant may exist without being listed, so no other block may revoke it.
            RunStatus::Untouched if !target.is_user() => RunStatus::Conflicting,
            run_status => run_status,
        };
        if let Some(diagnostic) = not_created_error(target, &outcome) {
            return Err(NotCreated::by(diagnostic, outcome.error.as_ref()));
        }
        match complete_from_result(target, &before, &outcome, &mut stored, context) {
            Some(diagnostic) => Err(Failure::from(diagnostic).keeping(stored).into()),
            None => Ok(stored),
        }
    }
}

/// Completes `stored` with the results of a write, and notes facts about the grant. Returns the error if the outcome is
/// unknown or not as configured.
pub(super) fn complete_from_result(
    target: &Target,
    before: &ResourceGrants,
    outcome: &WriteResult,
    stored: &mut Model,
    context: &mut Context,
) -> Option<Diagnostic> {
    stored.fill_from_response(&outcome.answer, target.is_user());
    note_facts(target, before, outcome, context);
    if let (Some(list), Some(grantee)) = (&outcome.after, outcome.seen(target)) {
        stored.fill_from_list(list, grantee, target.is_user());
    }
    if let (None, Some(warning)) = (outcome.failed, unclear_expiry(target, outcome)) {
        context.warn(warning);
    }
    stored.null_unknowns();
    if outcome.is_adopted {
        context.warn(target.adoption_warning());
    }
    let failed = stored_error(target, outcome);
    if let (None, Some(contradiction)) = (&failed, &outcome.contradiction) {
        context.warn(target.contradicted(contradiction));
    }
    failed
}

/// A grant that is locked for this operation, with the grants that were listed and the next step.
struct PreparedCreate {
    turn: GrantTurn,
    _lock: ResourceLock,
    /// The list before the create, to recognize grantees that appear with a group's grant.
    before: Arc<ResourceGrants>,
    step: WriteStep,
}

/// The result of [`prepare`].
enum Preparation {
    /// Nothing stands in the way, or the grant exists as configured and is adopted.
    Ready(PreparedCreate),
    /// The grant exists with a different expiry, and another block may be about to revoke it.
    AlreadyExists,
}

/// Locks the grant and reads the list, before anything is sent.
///
/// # Errors
/// Another block manages the grant, the list cannot be read, or the grant exists with a different expiry and this is
/// the last attempt.
async fn prepare(
    target: &Target,
    client: &Client,
    call: &Call,
    run: &Run,
    is_last_try: bool,
) -> std::result::Result<Preparation, NotCreated> {
    let record = run.grant(&target.id());
    let mut turn = record.turn(call).await?;
    if *turn == RunStatus::Managed {
        return Err(target.declared_twice().into());
    }
    let lock = target.lock_resource(run, call).await?;
    let before = if is_last_try || !target.is_user() {
        target.list_fresh(client, call).await
    } else {
        target.list(client, call).await
    };
    let failed = |error: Error| NotCreated::by(target.failed(CREATING, &error), Some(&error));
    let mut before = before.map_err(failed)?;
    let step = Decision::before(target.listing_before(&before));
    if step == WriteStep::Adopt {
        before = confirm_listing(target, client, call).await?;
    }
    if step != WriteStep::Fail(FailureReason::AlreadyExists) {
        return Ok(Preparation::Ready(PreparedCreate {
            turn,
            _lock: lock,
            before,
            step,
        }));
    }
    if is_last_try {
        *turn = RunStatus::Conflicting;
        let there = before.find(&target.key.grantee_id);
        return Err(target.already_exists(there).into());
    }
    Ok(Preparation::AlreadyExists)
}

/// The list that shows the grant as configured in two readings. A single lagging list may show a revoked grant.
///
/// # Errors
/// A reading failed, or one does not show the grant as configured.
async fn confirm_listing(
    target: &Target,
    client: &Client,
    call: &Call,
) -> std::result::Result<Arc<ResourceGrants>, Diagnostic> {
    let readings = target.list_twice(client, call).await;
    let [first, second] = readings.map_err(|error| target.failed(CREATING, &error))?;
    let show = |list| Decision::before(target.listing_before(list)) == WriteStep::Adopt;
    match show(&first) && show(&second) {
        true => Ok(second),
        false => Err(target.lists_disagree()),
    }
}

/// A warning if the listed or returned expiry cannot be verified.
fn unclear_expiry(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
    let listed = outcome.seen(target).map(|grantee| &grantee.expiry);
    let listed = listed.filter(|expiry| **expiry != Expiry::None);
    let expiry = listed.unwrap_or(&outcome.answer.expiry);
    if let Some(text) = expiry.unclear_text() {
        return Some(target.expiry_not_understood(text));
    }
    let never_expires = *expiry == Expiry::BeyondCalendar;
    let is_other = target.expires_on.is_some_and(|date| !expiry.is_on(date));
    (never_expires && is_other).then(|| target.listed_as_never_expiring())
}

/// The run status of a grant after a write.
pub(super) fn run_status(failed: Option<FailureReason>) -> RunStatus {
    match failed {
        Some(FailureReason::Refused) => RunStatus::Untouched,
        Some(FailureReason::AlreadyExists) => RunStatus::Conflicting,
        None
        | Some(
            FailureReason::NotListed
            | FailureReason::ListUnreadable
            | FailureReason::Unknown
            | FailureReason::ExpiryKept,
        ) => RunStatus::Managed,
    }
}

/// The error if nothing was created.
fn not_created_error(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (FailureReason::Refused, Some(error)) => Some(target.failed(CREATING, error)),
        (FailureReason::AlreadyExists | FailureReason::Refused, _) => {
            Some(target.already_exists(outcome.seen(target)))
        }
        _ => None,
    }
}

/// The error if the grant was created, or may have been, and is stored in the state.
fn stored_error(target: &Target, outcome: &WriteResult) -> Option<Diagnostic> {
    match (outcome.failed?, &outcome.error) {
        (FailureReason::Unknown, error) => {
            let contradiction = outcome.contradiction.as_deref();
            Some(target.unknown_create(error.as_ref(), contradiction))
        }
        (FailureReason::ListUnreadable, Some(error)) => Some(target.failed("reading back", error)),
        _ => Some(target.create_not_listed(outcome.after.as_deref())),
    }
}

/// Notes facts about the grant after a write.
fn note_facts(
    target: &Target,
    before: &ResourceGrants,
    outcome: &WriteResult,
    context: &mut Context,
) {
    let facts = context.private_mut();
    if outcome.is_created {
        facts.note_created();
    }
    if outcome.failed == Some(FailureReason::Unknown) {
        facts.note_creation_unknown();
    }
    if let Some(grantee) = outcome.seen(target) {
        facts.note_listed(grantee);
    } else if let (false, Some(after)) = (target.is_user(), &outcome.after) {
        facts.note_members(new_grantees(before, after));
    }
}
