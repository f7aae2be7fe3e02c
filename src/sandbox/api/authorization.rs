//! Authorization of the caller: project, account and permission.

use std::collections::BTreeMap;

use super::caller::{AuthMethod, Caller};
use super::error_response::ApiError;
use super::operation::{ApiOperation, RequiredAccess};
use crate::sandbox::identity::token::TokenScope;
use crate::sandbox::store::Store;

/// Checks that the caller may call the operation.
///
/// # Errors
/// `Forbidden` for a project or account that is not that of the caller and for a missing permission; `TokenForeign` for a token
/// of another region.
pub(in crate::sandbox) fn authorize(
    store: &Store,
    operation: &ApiOperation,
    caller: &Caller,
    path: &BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let RequiredAccess::Permission(permission) = operation.access else {
        return Ok(());
    };
    let forbidden = |reason| {
        Err(ApiError::Forbidden {
            service: operation.service,
            reason,
        })
    };
    // CSMS and CodeArts Repo require a project, even where the path has none.
    let TokenScope::Project(own) = &caller.scope else {
        return forbidden(
            "neither the token nor the `X-Project-Id` header specifies a project".to_owned(),
        );
    };
    let asked = path
        .get("project_id")
        .filter(|asked| **asked != own.as_str());
    let region = |id: &str| store.projects.get(id).map(|project| &project.region);
    if let Some(asked) = asked {
        let regions = region(asked).zip(region(own.as_str()));
        return match regions {
            Some((there, here)) if there != here && caller.auth_method == AuthMethod::Token => {
                Err(ApiError::TokenForeign)
            }
            _ => forbidden("`project_id` is not the caller's project".to_owned()),
        };
    }
    let account = caller.principal.account_id.as_str();
    if path.get("tenant_id").is_some_and(|asked| asked != account) {
        return forbidden("`tenant_id` is not the caller's account".to_owned());
    }
    if caller.principal.permissions.contains(&permission) {
        return Ok(());
    }
    forbidden(format!(
        "user `{}` has no permission to call `{}`",
        caller.principal.name, operation.name
    ))
}
