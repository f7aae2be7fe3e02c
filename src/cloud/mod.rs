//! How the cloud is spoken to. Knows nothing of Terraform.
//!
//! A [`Client`] has one method per API operation. It signs in when the first one is called. Each is given a
//! [`Call`], which bounds it in time and can cancel it, and fails with one [`Error`], whose kind says what a caller
//! may conclude.

use std::sync::Arc;

use http::HeaderName;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::wire::answer::Answer;

mod access_key;
mod advice;
mod call;
mod config;
mod connection;
mod credentials;
mod csms;
mod endpoint;
mod environment;
mod error;
mod iam;
mod id;
mod limiter;
mod look_up;
mod metadata;
mod mistrust;
mod moment;
mod path;
mod profile;
mod proxy;
mod quotation;
mod refusal;
mod region;
mod repo;
mod retry;
mod role;
mod secret_list;
mod shared_list;
mod sign_in;
mod signer;
mod site;
mod source;
mod tls;
mod transport;

pub use call::{Call, SECOND_READ_AFTER};
pub use config::{Arguments, Settings, UserAgent};
pub use credentials::{Credential, Keys, Secret, Token};
pub use csms::{
    Grant, GrantTerms, Grantee, GranteeType, Place, ResourceGrants, ResourceType, SecretPage,
    SecretSummary,
};
pub use endpoint::{Endpoint, Service};
pub use environment::Environment;
pub use error::{Error, ErrorKind};
pub use id::{DomainId, GranteeId, InvalidId, ProjectId, Region, ResourceId};
pub use moment::{Expiry, ExpiryInstant, timestamp};
pub use role::{AssumeRole, AssumeRoleWithOidc};
pub use shared_list::TwoReadings;
pub use signer::{Signature, SigningKey, Unsigned, sign};

use connection::Connections;
use credentials::Scope;
use look_up::LookUps;
use retry::Repeat;
use role::{Account, Role, Step};
use shared_list::SharedLists;
use sign_in::{Session, SignIn};
use source::Origin;
use transport::{Received, Request, Sender};

/// Headers that say whose resources a signed request is about.
const PROJECT_HEADER: HeaderName = HeaderName::from_static("x-project-id");
const DOMAIN_HEADER: HeaderName = HeaderName::from_static("x-domain-id");

/// Talks to Huawei Cloud. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    connections: Connections,
    sign_in: SignIn,
    look_ups: LookUps,
    shared_lists: SharedLists,
    closing: CancellationToken,
}

impl Client {
    /// A client with these settings. Reads and sends nothing.
    ///
    /// Settings that are missing are noticed by the operation that needs them.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::writing_before(CancellationToken::new(), settings)
    }

    /// The same, which sends no write after `closing`, not even one that waits already. What is under way goes on, and what
    /// has come of it can be read.
    #[must_use]
    pub fn writing_before(closing: CancellationToken, settings: Settings) -> Self {
        let connections = Connections::new(settings.tls.clone(), settings.proxies.clone());
        Self(Arc::new(Inner {
            settings,
            connections,
            sign_in: SignIn::default(),
            look_ups: LookUps::default(),
            shared_lists: SharedLists::default(),
            closing,
        }))
    }

    /// Whether any certificate of a server is accepted, of which practitioners should be warned.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.0.settings.is_insecure()
    }

    /// The region to use where none is named.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.0.settings.region.as_ref()
    }

    /// The project to use where none is named, as far as the settings say it. The token of an agency is for one project of
    /// the agency's account, which signing in tells.
    #[must_use]
    pub fn project_id(&self) -> Option<&ProjectId> {
        let id = self.0.settings.project_id.as_ref();
        let last = self.0.settings.identity.steps.last();
        id.filter(|_| !matches!(last, Some(Step::AgencyToken { .. })))
    }

    /// The account to use where none is named, as far as the settings say it: that of the last role assumed, else the
    /// caller's own.
    #[must_use]
    pub fn domain_id(&self) -> Option<&DomainId> {
        match self.0.settings.identity.steps.last() {
            None => self.0.settings.domain_id.as_ref(),
            Some(Step::Assume(Role {
                account: Account::Id(id),
                ..
            })) => Some(id),
            Some(_) => None,
        }
    }

    /// The region to use where none is named.
    ///
    /// # Errors
    /// `Configuration`, naming the argument and the environment variables, if there is none.
    pub fn require_region(&self) -> Result<&Region, Error> {
        self.region().ok_or_else(|| config::REGION.missing())
    }

    /// Checks that somebody has set something to sign in with, without asking the server we run on.
    ///
    /// # Errors
    /// `Configuration`, with every source and why it was passed over, if nobody has.
    pub fn require_credential(&self) -> Result<(), Error> {
        let identity = &self.0.settings.identity;
        match identity.origin {
            Origin::Metadata => Err(identity.nothing_found("not asked")),
            _ => Ok(()),
        }
    }

    fn url(
        &self,
        service: Service,
        region: &Region,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, Error> {
        let endpoint = self.0.settings.endpoint(service, region)?;
        let url = endpoint.url(segments, query);
        url.map_err(|problem| Error::setting("endpoints", format!("leads to no URL: {problem}")))
    }

    /// Signs in and sends a request, and reads the answer with `read`. A credential that is refused is renewed once.
    async fn send<T>(
        &self,
        call: &Call,
        repeat: Repeat,
        request: &Request,
        read: impl Fn(&Received<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let writing;
        let call = if request.is_write() {
            writing = call.begun_before(&self.0.closing);
            &writing
        } else {
            call
        };
        let result = self.sent(call, repeat, request, read).await;
        result.map_err(|error| error.signed_in_by(self.0.settings.identity.argument()))
    }

    async fn sent<T>(
        &self,
        call: &Call,
        repeat: Repeat,
        request: &Request,
        read: impl Fn(&Received<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let session = self.session(call).await?;
        let result = self.send_as(call, repeat, request, &session, &read).await;
        let Err(error) = &result else {
            return result;
        };
        // An earlier try of a write may have been carried out, which another one must not double.
        let may_repeat = repeat == Repeat::Freely || !error.is_ambiguous();
        if error.kind() != ErrorKind::Authentication || !may_repeat {
            return result;
        }
        match self.session_after(call, &session).await {
            Some(session) => {
                let again = self.send_as(call, repeat, request, &session, &read).await;
                again.map_err(|again| again.following(error))
            }
            None => result,
        }
    }

    async fn send_as<T>(
        &self,
        call: &Call,
        repeat: Repeat,
        request: &Request,
        session: &Session,
        read: impl Fn(&Received<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let credential = &session.issued.credential;
        let scoped;
        let request = match (credential, &request.scope) {
            (Credential::Keys(_), Scope::Project(id)) => {
                scoped = request.clone().with_header(PROJECT_HEADER, id.as_str())?;
                &scoped
            }
            (Credential::Keys(_), Scope::ProjectOf(region)) => {
                // Boxed, because the look-up sends requests itself.
                let id = Box::pin(self.project_id_of(region, call)).await?;
                scoped = request.clone().with_header(PROJECT_HEADER, id.as_str())?;
                &scoped
            }
            (Credential::Keys(_), Scope::Account) => {
                // Never the `domain_id` of the settings after a role is assumed: that is another account.
                let id = self.domain_id().or(session.issued.domain_id.as_ref());
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
        self.exchange(call, repeat, request, credential, read).await
    }

    /// Sends a request with this credential as often as it takes and as it may be sent.
    async fn exchange<T>(
        &self,
        call: &Call,
        repeat: Repeat,
        request: &Request,
        credential: &Credential,
        read: impl Fn(&Received<'_>) -> Answer<T>,
    ) -> Result<T, Error> {
        let Inner {
            settings,
            connections,
            ..
        } = self.0.as_ref();
        let exchange = request.exchange();
        let sender = Sender {
            connections,
            credential,
            secrets: &settings.secrets(),
            user_agent: &settings.user_agent,
        };
        let run = || {
            let attempt = |tries| sender.send(call, request, tries, &read);
            retry::run(call, &exchange, repeat, settings.max_retries, attempt)
        };
        let result = run().await;
        match &result {
            // A key cannot be renewed as a token can, but each try has a signature of its own time.
            Err(error)
                if error.is_stale()
                    && matches!(credential, Credential::Keys(_))
                    && (repeat == Repeat::Freely || !error.is_ambiguous()) =>
            {
                run().await.map_err(|again| again.following(error))
            }
            _ => result,
        }
    }

    /// Sends a request whose documented answer is JSON of the shape `W`, and makes of it what `convert` says.
    async fn ask<W: DeserializeOwned, T>(
        &self,
        call: &Call,
        repeat: Repeat,
        request: &Request,
        convert: impl Fn(W) -> Result<T, String>,
    ) -> Result<T, Error> {
        let read = |received: &Received<'_>| Answer::typed(received.body).and_then(&convert);
        self.send(call, repeat, request, read).await
    }
}
