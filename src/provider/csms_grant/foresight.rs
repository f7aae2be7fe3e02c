//! What a plan of one grant means beside the others of the same plan: noted for the apply, and said where it matters.

use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{Call, GranteeType};
use crate::framework::{Diagnostic, Field, PlanContext, Private};
use crate::provider::access::Access;
use crate::provider::run::ReadObject;
use crate::run_record::{CreationToken, Duplicate, KeyParts, random_id};

use super::fact::GrantFacts;
use super::model::Model;
use super::plan_message::{
    access_interrupted_by_unknown, already_in_the_cloud, declared_by_both, declared_by_two,
    passing, passing_may_interrupt,
};
use super::record::{POLL, Recorded, object_id, texts};
use super::target::key;

/// How long the plan of a creation waits for the list of a secret. It only serves a warning.
const LOOK_LIMIT: Duration = Duration::from_secs(10);

/// So many plans that wait may be keeping those from being made that they wait for: Terraform makes ten at a time.
const CROWD: usize = 5;

/// Notes a creation; `plan` says of what, as far as is known.
pub(super) async fn of_creation(access: &Access, plan: &Model, context: &mut PlanContext) {
    let replaced = context.private.object();
    if replaced.is_some() {
        context.private.forget_passing();
    }
    let token = match Recorded::of_model(plan, access) {
        None => {
            let parts = KeyParts::new(texts(plan));
            access.record().plan_to_create_unknown(parts, replaced)
        }
        Some(recorded) => {
            // Applying plans again; then all this has been said.
            let is_applying = recorded.was_planned_here() || recorded.was_unknown_here();
            let (token, others) = access.record().plan_to_create(recorded.key(), replaced);
            if let Some(twin) = others.duplicate {
                let text = describe(plan);
                context.diagnostics.push(declared_by_two(&text, twin));
            } else if others.is_deleted && replaced.is_some() {
                // Terraform drops the warnings of the second half of a replacement.
            } else if others.is_deleted && !is_applying {
                tell_of_passing(access, plan, access.record().reference().is_some(), context);
            } else if replaced.is_none()
                && !is_applying
                && !context.diagnostics.has_error()
                && recorded.inherit().is_none()
            {
                let found = look(access, plan, context).await;
                if let Some(found) = found
                    && !is_spoken_of(access, &recorded, token, context).await
                {
                    context.diagnostics.push(found);
                }
            }
            token
        }
    };
    context.private.note_creation(token);
    context.private.note_plan(access.record().reference());
    if replaced.is_none() {
        of_tainted(access, plan, context);
    }
}

/// Notes what is known of the tainted object with the same key that a creation replaces, if it does: nothing about it is
/// handed over.
fn of_tainted(access: &Access, plan: &Model, context: &mut PlanContext) {
    let Some(recorded) = Recorded::of_model(plan, access) else {
        return;
    };
    let Some(ReadObject { facts, left }) = access.run().object_read(&describe(plan)) else {
        if recorded.is_passing() {
            context.private.note_passing();
        }
        return;
    };
    for (name, fact) in facts.facts() {
        context.private.remember(name, fact);
    }
    if let Some(object) = facts.object() {
        // With `create_before_destroy`, it must be found where no list shows it.
        access.record().plan_to_delete(object, recorded.key(), left);
    }
}

/// Notes that a grant stays as it is, is updated, or is replaced, which Terraform plans as an update first.
pub(super) fn of_update(
    access: &Access,
    prior: &Model,
    plan: &Model,
    is_replaced: bool,
    context: &mut PlanContext,
) {
    let object = object_id(prior, &context.private);
    if is_replaced {
        context.private.note_object(object);
        context.private.forget_passing();
        of_deletion(access, prior, context);
        if may_be_the_same(prior, plan) {
            let text = describe(prior);
            context
                .diagnostics
                .push(access_interrupted_by_unknown(&text));
        }
        return;
    }
    let Some(recorded) = Recorded::of_model(plan, access) else {
        return;
    };
    let others = access.record().plan_to_keep(object, recorded.key());
    // Asked for at once again if the object is to be replaced all the same.
    context.private.note_object(object);
    match others.duplicate {
        Some(twin @ Duplicate::Creation) => {
            let error = declared_by_two(&describe(plan), twin);
            context.diagnostics.push(error);
        }
        Some(Duplicate::Object) => {
            let warning = declared_by_both(&describe(plan));
            context.diagnostics.push(warning);
        }
        None if others.is_deleted => {
            tell_of_passing(access, plan, access.record().reference().is_some(), context);
        }
        None => {}
    }
}

/// Notes a deletion.
pub(super) fn of_deletion(access: &Access, prior: &Model, context: &mut PlanContext) {
    if note_deletion(access, prior, context) {
        context.private.note_kept();
        tell_of_passing(access, prior, true, context);
    }
}

/// Says that a grant passes from one block to another: once for all where nothing is sent for them, for each one where access
/// may be interrupted.
fn tell_of_passing(access: &Access, model: &Model, is_safe: bool, context: &mut PlanContext) {
    if !is_safe {
        let warning = passing_may_interrupt(&describe(model));
        context.diagnostics.push(warning);
    } else if access.run().may_tell_of_passing() {
        context.diagnostics.push(passing(&describe(model)));
    }
}

/// Notes the deletion of an object; whether the plan wants its grant to be there all the same.
fn note_deletion(access: &Access, prior: &Model, context: &mut PlanContext) -> bool {
    let Some(recorded) = Recorded::of_model(prior, access) else {
        return false;
    };
    let object = object_id(prior, &context.private);
    let left = recorded.seal_handover(prior, &context.private);
    let is_wanted = access.record().plan_to_delete(object, recorded.key(), left);
    context.private.note_plan(access.record().reference());
    is_wanted
}

/// A warning if the grant exists already, and nothing in this plan says that it is this configuration's.
async fn look(access: &Access, plan: &Model, context: &PlanContext) -> Option<Diagnostic> {
    let key = key(plan).ok()?;
    if key.grantee_type != GranteeType::User {
        return None;
    }
    let client = access.client().ok()?;
    if !client.may_send_optional_request() {
        return None;
    }
    let call = Call::within(LOOK_LIMIT, context.cancellation().clone());
    let place = access.place(&plan.region, &plan.project_id, &call).await;
    let place = place.ok()?;
    // Applying meets whatever keeps this from succeeding, and says it.
    let list = client.shared_grants(&call, &place, &key.resource_id).await;
    let list = list.ok()?;
    list.find(&key.grantee_id)?;
    let is_safe = access.record().reference().is_some();
    Some(already_in_the_cloud(&place, &key, is_safe))
}

/// Whether another block of the plan has the grant or gives it up. That block may be planned at this moment, so this waits. A
/// plan that is too large to wait for, and that deletes other grants, most likely deletes this one, too.
async fn is_spoken_of(
    access: &Access,
    recorded: &Recorded<'_>,
    token: CreationToken,
    context: &PlanContext,
) -> bool {
    let until = access.run().plan_patience_ends_at();
    let wait = access.run().wait_in_plan();
    let mut is_crowded = Instant::now() >= until;
    loop {
        let others = access.record().planned_elsewhere(recorded.key(), token);
        if others.is_deleted || others.duplicate.is_some() {
            return true;
        }
        is_crowded |= wait.count() >= CROWD;
        let rest = until.saturating_duration_since(Instant::now());
        let call = Call::within(rest, context.cancellation().clone());
        if rest.is_zero() || call.pause(POLL.min(rest)).await.is_err() {
            return is_crowded && access.record().deletes_anything();
        }
    }
}

/// Whether the new grant of a replacement may turn out to be the old one.
fn may_be_the_same(prior: &Model, plan: &Model) -> bool {
    fn may_be<T: PartialEq>(prior: &Field<T>, plan: &Field<T>) -> bool {
        plan.is_unknown() || prior.known() == plan.known()
    }
    let is_unknown = [
        plan.resource_id.is_unknown(),
        plan.grantee_target_id.is_unknown(),
        plan.region.is_unknown(),
        plan.project_id.is_unknown(),
    ];
    may_be(&prior.resource_id, &plan.resource_id)
        && may_be(&prior.grantee_target_id, &plan.grantee_target_id)
        && may_be(&prior.region, &plan.region)
        && may_be(&prior.project_id, &plan.project_id)
        && is_unknown.contains(&true)
}

/// The key of a grant as messages have it.
fn describe(model: &Model) -> String {
    let key = key(model).map(|key| key.to_string());
    key.unwrap_or_else(|_| "the grant".to_owned())
}

/// Gives an object that has been read its number, and notes that it has been met.
pub(super) fn of_read(access: &Access, state: &Model, private: &mut Private) {
    access.record().note_seen(object_id(state, private));
    if private.object().is_none() {
        private.note_object(random_id());
    }
}
