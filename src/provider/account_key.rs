//! The key of what exists once per account and region in CodeArts Repo, as import IDs and identities spell it.

use std::fmt;

use crate::cloud::{DomainId, Region};
use crate::framework::identity::malformed_error;
use crate::framework::{Diagnostic, Field, model};

use super::grant_key::part;

model! {
    /// Identity of what exists once per account and region.
    pub struct AccountIdentity {
        /// ID of the account (domain).
        #[attribute(required)]
        pub tenant_id: Field<String>,
        /// CodeArts Repo region. When importing, defaults to the provider's region.
        pub region: Field<String>,
    }
}

/// An account and a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AccountRegion {
    pub(super) region: Region,
    pub(super) tenant_id: DomainId,
}

impl fmt::Display for AccountRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.region, self.tenant_id)
    }
}

/// An account, and a region unless it is that of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccountKey {
    pub(super) region: Option<Region>,
    pub(super) tenant_id: DomainId,
}

impl AccountKey {
    /// Parses an import ID, `tenant_id` or `region/tenant_id`.
    ///
    /// # Errors
    /// The malformed part and the format.
    pub(super) fn parse_import_id(id: &str) -> Result<Self, Diagnostic> {
        let (region, tenant_id) = match id.split_once('/') {
            Some((region, tenant_id)) => (Some(region), tenant_id),
            None => (None, id),
        };
        let key = match tenant_id.contains('/') {
            true => {
                Err("The import ID must have 1 or 2 slash-separated parts, but has more".to_owned())
            }
            false => Self::parse(region, tenant_id),
        };
        key.map_err(|problem| {
            let detail = format!(
                "{problem}. Import IDs have the format `tenant_id` or `region/tenant_id`, for example \
                 `159b65b41ead484d8ddff250a4731781`."
            );
            Diagnostic::error("Malformed import ID", detail)
        })
    }

    /// Parses the attributes of an identity.
    ///
    /// # Errors
    /// The malformed attribute.
    pub(super) fn of_identity(identity: &AccountIdentity) -> Result<Self, Diagnostic> {
        let tenant_id = identity.tenant_id.text().unwrap_or_default();
        let key = Self::parse(identity.region.text(), tenant_id);
        key.map_err(|problem| malformed_error(&problem))
    }

    fn parse(region: Option<&str>, tenant_id: &str) -> Result<Self, String> {
        let region = region.map(|region| part(Region::new, "region", region));
        Ok(Self {
            region: region.transpose()?,
            tenant_id: part(DomainId::written, "tenant_id", tenant_id)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_parsed_or_its_malformed_part_is_named() {
        for (id, region) in [
            ("account", None),
            ("cn-north-4/account", Some("cn-north-4")),
        ] {
            let key = AccountKey::parse_import_id(id).unwrap();
            assert_eq!(key.region.as_ref().map(Region::as_str), region);
            assert_eq!(key.tenant_id.as_str(), "account");
            let identity = AccountIdentity {
                tenant_id: "account".into(),
                region: region.map(str::to_owned).into(),
            };
            assert_eq!(AccountKey::of_identity(&identity), Ok(key));
        }
        for (id, named) in [
            ("", "`tenant_id`"),
            ("cn-north-4/", "`tenant_id`"),
            ("cn_north/account", "`region`"),
            ("cn-north-4/account/more", "1 or 2 slash-separated parts"),
        ] {
            let refused = AccountKey::parse_import_id(id).unwrap_err();
            assert!(refused.detail.contains(named), "{refused:?}");
            assert!(
                refused.detail.contains("Import IDs have the format"),
                "{refused:?}"
            );
        }
        assert!(AccountKey::of_identity(&AccountIdentity::default()).is_err());
    }
}
