//! Lists the delegation of an account, if it exists.

use crate::cloud::{Call, DomainId, Region};
use crate::framework::{Diagnostics, Field, Finds, FoundObject, List, OrEmpty, model};
use crate::provider::access::Access;
use crate::provider::timeouts::Operation;

use super::{Model, READING, RepoKmsGrant, failed, is_assumed};

model! {
    /// Lists the delegation that allows CodeArts Repo to use an account's KMS keys, if the delegation exists.
    pub struct Query {
        /// ID of the account (domain). Defaults to the caller's account.
        pub tenant_id: Field<OrEmpty<DomainId>>,
        /// CodeArts Repo region. Defaults to the provider's region.
        pub region: Field<OrEmpty<Region>>,
    }
}

impl List for RepoKmsGrant {
    type Query = Query;

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
                display_name: format!("Account {tenant_id}: CodeArts Repo in {region}"),
                object: Model::default().as_existing(&region, &tenant_id),
            };
            let _ = finds.found(found).await;
        }
        Ok(())
    }
}
