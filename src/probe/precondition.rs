//! What must be known before anything is sent that changes access.

use futures_util::{StreamExt, pin_mut};

use super::error::ProbeError;
use super::grant_client::{GrantClient, status_and_code};
use super::reading::{Form, Reading};
use crate::cloud::{Call, ErrorKind, SecretSummary, UserId};

/// Lists that must confirm that the user has no grant.
const CONFIRMING_READS: usize = 2;

/// States of a secret in which it cannot be used.
const UNUSABLE_STATES: [&str; 2] = ["PENDING_DELETE", "FROZEN"];

/// The state before the probe.
#[derive(Debug)]
pub(super) struct Before {
    /// The list of grants.
    pub(super) reading: Reading,
    /// The names of the user in the directory, or why they are not known.
    pub(super) user_names: Result<Vec<String>, String>,
}

/// Checks that the secret exists and that the user has no grant on it.
///
/// # Errors
/// The user has a grant, or it is not certain that there is none.
pub(super) async fn check(client: &mut GrantClient<'_>) -> Result<Before, ProbeError> {
    let secret = find_secret(client).await?;
    let first = client.read().await?;
    if first.is_listed() {
        return Err(ProbeError::GrantExists);
    }
    if secret.is_none() && matches!(first.form, Form::PossiblyNone(_)) {
        let problem = "the credentials have no permission to list secrets, and the response to ListGrants does not prove that the secret exists";
        return Err(ProbeError::Unclear(problem.to_owned()));
    }
    client.absent_form = Some(first.form);
    // A lagging replica may not list a grant that was created a moment ago.
    let mut reading = first;
    for _ in 0..CONFIRMING_READS {
        client.pause().await?;
        reading = client.read().await?;
        if reading.is_listed() {
            return Err(ProbeError::GrantExists);
        }
    }
    let user_names = find_user(client).await?;
    Ok(Before {
        reading,
        user_names,
    })
}

/// The secret; `None` if the caller may not list secrets.
///
/// # Errors
/// It does not exist, or cannot be used.
pub(super) async fn find_secret(
    client: &GrantClient<'_>,
) -> Result<Option<SecretSummary>, ProbeError> {
    let target = client.target;
    let call = || Call::within(client.pace.request, client.cancel.clone());
    let secrets = client.client.secrets(&target.location, call);
    pin_mut!(secrets);
    while let Some(secret) = secrets.next().await {
        match secret {
            Ok(secret) if secret.id == target.secret_id => {
                let state = secret.state.as_deref().unwrap_or_default();
                if UNUSABLE_STATES.contains(&state) {
                    return Err(ProbeError::UnusableSecret(state.to_owned()));
                }
                return Ok(Some(secret));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Permission => return Ok(None),
            Err(error) => return Err(ProbeError::request("listing secrets", error)),
        }
    }
    Err(ProbeError::NoSecret)
}

/// The names of the user in the directory.
async fn find_user(client: &GrantClient<'_>) -> Result<Result<Vec<String>, String>, ProbeError> {
    let target = client.target;
    let Ok(user_id) = UserId::new(target.user_id.as_str()) else {
        return Ok(Err(
            "the ID of the user is not one of the directory".to_owned()
        ));
    };
    let call = Call::within(client.pace.request, client.cancel.clone());
    let region = &target.location.region;
    match client.client.show_user(&call, region, &user_id).await {
        Ok(user) => Ok(Ok(user.user_name.into_iter().chain(user.name).collect())),
        Err(error) if error.kind() == ErrorKind::Cancelled => Err(ProbeError::Interrupted),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Invalid) => {
            Err(ProbeError::NoUser)
        }
        Err(error) => Ok(Err(format!(
            "the directory could not be read ({})",
            status_and_code(&error)
        ))),
    }
}
