//! Who is let in: the gateway's look at the token, then the service's at what its holder may do.

use std::collections::BTreeMap;

use axum::http::HeaderMap;

use super::call::Operation;
use super::refusal::{Refusal, Service};
use super::token::Token;
use super::world::World;

/// Header that carries the token.
const TOKEN_HEADER: &str = "x-auth-token";

/// Admits the caller of an operation.
///
/// # Errors
/// The gateway's `TokenMissing`, `TokenUnknown` and `TokenExpired`; then the service's `TokenMalformed`, and
/// `Forbidden` for another's project or account and for a missing permission.
pub(super) fn admit(
    world: &World,
    operation: &Operation,
    headers: &HeaderMap,
    path: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let text = headers.get(TOKEN_HEADER).ok_or(Refusal::TokenMissing)?;
    let text = text.to_str().map_err(|_| Refusal::TokenUnknown)?;
    let token = world.store().tokens.find(text).cloned();
    let token = token.ok_or(Refusal::TokenUnknown)?;
    if token.expires_at <= world.now() {
        return Err(Refusal::TokenExpired);
    }
    check_length(operation.service, text)?;
    check_scope(operation, &token, path)
}

fn check_length(service: Service, text: &str) -> Result<(), Refusal> {
    let (range, limits) = match service {
        Service::Csms => (32..=2_097_152, "32 to 2,097,152"),
        Service::Repo => (1..=100_000, "1 to 100,000"),
    };
    if range.contains(&text.len()) {
        Ok(())
    } else {
        Err(Refusal::TokenMalformed { service, limits })
    }
}

fn check_scope(
    operation: &Operation,
    token: &Token,
    path: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let scopes = [
        ("project_id", token.project_id.as_str()),
        ("tenant_id", token.account_id.as_str()),
    ];
    let foreign = scopes
        .iter()
        .find(|(name, own)| path.get(*name).is_some_and(|asked| asked != own));
    let reason = match foreign {
        Some((name, _)) => format!("the token was issued for another `{name}`"),
        None if token.permissions.contains(&operation.permission) => return Ok(()),
        None => format!(
            "user `{}` may not call `{}`",
            token.user_name, operation.name
        ),
    };
    Err(Refusal::Forbidden {
        service: operation.service,
        reason,
    })
}
