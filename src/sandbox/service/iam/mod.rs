//! Identity and Access Management: tokens, temporary access keys, projects, accounts and regions.
//!
//! Behavior where the API reference is silent or ambiguous:
//!
//! - A login without a scope issues a token that is valid only for another login and for temporary keys; a login with an empty
//!   scope issues a token for global services.
//! - A token obtained with another token has the full lifetime, so tokens can be renewed forever.
//! - A scope with a project or account that is not that of the caller: 404.
//! - An agency that does not exist: 404. An agency that does not trust the caller's account: 403.
//! - A user is locked after [`MAX_LOGIN_TRIES`](crate::sandbox::MAX_LOGIN_TRIES) wrong passwords, permanently: 401.
//! - A policy that restricts a temporary key is accepted and ignored.
//! - The catalog is empty.
//! - A signed request for a token of an agency must have `X-Domain-Id`.
//! - Regions are those of the projects in the sandbox.
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
