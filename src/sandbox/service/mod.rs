//! The services of the cloud: each has a list of its operations and their handlers.

pub(super) mod metadata;

mod csms;
mod iam;
mod repo;
mod sts;

use super::api::operation::ApiOperation;

/// Every operation of every service.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    [
        csms::OPERATIONS,
        repo::OPERATIONS,
        iam::OPERATIONS,
        sts::OPERATIONS,
        metadata::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}
