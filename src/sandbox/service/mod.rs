//! The services of the cloud: each has a list of its operations and their handlers.

mod csms;
mod iam;
mod metadata;
mod repo;
mod sts;

use super::api::operation::ApiOperation;

/// Every operation of every service.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    csms::operations()
        .chain(repo::OPERATIONS)
        .chain(iam::operations())
        .chain(sts::OPERATIONS)
        .chain(metadata::OPERATIONS)
}
