//! Agencies that callers of IAM and STS assume.

use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::request::ApiRequest;
use crate::sandbox::id::AccountId;
use crate::sandbox::identity::AssumeError;
use crate::sandbox::identity::principal::Principal;
use crate::sandbox::store::Store;

/// The principal as which `caller` acts after assuming an agency.
///
/// # Errors
/// `NotFound` for an unknown agency, `Forbidden` if the caller may not assume it.
pub(in crate::sandbox::service) fn assume(
    store: &Store,
    request: &ApiRequest,
    caller: &Principal,
    account: &AccountId,
    agency: &str,
) -> Result<Principal, ApiError> {
    let service = request.service;
    let assumed = store.identities.assume(caller, account, agency);
    assumed.map_err(|error| match error {
        AssumeError::NoAgency => ApiError::NotFound(service, format!("agency `{agency:.64}`")),
        AssumeError::NotTrusted => ApiError::Forbidden {
            service,
            reason: format!("agency `{agency:.64}` does not trust the caller's account"),
        },
        AssumeError::NoPermission => ApiError::Forbidden {
            service,
            reason: "You have no right to do this action".to_owned(),
        },
    })
}
