//! Cloud Secret Management Service: grants on a secret, the list of secrets, and the directory of users.
//!
//! Source: CSMS API reference, CreateGrants, ListGrants, UpdateGrant, DeleteGrant, ListSecrets, ListUsers, ShowUserDetail.

mod model;
#[cfg(feature = "tool")]
mod observation;
pub(in crate::cloud) mod user;

use http::Method;

use crate::cloud::Client;
use crate::cloud::credential::ResourceScope;
use crate::cloud::deadline::{Call, SECOND_READ_DELAY};
use crate::cloud::error::Error;
use crate::cloud::id::{GranteeId, ResourceId};
use crate::cloud::settings::endpoint::Service;
use crate::cloud::transport::request::{JSON_UTF8, ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::answer::{Answer, deletion};
use crate::wire::csms as wire;

pub use model::{
    Grant, GrantTerms, Grantee, GranteeType, ProjectLocation, ResourceGrants, ResourceType,
    SecretPage, SecretSummary,
};

/// The status of success of every operation but DeleteGrant.
const SUCCESS_STATUSES: [u16; 1] = [200];

impl Client {
    /// Creates a grant. Not repeatable: it is not documented whether a second request fails, duplicates or overwrites,
    /// so it is retried only if the first was provably not carried out.
    ///
    /// The response may be about another grantee or expiry than requested; callers must compare.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `is_ambiguous` if the grant may exist, which [`Client::list_grants`] shows: also
    /// after an answer of 2xx that is about no grant.
    ///
    /// Source: CSMS API reference, CreateGrants.
    pub async fn create_grants(
        &self,
        call: &Call,
        location: &ProjectLocation,
        terms: &GrantTerms,
    ) -> Result<Grant, Error> {
        let _writing = self.begin_write(location, &terms.resource_id);
        let request = self.create_request(location, terms)?;
        self.session()
            .send(call, RetryPolicy::UnlessCarriedOut, &request, read_grant)
            .await
    }

    /// Lists the grantees of a resource; an empty list if there are none. Not paginated.
    ///
    /// A response that may mean "no grants" or may be a fault counts only if a second one, half a second later, agrees.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `Unreadable` for an answer that is no list of this resource.
    ///
    /// Source: CSMS API reference, ListGrants.
    pub async fn list_grants(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> Result<ResourceGrants, Error> {
        match self.list_grants_once(call, location, resource_id).await? {
            ListAnswer::Certain(grants) => return Ok(grants),
            ListAnswer::PossiblyEmpty | ListAnswer::PossiblyGone(_) => {}
        }
        call.pause(SECOND_READ_DELAY).await?;
        match self.list_grants_once(call, location, resource_id).await? {
            ListAnswer::Certain(grants) => Ok(grants),
            ListAnswer::PossiblyEmpty => Ok(ResourceGrants::default()),
            ListAnswer::PossiblyGone(error) => Err(error),
        }
    }

    /// Reads the list once. An answer that may mean "none" or may be a fault is left for the caller to confirm.
    async fn list_grants_once(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> Result<ListAnswer, Error> {
        let request = self.list_request(location, resource_id)?;
        let read = |received: &ReceivedResponse<'_>| {
            let answer = wire::answer::grants_of(resource_id.as_str(), received.body);
            match answer.of_status(received.status, &SUCCESS_STATUSES) {
                Answer::PossiblyEmpty => Answer::Documented(ListAnswer::PossiblyEmpty),
                answer => answer
                    .and_then(ResourceGrants::from_wire)
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

    /// Changes the expiry of a grant. Repeatable.
    ///
    /// The other terms identify the grant. The effect of `expires_on: None` is not documented: the service may keep the
    /// expiry.
    ///
    /// # Errors
    /// `NotFound` for an unknown resource; `is_ambiguous` if the outcome is unknown, which [`Client::list_grants`]
    /// shows: also after an answer of 2xx that is about no grant.
    ///
    /// Source: CSMS API reference, UpdateGrant.
    pub async fn update_grant(
        &self,
        call: &Call,
        location: &ProjectLocation,
        terms: &GrantTerms,
    ) -> Result<Grant, Error> {
        let _writing = self.begin_write(location, &terms.resource_id);
        let request = self.update_request(location, terms)?;
        self.session()
            .send(call, RetryPolicy::Always, &request, read_grant)
            .await
    }

    /// Deletes one grantee's grant on a resource. Repeatable.
    ///
    /// A request without a grantee may delete every grant on the resource, so a [`GranteeId`] cannot be empty.
    ///
    /// # Errors
    /// `NotFound` if the service says so, which callers believe only when a list read afterwards lacks the grant;
    /// `is_ambiguous` if the outcome is unknown: also after an answer of 2xx other than the documented one.
    ///
    /// Source: CSMS API reference, DeleteGrant.
    pub async fn delete_grant(
        &self,
        call: &Call,
        location: &ProjectLocation,
        resource_id: &ResourceId,
        grantee_id: &GranteeId,
    ) -> Result<(), Error> {
        let _writing = self.begin_write(location, resource_id);
        let request = self.delete_request(location, resource_id, grantee_id)?;
        let read = |received: &ReceivedResponse<'_>| deletion(received.status, received.body);
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
        location: &ProjectLocation,
        marker: Option<&str>,
    ) -> Result<SecretPage, Error> {
        let query: Vec<_> = marker.iter().map(|marker| ("marker", *marker)).collect();
        let segments = ["v1", location.project_id.as_str(), "secrets"];
        let url = self
            .session()
            .url(Service::Csms, &location.region, &segments, &query)?;
        let scope = ResourceScope::Project(location.project_id.clone());
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

    fn create_request(
        &self,
        location: &ProjectLocation,
        terms: &GrantTerms,
    ) -> Result<Request, Error> {
        let body = wire::CreateGrantsRequest {
            resource_id: terms.resource_id.to_string(),
            r#type: terms.resource_type.as_str().to_owned(),
            grantee_type: terms.grantee_type.as_str().to_owned(),
            grantee_target_id: terms.grantee_id.to_string(),
            validity_time: terms.expires_on.map(|date| date.to_string()),
        };
        let request = self.grants_request("CreateGrants", Method::POST, location, &[])?;
        request.with_json(JSON_UTF8, &body)
    }

    fn list_request(
        &self,
        location: &ProjectLocation,
        resource_id: &ResourceId,
    ) -> Result<Request, Error> {
        let query = [("resource_id", resource_id.as_str())];
        self.grants_request("ListGrants", Method::GET, location, &query)
    }

    fn update_request(
        &self,
        location: &ProjectLocation,
        terms: &GrantTerms,
    ) -> Result<Request, Error> {
        let body = wire::UpdateGrantRequest {
            resource_id: terms.resource_id.to_string(),
            r#type: terms.resource_type.as_str().to_owned(),
            grantee_type: terms.grantee_type.as_str().to_owned(),
            grantee_target_id: terms.grantee_id.to_string(),
            validity_time: terms.expires_on.map(|date| date.to_string()),
        };
        let query = [("resource_id", terms.resource_id.as_str())];
        let request = self.grants_request("UpdateGrant", Method::PUT, location, &query)?;
        request.with_json(JSON_UTF8, &body)
    }

    /// A request without a grantee may delete every grant on the resource, so a [`GranteeId`] cannot be empty.
    fn delete_request(
        &self,
        location: &ProjectLocation,
        resource_id: &ResourceId,
        grantee_id: &GranteeId,
    ) -> Result<Request, Error> {
        let query = [
            ("grantee_user", grantee_id.as_str()),
            ("resource_id", resource_id.as_str()),
        ];
        self.grants_request("DeleteGrant", Method::DELETE, location, &query)
    }

    /// A request to the path that all four operations on grants share.
    fn grants_request(
        &self,
        operation: &'static str,
        method: Method,
        location: &ProjectLocation,
        query: &[(&str, &str)],
    ) -> Result<Request, Error> {
        let segments = ["v1", location.project_id.as_str(), "csms", "grants"];
        let url = self
            .session()
            .url(Service::Csms, &location.region, &segments, query)?;
        let scope = ResourceScope::Project(location.project_id.clone());
        Ok(Request::new(Service::Csms, operation, method, url).with_scope(scope))
    }
}

/// What one response of ListGrants proves.
enum ListAnswer {
    /// These are all grants.
    Certain(ResourceGrants),
    /// There may be no grants.
    PossiblyEmpty,
    /// The resource may not exist, as this error says.
    PossiblyGone(Error),
}

/// The grant that confirms a write.
fn read_grant(received: &ReceivedResponse<'_>) -> Answer<Grant> {
    let answer = wire::answer::grant(received.body).of_status(received.status, &SUCCESS_STATUSES);
    answer.and_then(|data| Ok(Grant::from_wire(data)))
}
