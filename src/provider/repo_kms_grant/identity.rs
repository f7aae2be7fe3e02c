//! The identity of a delegation: account and region.

use crate::framework::{Diagnostic, Identity};
use crate::provider::access::known_if_set;
use crate::provider::account_key::{AccountIdentity, AccountKey};

use super::{Model, RepoKmsGrant};

impl Identity for RepoKmsGrant {
    type Identity = AccountIdentity;

    fn identity(model: &Model) -> AccountIdentity {
        AccountIdentity {
            tenant_id: known_if_set(&model.tenant_id),
            region: known_if_set(&model.region),
        }
    }

    fn from_identity(identity: AccountIdentity) -> Result<Model, Diagnostic> {
        Ok(Model::of_key(AccountKey::of_identity(&identity)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::Field;

    #[test]
    fn delegation_identities_round_trip() {
        for region in [Field::Null, "cn-north-4".into()] {
            let identity = AccountIdentity {
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
            let identity = AccountIdentity {
                tenant_id: tenant_id.into(),
                region: region.into(),
            };
            let refused = RepoKmsGrant::from_identity(identity).err().unwrap();
            assert!(refused.detail.contains(part), "{refused:?}");
        }
    }
}
