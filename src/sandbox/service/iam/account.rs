//! The account that a request names by id or name.

use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::request::ApiCall;
use crate::sandbox::id::AccountId;
use crate::sandbox::store::Store;

/// The account that a request names by exactly one of id and name.
pub(super) fn account(
    store: &Store,
    call: &ApiCall,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<AccountId, ApiError> {
    match (id, name) {
        (Some(id), None) => Ok(AccountId::from(id)),
        (None, Some(name)) => store
            .account_named(name)
            .ok_or_else(|| ApiError::NotFound(call.service, format!("account `{name:.64}`"))),
        _ => Err(call.bad_body("an account has an id or a name, and not both")),
    }
}
