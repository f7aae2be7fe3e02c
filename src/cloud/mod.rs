//! How the cloud is spoken to. Knows nothing of Terraform.
//!
//! A [`Client`] has one method per API operation. It signs in when the first one is called. Each is given a
//! [`Call`], which bounds it in time and can cancel it, and fails with one [`Error`], whose kind says what a caller
//! may conclude.
//!
//! Three layers, each knowing only those before it: `transport` sends one request with one credential, `session` signs in and
//! sends in the caller's name, `service` has the operations. `settings` and `credential` serve all three.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

mod advice;
mod call;
mod credential;
mod error;
mod id;
mod service;
mod session;
mod settings;
mod timestamp;
mod transport;

pub use call::{Call, SECOND_READ_DELAY};
pub use credential::signer::{Signature, SigningKey, Unsigned, sign};
pub use credential::{AccessKey, Credential, Sensitive, Token};
pub use error::{Error, ErrorKind};
pub use id::{DomainId, GranteeId, InvalidId, ProjectId, Region, ResourceId};
pub use service::csms::{
    Grant, GrantTerms, Grantee, GranteeType, ProjectLocation, ResourceGrants, ResourceType,
    SecretPage, SecretSummary,
};
pub use service::grant_list::TwoReadings;
pub use settings::endpoint::{Endpoint, Service};
pub use settings::environment::Environment;
pub use settings::role::{AssumeRole, AssumeRoleWithOidc};
pub use settings::{Arguments, Settings, UserAgent};
pub use timestamp::{Expiry, ExpiryInstant, timestamp};

use service::grant_list::SharedLists;
use session::Session;
use transport::Transport;

/// Talks to Huawei Cloud. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client(Arc<ClientInner>);

#[derive(Debug)]
struct ClientInner {
    session: Session,
    shared_lists: SharedLists,
}

impl Client {
    /// A client with these settings. Reads and sends nothing.
    ///
    /// Settings that are missing are noticed by the operation that needs them.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::with_closing(CancellationToken::new(), settings)
    }

    /// The same, which sends no write after `closing`, not even one that waits already. What is under way goes on, and what
    /// has come of it can be read.
    #[must_use]
    pub fn with_closing(closing: CancellationToken, settings: Settings) -> Self {
        let transport = Transport::new(&settings, closing);
        Self(Arc::new(ClientInner {
            session: Session::new(settings, transport),
            shared_lists: SharedLists::default(),
        }))
    }

    /// Whether any certificate of a server is accepted, of which practitioners should be warned.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.session().settings.is_insecure()
    }

    /// The region to use where none is named.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.session().settings.region.as_ref()
    }

    /// The project to use where none is named, as far as the settings say it. The token of an agency is for one project of
    /// the agency's account, which signing in tells.
    #[must_use]
    pub fn project_id(&self) -> Option<&ProjectId> {
        self.session().project_id()
    }

    /// The account to use where none is named, as far as the settings say it: that of the last role assumed, else the
    /// caller's own.
    #[must_use]
    pub fn domain_id(&self) -> Option<&DomainId> {
        self.session().domain_id()
    }

    /// The region to use where none is named.
    ///
    /// # Errors
    /// `Configuration`, naming the argument and the environment variables, if there is none.
    pub fn require_region(&self) -> Result<&Region, Error> {
        self.session().require_region()
    }

    /// Checks that a credential is configured, without a request to the metadata service.
    ///
    /// # Errors
    /// `Configuration`, with every source and why it does not count, if there is none.
    pub fn require_credential(&self) -> Result<(), Error> {
        self.session().require_credential()
    }

    /// Signs in, unless that was done before; every operation does so by itself.
    ///
    /// # Errors
    /// `Configuration` if there are no credentials, with every source and why it was passed over; `Authentication` if
    /// they are not accepted; else as the services answer that were asked. A refusal is remembered: a wrong password
    /// is sent once.
    pub async fn sign_in(&self, call: &Call) -> Result<(), Error> {
        self.session().active_credential(call).await.map(drop)
    }

    /// Whether an optional request may use this client. It may not be the first to sign in with a password: each attempt with a
    /// wrong password counts against the user.
    #[must_use]
    pub fn may_send_optional_request(&self) -> bool {
        self.session().may_send_optional_request()
    }

    /// The caller's project in a region: the one set or logged in to if it is the client's own region, else the one
    /// that is listed under the region's name, or in the own region under the project's name. Of several, the first.
    ///
    /// # Errors
    /// `Configuration` if there is none, or if the region is another one and the credential a token, which is for one
    /// project only.
    pub async fn project_id_of(&self, region: &Region, call: &Call) -> Result<ProjectId, Error> {
        self.session().project_id_of(region, call).await
    }

    /// The caller's account: the one set, else the one of the login, of the listed project, the first one listed, or
    /// the one that STS names, which wants a signature.
    ///
    /// # Errors
    /// `Configuration` if none of them says it.
    pub async fn account_id(&self, call: &Call) -> Result<DomainId, Error> {
        self.session().account_id(call).await
    }

    fn session(&self) -> &Session {
        &self.0.session
    }
}
