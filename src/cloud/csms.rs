//! Cloud Secret Management Service: grants on a secret, and the list of secrets.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets.

use http::{HeaderValue, Method};
use jiff::Timestamp;
use jiff::civil::Date;

use super::credentials::{Scope, Secret};
use super::id::{GranteeId, ProjectId, Region, ResourceId};
use super::moment::timestamp;
use super::retry::Repeat;
use super::transport::Request;
use super::{Call, Client, Error, Service};
use crate::wire::Moment;
use crate::wire::csms as wire;

const JSON_UTF8: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// Where a secret lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Region of the project.
    pub region: Region,
    /// Project of the secret.
    pub project_id: ProjectId,
}

/// What kind of thing is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// One secret.
    Secret,
    /// A group of secrets.
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

/// What kind of grantee receives access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GranteeType {
    /// One user.
    User,
    /// A group of users.
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

/// Who is granted what, until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// Secret or group of secrets.
    pub resource_id: ResourceId,
    /// Which of the two.
    pub resource_type: ResourceType,
    /// User or group of users.
    pub grantee_id: GranteeId,
    /// Which of the two.
    pub grantee_type: GranteeType,
    /// The date access ends, as the service counts it; `None` for no end.
    pub ends_on: Option<Date>,
}

/// A grant as creating and updating answer it; the service may leave out any part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Id of the grant; only when the grantee is an individual. It cannot be read back.
    pub uuid: Option<String>,
    /// Id of the resource as the service knows it, which may differ from the one asked for.
    pub resource_id: Option<String>,
    /// Id of the user granted.
    pub grantee_user: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it ends; compare it with [`super::Expiry`].
    pub ends_at: Option<Timestamp>,
    /// Status 0–16 without documented meaning.
    pub state: Option<i64>,
    /// Opaque signature.
    pub signature: Option<Secret>,
}

/// Everybody who may use one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceGrants {
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
}

/// One who may use a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantee {
    /// Id of the user, perhaps of the group.
    pub id: GranteeId,
    /// Name; `None` if the service does not know it.
    pub name: Option<String>,
    /// When access began.
    pub created_at: Option<Timestamp>,
    /// When access ends; compare it with [`super::Expiry`].
    pub ends_at: Option<Timestamp>,
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

impl Client {
    /// Grants access. Not repeatable: whether a second one fails, doubles or overwrites is not documented, so only a
    /// request that was provably not carried out is sent again.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `is_ambiguous` if the grant may exist, which [`Client::list_grants`] shows.
    ///
    /// Source: CSMS API reference, CreateGrants.
    pub async fn create_grants(
        &self,
        call: &Call,
        place: &Place,
        terms: &GrantTerms,
    ) -> Result<Grant, Error> {
        let body = wire::CreateGrantsRequest {
            resource_id: terms.resource_id.to_string(),
            r#type: terms.resource_type.as_str().to_owned(),
            grantee_type: terms.grantee_type.as_str().to_owned(),
            grantee_target_id: terms.grantee_id.to_string(),
            validity_time: terms.ends_on.map(|date| date.to_string()),
        };
        let _writing = self.writing(place, &terms.resource_id);
        let request = self.grants("CreateGrants", Method::POST, place, &[])?;
        let request = request.with_json(JSON_UTF8, &body)?;
        let read = |answer: wire::CreateGrantsResponse| {
            Ok(answer.data.map(Grant::from_wire).unwrap_or_default())
        };
        self.ask(call, Repeat::UnlessCarriedOut, &request, read)
            .await
    }

    /// Lists everybody who may use a resource; nobody is an empty list. The service has no pages here.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource.
    ///
    /// Source: CSMS API reference, ListGrants.
    pub async fn list_grants(
        &self,
        call: &Call,
        place: &Place,
        resource_id: &ResourceId,
    ) -> Result<ResourceGrants, Error> {
        let query = [("resource_id", resource_id.as_str())];
        let request = self.grants("ListGrants", Method::GET, place, &query)?;
        let read = |answer: wire::ListGrantsResponse| merge(resource_id, answer.data);
        self.ask(call, Repeat::Freely, &request, read).await
    }

    /// Gives a grant a new end. Repeatable.
    ///
    /// The other terms identify the grant. What the service makes of `ends_on` being `None` is not documented; use it
    /// to set an end, not to remove one.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `is_ambiguous` if the outcome is unknown, which [`Client::list_grants`]
    /// shows.
    ///
    /// Source: CSMS API reference, UpdateGrant.
    pub async fn update_grant(
        &self,
        call: &Call,
        place: &Place,
        terms: &GrantTerms,
    ) -> Result<Grant, Error> {
        let body = wire::UpdateGrantRequest {
            resource_id: terms.resource_id.to_string(),
            r#type: terms.resource_type.as_str().to_owned(),
            grantee_type: terms.grantee_type.as_str().to_owned(),
            grantee_target_id: terms.grantee_id.to_string(),
            validity_time: terms.ends_on.map(|date| date.to_string()),
        };
        let query = [("resource_id", terms.resource_id.as_str())];
        let _writing = self.writing(place, &terms.resource_id);
        let request = self.grants("UpdateGrant", Method::PUT, place, &query)?;
        let request = request.with_json(JSON_UTF8, &body)?;
        let read = |answer: wire::UpdateGrantResponse| {
            Ok(answer.data.map(Grant::from_wire).unwrap_or_default())
        };
        self.ask(call, Repeat::Freely, &request, read).await
    }

    /// Takes one grantee's access away. Repeatable: not found on a repetition of our own is success.
    ///
    /// A request without the grantee may take everybody's access away, so a [`GranteeId`] cannot be empty.
    ///
    /// # Errors
    /// `NotFound` if resource or grant are gone, which callers treat as success; `is_ambiguous` if the outcome is
    /// unknown.
    ///
    /// Source: CSMS API reference, DeleteGrant.
    pub async fn delete_grant(
        &self,
        call: &Call,
        place: &Place,
        resource_id: &ResourceId,
        grantee_id: &GranteeId,
    ) -> Result<(), Error> {
        let query = [
            ("grantee_user", grantee_id.as_str()),
            ("resource_id", resource_id.as_str()),
        ];
        let _writing = self.writing(place, resource_id);
        let request = self.grants("DeleteGrant", Method::DELETE, place, &query)?;
        match self.send(call, Repeat::Freely, &request, |_| Ok(())).await {
            Err(error) if error.is_not_found() && error.is_ambiguous() => Ok(()),
            outcome => outcome,
        }
    }

    /// Lists one page of a project's secrets, the first one without `marker`.
    ///
    /// # Errors
    /// `Permission` if the caller may not list secrets.
    ///
    /// Source: CSMS API reference, ListSecrets.
    pub async fn list_secrets(
        &self,
        call: &Call,
        place: &Place,
        marker: Option<&str>,
    ) -> Result<SecretPage, Error> {
        let query: Vec<_> = marker.iter().map(|marker| ("marker", *marker)).collect();
        let segments = ["v1", place.project_id.as_str(), "secrets"];
        let url = self.url(Service::Csms, &place.region, &segments, &query)?;
        let scope = Scope::Project(place.project_id.clone());
        let request = Request::new("ListSecrets", Method::GET, url).about(scope);
        self.ask(call, Repeat::Freely, &request, SecretPage::from_wire)
            .await
    }

    fn grants(
        &self,
        operation: &'static str,
        method: Method,
        place: &Place,
        query: &[(&str, &str)],
    ) -> Result<Request, Error> {
        let segments = ["v1", place.project_id.as_str(), "csms", "grants"];
        let url = self.url(Service::Csms, &place.region, &segments, query)?;
        let scope = Scope::Project(place.project_id.clone());
        Ok(Request::new(operation, method, url).about(scope))
    }
}

impl Grant {
    fn from_wire(data: wire::GrantData) -> Self {
        Self {
            uuid: data.uuid,
            resource_id: data.resource_id,
            grantee_user: data.grantee_user,
            created_at: instant(data.create_time),
            updated_at: instant(data.update_time),
            ends_at: instant(data.validity_time),
            state: data.state,
            signature: data
                .signature
                .filter(|text| !text.is_empty())
                .map(Secret::new),
        }
    }
}

impl SecretPage {
    fn from_wire(page: wire::ListSecretsResponse) -> Result<Self, String> {
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

/// One list from the objects received: those of the resource if any bears its id, otherwise all, because the meaning
/// of their `id` is doubtful.
fn merge(
    resource_id: &ResourceId,
    data: Vec<wire::ResourceGrants>,
) -> Result<ResourceGrants, String> {
    let is_ours = |one: &wire::ResourceGrants| one.id.as_deref() == Some(resource_id.as_str());
    let has_ours = data.iter().any(is_ours);
    let mut merged = ResourceGrants::default();
    for one in data.into_iter().filter(|one| !has_ours || is_ours(one)) {
        merged.name = merged.name.or(known(one.name));
        merged.resource_type = merged
            .resource_type
            .or(one.r#type.as_deref().and_then(ResourceType::parse));
        for user in one.grantee_user {
            let id = GranteeId::new(user.user_id).map_err(|error| error.to_string())?;
            merged.grantees.push(Grantee {
                id,
                name: known(user.user_name),
                created_at: instant(user.create_time),
                ends_at: instant(user.validity_time),
            });
        }
    }
    Ok(merged)
}

/// A name, unless it is empty or the literal that the service writes for an unknown one.
fn known(name: Option<String>) -> Option<String> {
    name.filter(|name| !name.is_empty() && name != "null")
}

fn instant(moment: Option<Moment>) -> Option<Timestamp> {
    timestamp(&moment?)
}
