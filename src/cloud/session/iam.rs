//! Lookups of projects and accounts, and the caller's own identity. Tokens and temporary access keys have files of their own.
//!
//! Lookups sign in as any operation does, unless they are given the credential to use.
//!
//! Source: IAM API reference, the operations named at the methods; STS API reference, GetCallerIdentity.

use http::Method;
use url::Url;

use super::Session;
use crate::cloud::credential::Credential;
use crate::cloud::deadline::Call;
use crate::cloud::error::Error;
use crate::cloud::id::{DomainId, ProjectId};
use crate::cloud::settings::endpoint::Service;
use crate::cloud::transport::request::{ReceivedResponse, Request};
use crate::cloud::transport::retry::RetryPolicy;
use crate::wire::answer::Answer;
use crate::wire::iam as wire;
use crate::wire::sts::GetCallerIdentityResponse;

/// A listed project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cloud) struct Project {
    pub(in crate::cloud) id: ProjectId,
    /// Account of the project; `None` if the list does not name it or names an invalid one.
    pub(in crate::cloud) domain_id: Option<DomainId>,
}

impl Session {
    /// Lists the projects with a name. The default project of a region has the region's name.
    ///
    /// Source: IAM API reference, KeystoneListProjects.
    pub(in crate::cloud) async fn list_projects(
        &self,
        call: &Call,
        name: &str,
    ) -> Result<Vec<Project>, Error> {
        let url = self.sign_in_url(&["v3", "projects"], &[("name", name)])?;
        let request = Request::new(Service::Iam, "KeystoneListProjects", Method::GET, url);
        let read = |answer: wire::KeystoneListProjectsResponse| {
            let projects = answer.projects.into_iter().map(|project| {
                let id = ProjectId::new(project.id).map_err(|error| error.to_string())?;
                let domain_id = project.domain_id.and_then(|id| DomainId::new(id).ok());
                Ok(Project { id, domain_id })
            });
            projects.collect()
        };
        self.send_json(call, RetryPolicy::Always, &request, read)
            .await
    }

    /// Lists the accounts that the caller has access to. May be empty if the caller lacks the permission.
    ///
    /// Source: IAM API reference, KeystoneListAuthDomains.
    pub(in crate::cloud) async fn list_domains(&self, call: &Call) -> Result<Vec<DomainId>, Error> {
        let request = self.domains_request()?;
        self.send_json(call, RetryPolicy::Always, &request, domain_ids)
            .await
    }

    /// The same with this credential, during sign-in.
    pub(in crate::cloud) async fn list_domains_as(
        &self,
        call: &Call,
        credential: &Credential,
    ) -> Result<Vec<DomainId>, Error> {
        let request = self.domains_request()?;
        let read =
            |received: &ReceivedResponse<'_>| Answer::typed(received.body).and_then(domain_ids);
        self.transport
            .send_with_retry(call, RetryPolicy::Always, &request, credential, read)
            .await
    }

    /// A request to IAM's own endpoint, not to `auth_url`.
    fn domains_request(&self) -> Result<Request, Error> {
        let url = self.iam_url(&["v3", "auth", "domains"], &[])?;
        let operation = "KeystoneListAuthDomains";
        Ok(Request::new(Service::Iam, operation, Method::GET, url))
    }

    /// The account of the caller. Needs no permission.
    ///
    /// Source: STS API reference, GetCallerIdentity.
    pub(in crate::cloud) async fn caller_account(&self, call: &Call) -> Result<DomainId, Error> {
        let request = self.caller_request()?;
        self.send_json(call, RetryPolicy::Always, &request, account_id)
            .await
    }

    /// The same with this credential, during sign-in.
    pub(in crate::cloud) async fn caller_account_as(
        &self,
        call: &Call,
        credential: &Credential,
    ) -> Result<DomainId, Error> {
        let request = self.caller_request()?;
        let read =
            |received: &ReceivedResponse<'_>| Answer::typed(received.body).and_then(account_id);
        self.transport
            .send_with_retry(call, RetryPolicy::Always, &request, credential, read)
            .await
    }

    /// A request to STS, which accepts signed requests only: callers send it with an access key.
    fn caller_request(&self) -> Result<Request, Error> {
        let segments = ["v5", "caller-identity"];
        let url = self.url(Service::Sts, self.require_region()?, &segments, &[])?;
        let operation = "GetCallerIdentity";
        Ok(Request::new(Service::Sts, operation, Method::GET, url))
    }

    /// A URL at `auth_url`, or at IAM if that is unset.
    ///
    /// # Errors
    /// `Configuration` without a region.
    pub(super) fn sign_in_url(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, Error> {
        let endpoint = self.settings.sign_in_endpoint(self.require_region()?)?;
        let url = endpoint.url(segments, query);
        url.map_err(|problem| {
            Error::setting("auth_url", format!("results in an invalid URL: {problem}"))
        })
    }

    /// A URL at IAM's own endpoint, whatever `auth_url` says.
    pub(in crate::cloud) fn iam_url(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, Error> {
        self.url(Service::Iam, self.require_region()?, segments, query)
    }
}

fn domain_ids(answer: wire::KeystoneListAuthDomainsResponse) -> Result<Vec<DomainId>, String> {
    let ids = answer.domains.into_iter().map(|domain| domain.id);
    let ids = ids.map(|id| DomainId::new(id).map_err(|error| error.to_string()));
    ids.collect()
}

fn account_id(answer: GetCallerIdentityResponse) -> Result<DomainId, String> {
    DomainId::new(answer.account_id).map_err(|error| error.to_string())
}
