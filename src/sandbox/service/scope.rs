//! Account and region: where keys and encryption settings exist once.

use crate::sandbox::id::{AccountId, ProjectId};
use crate::sandbox::store::Store;

/// An account in a region.
pub(super) struct RegionalScope {
    pub(super) account: AccountId,
    pub(super) region: String,
}

impl RegionalScope {
    /// The account and region of a project; none if it does not exist.
    pub(super) fn of_project(store: &Store, id: &ProjectId) -> Option<Self> {
        let project = store.projects.get(id)?;
        Some(Self {
            account: project.account_id.clone(),
            region: project.region.clone(),
        })
    }

    /// The scope of objects in the store.
    pub(super) fn text(&self) -> String {
        format!("{}/{}", self.account, self.region)
    }
}
