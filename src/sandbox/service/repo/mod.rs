//! CodeArts Repo: the delegation of KMS keys, and the encryption of repositories.

pub(in crate::sandbox) mod encryption;
mod kms_grant;

use crate::sandbox::api::operation::ApiOperation;

/// The operations of CodeArts Repo, in the order of the documentation.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    [kms_grant::OPERATIONS, encryption::OPERATIONS]
        .into_iter()
        .flatten()
}
