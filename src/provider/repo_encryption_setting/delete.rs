//! Destroys a setting: leaves it as it is, or disables encryption if the block says so and no other block declares the setting.

use crate::cloud::EncryptionType;
use crate::framework::{Context, Failure, Field, Private};
use crate::provider::access::{Access, call};
use crate::provider::account_key::AccountRegion;
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::provider::run::RunStatus;
use crate::provider::timeouts::Operation;
use crate::run_record::{CreationProgress, DeletedObject, Wanted as Planned};

use super::Result;
use super::create::current;
use super::message;
use super::model::Model;
use super::plan::CREATED;
use super::record::object_id;
use super::wanted::Wanted;
use super::write::write;

/// Destroys the setting. If another block of the plan creates or keeps it, nothing is sent; if that block has failed, the deletion
/// fails too, and the setting is unchanged.
pub(super) async fn delete(access: &Access, state: &Model, context: &mut Context) -> Result<()> {
    let call = call(context, &state.timeouts, Operation::Delete);
    let state = state.with_location(context.private());
    let place = access
        .account_region(&state.region, &state.tenant_id, &call)
        .await?;
    let recorded = Recorded::of_encryption_setting(&place, access);
    let plan = context.private().clone();
    // If the deletion fails, the object keeps its number, but not the facts of this plan.
    context.private_mut().forget_plan_facts();
    context.private_mut().forget(CREATED);
    let deleted = DeletedObject {
        object: object_id(&state, &plan),
        own: plan.creation(),
        // `-replace` must not turn encryption off for a moment.
        stays_if_replaced: true,
    };
    let created = plan.fact(CREATED);
    let planned = match created == Some(place.to_string().as_str()) {
        // The object is replaced by one for the same setting, which a record is not needed to know.
        true => Planned::Yes,
        false => recorded.wanted_of(deleted, &plan),
    };
    // The replacement may be for the same setting.
    let may_be_same = created == Some("");
    if !state.is_disabled_on_destroy() || may_be_same {
        if planned != Planned::Yes {
            context.warn(message::remains(&place, state.encryption_type()));
        } else if !recorded.hand_over(&plan, None) {
            return Err(message::declared_elsewhere(&place).into());
        }
        return Ok(());
    }
    let is_foreseen = planned == Planned::Yes;
    if !is_foreseen {
        recorded.note_removing(None);
    }
    if planned == Planned::Perhaps {
        let until = access.run().creation_wait_ends_at();
        let waited = recorded.creation_until(until, &plan, &call).await;
        waited.inspect_err(|_| recorded.note_removed(false))?;
    }
    if let Some(kept) = hand_over(&recorded, &plan, is_foreseen, &place, context) {
        return kept;
    }
    let record = access.run().encryption_setting(&place);
    let turn = record.turn(&call).await;
    let mut turn = turn.inspect_err(|_| recorded.note_removed(false))?;
    // Another block may have created the setting in the meantime.
    if let Some(kept) = hand_over(&recorded, &plan, is_foreseen, &place, context) {
        return kept;
    }
    match *turn {
        RunStatus::Managed => {
            recorded.hand_over(&plan, None);
            context.warn(message::kept_for_another(&place));
            return Ok(());
        }
        RunStatus::Conflicting => {
            recorded.note_removed(false);
            return Err(message::declared_elsewhere(&place).into());
        }
        RunStatus::Untouched | RunStatus::Deleted => {}
    }
    let disabled = disable(access, &place, &state, &call).await;
    // Updates the record before the turn ends.
    recorded.note_removed(disabled.is_ok());
    if disabled.is_ok() {
        *turn = RunStatus::Deleted;
    }
    disabled
}

/// Leaves the setting to another block of the plan, if there is one that has begun or that the plan foresaw. `None` if there is
/// none.
fn hand_over(
    recorded: &Recorded<'_>,
    plan: &Private,
    is_foreseen: bool,
    place: &AccountRegion,
    context: &mut Context,
) -> Option<Result<()>> {
    match recorded.creation(plan) {
        CreationProgress::Failed => {
            recorded.note_removed(false);
            Some(Err(message::declared_elsewhere(place).into()))
        }
        CreationProgress::None if !is_foreseen => None,
        CreationProgress::None | CreationProgress::Begun | CreationProgress::Done => {
            if !recorded.hand_over(plan, None) {
                return Some(Err(message::declared_elsewhere(place).into()));
            }
            if !is_foreseen {
                context.warn(message::kept_for_another(place));
            }
            Some(Ok(()))
        }
    }
}

/// Turns encryption off, and verifies it.
async fn disable(
    access: &Access,
    place: &AccountRegion,
    state: &Model,
    call: &crate::cloud::Call,
) -> Result<()> {
    let client = access.client()?;
    let current = current(client, call, place).await?;
    if current.encryption_type == EncryptionType::Normal {
        return Ok(());
    }
    if state.encryption_type() == Some(EncryptionType::Normal) {
        return Err(message::changed_since_plan(place, &current).into());
    }
    let off = Wanted::of(&Model {
        encryption_type: EncryptionType::Normal.as_str().into(),
        default_encryption_enabled: Field::Known(false),
        ..Model::default()
    });
    let written = write(client, call, place, &off, &current).await;
    match written {
        Ok(_) => Ok(()),
        Err(not_written) => Err(Failure::from(not_written.diagnostic)),
    }
}
