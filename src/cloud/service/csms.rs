//! Cloud Secret Management Service: grants on a secret, and the list of secrets.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets.

use http::Method;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::cloud::Client;
use crate::cloud::call::Call;
use crate::cloud::call::SECOND_READ_DELAY;
use crate::cloud::credential::{ResourceScope, Sensitive};
use crate::cloud::error::Error;
use crate::cloud::id::{GranteeId, ProjectId, Region, ResourceId};
use crate::cloud::settings::endpoint::Service;
use crate::cloud::timestamp::{Expiry, timestamp};
use crate::cloud::transport::request::{JSON_UTF8, ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::RawTimestamp;
use crate::wire::answer::Answer;
use crate::wire::csms as wire;

/// Where a secret lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectLocation {
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
    /// When it expires, as far as the answer says.
    pub expiry: Expiry,
    /// Status 0–16 without documented meaning.
    pub state: Option<i64>,
    /// Opaque signature.
    pub signature: Option<Sensitive>,
}

/// Everybody who may use one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceGrants {
    /// Id of the resource as the list repeats it.
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
    /// When access expires, as far as the list says.
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

/// The status of success of every operation but DeleteGrant.
const SUCCESS_STATUSES: [u16; 1] = [200];

impl Client {
    /// Grants access. Not repeatable: whether a second one fails, doubles or overwrites is not documented, so only a
    /// request that was provably not carried out is sent again.
    ///
    /// The answer may be about another grantee or another expiry than asked for; the caller compares.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `is_ambiguous` if the grant may exist, which [`Client::list_grants`] shows: also
    /// after an answer of 2xx that is about no grant.
    ///
    /// Source: CSMS API reference, CreateGrants.
    pub async fn create_grants(
        &self,
        call: &Call,
        place: &ProjectLocation,
        terms: &GrantTerms,
    ) -> Result<Grant, Error> {
        let body = wire::CreateGrantsRequest {
            resource_id: terms.resource_id.to_string(),
            r#type: terms.resource_type.as_str().to_owned(),
            grantee_type: terms.grantee_type.as_str().to_owned(),
            grantee_target_id: terms.grantee_id.to_string(),
            validity_time: terms.ends_on.map(|date| date.to_string()),
        };
        let _writing = self.begin_write(place, &terms.resource_id);
        let request = self.grants_request("CreateGrants", Method::POST, place, &[])?;
        let request = request.with_json(JSON_UTF8, &body)?;
        self.session()
            .send(call, RetryPolicy::UnlessCarriedOut, &request, read_grant)
            .await
    }

    /// Lists everybody who may use a resource, as far as that is certain; no one is an empty list. The service has no pages
    /// here.
    ///
    /// An answer that may mean "no grants" and may be a fault as well is believed when a second one, half a second later,
    /// agrees.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `Unreadable` for an answer that is no list of this resource.
    ///
    /// Source: CSMS API reference, ListGrants.
    pub async fn list_grants(
        &self,
        call: &Call,
        place: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> Result<ResourceGrants, Error> {
        match self.list_grants_once(call, place, resource_id).await? {
            ListAnswer::Certain(grants) => return Ok(grants),
            ListAnswer::PossiblyEmpty | ListAnswer::PossiblyGone(_) => {}
        }
        call.pause(SECOND_READ_DELAY).await?;
        match self.list_grants_once(call, place, resource_id).await? {
            ListAnswer::Certain(grants) => Ok(grants),
            ListAnswer::PossiblyEmpty => Ok(ResourceGrants::default()),
            ListAnswer::PossiblyGone(error) => Err(error),
        }
    }

    async fn list_grants_once(
        &self,
        call: &Call,
        place: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> Result<ListAnswer, Error> {
        let query = [("resource_id", resource_id.as_str())];
        let request = self.grants_request("ListGrants", Method::GET, place, &query)?;
        let read = |received: &ReceivedResponse<'_>| {
            let answer = wire::answer::grants_of(resource_id.as_str(), received.body);
            match answer.of_status(received.status, &SUCCESS_STATUSES) {
                Answer::PossiblyEmpty => Answer::Documented(ListAnswer::PossiblyEmpty),
                answer => answer
                    .and_then(merge_lists)
                    .and_then(|grants| Ok(ListAnswer::Certain(grants))),
            }
        };
        match self
            .session()
            .send(call, RetryPolicy::Always, &request, read)
            .await
        {
            // A code that means "there is no such secret" under a status that means the opposite.
            Err(error) if error.is_not_found() && error.has_success_status() => {
                Ok(ListAnswer::PossiblyGone(error))
            }
            listing => listing,
        }
    }

    /// Gives a grant another expiry. Repeatable.
    ///
    /// The other terms identify the grant. What the service makes of `ends_on` being `None` is not documented: it may keep
    /// the expiry.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `is_ambiguous` if the outcome is unknown, which [`Client::list_grants`]
    /// shows: also after an answer of 2xx that is about no grant.
    ///
    /// Source: CSMS API reference, UpdateGrant.
    pub async fn update_grant(
        &self,
        call: &Call,
        place: &ProjectLocation,
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
        let _writing = self.begin_write(place, &terms.resource_id);
        let request = self.grants_request("UpdateGrant", Method::PUT, place, &query)?;
        let request = request.with_json(JSON_UTF8, &body)?;
        self.session()
            .send(call, RetryPolicy::Always, &request, read_grant)
            .await
    }

    /// Deletes one grantee's grant on a resource. Repeatable.
    ///
    /// A request without the grantee may delete everybody's, so a [`GranteeId`] cannot be empty.
    ///
    /// # Errors
    /// `NotFound` if the service says so, which callers believe only when a list read afterwards lacks the grant;
    /// `is_ambiguous` if the outcome is unknown: also after an answer of 2xx other than the documented one.
    ///
    /// Source: CSMS API reference, DeleteGrant.
    pub async fn delete_grant(
        &self,
        call: &Call,
        place: &ProjectLocation,
        resource_id: &ResourceId,
        grantee_id: &GranteeId,
    ) -> Result<(), Error> {
        let query = [
            ("grantee_user", grantee_id.as_str()),
            ("resource_id", resource_id.as_str()),
        ];
        let _writing = self.begin_write(place, resource_id);
        let request = self.grants_request("DeleteGrant", Method::DELETE, place, &query)?;
        let read = |received: &ReceivedResponse<'_>| {
            wire::answer::deletion(received.status, received.body)
        };
        self.session()
            .send(call, RetryPolicy::Always, &request, read)
            .await
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
        place: &ProjectLocation,
        marker: Option<&str>,
    ) -> Result<SecretPage, Error> {
        let query: Vec<_> = marker.iter().map(|marker| ("marker", *marker)).collect();
        let segments = ["v1", place.project_id.as_str(), "secrets"];
        let url = self
            .session()
            .url(Service::Csms, &place.region, &segments, &query)?;
        let scope = ResourceScope::Project(place.project_id.clone());
        let request =
            Request::new(Service::Csms, "ListSecrets", Method::GET, url).with_scope(scope);
        let read = |received: &ReceivedResponse<'_>| {
            let answer = wire::answer::secrets(received.body);
            answer
                .of_status(received.status, &SUCCESS_STATUSES)
                .and_then(SecretPage::from_wire)
        };
        self.session()
            .send(call, RetryPolicy::Always, &request, read)
            .await
    }

    fn grants_request(
        &self,
        operation: &'static str,
        method: Method,
        place: &ProjectLocation,
        query: &[(&str, &str)],
    ) -> Result<Request, Error> {
        let segments = ["v1", place.project_id.as_str(), "csms", "grants"];
        let url = self
            .session()
            .url(Service::Csms, &place.region, &segments, query)?;
        let scope = ResourceScope::Project(place.project_id.clone());
        Ok(Request::new(Service::Csms, operation, method, url).with_scope(scope))
    }
}

impl Grant {
    fn from_wire(data: wire::GrantData) -> Self {
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
    fn from_wire(page: wire::ListSecretsResponse) -> Result<Self, String> {
        let count = page.secrets.len();
        let announced = page.page_info.current_count.unwrap_or_default();
        if usize::try_from(announced).is_ok_and(|announced| announced > count) {
            return Err(format!("the page contains {count} of {announced} secrets"));
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

/// What one answer of ListGrants says.
enum ListAnswer {
    /// These are all.
    Certain(ResourceGrants),
    /// Perhaps there are none.
    PossiblyEmpty,
    /// Perhaps there is no such resource, as this error says.
    PossiblyGone(Error),
}

/// The grant that confirms a write.
fn read_grant(received: &ReceivedResponse<'_>) -> Answer<Grant> {
    let answer = wire::answer::grant(received.body).of_status(received.status, &SUCCESS_STATUSES);
    answer.and_then(|data| Ok(Grant::from_wire(data)))
}

/// One list from the objects received, all of which are about the resource.
fn merge_lists(data: Vec<wire::ListedGrants>) -> Result<ResourceGrants, String> {
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

/// A name, unless it is empty or the literal that the service writes for an unknown one.
fn known_name(name: Option<String>) -> Option<String> {
    name.filter(|name| !name.is_empty() && name != "null")
}

fn parse_timestamp(moment: Option<RawTimestamp>) -> Option<Timestamp> {
    timestamp(&moment?)
}
