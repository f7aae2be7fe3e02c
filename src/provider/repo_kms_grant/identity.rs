//! What tells a delegation from all others: the account, and the region that is asked.

use crate::cloud::{DomainId, Region};
use crate::framework::identity::malformed_error;
use crate::framework::{Diagnostic, Field, Identity, IdentityAttribute, IdentitySchema, model};
use crate::provider::access::known_if_set;
use crate::provider::grant_key::part;

use super::{Model, RepoKmsGrant};

model! {
    /// Identity of a delegation.
    pub struct DelegationIdentity {
        /// The account.
        pub tenant_id: Field<String>,
        /// The region that is asked.
        pub region: Field<String>,
    }
}

impl Identity for RepoKmsGrant {
    type Identity = DelegationIdentity;

    fn identity_schema() -> IdentitySchema {
        IdentitySchema {
            version: 0,
            attributes: vec![
                IdentityAttribute::required("tenant_id", "Id of the account (domain)."),
                IdentityAttribute::optional(
                    "region",
                    "Region whose CodeArts Repo is asked; for an import, the provider's unless given.",
                ),
            ],
        }
    }

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
    use crate::framework::Model as _;

    use super::*;

    #[test]
    fn an_identity_leads_to_the_delegation_it_is_of() {
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

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let schema = RepoKmsGrant::identity_schema();
        let names: Vec<_> = schema.attributes.iter().map(|each| each.name).collect();
        assert_eq!(names, DelegationIdentity::FIELDS);
    }
}
