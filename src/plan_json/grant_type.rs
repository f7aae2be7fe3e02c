//! The grant resources of this provider as plans and states name them: resource types and attributes, declared once.

/// A grant resource, under either of its type names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantType {
    /// Use of a secret or a secret group.
    CsmsGrant,
    /// The delegation of an account's keys to CodeArts Repo.
    RepoKmsGrant,
}

/// Prefix of the conventional type names, also of types that later versions add.
pub const TYPE_PREFIX: &str = "hwgrants_";

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::CsmsGrant, Self::RepoKmsGrant];

    /// The short type name, which has no prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CsmsGrant => "csms_grant",
            Self::RepoKmsGrant => "repo_kms_grant",
        }
    }

    /// The grant resource of this type, with or without the prefix; `None` for any other type.
    #[must_use]
    pub fn of(type_name: &str) -> Option<Self> {
        let name = type_name.strip_prefix(TYPE_PREFIX).unwrap_or(type_name);
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }

    /// The mandatory arguments, sorted.
    #[must_use]
    pub fn mandatory(self) -> &'static [&'static str] {
        match self {
            Self::CsmsGrant => &[
                attribute::GRANTEE_TARGET_ID,
                attribute::GRANTEE_TYPE,
                attribute::RESOURCE_ID,
                attribute::TYPE,
            ],
            Self::RepoKmsGrant => &[],
        }
    }
}

/// Names of attributes.
pub mod attribute {
    /// When the grant was created.
    pub const CREATE_TIME: &str = "create_time";
    /// The name of the grantee.
    pub const GRANTEE_NAME: &str = "grantee_name";
    /// The ID of the grantee. Part of the key of `csms_grant`.
    pub const GRANTEE_TARGET_ID: &str = "grantee_target_id";
    /// User or user group. Part of the key of `csms_grant`.
    pub const GRANTEE_TYPE: &str = "grantee_type";
    /// The id that the provider computes.
    pub const ID: &str = "id";
    /// The project of the secret. Part of the key of `csms_grant`.
    pub const PROJECT_ID: &str = "project_id";
    /// Why the grant exists.
    pub const REASON: &str = "reason";
    /// The region. Part of every key.
    pub const REGION: &str = "region";
    /// The secret or secret group. Part of the key of `csms_grant`.
    pub const RESOURCE_ID: &str = "resource_id";
    /// Whether the grant is active or has expired.
    pub const STATUS: &str = "status";
    /// The account. Part of the key of `repo_kms_grant`.
    pub const TENANT_ID: &str = "tenant_id";
    /// Secret or secret group. Part of the key of `csms_grant`.
    pub const TYPE: &str = "type";
    /// The expiration date.
    pub const VALIDITY_TIME: &str = "validity_time";

    /// The attributes of keys, sorted.
    pub(in crate::plan_json) const KEY: &[&str] = &[
        GRANTEE_TARGET_ID,
        GRANTEE_TYPE,
        PROJECT_ID,
        REGION,
        RESOURCE_ID,
        TENANT_ID,
        TYPE,
    ];

    /// The attributes of grants that are read; all others are skipped.
    pub(in crate::plan_json) const READ: &[&str] = &[
        CREATE_TIME,
        GRANTEE_NAME,
        GRANTEE_TARGET_ID,
        GRANTEE_TYPE,
        ID,
        PROJECT_ID,
        REASON,
        REGION,
        RESOURCE_ID,
        TENANT_ID,
        TYPE,
        VALIDITY_TIME,
    ];
}

#[cfg(test)]
mod tests {
    use super::GrantType;

    #[test]
    fn each_grant_type_has_exactly_two_names() {
        for grant in GrantType::ALL {
            for name in [
                grant.name().to_owned(),
                format!("hwgrants_{}", grant.name()),
            ] {
                assert_eq!(GrantType::of(&name), Some(grant), "{name}");
            }
            assert_eq!(
                GrantType::of(&format!("hwgrants_hwgrants_{}", grant.name())),
                None
            );
        }
        assert_eq!(GrantType::of("huaweicloud_csms_secret"), None);
    }
}
