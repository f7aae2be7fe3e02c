//! Live grants and their keys.

use std::fmt;

use jiff::civil::Date;

use crate::cloud::{
    DomainId, Expiry, Grantee, GranteeId, GranteeType, ProjectLocation, Region, ResourceId,
    ResourceType,
};

/// The key of a grant, independent of the spelling in a state.
///
/// Types are not part of it: secrets and secret groups have different ids, and so do users and user groups, which the list of
/// the service does not distinguish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LiveGrantKey {
    /// Use of a secret, or of a secret group.
    Secret {
        /// Where it lives.
        location: ProjectLocation,
        /// The secret, or secret group.
        resource_id: ResourceId,
        /// Who receives access.
        grantee_id: GranteeId,
    },
    /// Use of an account's keys by CodeArts Repo.
    Delegation(Delegation),
}

impl fmt::Display for LiveGrantKey {
    /// The IDs, with `/` between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret {
                location: ProjectLocation { region, project_id },
                resource_id,
                grantee_id,
            } => write!(f, "{region}/{project_id}/{resource_id}/{grantee_id}"),
            Self::Delegation(delegation) => delegation.fmt(f),
        }
    }
}

/// That CodeArts Repo may use an account's keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Delegation {
    /// Region of CodeArts Repo.
    pub region: Region,
    /// The account.
    pub tenant_id: DomainId,
}

/// A live grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveGrant {
    /// Use of a secret, or of a secret group.
    Secret(SecretGrant),
    /// Use of an account's keys by CodeArts Repo.
    Delegation(Delegation),
}

/// Access to a secret or a secret group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretGrant {
    /// Where it lives.
    pub location: ProjectLocation,
    /// Secret or secret group.
    pub resource_type: ResourceType,
    /// The secret, or secret group.
    pub resource_id: ResourceId,
    /// Its name, if the service returns it.
    pub resource_name: Option<String>,
    /// User or user group, if a state has it: the service does not return it.
    pub grantee_type: Option<GranteeType>,
    /// Who has access, as the service lists it.
    pub grantee: Grantee,
}

impl LiveGrant {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> LiveGrantKey {
        match self {
            Self::Secret(grant) => LiveGrantKey::Secret {
                location: grant.location.clone(),
                resource_id: grant.resource_id.clone(),
                grantee_id: grant.grantee.id.clone(),
            },
            Self::Delegation(delegation) => LiveGrantKey::Delegation(delegation.clone()),
        }
    }

    /// When access expires according to the service. A delegation never expires.
    #[must_use]
    pub fn expiry(&self) -> &Expiry {
        match self {
            Self::Secret(grant) => &grant.grantee.expiry,
            Self::Delegation(_) => &Expiry::None,
        }
    }

    /// The expiration date, as the provider's `validity_time` shows it.
    #[must_use]
    pub fn expires_on(&self) -> Option<Date> {
        self.expiry().date()
    }

    /// Whether access never expires according to the service.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        matches!(self.expiry(), Expiry::None | Expiry::BeyondCalendar)
    }

    /// The resource in words; foreign text, not cleaned.
    #[must_use]
    pub fn resource(&self) -> &str {
        match self {
            Self::Secret(grant) => {
                let name = grant.resource_name.as_deref();
                name.unwrap_or(grant.resource_id.as_str())
            }
            Self::Delegation(_) => "all KMS keys in the account",
        }
    }

    /// The grantee in words; foreign text, not cleaned.
    #[must_use]
    pub fn grantee(&self) -> &str {
        match self {
            Self::Secret(grant) => {
                let name = grant.grantee.name.as_deref();
                name.unwrap_or(grant.grantee.id.as_str())
            }
            Self::Delegation(_) => "CodeArts Repo",
        }
    }

    /// The id to import it by, with region and project.
    #[must_use]
    pub fn import_id(&self) -> String {
        match self {
            Self::Secret(grant) => {
                let ProjectLocation { region, project_id } = &grant.location;
                format!("{region}/{project_id}/{grant}")
            }
            Self::Delegation(delegation) => delegation.to_string(),
        }
    }
}

impl SecretGrant {
    /// The type of grantee to declare: a user, if it is unknown.
    #[must_use]
    pub fn grantee_type(&self) -> GranteeType {
        self.grantee_type.unwrap_or(GranteeType::User)
    }
}

impl fmt::Display for SecretGrant {
    /// `SECRET/<resource id>/user/<grantee id>`: the provider's attribute `id`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/{}",
            self.resource_type.as_str(),
            self.resource_id,
            self.grantee_type().word(),
            self.grantee.id
        )
    }
}

impl fmt::Display for Delegation {
    /// `<region>/<account>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.region, self.tenant_id)
    }
}
