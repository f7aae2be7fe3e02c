//! Data source `repo_kms_grant`: whether an account lets CodeArts Repo use its KMS keys.

use crate::cloud::{DomainId, Region};
use crate::framework::schema::{Attribute, Block, Recompute};
use crate::framework::timeouts::{self, ReadTimeout};
use crate::framework::{Context, DataSource, Diagnostics, Field, Schema, Type, model};
use crate::provider::access::{Access, data_call};
use crate::provider::text;

use super::{READING, failed, is_assumed};

/// The data source.
#[derive(Debug)]
pub struct RepoKmsGrantData;

model! {
    /// Attributes of the look-up.
    pub struct Model {
        /// The account.
        pub tenant_id: Field<String>,
        /// The region that is asked.
        pub region: Field<String>,
        /// Whether the delegation is in place.
        pub assumed: Field<bool>,
        /// How long reading may take.
        pub timeouts: Field<ReadTimeout>,
    }
}

impl DataSource for RepoKmsGrantData {
    const NAME: &'static str = "repo_kms_grant";
    type Client = Access;
    type Model = Model;

    fn schema() -> Schema {
        Schema {
            version: 0,
            block: Block {
                description: "Whether an account lets CodeArts Repo use its KMS keys. Looks only: where the delegation is \
                              not in place, `assumed` is false and nothing is made.",
                attributes: vec![
                    Attribute::string(
                        "tenant_id",
                        "Id of the account (domain); that of the caller unless set.",
                    )
                    .optional_computed(Recompute::Never)
                    .unset_if_empty()
                    .check(text::id_if_set(DomainId::written)),
                    Attribute::string(
                        "region",
                        "Region whose CodeArts Repo is asked; the provider's unless set.",
                    )
                    .optional_computed(Recompute::Never)
                    .unset_if_empty()
                    .check(text::id_if_set(Region::new)),
                    Attribute::new("assumed", Type::Bool, "Whether the delegation is in place.")
                        .computed(Recompute::Never),
                ],
                blocks: vec![timeouts::read_block()],
            },
        }
    }

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
            tenant_id: tenant_id.as_str().into(),
            region: region.as_str().into(),
            assumed: Field::Known(assumed),
            ..config
        })
    }
}
