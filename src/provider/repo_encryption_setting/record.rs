//! A setting in the run record.

use crate::framework::{Field, Private};
use crate::provider::access::Access;
use crate::provider::account_key::AccountRegion;
use crate::provider::plan_fact::PlanFacts as _;
use crate::provider::recorded::Recorded;
use crate::run_record::{KeyHandover, KeyParts, ObjectId, hash64};

use super::model::Model;

/// The kind of object in keys, which other objects of an account and region do not have.
const KIND: &str = "repo_encryption_setting";

impl<'a> Recorded<'a> {
    /// The setting of this account and region.
    pub(super) fn of_encryption_setting(place: &AccountRegion, access: &'a Access) -> Self {
        let parts = [place.region.as_str(), place.tenant_id.as_str(), KIND];
        Self::new(access.record(), parts, Some(""))
    }

    /// Whether another block that is deleted, or was, leaves the setting to the one that is created.
    pub(super) fn is_handed_over(&self) -> bool {
        matches!(self.record.handover(self.key()), KeyHandover::Left { .. })
    }
}

/// The parts of the key that are known; the provider's defaults are not applied.
pub(super) fn key_parts(model: &Model) -> KeyParts {
    KeyParts::new([
        model.region.set().map(crate::cloud::Region::as_str),
        model.tenant_id.set().map(crate::cloud::DomainId::as_str),
        Some(KIND),
    ])
}

/// The number of an object. If it has none, a hash of its attributes.
pub(super) fn object_id(state: &Model, private: &Private) -> ObjectId {
    private.object().unwrap_or_else(|| {
        let text = |field: &Field<String>| field.text().unwrap_or_default().to_owned();
        let texts = [
            text(&state.id),
            text(&state.on_destroy),
            text(&state.encryption_type),
        ];
        hash64(&texts.each_ref().map(String::as_str))
    })
}
