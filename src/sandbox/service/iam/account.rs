//! The account that a request names by id or name.

use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::request::ApiRequest;
use crate::sandbox::id::AccountId;
use crate::sandbox::store::Store;

/// The ID of the account that a request names by either id or name.
///
/// # Errors
/// `NotFound` for an unknown name, `BadBody` without id and name or with both.
pub(super) fn resolve_account(
    store: &Store,
    request: &ApiRequest,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<AccountId, ApiError> {
    match (id, name) {
        (Some(id), None) => Ok(AccountId::from(id)),
        (None, Some(name)) => store
            .account_named(name)
            .ok_or_else(|| ApiError::NotFound(request.service, format!("account `{name:.64}`"))),
        _ => Err(request.bad_body("specify the account either by ID or by name")),
    }
}
