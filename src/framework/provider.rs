//! What the author of a provider writes.

use std::marker::PhantomData;

use tokio_util::sync::CancellationToken;

use super::data_source::DataSource;
use super::diagnostic::Diagnostics;
use super::engine::{
    ErasedDataSource, ErasedList, ErasedResource, Registration, ValidateFn, validate_config,
};
use super::identity::Identity;
use super::list::List;
use super::model::Model;
use super::resource::{Import, ModifyPlan, Resource};
use super::upgrade::{UpgradeIdentity, UpgradeState};
use super::validate::ValidateConfig;

/// A provider: its own block, and the types it offers.
pub trait Provider: Send + Sync + 'static {
    /// The provider's type. What it offers is served under this name, `_` and its own name, as is the convention; see also
    /// [`Offer::with_short_names`].
    const TYPE: &'static str;
    /// What resources and data sources work with.
    type Client: Send + Sync + 'static;
    /// The attributes of the provider block.
    type Config: Model;

    /// Makes the client from the provider block. Sends nothing that can wait until it is needed.
    ///
    /// Attributes may be unknown while planning: that is an error only where they are needed, so it shows later.
    ///
    /// # Errors
    /// The block, with the environment, can never work.
    fn configure(
        &self,
        config: Self::Config,
        host: &TerraformHost,
        warnings: &mut Diagnostics,
    ) -> impl Future<Output = Result<Self::Client, Diagnostics>> + Send;

    /// Whether the provider block held values that were not known yet, so that nothing can be asked with this client.
    fn is_undecided(client: &Self::Client) -> bool;

    /// Lists the resources, each with the powers it has, and the data sources.
    fn resources(offer: &mut Offer<Self::Client>);
}

/// A provider that an executable of its own serves.
pub trait Program: Provider {
    /// Where Terraform finds the provider, `NAMESPACE/TYPE`: without the host of a registry, which differs between Terraform
    /// and OpenTofu.
    const SOURCE_ADDRESS: &'static str;
    /// Version of the executable.
    const VERSION: &'static str;

    /// A provider, not yet configured. Called once for each instance that a host starts, so instances share nothing but what
    /// `process` holds.
    fn start(process: &Process) -> Self;
}

/// The process that serves a provider.
#[derive(Clone, Debug)]
pub struct Process {
    /// Whether Terraform has started it, for one plan or apply; otherwise a person has, and it serves many in turn.
    pub is_managed: bool,
    /// Cancelled when the host is gone. Calls in progress then have little time left, and nobody learns of their results.
    pub host_gone: CancellationToken,
}

/// The program that drives the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerraformHost {
    /// Its version, such as `1.11.4`; for the user agent, not for deciding anything.
    pub version: String,
}

/// What a provider offers, by kind.
pub struct Offer<C> {
    pub(super) resources: Vec<Registration<ErasedResource<C>>>,
    pub(super) data_sources: Vec<Registration<ErasedDataSource<C>>>,
    pub(super) list_resources: Vec<Registration<ErasedList<C>>>,
    pub(super) provider_validator: Option<ValidateFn>,
    pub(super) has_short_names: bool,
}

impl<C: Send + Sync + 'static> Offer<C> {
    pub(super) fn new() -> Self {
        Self {
            resources: Vec::new(),
            data_sources: Vec::new(),
            list_resources: Vec::new(),
            provider_validator: None,
            has_short_names: false,
        }
    }

    /// Serves every type under its own name too, without the type of the provider in front. A block of such a name needs the
    /// argument `provider`, because Terraform derives the provider from the first word of a type.
    pub fn with_short_names(&mut self) {
        self.has_short_names = true;
    }

    /// Has the provider block, whose model is `M`, checked as a whole.
    pub fn validate_provider_config<M: ValidateConfig>(&mut self) {
        self.provider_validator = Some(validate_config::<M>);
    }

    /// Offers a resource. Its further powers are claimed on the answer; each compiles only where its trait is there.
    pub fn resource<R: Resource<Client = C>>(&mut self) -> Powers<'_, R> {
        let registration = self.resources.push_mut(Registration::of_resource::<R>());
        Powers {
            registration,
            list_resources: &mut self.list_resources,
            resource: PhantomData,
        }
    }

    /// Offers a data source.
    pub fn data_source<D: DataSource<Client = C>>(&mut self) -> DataSourcePowers<'_, D> {
        let registration = self
            .data_sources
            .push_mut(Registration::of_data_source::<D>());
        DataSourcePowers {
            registration,
            data_source: PhantomData,
        }
    }
}

/// The powers of a resource on offer.
pub struct Powers<'a, R: Resource> {
    registration: &'a mut Registration<ErasedResource<R::Client>>,
    list_resources: &'a mut Vec<Registration<ErasedList<R::Client>>>,
    resource: PhantomData<R>,
}

impl<R: Resource> Powers<'_, R> {
    /// It can be imported by a text.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn import(self) -> Self
    where
        R: Import,
    {
        self.registration.claim_import::<R>();
        self
    }

    /// It is known by an identity, and can be imported by it.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn identity(self) -> Self
    where
        R: Identity,
    {
        self.registration.claim_identity::<R>();
        self
    }

    /// It is known by an identity, and its objects can be listed.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn list(self) -> Self
    where
        R: List,
    {
        self.registration.claim_identity::<R>();
        self.list_resources.push(Registration::of_list::<R>());
        self
    }

    /// It says more about a plan than its schema does.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn modify_plan(self) -> Self
    where
        R: ModifyPlan,
    {
        self.registration.claim_modify_plan::<R>();
        self
    }

    /// Its configuration is checked as a whole.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn validate_config(self) -> Self
    where
        R::Model: ValidateConfig,
    {
        self.registration.claim_validate_config::<R::Model>();
        self
    }

    /// States of earlier versions can be read.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn upgrade_state(self) -> Self
    where
        R: UpgradeState,
    {
        self.registration.claim_upgrade_state::<R>();
        self
    }

    /// It is known by an identity, and identities of earlier versions can be read.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn upgrade_identity(self) -> Self
    where
        R: UpgradeIdentity,
    {
        self.registration.claim_upgrade_identity::<R>();
        self
    }
}

/// The powers of a data source on offer.
pub struct DataSourcePowers<'a, D: DataSource> {
    registration: &'a mut Registration<ErasedDataSource<D::Client>>,
    data_source: PhantomData<D>,
}

impl<D: DataSource> DataSourcePowers<'_, D> {
    /// Its configuration is checked as a whole.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the power; callers may ignore the return value"
    )]
    pub fn validate_config(self) -> Self
    where
        D::Model: ValidateConfig,
    {
        self.registration.claim_validate_config::<D::Model>();
        self
    }
}
