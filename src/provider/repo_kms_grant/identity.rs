//! The identity of a delegation: account and region.

use crate::framework::{Diagnostic, Field, Identity, model};
use crate::provider::access::known_if_set;
use crate::provider::account_key::AccountKey;

use super::{Model, RepoKmsGrant};

model! {
    /// Identity of a delegation.
    pub struct DelegationIdentity {
        /// ID of the account (domain).
        #[attribute(required)]
        pub tenant_id: Field<String>,
        /// CodeArts Repo region. When importing, defaults to the provider's region.
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
        let key = AccountKey::parse_identity(identity.region.text(), identity.tenant_id.text())?;
        Ok(Model::of_key(key))
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
