//! CodeArts Repo: the delegation of KMS keys.

mod kms_grant;

use crate::sandbox::api::operation::ApiOperation;

/// The operations of CodeArts Repo, in the order of the documentation.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    [kms_grant::OPERATIONS].into_iter().flatten()
}
