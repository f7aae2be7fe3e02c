//! The identity of a setting: account and region.

use crate::framework::{Diagnostic, Identity};
use crate::provider::access::known_if_set;
use crate::provider::account_key::{AccountIdentity, AccountKey};

use super::RepoEncryptionSetting;
use super::model::Model;

impl Identity for RepoEncryptionSetting {
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
