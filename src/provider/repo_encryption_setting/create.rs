//! Creates a setting: adopts the existing one if it is as configured, and never overwrites a different one that is on.

use crate::cloud::{Call, Client, EncryptionSetting, EncryptionType};
use crate::framework::{Context, Failure, Private};
use crate::provider::access::{Access, call};
use crate::provider::account_key::AccountRegion;
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::provider::run::RunStatus;
use crate::provider::timeouts::Operation;
use crate::run_record;

use super::Result;
use super::message;
use super::model::{Model, read_error};
use super::read::{Readings, read_again, show};
use super::wanted::{Existing, Wanted};
use super::write::write;

/// Creates, adopts or takes over the setting, and notes the result in the run record, on which deletions of other blocks depend.
///
/// A creation that was not confirmed stores no object: the setting is read before every creation, so nothing can be lost.
pub(super) async fn create(access: &Access, plan: Model, context: &mut Context) -> Result<Model> {
    // Removes what the plan stored; a new object has no facts.
    *context.private_mut() = Private::default();
    let call = call(context, &plan.timeouts, Operation::Create);
    let place = access
        .account_region(&plan.region, &plan.tenant_id, &call)
        .await?;
    let recorded = Recorded::of_encryption_setting(&place, access);
    recorded.note_creating();
    let type_name = context.type_name();
    let created = create_recorded(access, &place, &recorded, (&plan, type_name), &call).await;
    let Created { setting, origin } = created.inspect_err(|_| recorded.note_failed())?;
    recorded.note_managed();
    let object = run_record::random_id();
    access.record().note_seen(object);
    context.private_mut().note_object(object);
    let is_on = setting.encryption_type == EncryptionType::Kms;
    if origin == Origin::Adopted && is_on {
        context.warn(message::adopted(&place));
    }
    let stored = plan.with_setting(&place, &setting);
    plan.note_location(&stored, context.private_mut());
    Ok(stored)
}

/// A setting that the block manages now.
struct Created {
    setting: EncryptionSetting,
    origin: Origin,
}

/// How the setting came to be as configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// It already was.
    Adopted,
    /// Another block of the plan has handed it over.
    TakenOver,
    /// It was written.
    Written,
}

/// Creates the setting while no other operation of this run changes it.
async fn create_recorded(
    access: &Access,
    place: &AccountRegion,
    recorded: &Recorded<'_>,
    (plan, type_name): (&Model, &str),
    call: &Call,
) -> Result<Created> {
    let client = access.client()?;
    recorded.wait_for_removal_elsewhere(call).await?;
    let record = access.run().encryption_setting(place);
    let mut turn = record.turn(call).await?;
    if *turn == RunStatus::Managed {
        return Err(message::declared_twice(place).into());
    }
    // A setting that no plan has compared with the block is not overwritten.
    let is_handed_over = recorded.is_handed_over() && recorded.was_planned();
    let current = current(client, call, place).await?;
    let wanted = Wanted::of(plan);
    let created = match wanted.classify(&current) {
        Existing::Same => Created {
            setting: current,
            origin: match is_handed_over {
                true => Origin::TakenOver,
                false => Origin::Adopted,
            },
        },
        Existing::Different if !is_handed_over => {
            *turn = RunStatus::Conflicting;
            return Err(message::already_exists(place, &current, type_name).into());
        }
        Existing::Different | Existing::Off => {
            let written = write(client, call, place, &wanted, &current).await;
            Created {
                setting: written.map_err(|not_written| {
                    let failure = Failure::from(not_written.diagnostic);
                    match not_written.confirmed {
                        Some(setting) => failure.keeping(plan.with_setting(place, &setting)),
                        None => failure,
                    }
                })?,
                origin: Origin::Written,
            }
        }
    };
    *turn = RunStatus::Managed;
    Ok(created)
}

/// The setting that two readings agree on: a lagging replica must not hide a setting that is on.
pub(super) async fn current(
    client: &Client,
    call: &Call,
    place: &AccountRegion,
) -> Result<EncryptionSetting> {
    let first = show(client, call, place).await;
    let first = first.map_err(|error| read_error(&error))?;
    match read_again(client, call, place, first).await {
        Readings::Agree(setting) => Ok(setting),
        Readings::Differ(_) => Err(message::readings_differ(place).into()),
        Readings::Failed(error) => Err(read_error(&error).into()),
    }
}
