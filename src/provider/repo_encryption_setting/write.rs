//! Sends a setting and reads it back.

use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{Call, Client, EncryptionSetting, EncryptionType, Error, ErrorKind, KmsKeyName};
use crate::framework::Diagnostic;
use crate::provider::account_key::AccountRegion;
use crate::provider::{failure, read_back};

use super::message;
use super::read::show;
use super::wanted::Wanted;
use super::{LISTING_KEYS, WRITING};

/// How long to read back a setting after a write with an unknown outcome.
const READ_BACK_LIMIT: Duration = Duration::from_secs(30);

/// How long a setting is sent again whose key is not listed.
const UNKNOWN_KEY_RETRY_LIMIT: Duration = Duration::from_secs(60);

/// The pause between such retries.
const UNKNOWN_KEY_RETRY_PAUSE: Duration = Duration::from_secs(2);

/// A setting that is not known to be as wanted.
pub(super) struct NotWritten {
    pub(super) diagnostic: Diagnostic,
    /// The service has confirmed the setting, which is not visible yet.
    pub(super) confirmed: Option<EncryptionSetting>,
}

impl From<Diagnostic> for NotWritten {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            diagnostic,
            confirmed: None,
        }
    }
}

/// Sends the setting that `wanted` asks for, completed by the `current` one, and reads it back.
///
/// # Errors
/// The service refused it, the outcome is unknown, or it is not visible before the timeout.
pub(super) async fn write(
    client: &Client,
    call: &Call,
    place: &AccountRegion,
    wanted: &Wanted,
    current: &EncryptionSetting,
) -> Result<EncryptionSetting, NotWritten> {
    let key_name = match wanted.needs_key_name(current) {
        true => key_name(client, call, place, wanted).await?,
        false => None,
    };
    let sent = wanted.complete(current, key_name);
    let answer = send(client, call, place, &sent).await;
    let limit = match &answer {
        Ok(_) => None,
        Err(error) if error.is_ambiguous() => Some(READ_BACK_LIMIT),
        Err(error) => return Err(refused(client, call, place, &sent, error).await.into()),
    };
    let read = || show(client, call, place);
    let seen = read_back::until(call, limit, read, |setting| wanted.is_met_by(setting)).await;
    match (seen, answer) {
        (Ok(seen), _) if wanted.is_met_by(&seen) => Ok(seen),
        (_, Err(error)) => Err(message::unknown_outcome(&error).into()),
        (Ok(_), Ok(confirmed)) if wanted.is_met_by(&confirmed) => Err(NotWritten {
            diagnostic: message::not_visible_yet(place),
            confirmed: Some(confirmed),
        }),
        (Ok(_), Ok(_)) => Err(message::not_changed(place).into()),
        (Err(error), Ok(_)) => Err(message::not_read_back(place, &error).into()),
    }
}

/// Sends the setting. While it is refused and its key is not listed, sends it again: a key that was just created may not be
/// visible in every service.
async fn send(
    client: &Client,
    call: &Call,
    place: &AccountRegion,
    sent: &EncryptionSetting,
) -> Result<EncryptionSetting, Error> {
    let (region, tenant_id) = (&place.region, &place.tenant_id);
    let began_at = Instant::now();
    loop {
        let answer = client
            .update_encryption_setting(call, region, tenant_id, sent)
            .await;
        let is_refused = answer
            .as_ref()
            .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid));
        let may_retry = is_refused && began_at.elapsed() < UNKNOWN_KEY_RETRY_LIMIT;
        let Some(key_id) = sent.key_id.as_ref().filter(|_| may_retry) else {
            return answer;
        };
        let is_unlisted = match client.cmks(call, region, tenant_id).await {
            Ok(keys) => keys.iter().all(|key| key.id != *key_id),
            Err(_) => false,
        };
        if !is_unlisted || call.pause(UNKNOWN_KEY_RETRY_PAUSE).await.is_err() {
            return answer;
        }
    }
}

/// The name under which CodeArts Repo lists the key.
///
/// # Errors
/// The keys cannot be listed. Without a name, the setting might keep that of the previous key.
async fn key_name(
    client: &Client,
    call: &Call,
    place: &AccountRegion,
    wanted: &Wanted,
) -> Result<Option<KmsKeyName>, Diagnostic> {
    let keys = client.cmks(call, &place.region, &place.tenant_id).await;
    let keys = keys.map_err(|error| failure::of(LISTING_KEYS, &error))?;
    let mut keys = keys.into_iter();
    let key = keys.find(|key| Some(&key.id) == wanted.key_id.as_ref());
    Ok(key.and_then(|key| key.name))
}

/// The diagnostic of a refused write: the missing delegation or the key, if one of them is known to be the cause.
async fn refused(
    client: &Client,
    call: &Call,
    place: &AccountRegion,
    sent: &EncryptionSetting,
    error: &Error,
) -> Diagnostic {
    let other = || failure::of(WRITING, error);
    if sent.encryption_type != EncryptionType::Kms {
        return other();
    }
    let (region, tenant_id) = (&place.region, &place.tenant_id);
    let is_delegated = client.show_tenant_kms_grant(call, region, tenant_id).await;
    match is_delegated {
        Ok(false) => return message::delegation_missing_error(place, error),
        Err(unread) if unread.is_not_found() => {
            return message::delegation_missing_error(place, error);
        }
        Ok(true) | Err(_) => {}
    }
    let (Ok(keys), Some(key_id)) = (client.cmks(call, region, tenant_id).await, &sent.key_id)
    else {
        return other();
    };
    message::key_problem(&keys, key_id, None, place).map_or_else(other, |mut problem| {
        problem.detail.push_str(&format!("\n\nCause: {error}."));
        problem
    })
}
