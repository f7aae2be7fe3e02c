//! Grants and secrets as callers see them, and their conversion from the responses of the service.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::cloud::credential::Sensitive;
use crate::cloud::id::{GranteeId, ProjectId, Region, ResourceId};
use crate::cloud::timestamp::{Expiry, timestamp};
use crate::wire::RawTimestamp;
use crate::wire::csms as wire;

/// The region and project of a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectLocation {
    /// Region of the project.
    pub region: Region,
    /// Project of the secret.
    pub project_id: ProjectId,
}

/// The type of the resource of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// One secret.
    Secret,
    /// A secret group.
    Group,
}

impl ResourceType {
    /// As the API spells it: `SECRET` or `GROUP`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "SECRET",
            Self::Group => "GROUP",
        }
    }

    /// Reads it in any case; `None` if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = [Self::Secret, Self::Group].into_iter();
        all.find(|one| one.as_str().eq_ignore_ascii_case(text))
    }
}

/// The type of a grantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GranteeType {
    /// One user.
    User,
    /// A user group.
    Group,
}

impl GranteeType {
    /// As the API spells it: `0` or `2`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "0",
            Self::Group => "2",
        }
    }

    /// As people spell it: `user` or `group`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// Reads either spelling, in any case; `None` if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_meant = |one: &Self| {
            let spellings = [one.word(), one.as_str()];
            spellings.iter().any(|word| word.eq_ignore_ascii_case(text))
        };
        [Self::User, Self::Group].into_iter().find(is_meant)
    }
}

/// The terms of a grant: resource, grantee and expiration date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// Secret or secret group.
    pub resource_id: ResourceId,
    /// Which of the two.
    pub resource_type: ResourceType,
    /// User or user group.
    pub grantee_id: GranteeId,
    /// Which of the two.
    pub grantee_type: GranteeType,
    /// The expiration date; `None` for no expiry.
    pub expires_on: Option<Date>,
}

/// A grant as creating and updating answer it; the service may leave out any part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// ID of the grant; only when the grantee is an individual. It cannot be read back.
    pub uuid: Option<String>,
    /// ID of the resource as the service knows it, which may differ from the one asked for.
    pub resource_id: Option<String>,
    /// ID of the user granted.
    pub grantee_user: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it expires, as far as the answer says.
    pub expiry: Expiry,
    /// Status 0–16 without documented meaning.
    pub state: Option<i64>,
    /// Opaque signature.
    pub signature: Option<Sensitive>,
}

/// Lengths of a list that may be a limit on the service's side.
const SUSPICIOUS_LENGTHS: [usize; 5] = [10, 20, 50, 100, 1_000];

/// The grants on one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceGrants {
    /// ID of the resource as the list repeats it.
    pub resource_id: Option<String>,
    /// Name of the resource, if the service tells it.
    pub name: Option<String>,
    /// Kind of the resource, if the service tells it.
    pub resource_type: Option<ResourceType>,
    /// The grantees, in the service's order.
    pub grantees: Vec<Grantee>,
}

impl ResourceGrants {
    /// The entry of a grantee; ids are compared exactly.
    #[must_use]
    pub fn find(&self, id: &GranteeId) -> Option<&Grantee> {
        self.grantees.iter().find(|grantee| grantee.id == *id)
    }

    /// Whether the list has as many entries as a page of other services: paging is not documented, and a grant that is not
    /// in the list may be on a second page.
    #[must_use]
    pub fn may_be_incomplete(&self) -> bool {
        SUSPICIOUS_LENGTHS.contains(&self.grantees.len())
    }
}

/// A grantee of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantee {
    /// ID of the user, perhaps of the group.
    pub id: GranteeId,
    /// Name; `None` if the service does not know it.
    pub name: Option<String>,
    /// When the grant was created.
    pub created_at: Option<Timestamp>,
    /// When the grant expires, as far as the list says.
    pub expiry: Expiry,
}

/// One page of a project's secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretPage {
    /// The secrets, in the service's order.
    pub secrets: Vec<SecretSummary>,
    /// What to ask the next page with; `None` on the last one.
    pub next_marker: Option<String>,
}

/// A secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSummary {
    /// Id: what grants are made on.
    pub id: ResourceId,
    /// Name, unique in the project.
    pub name: String,
    /// `ENABLED`, `DISABLED`, `PENDING_DELETE` or `FROZEN`.
    pub state: Option<String>,
}

impl Grant {
    /// Converts what the response has. No part of it is an error: the caller compares it with the request.
    pub(super) fn from_wire(data: wire::GrantData) -> Self {
        Self {
            uuid: data.uuid,
            resource_id: data.resource_id,
            grantee_user: data.grantee_user,
            created_at: parse_timestamp(data.create_time),
            updated_at: parse_timestamp(data.update_time),
            expiry: Expiry::from_moment(data.validity_time.as_ref()),
            state: data.state,
            signature: data
                .signature
                .filter(|text| !text.is_empty())
                .map(Sensitive::new),
        }
    }
}

impl SecretPage {
    /// Converts a page. One with fewer secrets than it announces, or with an invalid id, is an error: a secret would be
    /// missing without notice.
    pub(super) fn from_wire(page: wire::ListSecretsResponse) -> Result<Self, String> {
        let count = page.secrets.len();
        let announced = page.page_info.current_count.unwrap_or_default();
        if usize::try_from(announced).is_ok_and(|announced| announced > count) {
            return Err(format!(
                "the page should contain {announced} secrets, but contains {count}"
            ));
        }
        let secrets = page.secrets.into_iter().map(|secret| {
            let id = ResourceId::new(secret.id).map_err(|error| error.to_string())?;
            Ok(SecretSummary {
                id,
                name: secret.name,
                state: secret.state,
            })
        });
        let secrets = secrets.collect::<Result<_, String>>()?;
        let next_marker = page
            .page_info
            .next_marker
            .filter(|marker| !marker.is_empty());
        Ok(Self {
            secrets,
            next_marker,
        })
    }
}

impl ResourceGrants {
    /// Merges the objects of one response, all of which are about the same resource.
    pub(super) fn from_wire(data: Vec<wire::ListedGrants>) -> Result<Self, String> {
        let mut merged = ResourceGrants::default();
        for one in data {
            merged.resource_id = merged.resource_id.or(one.id);
            merged.name = merged.name.or(known_name(one.name));
            merged.resource_type = merged
                .resource_type
                .or(one.r#type.as_deref().and_then(ResourceType::parse));
            for user in one.grantee_user {
                let id = GranteeId::new(user.user_id).map_err(|error| error.to_string())?;
                merged.grantees.push(Grantee {
                    id,
                    name: known_name(user.user_name),
                    created_at: parse_timestamp(user.create_time),
                    expiry: Expiry::from_moment(user.validity_time.as_ref()),
                });
            }
        }
        Ok(merged)
    }
}

/// A name, unless it is empty or the literal that the service writes for an unknown one.
fn known_name(name: Option<String>) -> Option<String> {
    name.filter(|name| !name.is_empty() && name != "null")
}

/// The time; `None` if it is absent or not a time, which is never an error.
fn parse_timestamp(moment: Option<RawTimestamp>) -> Option<Timestamp> {
    timestamp(&moment?)
}
