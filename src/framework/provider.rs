//! The traits that a provider implements, and the registration of its types.

use std::marker::PhantomData;

use tokio_util::sync::CancellationToken;

use super::action::{Action, PlanAction};
use super::data_source::DataSource;
use super::diagnostic::{Diagnostic, Diagnostics};
use super::engine::{
    ErasedAction, ErasedDataSource, ErasedList, ErasedResource, RegisteredFunction, Registration,
    TypeKind, ValidateFn, validate_config,
};
use super::function::Function;
use super::identity::Identity;
use super::list::List;
use super::model::Model;
use super::resource::{Import, ModifyPlan, Resource};
use super::upgrade::{UpgradeIdentity, UpgradeState};
use super::validate::ValidateConfig;

/// A provider: its configuration block and the types that it offers.
pub trait Provider: Send + Sync + 'static {
    /// The provider's type, such as `aws`. Its resources and data sources are served under this name, `_` and their own
    /// name; see also [`Offer::with_short_names`].
    const TYPE: &'static str;
    /// The client, which resources and data sources receive.
    type Client: Send + Sync + 'static;
    /// The attributes of the provider block.
    type Config: Model;

    /// Creates the client from the provider block. Sends no request that can wait until a resource needs it.
    ///
    /// During planning attributes may be unknown. That is not an error here; an operation that needs such a value
    /// reports it.
    ///
    /// # Errors
    /// The provider block and the environment variables cannot form a valid configuration.
    fn configure(
        &self,
        config: Self::Config,
        host: &TerraformHost,
        warnings: &mut Diagnostics,
    ) -> impl Future<Output = Result<Self::Client, Diagnostics>> + Send;

    /// Whether the provider block contained values that are unknown until apply, so that this client cannot send
    /// requests.
    fn needs_deferral(client: &Self::Client) -> bool;

    /// Under which of their names the schema contains the types, if they have short names. Read once, when the process starts.
    ///
    /// # Errors
    /// The environment requests something else. The schema requests fail with this error.
    fn type_names(&self) -> Result<TypeNames, Diagnostic> {
        Ok(TypeNames::default())
    }

    /// Registers the resources, each with its optional capabilities, the data sources, the actions and the functions.
    fn resources(offer: &mut Offer<Self::Client>);
}

/// A provider that is served by its own executable.
pub trait Program: Provider {
    /// Source address of the provider, `NAMESPACE/TYPE`, without the registry host, which differs between Terraform and
    /// OpenTofu.
    const SOURCE_ADDRESS: &'static str;
    /// Version of the executable.
    const VERSION: &'static str;

    /// Creates a provider, not yet configured. Called once for each instance that the host starts. Instances share only
    /// `process`.
    fn start(process: &Process) -> Self;
}

/// Under which of their names a schema contains types that have two. Calls about a type are served under both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TypeNames {
    /// Both.
    #[default]
    Both,
    /// The conventional names, with the provider's type in front. Generators of code in other languages expect these alone.
    Long,
    /// The short names.
    Short,
}

impl TypeNames {
    /// Of types by each of their names, those that the schema contains.
    pub fn select<'a, K: TypeKind + 'a>(
        self,
        types: impl Iterator<Item = (&'a str, &'a Registration<K>)>,
    ) -> impl Iterator<Item = (&'a str, &'a Registration<K>)> {
        types.filter(move |(name, registration)| match self {
            Self::Both => true,
            Self::Long => *name != registration.name(),
            Self::Short => *name == registration.name(),
        })
    }
}

/// The process that serves a provider.
#[derive(Clone, Debug)]
pub struct Process {
    /// Whether Terraform started the process, for one plan or apply. Otherwise it was started by hand and serves many
    /// runs.
    pub is_managed: bool,
    /// Cancelled when the host has exited. Calls in progress have little time left, and their results reach no client.
    pub host_gone: CancellationToken,
}

/// The Terraform or OpenTofu that uses the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerraformHost {
    /// Its version, such as `1.11.4`. For the user agent only; behavior must not depend on it.
    pub version: String,
}

/// The resources, data sources, list resources, actions and functions of a provider. [`Provider::resources`] fills it.
pub struct Offer<C> {
    pub(super) resources: Vec<Registration<ErasedResource<C>>>,
    pub(super) data_sources: Vec<Registration<ErasedDataSource<C>>>,
    pub(super) list_resources: Vec<Registration<ErasedList<C>>>,
    pub(super) actions: Vec<Registration<ErasedAction<C>>>,
    pub(super) functions: Vec<RegisteredFunction>,
    pub(super) provider_validator: Option<ValidateFn>,
    pub(super) has_short_names: bool,
}

impl<C: Send + Sync + 'static> Offer<C> {
    pub(super) fn new() -> Self {
        Self {
            resources: Vec::new(),
            data_sources: Vec::new(),
            list_resources: Vec::new(),
            actions: Vec::new(),
            functions: Vec::new(),
            provider_validator: None,
            has_short_names: false,
        }
    }

    /// Also serves every type under its own name, without the provider's type in front. A block with such a name needs
    /// the `provider` argument, because Terraform derives the provider from the first word of a type name.
    pub fn with_short_names(&mut self) {
        self.has_short_names = true;
    }

    /// Validates the provider block as a whole. `M` is its model.
    pub fn validate_provider_config<M: ValidateConfig>(&mut self) {
        self.provider_validator = Some(validate_config::<M>);
    }

    /// Registers a resource. Its optional capabilities are registered on the return value; each method compiles only if
    /// the resource implements the trait.
    pub fn resource<R: Resource<Client = C>>(&mut self) -> ResourceCapabilities<'_, R> {
        let registration = self.resources.push_mut(Registration::of_resource::<R>());
        ResourceCapabilities {
            registration,
            list_resources: &mut self.list_resources,
            resource: PhantomData,
        }
    }

    /// Registers a data source.
    pub fn data_source<D: DataSource<Client = C>>(&mut self) -> DataSourceCapabilities<'_, D> {
        let registration = self
            .data_sources
            .push_mut(Registration::of_data_source::<D>());
        DataSourceCapabilities {
            registration,
            data_source: PhantomData,
        }
    }

    /// Registers an action.
    pub fn action<A: Action<Client = C>>(&mut self) -> ActionCapabilities<'_, A> {
        ActionCapabilities {
            registration: self.actions.push_mut(Registration::of_action::<A>()),
            action: PhantomData,
        }
    }

    /// Registers a function. It has one name, whatever names the types have.
    pub fn function<F: Function>(&mut self) {
        self.functions.push(RegisteredFunction::of::<F>());
    }
}

/// Registers the optional capabilities of a resource.
pub struct ResourceCapabilities<'a, R: Resource> {
    registration: &'a mut Registration<ErasedResource<R::Client>>,
    list_resources: &'a mut Vec<Registration<ErasedList<R::Client>>>,
    resource: PhantomData<R>,
}

impl<R: Resource> ResourceCapabilities<'_, R> {
    /// The resource can be imported by id.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn import(self) -> Self
    where
        R: Import,
    {
        self.registration.register_import::<R>();
        self
    }

    /// The resource has an identity and can be imported by it.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn identity(self) -> Self
    where
        R: Identity,
    {
        self.registration.register_identity::<R>();
        self
    }

    /// The resource has an identity, and its objects can be listed.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn list(self) -> Self
    where
        R: List,
    {
        self.registration.register_identity::<R>();
        self.list_resources.push(Registration::of_list::<R>());
        self
    }

    /// The resource modifies plans.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn modify_plan(self) -> Self
    where
        R: ModifyPlan,
    {
        self.registration.register_modify_plan::<R>();
        self
    }

    /// The configuration is validated as a whole.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn validate_config(self) -> Self
    where
        R::Model: ValidateConfig,
    {
        self.registration.register_validate_config::<R::Model>();
        self
    }

    /// State of earlier schema versions can be upgraded.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn upgrade_state(self) -> Self
    where
        R: UpgradeState,
    {
        self.registration.register_upgrade_state::<R>();
        self
    }

    /// The resource has an identity, and identities of earlier versions can be upgraded.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn upgrade_identity(self) -> Self
    where
        R: UpgradeIdentity,
    {
        self.registration.register_upgrade_identity::<R>();
        self
    }
}

/// Registers the optional capabilities of a data source.
pub struct DataSourceCapabilities<'a, D: DataSource> {
    registration: &'a mut Registration<ErasedDataSource<D::Client>>,
    data_source: PhantomData<D>,
}

impl<D: DataSource> DataSourceCapabilities<'_, D> {
    /// The configuration is validated as a whole.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn validate_config(self) -> Self
    where
        D::Model: ValidateConfig,
    {
        self.registration.register_validate_config::<D::Model>();
        self
    }
}

/// Registers the optional capabilities of an action.
pub struct ActionCapabilities<'a, A: Action> {
    registration: &'a mut Registration<ErasedAction<A::Client>>,
    action: PhantomData<A>,
}

impl<A: Action> ActionCapabilities<'_, A> {
    /// The action is checked when it is planned.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn plan(self) -> Self
    where
        A: PlanAction,
    {
        self.registration.register_plan_action::<A>();
        self
    }

    /// The configuration is validated as a whole.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the call registers the capability; callers may ignore the return value"
    )]
    pub fn validate_config(self) -> Self
    where
        A::Model: ValidateConfig,
    {
        self.registration.register_validate_config::<A::Model>();
        self
    }
}
