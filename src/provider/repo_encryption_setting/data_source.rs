//! Data source `repo_encryption_setting`: how CodeArts Repo encrypts the repositories of an account in a region.

use crate::cloud::{DomainId, KmsKeyId, KmsKeyName, Region};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::{Context, DataSource, Diagnostics, Field, OrEmpty, model};
use crate::provider::access::{Access, data_call};
use crate::provider::timeouts::ReadTimeout;

use super::model::read_error;
use super::read::{show, unusable_key};

/// The data source.
#[derive(Debug)]
pub struct RepoEncryptionSettingData;

model! {
    /// Reads how CodeArts Repo encrypts the repositories of an account in a region.
    pub struct Model {
        /// ID of the account (domain). Defaults to the caller's account.
        #[attribute(optional_computed(Recompute::Never))]
        pub tenant_id: Field<OrEmpty<DomainId>>,
        /// CodeArts Repo region. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never))]
        pub region: Field<OrEmpty<Region>>,
        /// Encryption type: `KMS` for encryption with a KMS key, or `normal` for no encryption.
        #[attribute(computed(Recompute::Never))]
        pub encryption_type: Field<String>,
        /// Whether new repositories are encrypted by default.
        #[attribute(computed(Recompute::Never))]
        pub default_encryption_enabled: Field<bool>,
        /// ID of the KMS key. Null if none is set.
        #[attribute(computed(Recompute::Never))]
        pub cmk_key_id: Field<KmsKeyId>,
        /// Name of the KMS key. Null if none is set.
        #[attribute(computed(Recompute::Never))]
        pub cmk_key_name: Field<KmsKeyName>,
        /// ID of the setting, in the format `region/tenant_id`.
        #[attribute(computed(Recompute::Never))]
        pub id: Field<String>,
        /// State of the KMS key: `1` (not activated yet), `2` (enabled), `3` (disabled), `4` (scheduled for deletion) or `5` (waiting for its
        /// key material). Null if
        /// the service does not return it.
        #[attribute(computed(Recompute::Never))]
        pub key_state: Field<String>,
        /// Type of the region, returned by the service. Huawei Cloud does not document its values.
        #[attribute(computed(Recompute::Never))]
        pub region_type: Field<String>,
        /// Read timeout, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<ReadTimeout>,
    }
}

impl DataSource for RepoEncryptionSettingData {
    const NAME: &'static str = "repo_encryption_setting";
    type Client = Access;
    type Model = Model;

    async fn read(
        access: &Access,
        config: Model,
        context: &mut Context,
    ) -> Result<Model, Diagnostics> {
        let client = access.client()?;
        let call = data_call(context, &config.timeouts);
        let place = access
            .account_region(&config.region, &config.tenant_id, &call)
            .await?;
        let setting = show(client, &call, &place).await;
        let setting = setting.map_err(|error| read_error(&error))?;
        if let Some(warning) = unusable_key(&place, &setting) {
            context.warn(warning);
        }
        Ok(Model {
            id: Field::Known(place.to_string()),
            tenant_id: Field::Known(OrEmpty::Set(place.tenant_id)),
            region: Field::Known(OrEmpty::Set(place.region)),
            encryption_type: setting.encryption_type.as_str().into(),
            default_encryption_enabled: Field::Known(setting.is_default_enabled),
            cmk_key_id: setting.key_id.into(),
            cmk_key_name: setting.key_name.into(),
            key_state: setting.key_state.into(),
            region_type: setting.region_type.into(),
            ..config
        })
    }
}
