//! The client of Huawei Cloud's APIs. Knows nothing of Terraform.
//!
//! A [`Client`] has one method per API operation and signs in at the first one. Each method takes a [`Call`] with its
//! deadline and cancellation, and fails with an [`Error`] whose kind says what a caller may conclude.
//!
//! It has three layers, each of which uses only those below: `transport` sends a request with a credential, `session`
//! signs in and sends requests as the caller, and `service` has the operations. All three use `settings` and
//! `credential`.
//!
//! ```
//! # use std::time::Duration;
//! # use hwgrants::sandbox::{Sandbox, SandboxOptions, seed};
//! use hwgrants::cloud::{
//!     Arguments, Call, Client, Environment, ProjectId, ProjectLocation, Region, ResourceId, Sensitive, Settings,
//! };
//! use tokio_util::sync::CancellationToken;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = Sandbox::start(SandboxOptions::default()).await?;
//! # let environment = Environment::of([("HWGRANTS_ENDPOINT", &sandbox.url())]);
//! let arguments = Arguments { token: Some(Sensitive::new(seed::TOKEN)), ..Arguments::default() };
//! let client = Client::new(Settings::new(arguments, &environment)?);
//!
//! let location = ProjectLocation { region: Region::new("cn-north-4")?, project_id: ProjectId::new(seed::PROJECT_ID)? };
//! let secret = ResourceId::new(seed::SECRET_DB_PASSWORD)?;
//! let call = Call::within(Duration::from_secs(30), CancellationToken::new());
//! // `Ok` means that the service confirmed the list. An error, such as an unreadable response, says nothing about grants.
//! let list = client.list_grants(&call, &location, &secret).await?;
//! assert!(list.grantees.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! What to conclude from an error is in its [`ErrorKind`], and [`Error::is_ambiguous`] says whether the request may have
//! taken effect.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

mod advice;
mod credential;
mod deadline;
mod error;
mod id;
mod service;
mod session;
mod settings;
mod timestamp;
mod transport;

pub use credential::signer::{Signature, SigningKey, Unsigned, sign};
pub use credential::{AccessKey, Credential, Sensitive, Token};
pub use deadline::{Call, SECOND_READ_DELAY, ThrottleWatch};
pub use error::{Error, ErrorKind, TlsProblem};
pub use id::{
    DomainId, GranteeId, InvalidId, KmsKeyId, KmsKeyName, ProjectId, Region, ResourceId, UserId,
};
pub use service::csms::user::DirectoryUser;
pub use service::csms::{
    Grant, GrantTerms, Grantee, GranteeType, ProjectLocation, ResourceGrants, ResourceType,
    SecretPage, SecretSummary,
};
pub use service::grant_list::TwoReadings;
#[cfg(feature = "tool")]
pub use service::observation::ObservedResponse;
pub use service::repo::encryption::{Cmk, EncryptedRepository, EncryptionSetting, EncryptionType};
pub use settings::endpoint::{Endpoint, Service};
pub use settings::environment::Environment;
pub use settings::identity::CredentialKind;
pub use settings::identity::configured::{ConfiguredCredential, CredentialState};
pub use settings::inspection::{SettingsInspection, SettingsPart};
pub use settings::role::{AssumeRole, AssumeRoleWithOidc};
pub use settings::variables;
pub use settings::{Arguments, Settings, UserAgent};
pub use timestamp::{Expiry, ExpiryInstant, timestamp};
#[cfg(feature = "tool")]
pub use transport::probe::{ConnectionProbe, ProbeFailure, ProbeStage, ProxyAddress};

use service::grant_list::SharedLists;
use session::Session;
use transport::Transport;

/// A client of Huawei Cloud. Cheap to clone; clones share connections, credentials and lists.
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
    /// A missing setting is an error of the operation that needs it.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::with_closing(CancellationToken::new(), settings)
    }

    /// The same, but sends no write after `closing` is cancelled, not even one that is already queued. Writes in
    /// progress continue, and reads remain possible.
    #[must_use]
    pub fn with_closing(closing: CancellationToken, settings: Settings) -> Self {
        let transport = Transport::new(&settings, closing);
        Self(Arc::new(ClientInner {
            session: Session::new(settings, transport),
            shared_lists: SharedLists::default(),
        }))
    }

    /// Whether every server certificate is accepted. Callers should warn about it.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.session().settings.is_insecure()
    }

    /// The default region.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.session().settings.region.as_ref()
    }

    /// The default project, if the settings name it. `None` for the token of an agency, whose project is known only
    /// after signing in.
    #[must_use]
    pub fn project_id(&self) -> Option<&ProjectId> {
        self.session().project_id()
    }

    /// The default account, if the settings name it: that of the last role assumed, or else the caller's own.
    #[must_use]
    pub fn domain_id(&self) -> Option<&DomainId> {
        self.session().domain_id()
    }

    /// The default region.
    ///
    /// # Errors
    /// `Configuration`, naming the argument and the environment variables, if there is none.
    pub fn require_region(&self) -> Result<&Region, Error> {
        self.session().require_region()
    }

    /// Checks that a credential is configured, without querying the metadata service.
    ///
    /// # Errors
    /// `Configuration` if there is none, with every source and why it was not used.
    pub fn require_credential(&self) -> Result<(), Error> {
        self.session().require_credential()
    }

    /// Signs in unless already signed in. Operations do so themselves; call this to report errors early.
    ///
    /// # Errors
    /// `Configuration` if there are no credentials, with every source and why it was not used;
    /// `Authentication` if they are rejected; otherwise as the services respond. A rejection is remembered, so that a
    /// wrong password is sent once.
    pub async fn sign_in(&self, call: &Call) -> Result<(), Error> {
        self.session().active_credential(call).await.map(drop)
    }

    /// Whether an optional request may use this client. It may not be the first to sign in with a password: each attempt with a
    /// wrong password counts against the user.
    #[must_use]
    pub fn may_send_optional_request(&self) -> bool {
        self.session().may_send_optional_request()
    }

    /// The caller's project in a region. In the client's own region: the project from the settings or the token, or
    /// else the first project listed under `project_name`. In another region: the first project listed under the
    /// region's name.
    ///
    /// # Errors
    /// `Configuration` if there is none, or for another region than the client's if the credential is a token,
    /// which is valid for one project only.
    pub async fn project_id_of(&self, region: &Region, call: &Call) -> Result<ProjectId, Error> {
        self.session().project_id_of(region, call).await
    }

    /// The caller's account, from the first of these that has one: the settings, the token, the listed project, the
    /// list of accounts, and STS (with an access key only).
    ///
    /// # Errors
    /// `Configuration` if none of them has one.
    pub async fn account_id(&self, call: &Call) -> Result<DomainId, Error> {
        self.session().account_id(call).await
    }

    /// The accounts that the caller has access to. May be empty if the caller lacks the permission to list them. Any
    /// credential that is valid may ask, so that this also checks a token or an access key, which signing in does not.
    ///
    /// # Errors
    /// `Authentication` if the credentials are rejected.
    pub async fn list_accounts(&self, call: &Call) -> Result<Vec<DomainId>, Error> {
        self.session().list_domains(call).await
    }

    /// How far a connection to an endpoint gets, on the same route as every request. Sends no credential.
    #[cfg(feature = "tool")]
    pub async fn probe_connection(&self, call: &Call, endpoint: &Endpoint) -> ConnectionProbe {
        self.session().probe_connection(call, endpoint).await
    }

    fn session(&self) -> &Session {
        &self.0.session
    }
}
