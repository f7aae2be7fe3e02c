//! Reads a setting. A lagging replica never changes the state.

use crate::cloud::{Call, Client, EncryptionSetting, EncryptionType, Error, SECOND_READ_DELAY};
use crate::framework::Context;
use crate::provider::access::{Access, call};
use crate::provider::account_key::AccountRegion;
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::timeouts::Operation;
use crate::run_record::random_id;

use super::Result;
use super::message;
use super::model::{KEY_ENABLED, Model, read_error};
use super::record::object_id;

/// Reads the setting. It always exists, if only as "off".
pub(super) async fn read(
    access: &Access,
    state: Model,
    context: &mut Context,
) -> Result<Option<Model>> {
    let state = state.with_location(context.private());
    access
        .record()
        .note_seen(object_id(&state, context.private()));
    if context.private().object().is_none() {
        context.private_mut().note_object(random_id());
    }
    let client = access.client()?;
    let call = call(context, &state.timeouts, Operation::Read);
    let place = access
        .account_region(&state.region, &state.tenant_id, &call)
        .await?;
    let first = show(client, &call, &place).await;
    let first = first.map_err(|error| read_error(&error))?;
    // After an import there is no state to compare with.
    let agrees = |setting: &EncryptionSetting| {
        state.encryption_type.is_null() || is_as_stored(&state, &place, setting)
    };
    let setting = match agrees(&first) {
        true => first,
        false => match read_again(client, &call, &place, first).await {
            Readings::Agree(setting) => setting,
            Readings::Differ(second) if agrees(&second) => second,
            Readings::Differ(_) => return Err(message::readings_differ(&place).into()),
            Readings::Failed(error) => return Err(read_error(&error).into()),
        },
    };
    if let Some(warning) = unusable_key(&place, &setting) {
        context.warn(warning);
    }
    Ok(Some(state.with_setting(&place, &setting)))
}

/// Reads the setting once.
pub(super) async fn show(
    client: &Client,
    call: &Call,
    place: &AccountRegion,
) -> std::result::Result<EncryptionSetting, Error> {
    client
        .show_encryption_setting(call, &place.region, &place.tenant_id)
        .await
}

/// The second of two readings.
pub(super) enum Readings {
    /// Both are the same.
    Agree(EncryptionSetting),
    /// They differ.
    Differ(EncryptionSetting),
    /// The second one failed.
    Failed(Error),
}

/// Reads again after a delay, and compares the result with `first`.
pub(super) async fn read_again(
    client: &Client,
    call: &Call,
    place: &AccountRegion,
    first: EncryptionSetting,
) -> Readings {
    if let Err(error) = call.pause(SECOND_READ_DELAY).await {
        return Readings::Failed(error);
    }
    match show(client, call, place).await {
        Ok(second) if second == first => Readings::Agree(second),
        Ok(second) => Readings::Differ(second),
        Err(error) => Readings::Failed(error),
    }
}

/// Whether the state has this setting.
fn is_as_stored(state: &Model, place: &AccountRegion, setting: &EncryptionSetting) -> bool {
    let read = state.with_setting(place, setting);
    read.encryption_type == state.encryption_type
        && read.default_encryption_enabled == state.default_encryption_enabled
        && read.cmk_key_id == state.cmk_key_id
        && read.cmk_key_name == state.cmk_key_name
        && read.key_state == state.key_state
}

/// A warning if repositories are encrypted with a key that cannot be used.
pub(super) fn unusable_key(
    place: &AccountRegion,
    setting: &EncryptionSetting,
) -> Option<crate::framework::Diagnostic> {
    let state = setting.key_state.as_deref()?;
    let is_used = setting.encryption_type == EncryptionType::Kms;
    (is_used && state != KEY_ENABLED)
        .then(|| message::key_of_setting_not_enabled(place, setting, state))
}
