//! Data source `repo_cmks`: the KMS keys of an account that CodeArts Repo lists.

use crate::cloud::{Cmk, DomainId, Region};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::{Context, DataSource, Diagnostics, Field, OrEmpty, Text as _, model};

use super::access::{Access, data_call};
use super::failure;
use super::timeouts::ReadTimeout;

/// The data source.
#[derive(Debug)]
pub struct RepoCmks;

/// The operation in messages.
const LISTING: &str = "listing the KMS keys in CodeArts Repo";

model! {
    /// Lists the KMS keys (customer master keys) that CodeArts Repo lists for an account, including keys that are not enabled. To
    /// encrypt repositories with a key, set `cmk_key_id` of `hwgrants_repo_encryption_setting` to its ID.
    pub struct Model {
        /// ID of the account (domain). Defaults to the caller's account.
        #[attribute(optional_computed(Recompute::Never))]
        pub tenant_id: Field<OrEmpty<DomainId>>,
        /// CodeArts Repo region. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never))]
        pub region: Field<OrEmpty<Region>>,
        /// Keys, in the order returned by the service.
        #[attribute(computed(Recompute::Never))]
        pub cmks: Field<Vec<Key>>,
        /// Read timeout, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<ReadTimeout>,
    }
}

model! {
    /// A KMS key.
    pub struct Key {
        /// ID of the key.
        #[attribute(computed(Recompute::Never))]
        pub cmk_key_id: Field<String>,
        /// Name of the key, if the service returns one.
        #[attribute(computed(Recompute::Never))]
        pub cmk_key_name: Field<String>,
        /// State of the key: `1` (not activated yet), `2` (enabled), `3` (disabled), `4` (scheduled for deletion) or `5` (waiting for its
        /// key material). Null if the
        /// service does not return it.
        #[attribute(computed(Recompute::Never))]
        pub key_state: Field<String>,
    }
}

impl DataSource for RepoCmks {
    const NAME: &'static str = "repo_cmks";
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
        let keys = client.cmks(&call, &place.region, &place.tenant_id).await;
        let keys = keys.map_err(|error| failure::of(LISTING, &error))?;
        Ok(Model {
            tenant_id: Field::Known(OrEmpty::Set(place.tenant_id)),
            region: Field::Known(OrEmpty::Set(place.region)),
            cmks: Field::Known(keys.iter().map(Key::of).collect()),
            ..config
        })
    }
}

impl Key {
    fn of(key: &Cmk) -> Self {
        Self {
            cmk_key_id: key.id.as_str().into(),
            cmk_key_name: key
                .name
                .as_ref()
                .map(|name| name.as_text().into_owned())
                .into(),
            key_state: key.state.clone().into(),
        }
    }
}
