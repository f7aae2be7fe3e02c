//! The resources, data sources, actions and functions, which connect the Terraform framework with the cloud client.
//!
//! Each resource, data source, action or function has its own module and is registered in [`Hwgrants::resources`]. Only `failure` turns
//! errors of the cloud into diagnostics.

mod access;
mod account_key;
mod clock;
mod config;
mod csms_grant;
mod csms_grants;
mod csms_user;
mod csms_users;
mod failure;
mod function;
mod grant_key;
mod guardrail;
mod plan_fact;
mod read_back;
mod recorded;
mod recorder;
mod repo_cmks;
mod repo_encrypted_repositories;
mod repo_encryption_setting;
mod repo_kms_grant;
mod run;
mod status;
mod text;
mod timeouts;
mod type_names;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::cloud::Environment;
use crate::framework::{
    Diagnostic, Diagnostics, Offer, Process, Program, Provider, TerraformHost, TypeNames,
};

pub use access::Access;
pub use clock::Clock;
pub use config::Config;
pub use csms_grant::{CsmsGrant, CsmsRevoke};
pub use csms_grants::CsmsGrants;
pub use csms_user::CsmsUser;
pub use csms_users::CsmsUsers;
pub use function::{DaysFrom, GrantId, ParseGrantId};
pub use grant_key::GrantKey;
pub use recorder::Recorder;
pub use repo_cmks::RepoCmks;
pub use repo_encrypted_repositories::RepoEncryptedRepositories;
pub use repo_encryption_setting::{RepoEncryptionSetting, RepoEncryptionSettingData};
pub use repo_kms_grant::{RepoKmsGrant, RepoKmsGrantData};

/// The provider's source address without the registry host, which differs between Terraform and OpenTofu.
pub const SOURCE_ADDRESS: &str = "hwgrants/hwgrants";

/// The provider.
#[derive(Debug)]
pub struct Hwgrants {
    environment: Environment,
    clock: Clock,
    recorder: Recorder,
    /// Cancelled when Terraform is gone; no write is sent after that.
    closing: CancellationToken,
}

impl Hwgrants {
    /// A provider that reads defaults from `environment` and the time from `clock`.
    #[must_use]
    pub fn new(environment: Environment, clock: Clock) -> Self {
        Self {
            environment,
            clock,
            recorder: Recorder::Memory,
            closing: CancellationToken::new(),
        }
    }

    /// Sets how plans are recorded.
    #[must_use]
    pub fn with_recorder(self, recorder: Recorder) -> Self {
        Self { recorder, ..self }
    }

    /// Sets a token after whose cancellation no write is sent, because its result could not be reported to Terraform.
    #[must_use]
    pub fn with_closing(self, closing: CancellationToken) -> Self {
        Self { closing, ..self }
    }
}

impl Program for Hwgrants {
    const SOURCE_ADDRESS: &'static str = SOURCE_ADDRESS;
    const VERSION: &'static str = crate::VERSION;

    fn start(process: &Process) -> Self {
        let recorder = Recorder::of_process(process.is_managed);
        Self::new(Environment::process(), Clock::new(Timestamp::now))
            .with_recorder(recorder)
            .with_closing(process.host_gone.clone())
    }
}

impl Provider for Hwgrants {
    const TYPE: &'static str = "hwgrants";
    type Client = Access;
    type Config = Config;

    async fn configure(
        &self,
        config: Config,
        host: &TerraformHost,
        warnings: &mut Diagnostics,
    ) -> Result<Access, Diagnostics> {
        let record = self.recorder.record(&self.environment)?;
        let (environment, closing) = (&self.environment, &self.closing);
        let access =
            config::access(&config, host, environment, &self.clock, closing, warnings).await?;
        // The process of another provider configuration may end before this one plans anything.
        record.begin();
        Ok(access.with_record(record))
    }

    fn type_names(&self) -> Result<TypeNames, Diagnostic> {
        type_names::read(&self.environment)
    }

    fn needs_deferral(access: &Access) -> bool {
        access.has_unknown_arguments()
    }

    fn resources(offer: &mut Offer<Access>) {
        offer.with_short_names();
        offer
            .resource::<CsmsGrant>()
            .import()
            .identity()
            .list()
            .modify_plan();
        offer
            .resource::<RepoKmsGrant>()
            .import()
            .identity()
            .list()
            .modify_plan();
        offer
            .resource::<RepoEncryptionSetting>()
            .import()
            .identity()
            .modify_plan()
            .validate_config();
        offer.data_source::<CsmsGrants>();
        offer.data_source::<CsmsUser>().validate_config();
        offer.data_source::<CsmsUsers>();
        offer.data_source::<RepoCmks>();
        offer.data_source::<RepoEncryptedRepositories>();
        offer.data_source::<RepoEncryptionSettingData>();
        offer.data_source::<RepoKmsGrantData>();
        offer.action::<CsmsRevoke>().plan();
        offer.function::<DaysFrom>();
        offer.function::<GrantId>();
        offer.function::<ParseGrantId>();
    }
}
