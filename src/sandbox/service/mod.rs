//! The services of the cloud: each has a list of its operations, and a handler for each.
//!
//! A handler sees a request whose caller and body are accepted. It knows neither connections nor routes.

mod csms;
mod iam;
mod kms;
mod metadata;
pub(super) mod repo;
mod scope;
mod sts;

use super::api::operation::ApiOperation;

/// Every operation of every service, in the order of the documentation page.
pub(super) fn operations() -> impl Iterator<Item = &'static ApiOperation> {
    csms::operations()
        .chain(kms::operations())
        .chain(repo::operations())
        .chain(iam::operations())
        .chain(sts::OPERATIONS)
        .chain(metadata::OPERATIONS)
}
