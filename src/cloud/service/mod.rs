//! The operations: a file or folder per service, and the shared lists of grants.

pub(super) mod csms;
pub(super) mod grant_list;
#[cfg(feature = "tool")]
pub(super) mod observation;
pub(super) mod repo;
mod secret_pages;
