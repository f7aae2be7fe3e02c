//! Data source `repo_kms_grant`: whether an account allows CodeArts Repo to use its KMS keys.

use crate::cloud::{DomainId, Region};
use crate::framework::schema::{Nesting, Recompute};
use crate::framework::{Context, DataSource, Diagnostics, Field, OrEmpty, model};
use crate::provider::access::{Access, data_call};
use crate::provider::timeouts::ReadTimeout;

use super::{READING, failed, is_assumed};

/// The data source.
#[derive(Debug)]
pub struct RepoKmsGrantData;

model! {
    /// Checks whether CodeArts Repo is allowed to use an account's KMS keys. If not, `assumed` is `false`.
    pub struct Model {
        /// ID of the account (domain). Defaults to the caller's account.
        #[attribute(optional_computed(Recompute::Never))]
        pub tenant_id: Field<OrEmpty<DomainId>>,
        /// CodeArts Repo region. Defaults to the provider's region.
        #[attribute(optional_computed(Recompute::Never))]
        pub region: Field<OrEmpty<Region>>,
        /// Whether the delegation exists.
        #[attribute(computed(Recompute::Never))]
        pub assumed: Field<bool>,
        /// Read timeout, as a duration such as `90s`, `5m` or `1h30m`.
        #[block(Nesting::Single)]
        pub timeouts: Field<ReadTimeout>,
    }
}

impl DataSource for RepoKmsGrantData {
    const NAME: &'static str = "repo_kms_grant";
    type Client = Access;
    type Model = Model;

    async fn read(
        access: &Access,
        config: Model,
        context: &mut Context,
    ) -> Result<Model, Diagnostics> {
        let client = access.client()?;
        let call = data_call(context, &config.timeouts);
        let region = access.region(&config.region)?;
        let tenant_id = access.domain_id(&config.tenant_id, &call).await?;
        let assumed = is_assumed(client, &call, &region, &tenant_id).await;
        let assumed = assumed.map_err(|error| failed(READING, &error))?;
        Ok(Model {
            tenant_id: Field::Known(OrEmpty::Set(tenant_id)),
            region: Field::Known(OrEmpty::Set(region)),
            assumed: Field::Known(assumed),
            ..config
        })
    }
}
