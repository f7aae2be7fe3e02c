//! How the cloud is spoken to. Knows nothing of Terraform.
//!
//! A [`Client`] has one method per API operation. Each is given a [`Call`], which bounds it in time and can cancel it,
//! and fails with one [`Error`], whose kind says what a caller may conclude.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use url::Url;

mod call;
mod config;
mod connection;
mod credentials;
mod csms;
mod endpoint;
mod environment;
mod error;
mod id;
mod limiter;
mod mistrust;
mod moment;
mod quotation;
mod refusal;
mod region;
mod repo;
mod retry;
mod site;
mod tls;
mod transport;

pub use call::Call;
pub use config::{Arguments, Settings, UserAgent};
pub use credentials::{Credential, Secret, Token};
pub use csms::{
    Grant, GrantTerms, Grantee, GranteeType, Place, ResourceGrants, ResourceType, SecretPage,
    SecretSummary,
};
pub use endpoint::{Endpoint, Service};
pub use environment::Environment;
pub use error::{Error, ErrorKind};
pub use id::{DomainId, GranteeId, InvalidId, ProjectId, Region, ResourceId};
pub use moment::{Expiry, timestamp};
pub use repo::TenantKmsGrant;

use connection::Connections;
use retry::Repeat;
use transport::{Request, Sender};

/// Talks to Huawei Cloud. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    connections: Connections,
}

impl Client {
    /// A client with these settings. Reads and sends nothing.
    ///
    /// Settings that are missing are noticed by the operation that needs them.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let connections = Connections::new(settings.tls.clone());
        Self(Arc::new(Inner {
            settings,
            connections,
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

    /// The project to use where none is named.
    #[must_use]
    pub fn project_id(&self) -> Option<&ProjectId> {
        self.0.settings.project_id.as_ref()
    }

    /// The account to use where none is named.
    #[must_use]
    pub fn domain_id(&self) -> Option<&DomainId> {
        self.0.settings.domain_id.as_ref()
    }

    /// The region to use where none is named.
    ///
    /// # Errors
    /// `Configuration`, naming the argument and the environment variables, if there is none.
    pub fn require_region(&self) -> Result<&Region, Error> {
        self.region().ok_or_else(|| config::REGION.missing())
    }

    /// The project to use where none is named.
    ///
    /// # Errors
    /// `Configuration`, naming the argument and the environment variables, if there is none.
    pub fn require_project_id(&self) -> Result<&ProjectId, Error> {
        self.project_id()
            .ok_or_else(|| config::PROJECT_ID.missing())
    }

    /// The account to use where none is named.
    ///
    /// # Errors
    /// `Configuration`, naming the argument and the environment variables, if there is none.
    pub fn require_domain_id(&self) -> Result<&DomainId, Error> {
        self.domain_id().ok_or_else(|| config::DOMAIN_ID.missing())
    }

    /// Checks that there is something to sign in with.
    ///
    /// # Errors
    /// `Configuration`, naming the argument and the environment variables, if there is nothing.
    pub fn require_credential(&self) -> Result<(), Error> {
        let credential = self.0.settings.credential.as_ref();
        credential
            .map(|_| ())
            .ok_or_else(|| config::TOKEN.missing())
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

    /// Sends a request as often as it takes and as it may be sent, and reads the answer with `read`.
    async fn send<T>(
        &self,
        call: &Call,
        repeat: Repeat,
        request: &Request,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        let Inner {
            settings,
            connections,
        } = self.0.as_ref();
        let exchange = request.exchange();
        let credential = settings.credential.as_ref();
        let credential = credential.ok_or_else(|| config::TOKEN.missing().during(&exchange))?;
        let sender = Sender {
            connections,
            credential,
            user_agent: &settings.user_agent,
        };
        let attempt = |tries| sender.send(call, request, tries, &read);
        retry::run(call, &exchange, repeat, settings.max_retries, attempt).await
    }

    /// Sends a request whose answer is JSON of the shape `W`, and makes of it what `convert` says.
    async fn ask<W: DeserializeOwned, T>(
        &self,
        call: &Call,
        repeat: Repeat,
        request: &Request,
        convert: impl Fn(W) -> Result<T, String>,
    ) -> Result<T, Error> {
        let read = |body: &[u8]| convert(parse(body)?);
        self.send(call, repeat, request, read).await
    }
}

fn parse<W: DeserializeOwned>(body: &[u8]) -> Result<W, String> {
    serde_json::from_slice(body).map_err(|error| {
        // The error's own text may quote the answer, which may hold a signature.
        let problem = match error.classify() {
            Category::Eof => "it is empty or ends too early",
            Category::Data => "it is JSON of another shape than expected",
            Category::Syntax | Category::Io => "it is not JSON",
        };
        problem.to_owned()
    })
}
