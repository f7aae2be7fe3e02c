//! Finding the delegation of an account, if it is in place.

use crate::cloud::{Call, DomainId, Region};
use crate::framework::schema::{Attribute, Block};
use crate::framework::timeouts::Operation;
use crate::framework::{Diagnostics, Field, Finds, FoundObject, List, Schema, model};
use crate::provider::access::Access;
use crate::provider::text;

use super::{Model, READING, RepoKmsGrant, failed, is_assumed};

model! {
    /// Where to look.
    pub struct Query {
        /// The account.
        pub tenant_id: Field<String>,
        /// The region that is asked.
        pub region: Field<String>,
    }
}

impl List for RepoKmsGrant {
    type Query = Query;

    fn query_schema() -> Schema {
        Schema {
            version: 0,
            block: Block {
                description: "Finds the delegation of an account's KMS keys to CodeArts Repo, if it is in place.",
                attributes: vec![
                    Attribute::string(
                        "tenant_id",
                        "Id of the account (domain); that of the caller unless set.",
                    )
                    .unset_if_empty()
                    .check(text::id_if_set(DomainId::written)),
                    Attribute::string(
                        "region",
                        "Region whose CodeArts Repo is asked; the provider's unless set.",
                    )
                    .unset_if_empty()
                    .check(text::id_if_set(Region::new)),
                ],
                blocks: Vec::new(),
            },
        }
    }

    async fn list(
        access: &Access,
        query: Query,
        mut finds: Finds<'_, Self>,
    ) -> Result<(), Diagnostics> {
        let client = access.client()?;
        let limit = Operation::Read.default_timeout();
        let call = Call::within(limit, finds.cancellation().clone());
        let region = access.region(&query.region)?;
        let tenant_id = access.domain_id(&query.tenant_id, &call).await?;
        let assumed = is_assumed(client, &call, &region, &tenant_id).await;
        if assumed.map_err(|error| failed(READING, &error))? {
            let found = FoundObject {
                display_name: format!("CodeArts Repo in {region}: keys of account {tenant_id}"),
                object: Model::default().made(&region, &tenant_id),
            };
            let _ = finds.found(found).await;
        }
        Ok(())
    }
}
