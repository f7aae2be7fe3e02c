//! The attributes of an encryption setting.

use crate::cloud::{DomainId, EncryptionSetting, EncryptionType, KmsKeyId, KmsKeyName, Region};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::validate::one_of;
use crate::framework::{
    Diagnostic, Diagnostics, Field, OrEmpty, Private, Text, ValidateConfig, model,
};
use crate::provider::access::Location as _;
use crate::provider::account_key::{AccountKey, AccountRegion};
use crate::provider::timeouts::Timeouts;

use super::message;

model! {
    /// Sets how CodeArts Repo encrypts the repositories of an account in a region. The setting exists once per account and
    /// region. If encryption is already on, creating the resource adopts a setting that matches the configuration; a different
    /// setting must be imported first. Encryption with a KMS key requires the delegation that `hwgrants_repo_kms_grant` creates.
    pub struct Model {
        /// ID of the account (domain). Defaults to the caller's account.
        #[attribute(optional_computed(Recompute::Never), replaces)]
        pub tenant_id: Field<OrEmpty<DomainId>>,
        /// CodeArts Repo region. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never), replaces)]
        pub region: Field<OrEmpty<Region>>,
        /// Encryption type: `KMS` for encryption with a KMS key, or `normal` for no encryption.
        #[attribute(required, same_if(is_same_encryption_type), check(one_of(ENCRYPTION_TYPES)))]
        pub encryption_type: Field<String>,
        /// Whether new repositories are encrypted by default. Defaults to the current value, which is `false` if it was never
        /// set.
        #[attribute(optional_computed(Recompute::Never))]
        pub default_encryption_enabled: Field<bool>,
        /// ID of the KMS key, for example the `id` of `huaweicloud_kms_key`. Required if `encryption_type` is `KMS`.
        #[attribute(optional_computed(Recompute::With(&["encryption_type"])))]
        pub cmk_key_id: Field<OrEmpty<KmsKeyId>>,
        /// Name of the KMS key. Defaults to the name that CodeArts Repo lists for the key.
        #[attribute(optional_computed(WITH_KEY))]
        pub cmk_key_name: Field<OrEmpty<KmsKeyName>>,
        /// What to do if the resource is destroyed: `keep` leaves the setting unchanged, because encrypted repositories depend on
        /// it; `disable` sets the encryption type to `normal`. Defaults to `keep`.
        #[attribute(with_default(KEEP), check(one_of(&[KEEP, DISABLE])))]
        pub on_destroy: Field<String>,
        /// ID of the setting, in the format `region/tenant_id`.
        #[attribute(computed(Recompute::Never))]
        pub id: Field<String>,
        /// State of the KMS key: `1` (not activated yet), `2` (enabled), `3` (disabled), `4` (scheduled for deletion) or `5` (waiting for its
        /// key material). Null if
        /// the service does not return it.
        #[attribute(computed(WITH_KEY))]
        pub key_state: Field<String>,
        /// Type of the region, returned by the service. Huawei Cloud does not document its values.
        #[attribute(computed(Recompute::Never))]
        pub region_type: Field<String>,
        /// Operation timeouts, as durations such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<Timeouts>,
    }
}

/// For attributes that may change together with the key.
const WITH_KEY: Recompute = Recompute::With(&["encryption_type", "cmk_key_id"]);

/// Values of `encryption_type`.
const ENCRYPTION_TYPES: &[&str] = &["KMS", "normal"];

/// Values of `on_destroy`.
const KEEP: &str = "keep";
/// See [`KEEP`].
const DISABLE: &str = "disable";

/// State of a key that can be used.
pub(super) const KEY_ENABLED: &str = "2";

/// Facts in the private state: region and account that an empty text in the state resolves to.
const REGION: &str = "region";
/// See [`REGION`].
const TENANT: &str = "tenant";

/// Whether two spellings are the same type.
fn is_same_encryption_type(one: &str, other: &str) -> bool {
    EncryptionType::parse(one).is_some_and(|one| EncryptionType::parse(other) == Some(one))
}

impl ValidateConfig for Model {
    fn validate(&self) -> Diagnostics {
        let is_missing = self.cmk_key_id.is_null() || self.cmk_key_id.is_empty();
        let mut found = Diagnostics::new();
        if self.encryption_type() == Some(EncryptionType::Kms) && is_missing {
            found.push(message::key_missing());
        }
        found
    }
}

impl Model {
    /// The setting of this account; all other attributes are null.
    pub(super) fn of_key(AccountKey { region, tenant_id }: AccountKey) -> Self {
        Self {
            tenant_id: Field::Known(OrEmpty::Set(tenant_id)),
            region: region.map(OrEmpty::Set).into(),
            ..Self::default()
        }
    }

    /// The encryption type, if it is known.
    pub(super) fn encryption_type(&self) -> Option<EncryptionType> {
        self.encryption_type.text().and_then(EncryptionType::parse)
    }

    /// Whether destroying the resource disables encryption.
    pub(super) fn is_disabled_on_destroy(&self) -> bool {
        let chosen = self.on_destroy.text();
        chosen.is_some_and(|chosen| chosen.eq_ignore_ascii_case(DISABLE))
    }

    /// The same with the region and account that it was created in, where its own are empty texts: the defaults of the provider
    /// may have changed since.
    pub(super) fn with_location(&self, private: &Private) -> Self {
        Self {
            region: self.region.with_location(private, REGION),
            tenant_id: self.tenant_id.with_location(private, TENANT),
            ..self.clone()
        }
    }

    /// Notes the region and account of `created` where those of this plan are empty texts.
    pub(super) fn note_location(&self, created: &Self, private: &mut Private) {
        self.region.note_location(&created.region, private, REGION);
        self.tenant_id
            .note_location(&created.tenant_id, private, TENANT);
    }

    /// The state of a setting, with the arguments of this model that are not part of the setting, and its spellings.
    pub(super) fn with_setting(&self, place: &AccountRegion, setting: &EncryptionSetting) -> Self {
        let encryption_type = match self.encryption_type() == Some(setting.encryption_type) {
            true => self.encryption_type.clone(),
            false => setting.encryption_type.as_str().into(),
        };
        Self {
            tenant_id: Field::Known(OrEmpty::Set(place.tenant_id.clone())),
            region: Field::Known(OrEmpty::Set(place.region.clone())),
            encryption_type,
            default_encryption_enabled: Field::Known(setting.is_default_enabled),
            cmk_key_id: listed(&self.cmk_key_id, setting.key_id.as_ref()),
            cmk_key_name: listed(&self.cmk_key_name, setting.key_name.as_ref()),
            on_destroy: match self.on_destroy.is_null() {
                true => KEEP.into(),
                false => self.on_destroy.clone(),
            },
            id: Field::Known(place.to_string()),
            key_state: setting.key_state.clone().into(),
            region_type: setting.region_type.clone().into(),
            timeouts: self.timeouts.clone(),
        }
    }
}

/// A value of the service. If there is none, an empty text stays as it is: it means the same.
fn listed<T: Clone + Text>(current: &Field<OrEmpty<T>>, value: Option<&T>) -> Field<OrEmpty<T>> {
    match value {
        Some(value) => Field::Known(OrEmpty::Set(value.clone())),
        None if current.is_empty() => current.clone(),
        None => Field::Null,
    }
}

/// The diagnostic of an error in reading the setting.
pub(super) fn read_error(error: &crate::cloud::Error) -> Diagnostic {
    crate::provider::failure::of(super::READING, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kms_needs_a_key() {
        let validate = |encryption_type: &str, cmk_key_id: Field<OrEmpty<KmsKeyId>>| {
            let model = Model {
                encryption_type: encryption_type.into(),
                cmk_key_id,
                ..Model::default()
            };
            model.validate().has_error()
        };
        let key = || Field::Known(OrEmpty::Set(KmsKeyId::new("k").unwrap()));
        assert!(validate("KMS", Field::Null));
        assert!(validate("kms", Field::Known(OrEmpty::Empty)));
        assert!(!validate("KMS", key()));
        assert!(!validate("KMS", Field::Unknown));
        assert!(!validate("normal", Field::Null));
    }
}
