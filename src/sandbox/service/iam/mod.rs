//! Identity and Access Management: logins, temporary access keys, look-ups of projects and accounts.
//!
//! Where the API reference is silent or leaves a choice, this is what happens:
//!
//! - A login without a scope issues a token that is good for another login and for temporary keys only; one with an empty
//!   scope, a token for global services.
//! - A token is good for the whole lifetime however it was got, so one can be renewed for ever.
//! - A project or account to scope to that the caller does not have is not found: 404.
//! - An agency that does not exist is not found: 404. One that does not trust the caller's account is refused: 403.
//! - A user is locked after [`MAX_LOGIN_TRIES`](super::MAX_LOGIN_TRIES) wrong passwords, for good: 401.
//! - A policy that narrows a temporary key down is accepted and ignored.
//! - The catalog has no entries.
//! - A signed request for an agency's token must name its account, `X-Domain-Id`.
//! - A region is one that has a project here.
//!
//! Source: IAM API reference, KeystoneCreateUserTokenByPassword, KeystoneCreateAgencyToken, KeystoneValidateToken,
//! CreateTokenWithIdToken, CreateUnscopedTokenWithIdToken, CreateTemporaryAccessKeyByAgency,
//! CreateTemporaryAccessKeyByToken, KeystoneListProjects, KeystoneListAuthProjects, KeystoneListAuthDomains,
//! KeystoneListRegions, KeystoneShowRegion, KeystoneListVersions, KeystoneShowVersion.

pub(super) mod agency;
pub(super) mod timestamp;

mod access_key;
mod account;
mod discovery;
mod lookup;
mod token;

use crate::sandbox::api::operation::ApiOperation;

/// The operations of IAM, in the order of the documentation.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    [
        token::OPERATIONS,
        access_key::OPERATIONS,
        lookup::OPERATIONS,
        discovery::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}
