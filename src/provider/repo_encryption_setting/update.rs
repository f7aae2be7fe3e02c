//! Updates a setting in place.

use crate::cloud::EncryptionType;
use crate::framework::{Context, Failure};
use crate::provider::access::{Access, call};
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::provider::run::RunStatus;
use crate::provider::timeouts::Operation;
use crate::run_record;

use super::Result;
use super::message;
use super::model::{Model, read_error};
use super::plan::CREATED;
use super::read::show;
use super::wanted::Wanted;
use super::write::write;

/// Updates the setting, unless only arguments change that are not part of it.
pub(super) async fn update(
    access: &Access,
    prior: &Model,
    plan: Model,
    context: &mut Context,
) -> Result<Model> {
    if context.private().object().is_none() {
        context.private_mut().note_object(run_record::random_id());
    }
    context.private_mut().forget_plan_facts();
    context.private_mut().forget(CREATED);
    if !is_changed(prior, &plan) {
        return Ok(plan);
    }
    let located = plan.with_location(context.private());
    let client = access.client()?;
    let call = call(context, &plan.timeouts, Operation::Update);
    let place = access
        .account_region(&located.region, &located.tenant_id, &call)
        .await?;
    let recorded = Recorded::of_encryption_setting(&place, access);
    let record = access.run().encryption_setting(&place);
    let mut turn = record.turn(&call).await?;
    if *turn == RunStatus::Managed {
        return Err(message::declared_twice(&place).into());
    }
    let current = show(client, &call, &place).await;
    let current = current.map_err(|error| read_error(&error))?;
    let wanted = Wanted::of_update(prior, &plan);
    let is_on = current.encryption_type == EncryptionType::Kms;
    let is_known = Wanted::of(prior).has_type_and_key_of(&current);
    if is_on && !is_known && !wanted.has_type_and_key_of(&current) {
        return Err(message::changed_since_plan(&place, &current).into());
    }
    let written = write(client, &call, &place, &wanted, &current).await;
    *turn = RunStatus::Managed;
    recorded.note_managed();
    match written {
        Ok(setting) => Ok(plan.with_setting(&place, &setting)),
        Err(not_written) => {
            let failure = Failure::from(not_written.diagnostic);
            Err(match not_written.confirmed {
                Some(setting) => failure.keeping(plan.with_setting(&place, &setting)),
                None => failure,
            })
        }
    }
}

/// Whether the setting itself changes.
fn is_changed(prior: &Model, plan: &Model) -> bool {
    prior.encryption_type != plan.encryption_type
        || prior.default_encryption_enabled != plan.default_encryption_enabled
        || prior.cmk_key_id != plan.cmk_key_id
        || prior.cmk_key_name != plan.cmk_key_name
}
