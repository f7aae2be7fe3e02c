//! The identity of a delegation: account and region.

use crate::cloud::{DomainId, Region};
use crate::framework::identity::malformed_error;
use crate::framework::{Diagnostic, Field, Identity, model};
use crate::provider::access::known_if_set;
use crate::provider::grant_key::part;

use super::{Model, RepoKmsGrant};

model! {
    /// Identity of a delegation.
    pub struct DelegationIdentity {
        /// Id of the account (domain).
        #[attribute(required)]
        pub tenant_id: Field<String>,
        /// Region of CodeArts Repo. For an import, defaults to the region of the provider.
        pub region: Field<String>,
    }
}

impl Identity for RepoKmsGrant {
    type Identity = DelegationIdentity;

    fn identity(model: &Model) -> DelegationIdentity {
        DelegationIdentity {
            tenant_id: known_if_set(&model.tenant_id),
            region: known_if_set(&model.region),
        }
    }

    fn from_identity(identity: DelegationIdentity) -> Result<Model, Diagnostic> {
        let tenant_id = identity.tenant_id.text().unwrap_or_default();
        let tenant_id = part(DomainId::written, "tenant_id", tenant_id);
        let region = identity.region.text();
        let region = region.map(|region| part(Region::new, "region", region));
        let tenant_id = tenant_id.map_err(|what| malformed_error(&what))?;
        let region = region.transpose().map_err(|what| malformed_error(&what))?;
        Ok(Model::of_key(region.as_ref(), &tenant_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delegation_identities_round_trip() {
        for region in [Field::Null, "cn-north-4".into()] {
            let identity = DelegationIdentity {
                tenant_id: "account".into(),
                region: region.clone(),
            };
            let model = RepoKmsGrant::from_identity(identity).unwrap();
            let identity = RepoKmsGrant::identity(&model);
            assert_eq!(identity.tenant_id.text(), Some("account"));
            assert_eq!(identity.region, region);
        }
    }

    #[test]
    fn c94_a_malformed_identity_names_the_part() {
        for (tenant_id, region, part) in [
            ("", "cn-north-4", "`tenant_id`"),
            ("account", "cn_north", "`region`"),
        ] {
            let identity = DelegationIdentity {
                tenant_id: tenant_id.into(),
                region: region.into(),
            };
            let refused = RepoKmsGrant::from_identity(identity).err().unwrap();
            assert!(refused.detail.contains(part), "{refused:?}");
        }
    }
}
