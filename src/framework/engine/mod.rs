//! Processes requests, one file each, and converts between typed resources and untyped values.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::field::Data;
use super::provider::{Offer, Provider, TerraformHost, TypeNames};
use super::required::missing_arguments;
use super::schema::Schema;
use super::ty::Type;
use super::validate::{ClientFeatures, validate};
use super::value::Value;

mod action;
mod apply;
mod data_source;
mod defer;
mod function;
mod generate;
mod guard;
mod identity;
mod import;
mod list;
mod plan;
mod read;
mod read_data_source;
mod registration;
mod rename;
mod resource;
mod spacing;
mod stop;
mod upgrade;

pub use action::{ActionRequest, ErasedAction, ProgressSink};
pub use apply::{Applied, ApplyRequest};
pub use data_source::ErasedDataSource;
pub use function::{RegisteredFunction, allows_null};
pub use guard::{guard, is_guarded};
pub use identity::ErasedIdentity;
pub use import::{ImportKey, Imported};
pub(super) use list::ListWriter;
pub use list::{ErasedList, ListEvent, ListRequest, ListedObject, Sink};
pub use plan::{PlanRequest, PlannedObject};
pub use read::{Read, ReadRequest};
pub use registration::{Registration, TypeKind, unknown_type};
pub use rename::MoveOrigin;
pub use resource::ErasedResource;

use registration::{Catalog, mismatch_error};
pub(super) use registration::{ValidateFn, validate_config};
use spacing::Spacing;
use stop::StopSource;

/// Result of a request, with diagnostics. If they contain an error, `result` is valid only as far as the method
/// documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineResponse<T> {
    /// The result.
    pub result: T,
    /// The diagnostics.
    pub diagnostics: Diagnostics,
}

impl<T: Default> EngineResponse<T> {
    fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Self {
            result: T::default(),
            diagnostics: diagnostics.into(),
        }
    }
}

/// Serves a provider: its types and functions by name, and its client once it is configured.
///
/// Requests run concurrently. The lock of the client is held only while a pointer is copied.
pub struct Engine<P: Provider> {
    provider: P,
    type_names: Result<TypeNames, Diagnostic>,
    resources: Catalog<ErasedResource<P::Client>>,
    data_sources: Catalog<ErasedDataSource<P::Client>>,
    list_resources: Catalog<ErasedList<P::Client>>,
    actions: Catalog<ErasedAction<P::Client>>,
    functions: BTreeMap<&'static str, RegisteredFunction>,
    /// Validates the provider block as a whole; none if the provider registered no such check.
    provider_validator: Option<ValidateFn>,
    /// Schema and type of the provider block, built on first use.
    described: OnceLock<(Schema, Type)>,
    /// None until the provider is configured.
    client: RwLock<Option<Arc<P::Client>>>,
    stop: StopSource,
    spacing: Spacing,
}

impl<P: Provider> Engine<P> {
    /// An engine for a provider, not yet configured.
    pub fn new(provider: P) -> Self {
        let mut offer = Offer::new();
        P::resources(&mut offer);
        let short = offer.has_short_names;
        let client = RwLock::new(None);
        Self {
            type_names: provider.type_names(),
            provider,
            provider_validator: offer.provider_validator,
            resources: Catalog::new(P::TYPE, offer.resources, short),
            data_sources: Catalog::new(P::TYPE, offer.data_sources, short),
            list_resources: Catalog::new(P::TYPE, offer.list_resources, short),
            actions: Catalog::new(P::TYPE, offer.actions, short),
            functions: offer
                .functions
                .into_iter()
                .map(|each| (each.name(), each))
                .collect(),
            described: OnceLock::new(),
            client,
            stop: StopSource::default(),
            spacing: Spacing::default(),
        }
    }

    /// Under which of their names the schema contains the types.
    ///
    /// # Errors
    /// As [`Provider::type_names`].
    pub fn type_names(&self) -> Result<TypeNames, Diagnostic> {
        self.type_names.clone()
    }

    /// Every resource, by each of its names.
    pub fn resources(
        &self,
    ) -> impl Iterator<Item = (&str, &Registration<ErasedResource<P::Client>>)> {
        self.resources.iter()
    }

    /// The resource of this name.
    ///
    /// # Errors
    /// The provider does not offer it.
    pub fn resource(
        &self,
        name: &str,
    ) -> Result<&Registration<ErasedResource<P::Client>>, Diagnostic> {
        self.resources.find(name)
    }

    /// Every data source, by each of its names.
    pub fn data_sources(
        &self,
    ) -> impl Iterator<Item = (&str, &Registration<ErasedDataSource<P::Client>>)> {
        self.data_sources.iter()
    }

    /// The data source of this name.
    ///
    /// # Errors
    /// The provider does not offer it.
    pub fn data_source(
        &self,
        name: &str,
    ) -> Result<&Registration<ErasedDataSource<P::Client>>, Diagnostic> {
        self.data_sources.find(name)
    }

    /// Every resource whose objects can be listed, by each of its names.
    pub fn list_resources(
        &self,
    ) -> impl Iterator<Item = (&str, &Registration<ErasedList<P::Client>>)> {
        self.list_resources.iter()
    }

    /// The list resource of this name.
    ///
    /// # Errors
    /// The provider does not offer it.
    pub fn list_resource(
        &self,
        name: &str,
    ) -> Result<&Registration<ErasedList<P::Client>>, Diagnostic> {
        self.list_resources.find(name)
    }

    /// Every action, by each of its names.
    pub fn actions(&self) -> impl Iterator<Item = (&str, &Registration<ErasedAction<P::Client>>)> {
        self.actions.iter()
    }

    /// The action of this name.
    ///
    /// # Errors
    /// The provider does not offer it.
    pub fn action(&self, name: &str) -> Result<&Registration<ErasedAction<P::Client>>, Diagnostic> {
        self.actions.find(name)
    }

    /// The schema of the provider block.
    pub fn schema(&self) -> &Schema {
        &self.describe().0
    }

    /// The type of the provider block's value.
    pub fn ty(&self) -> &Type {
        &self.describe().1
    }

    fn describe(&self) -> &(Schema, Type) {
        self.described.get_or_init(|| {
            let schema = Schema::of::<P::Config>(0);
            let ty = schema.block.ty();
            (schema, ty)
        })
    }

    /// Validates the provider block, offline.
    pub fn validate_provider(&self, config: &Value, features: ClientFeatures) -> Diagnostics {
        let found = validate(&self.schema().block, config, features);
        validate_whole(self.provider_validator, config, found)
    }

    /// Validates the configuration of a resource, data source, list resource or action, offline.
    pub fn validate<K: TypeKind>(
        &self,
        registration: &Registration<K>,
        config: &Value,
        features: ClientFeatures,
    ) -> Diagnostics {
        let found = validate(registration.block(), config, features);
        validate_whole(registration.validator(), config, found)
    }

    /// Configures the provider; replaces the client of an earlier call. After an error the earlier client remains.
    pub async fn configure(&self, config: Value, host: &TerraformHost) -> Diagnostics {
        let missing = missing_arguments(&self.schema().block, &config);
        if missing.has_error() {
            return missing;
        }
        let config = match P::Config::from_value(&config) {
            Ok(config) => config,
            Err(mismatch) => return registration::mismatch_error(&mismatch).into(),
        };
        self.spacing.set_client_version(&host.version);
        let mut diagnostics = Diagnostics::new();
        match self
            .provider
            .configure(config, host, &mut diagnostics)
            .await
        {
            Ok(client) => {
                *self.client.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::new(client));
            }
            Err(errors) => diagnostics.append(errors),
        }
        diagnostics
    }

    /// Cancels every request in progress. Later requests are served as before.
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// The client for a request, which keeps it even if the provider is configured again meanwhile.
    fn client(&self) -> Result<Arc<P::Client>, Diagnostic> {
        let client = self
            .client
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        client.ok_or_else(|| {
            let detail = "This request requires a configured provider, but the provider has not been configured. \
                          Terraform always configures a provider first. If Terraform sent this request, please \
                          report this as a bug.";
            Diagnostic::error("Provider not configured", detail)
        })
    }
}

/// Validates a configuration as a whole, if its type registered a validator and its attributes have no errors.
fn validate_whole(
    validator: Option<ValidateFn>,
    config: &Value,
    mut found: Diagnostics,
) -> Diagnostics {
    if let Some(validate) = validator
        && !found.has_error()
        && !config.is_null()
    {
        match validate(config) {
            Ok(more) => found.append(more),
            Err(mismatch) => found.push(mismatch_error(&mismatch)),
        }
    }
    found
}
