//! Which resource types are reviewed, and which others can affect access.
//!
//! Changes of types that can affect access and are not reviewed are listed, so that a report never presents a plan with
//! such changes as harmless. Types of other providers are identified by name alone, because a provider
//! may be installed from any source.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::grant_type::{GrantType, TYPE_PREFIX};
use crate::access::table::Table;

/// The types of the official provider in the table of access types.
static ACCESS_TYPES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let names = Table::current().type_names();
    names.filter(|name| GrantType::of(name).is_none()).collect()
});

/// What a review makes of the resources of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// A grant resource of this provider, which is reviewed.
    Grant(GrantType),
    /// A type of this provider without rules: listed with its attributes.
    Unsupported,
    /// A type of another provider that can affect access: listed without its attributes.
    AccessType,
    /// A type that does not affect access.
    Foreign,
}

impl Coverage {
    /// The coverage of a resource type. `provider_name` is the source address of its provider, if the plan has it.
    #[must_use]
    pub fn of(type_name: &str, provider_name: Option<&str>) -> Self {
        match GrantType::of(type_name) {
            Some(grant) => Self::Grant(grant),
            None if type_name.starts_with(TYPE_PREFIX)
                || provider_name.is_some_and(is_own_provider) =>
            {
                Self::Unsupported
            }
            None if ACCESS_TYPES.contains(type_name) => Self::AccessType,
            None => Self::Foreign,
        }
    }
}

/// Whether a source address such as `registry.terraform.io/NAMESPACE/hwgrants` is that of this provider, in any registry
/// and namespace.
fn is_own_provider(provider_name: &str) -> bool {
    provider_name.rsplit('/').next() == Some(PROVIDER_TYPE)
}

/// The last part of the source address of this provider.
const PROVIDER_TYPE: &str = "hwgrants";

/// The types of other providers that can affect access, sorted.
pub fn access_types() -> impl Iterator<Item = &'static str> {
    ACCESS_TYPES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_types_are_unique_and_all_of_the_official_provider() {
        assert!(ACCESS_TYPES.len() >= 202, "{} types", ACCESS_TYPES.len());
        for name in access_types() {
            let rest = name.strip_prefix("huaweicloud_").unwrap();
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(!rest.is_empty() && rest.chars().all(is_plain), "{name:?}");
        }
    }

    #[test]
    fn types_are_classified_by_name() {
        use Coverage::{AccessType, Foreign, Grant, Unsupported};
        for (type_name, expected) in [
            ("csms_grant", Grant(GrantType::CsmsGrant)),
            ("hwgrants_csms_grant", Grant(GrantType::CsmsGrant)),
            ("repo_kms_grant", Grant(GrantType::RepoKmsGrant)),
            ("hwgrants_obs_grant", Unsupported),
            ("huaweicloud_obs_bucket", AccessType),
            ("huaweicloud_identity_group_role_assignment", AccessType),
            // Other names of the same, and siblings.
            ("huaweicloud_identity_role_assignment_v3", AccessType),
            ("huaweicloud_apig_appcode", AccessType),
            ("huaweicloud_vpc", Foreign),
            ("huaweicloud_obs_bucket_", Foreign),
            ("aws_iam_role", Foreign),
            ("", Foreign),
        ] {
            assert_eq!(Coverage::of(type_name, None), expected, "{type_name}");
        }
    }

    #[test]
    fn a_type_of_this_provider_without_rules_is_unsupported() {
        for (provider, expected) in [
            (
                "registry.terraform.io/example/hwgrants",
                Coverage::Unsupported,
            ),
            ("example.com/a/hwgrants", Coverage::Unsupported),
            ("hwgrants", Coverage::Unsupported),
            ("registry.terraform.io/hwgrants/other", Coverage::Foreign),
            ("registry.terraform.io/example/hwgrants2", Coverage::Foreign),
        ] {
            assert_eq!(
                Coverage::of("obs_grant", Some(provider)),
                expected,
                "{provider}"
            );
        }
        let own = Some("registry.terraform.io/example/hwgrants");
        let expected = Coverage::Grant(GrantType::CsmsGrant);
        assert_eq!(Coverage::of("csms_grant", own), expected);
    }
}
