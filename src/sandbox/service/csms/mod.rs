//! Cloud Secret Management Service: grants on secrets, and the secrets themselves.
//!
//! Where the API reference is silent or leaves a choice, this is what happens unless a quirk says otherwise:
//!
//! - Time stamps are milliseconds since 1970; the end of a grant is midnight UTC at the start of its day.
//! - A second CreateGrants for one grantee is refused with `CSMS.0002`.
//! - UpdateGrant keeps the end if it names none, and makes no grant where there was none: `CSMS.0005`.
//! - DeleteGrant of a grant that is not there is refused with `CSMS.0005`; without a grantee it deletes all.
//! - A group's grant is listed under the group's id and has no `uuid`.
//! - Any id can be granted; one that the directory does not know is listed with the name `null`.
//! - A grant past its end stays listed, and an end in the past is accepted.
//! - A resource without grants lists an empty array.
//! - UpdateGrant takes ids that are numbers, which the page's own example has; CreateGrants takes strings only.
//! - Secrets are listed in the order of their names, and `marker` is the name of the last one seen.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets, ShowSecret, ListUsers,
//! ShowUserDetail.

mod grant;
mod response_format;
mod secret;
mod user;

use crate::sandbox::api::operation::ApiOperation;

/// The operations of CSMS, in the order of the documentation.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    [grant::OPERATIONS, secret::OPERATIONS, user::OPERATIONS]
        .into_iter()
        .flatten()
}
