//! Records the plan of a grant for the apply, and warns if other blocks of the same plan have the same key.

use std::time::Duration;

use crate::cloud::{Call, GranteeType};
use crate::framework::{Diagnostic, Field, PlanContext, Private};
use crate::provider::access::Access;
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::provider::run::ReadObject;
use crate::run_record::{Duplicate, KeyParts, random_id};

use super::fact::GrantFacts;
use super::model::Model;
use super::plan_message::{
    access_interrupted_by_unknown, already_in_the_cloud, declared_by_both, declared_by_two,
    handover, handover_may_interrupt,
};
use super::record::{object_id, texts};
use super::target::key;

/// Timeout of listing the grants of a secret for a warning.
const LIST_LIMIT: Duration = Duration::from_secs(10);

/// Records a creation. The key in `plan` may be partly unknown.
pub(super) async fn record_creation(access: &Access, plan: &Model, context: &mut PlanContext) {
    let replaced = context.private.object();
    if replaced.is_some() {
        context.private.forget_taken_over_unchanged();
    }
    let token = match Recorded::of_model(plan, access) {
        None => {
            let parts = KeyParts::new(texts(plan));
            access.record().plan_to_create_unknown(parts, replaced)
        }
        Some(recorded) => {
            // During apply, Terraform plans again; the warnings have been given already.
            let is_applying = recorded.was_planned_here() || recorded.was_unknown_here();
            let (token, others) = access.record().plan_to_create(recorded.key(), replaced);
            if let Some(twin) = others.duplicate {
                let text = describe(plan);
                context.diagnostics.push(declared_by_two(&text, twin));
            } else if others.is_deleted && replaced.is_some() {
                // Terraform discards the warnings of the second half of a replacement.
            } else if others.is_deleted && !is_applying {
                warn_of_handover(access, plan, access.record().reference().is_some(), context);
            } else if replaced.is_none()
                && !is_applying
                && !context.diagnostics.has_error()
                && recorded.inherit().is_none()
            {
                let found = existing_grant_warning(access, plan, context).await;
                if let Some(found) = found
                    && !recorded
                        .is_declared_elsewhere(access.run(), token, context)
                        .await
                {
                    context.diagnostics.push(found);
                }
            }
            token
        }
    };
    context.private.note_creation_token(token);
    context.private.note_plan(access.record().reference());
    if replaced.is_none() {
        record_tainted(access, plan, context);
    }
}

/// Copies the facts of the tainted object with the same key, if the creation replaces one: Terraform does not pass its
/// private state.
fn record_tainted(access: &Access, plan: &Model, context: &mut PlanContext) {
    let Some(recorded) = Recorded::of_model(plan, access) else {
        return;
    };
    let Some(ReadObject { facts, handover }) = access.run().object_read(&describe(plan)) else {
        if recorded.is_taken_over_unchanged() {
            context.private.note_taken_over_unchanged();
        }
        return;
    };
    for (name, fact) in facts.facts() {
        context.private.remember(name, fact);
    }
    if let Some(object) = facts.object() {
        // With `create_before_destroy`, the creation must find the object even if its grant is never listed.
        access
            .record()
            .plan_to_delete(object, recorded.key(), handover);
    }
}

/// Records that a grant is unchanged, updated, or replaced, which Terraform plans as an update first.
pub(super) fn record_update(
    access: &Access,
    prior: &Model,
    plan: &Model,
    is_replaced: bool,
    context: &mut PlanContext,
) {
    let object = object_id(prior, &context.private);
    if is_replaced {
        context.private.note_object(object);
        context.private.forget_taken_over_unchanged();
        record_deletion(access, prior, context);
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
    // A replacement plans the creation immediately afterwards and needs the number.
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
            warn_of_handover(access, plan, access.record().reference().is_some(), context);
        }
        None => {}
    }
}

/// Records a deletion.
pub(super) fn record_deletion(access: &Access, prior: &Model, context: &mut PlanContext) {
    if plan_deletion(access, prior, context) {
        context.private.note_handed_over();
        warn_of_handover(access, prior, true, context);
    }
}

/// Warns that a grant passes from one block to another: once per plan if access continues, and for each grant if access
/// may be interrupted.
fn warn_of_handover(access: &Access, model: &Model, is_safe: bool, context: &mut PlanContext) {
    if !is_safe {
        let warning = handover_may_interrupt(&describe(model));
        context.diagnostics.push(warning);
    } else if access.run().claim_handover_warning() {
        context.diagnostics.push(handover(&describe(model)));
    }
}

/// Records the deletion of an object. Returns whether another block of the plan declares its grant.
fn plan_deletion(access: &Access, prior: &Model, context: &mut PlanContext) -> bool {
    let Some(recorded) = Recorded::of_model(prior, access) else {
        return false;
    };
    let object = object_id(prior, &context.private);
    let handover = recorded.seal_handover(prior, &context.private);
    let is_wanted = access
        .record()
        .plan_to_delete(object, recorded.key(), handover);
    context.private.note_plan(access.record().reference());
    is_wanted
}

/// A warning if the grant to create already exists. `None` for groups and if the grants cannot be listed.
async fn existing_grant_warning(
    access: &Access,
    plan: &Model,
    context: &PlanContext,
) -> Option<Diagnostic> {
    let key = key(plan).ok()?;
    if key.grantee_type != GranteeType::User {
        return None;
    }
    let client = access.client().ok()?;
    if !client.may_send_optional_request() {
        return None;
    }
    let call = Call::within(LIST_LIMIT, context.cancellation().clone());
    let location = access.location(&plan.region, &plan.project_id, &call).await;
    let location = location.ok()?;
    // Errors are ignored here; the apply reports them.
    let list = client
        .shared_grants(&call, &location, &key.resource_id)
        .await;
    let list = list.ok()?;
    list.find(&key.grantee_id)?;
    let is_safe = access.record().reference().is_some();
    Some(already_in_the_cloud(&location, &key, is_safe))
}

/// Whether the new grant of a replacement may have the same key as the old one.
fn may_be_the_same(prior: &Model, plan: &Model) -> bool {
    /// Whether the planned value is unknown or the same.
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

/// The key of a grant for messages.
fn describe(model: &Model) -> String {
    let key = key(model).map(|key| key.to_string());
    key.unwrap_or_else(|_| "unknown".to_owned())
}

/// Records that an object was read, and numbers it if it has no number.
pub(super) fn record_read(access: &Access, state: &Model, private: &mut Private) {
    access.record().note_seen(object_id(state, private));
    if let (Some(resource_id), Some(grantee_id)) =
        (state.resource_id.known(), state.grantee_target_id.known())
    {
        access.run().note_grant_read(resource_id, grantee_id);
    }
    if private.object().is_none() {
        private.note_object(random_id());
    }
}
