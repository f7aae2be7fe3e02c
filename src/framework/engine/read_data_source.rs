//! Request: read a data source.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::normalize::normalize;
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::resource::Context;
use crate::framework::schema::Block;
use crate::framework::value::Value;

use super::guard::guard;
use super::{Engine, EngineResponse, ErasedDataSource, Registration};

impl<P: Provider> Engine<P> {
    /// Reads a data source. The result is wholly known and contains the configuration unchanged; none after an error.
    pub async fn read_data_source(
        &self,
        data_source: &Registration<ErasedDataSource<P::Client>>,
        config: Value,
    ) -> EngineResponse<Option<Value>> {
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return EngineResponse::failed(diagnostic),
        };
        let missing = missing_arguments(data_source.block(), &config);
        if missing.has_error() {
            return EngineResponse::failed(missing);
        }
        if !config.is_wholly_known() {
            return EngineResponse::failed(unknown_config_error());
        }
        let mut context = Context::new(data_source.name(), self.stop.token(), Private::default());
        let work = data_source.read()(&client, config.clone(), &mut context);
        let found = guard(work).await.unwrap_or_else(|panic| Err(panic.into()));
        let (mut diagnostics, _) = context.into_parts();
        let found = found.and_then(|found| Ok(check_object(data_source, &config, found)?));
        let result = found.map_err(|errors| diagnostics.append(errors)).ok();
        EngineResponse {
            result,
            diagnostics,
        }
    }
}

/// Normalizes and checks the object that a data source returned.
///
/// # Errors
/// The object is not of the data source's type, or differs from the configuration.
fn check_object<C: Send + Sync + 'static>(
    data_source: &Registration<ErasedDataSource<C>>,
    config: &Value,
    found: Value,
) -> Result<Value, Diagnostic> {
    let block = data_source.block();
    let mut found = normalize(block, found.with_unknown_as_null(), config);
    if let Value::Object(attributes) = &mut found {
        // Configured values must be returned unchanged, also an empty string that means "not set".
        for attribute in &block.attributes {
            if attribute.is_set_to_empty(config) {
                let written = config.attribute(attribute.name).clone();
                attributes.insert(attribute.name.into(), written);
            }
        }
    }
    if !data_source.ty().admits(&found) {
        return Err(invalid_response_error(
            "the object's type does not match the schema",
        ));
    }
    match first_difference(block, config, &found) {
        Some(name) => Err(invalid_response_error(&format!(
            "`{name}` is set in the configuration, but the data source returned a different value"
        ))),
        None => Ok(found),
    }
}

/// The first attribute or block whose returned value differs from the configuration, although the provider may not set
/// it.
fn first_difference<'a>(block: &'a Block, config: &Value, found: &Value) -> Option<&'a str> {
    let configured = block.attributes.iter().filter(|attribute| {
        let is_unset = config.attribute(attribute.name).is_null();
        !(attribute.is_computed() && is_unset)
    });
    let names = configured.map(|attribute| attribute.name);
    let mut names = names.chain(block.blocks.iter().map(|nested| nested.name));
    names.find(|name| config.attribute(name) != found.attribute(name))
}

fn unknown_config_error() -> Diagnostic {
    let detail = "The data source cannot be read, because its configuration contains values that are known only after \
                  apply. Terraform defers the read in this case. If Terraform sent this request, please report this as a \
                  bug.";
    Diagnostic::error("Configuration known only after apply", detail)
}

fn invalid_response_error(what: &str) -> Diagnostic {
    let detail = format!(
        "The data source returned an invalid object: {what}. This is a bug in the provider; please report it."
    );
    Diagnostic::error("Response does not match the schema", detail)
}
