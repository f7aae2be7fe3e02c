//! The middle layer: signs in when the first request is sent, and sends requests as the caller, for the caller's
//! project or account. Knows only the operations of IAM, STS and the metadata service that it needs for that.

mod iam;
mod metadata;
mod project_lookup;
mod sign_in;
mod temporary_key;
mod token;

use serde::de::DeserializeOwned;
use url::Url;

use super::credential::{Credential, ResourceScope};
use super::deadline::Call;
use super::error::{Error, ErrorKind};
use super::id::{DomainId, ProjectId, Region};
#[cfg(feature = "tool")]
use super::settings::endpoint::Endpoint;
use super::settings::endpoint::Service;
use super::settings::identity::CredentialSource;
use super::settings::role::{Account, Role, RoleStep};
use super::settings::{Settings, setting};
#[cfg(feature = "tool")]
use super::transport::probe::ConnectionProbe;
use super::transport::request::{ReceivedResponse, Request};
use super::transport::retry::RetryPolicy;
use super::transport::{DOMAIN_HEADER, PROJECT_HEADER, Transport};
use crate::wire::answer::Answer;
use project_lookup::SharedIds;
use sign_in::{ActiveCredential, SignIn};

/// A transport with the caller's settings and credential.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) settings: Settings,
    transport: Transport,
    sign_in: SignIn,
    /// Looked-up ids of projects and the account. They outlive a renewed credential, which is of the same caller.
    known_ids: SharedIds,
}

impl Session {
    /// A session with these settings. Sends nothing.
    pub(super) fn new(settings: Settings, transport: Transport) -> Self {
        Self {
            settings,
            transport,
            sign_in: SignIn::default(),
            known_ids: SharedIds::default(),
        }
    }

    /// See [`Client::project_id`](crate::cloud::Client::project_id).
    pub(super) fn project_id(&self) -> Option<&ProjectId> {
        let id = self.settings.project_id.as_ref();
        let last = self.settings.identity.steps.last();
        id.filter(|_| !matches!(last, Some(RoleStep::AgencyToken { .. })))
    }

    /// See [`Client::domain_id`](crate::cloud::Client::domain_id).
    pub(super) fn domain_id(&self) -> Option<&DomainId> {
        match self.settings.identity.steps.last() {
            None => self.settings.domain_id.as_ref(),
            Some(RoleStep::Assume(Role {
                account: Account::Id(id),
                ..
            })) => Some(id),
            Some(_) => None,
        }
    }

    /// See [`Client::probe_connection`](crate::cloud::Client::probe_connection).
    #[cfg(feature = "tool")]
    pub(super) async fn probe_connection(
        &self,
        call: &Call,
        endpoint: &Endpoint,
    ) -> ConnectionProbe {
        self.transport.probe_connection(call, endpoint).await
    }

    /// See [`Client::require_region`](crate::cloud::Client::require_region).
    pub(super) fn require_region(&self) -> Result<&Region, Error> {
        self.settings
            .region
            .as_ref()
            .ok_or_else(|| setting::REGION.missing())
    }

    /// See [`Client::require_credential`](crate::cloud::Client::require_credential).
    pub(super) fn require_credential(&self) -> Result<(), Error> {
        let identity = &self.settings.identity;
        match identity.origin {
            CredentialSource::Metadata => Err(identity.no_credentials("not queried")),
            _ => Ok(()),
        }
    }

    /// The URL of an operation.
    ///
    /// # Errors
    /// `Configuration` if the endpoint is overridden for another region only, or does not form a valid URL.
    pub(super) fn url(
        &self,
        service: Service,
        region: &Region,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, Error> {
        let endpoint = self.settings.endpoint(service, region)?;
        let url = endpoint.url(segments, query);
        url.map_err(|problem| {
            Error::setting("endpoints", format!("results in an invalid URL: {problem}"))
        })
    }

    /// Signs in, sends a request, and reads the response with `read`. A rejected credential is renewed once.
    pub(super) async fn send<T>(
        &self,
        call: &Call,
        repeat: RetryPolicy,
        request: &Request,
        read: impl Fn(&ReceivedResponse<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let call = &self.transport.bounded_call(call, request);
        let result = self.send_and_renew(call, repeat, request, read).await;
        result.map_err(|error| error.with_credential_argument(self.settings.identity.argument()))
    }

    /// Sends a request; if the credential is rejected, once more with a renewed one, unless an earlier attempt of a
    /// write that must not be repeated may have taken effect.
    async fn send_and_renew<T>(
        &self,
        call: &Call,
        repeat: RetryPolicy,
        request: &Request,
        read: impl Fn(&ReceivedResponse<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let active = self.active_credential(call).await?;
        let result = self
            .send_scoped(call, repeat, request, &active, &read)
            .await;
        let Err(error) = &result else {
            return result;
        };
        // An earlier attempt of a write may have been carried out, and must not be repeated.
        let may_repeat = repeat == RetryPolicy::Always || !error.is_ambiguous();
        if error.kind() != ErrorKind::Authentication || !may_repeat {
            return result;
        }
        match self.renewed_credential(call, &active).await {
            Some(active) => {
                let again = self
                    .send_scoped(call, repeat, request, &active, &read)
                    .await;
                again.map_err(|again| again.add_earlier_attempts(error))
            }
            None => result,
        }
    }

    /// Sends a request with this credential. A signature contains no project or account, so a header is added for it.
    async fn send_scoped<T>(
        &self,
        call: &Call,
        repeat: RetryPolicy,
        request: &Request,
        active: &ActiveCredential,
        read: impl Fn(&ReceivedResponse<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let credential = &active.issued.credential;
        let scoped;
        let request = match (credential, &request.scope) {
            (Credential::Keys(_), ResourceScope::Project(id)) => {
                scoped = request.clone().with_header(PROJECT_HEADER, id.as_str())?;
                &scoped
            }
            (Credential::Keys(_), ResourceScope::ProjectOf(region)) => {
                // Boxed, because the lookup sends requests itself.
                let id = Box::pin(self.project_id_of(region, call)).await?;
                scoped = request.clone().with_header(PROJECT_HEADER, id.as_str())?;
                &scoped
            }
            (Credential::Keys(_), ResourceScope::Account) => {
                // Not the `domain_id` of the settings after a role is assumed: that is another account.
                let id = self.domain_id().or(active.issued.domain_id.as_ref());
                match id {
                    Some(id) => {
                        scoped = request.clone().with_header(DOMAIN_HEADER, id.as_str())?;
                        &scoped
                    }
                    None => request,
                }
            }
            _ => request,
        };
        self.transport
            .send_with_retry(call, repeat, request, credential, read)
            .await
    }

    /// Sends a request whose documented response is the JSON type `W`, and converts it with `convert`.
    async fn send_json<W: DeserializeOwned, T>(
        &self,
        call: &Call,
        repeat: RetryPolicy,
        request: &Request,
        convert: impl Fn(W) -> Result<T, String>,
    ) -> Result<T, Error> {
        let read =
            |received: &ReceivedResponse<'_>| Answer::typed(received.body).and_then(&convert);
        self.send(call, repeat, request, read).await
    }
}
