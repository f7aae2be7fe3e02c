//! Cloud Secret Management Service: grants on secrets, the secrets themselves, and their versions.
//!
//! Defaults where the API reference is silent or ambiguous; quirks change most of them:
//!
//! - Times are milliseconds since 1970; the expiry of a grant is midnight UTC at the start of its last day.
//! - A second CreateGrants for one grantee is refused with `CSMS.0002`.
//! - UpdateGrant without `validity_time` leaves the expiry unchanged. For a grant that does not exist it is refused with
//!   `CSMS.0005`.
//! - DeleteGrant for a grant that does not exist is refused with `CSMS.0005`; without a grantee it deletes all grants on the
//!   resource.
//! - The grant of a group is listed with the group's ID and has no `uuid`.
//! - Grantee ids need not be in the directory; such a grantee is listed with the name `null`.
//! - Expired grants stay listed, and an expiry in the past is accepted.
//! - A resource without grants lists an empty array.
//! - UpdateGrant accepts ids that are numbers, as in its example; CreateGrants accepts strings only.
//! - Secrets are listed by name, and `marker` is the name of the last secret on the previous page.
//! - Versions have the stages `SYSCURRENT` and `SYSPREVIOUS` only. A version that does not exist is refused with `CSMS.0005`.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets, ShowSecret,
//! CreateSecretVersion, ListSecretVersions, ShowSecretVersion, ListUsers, ShowUserDetail.

mod grant;
mod response_format;
mod secret;
mod user;
mod version;

use crate::sandbox::api::operation::ApiOperation;

/// The operations of CSMS, in the order of the documentation.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    [
        grant::OPERATIONS,
        secret::OPERATIONS,
        version::OPERATIONS,
        user::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}
