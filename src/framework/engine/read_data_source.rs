//! Request: look at what nobody manages here.

use crate::framework::diagnostic::Diagnostic;
use crate::framework::normalize::normalize;
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::resource::Context;
use crate::framework::schema::Block;
use crate::framework::value::Value;

use super::guard::guard;
use super::{Engine, EngineAnswer, ErasedDataSource, Registration};

impl<P: Provider> Engine<P> {
    /// Reads a data source. The object is wholly known and holds the configuration as it is; none after an error.
    pub async fn read_data_source(
        &self,
        data_source: &Registration<ErasedDataSource<P::Client>>,
        config: Value,
    ) -> EngineAnswer<Option<Value>> {
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return EngineAnswer::failed(diagnostic),
        };
        let missing = missing_arguments(data_source.block(), &config);
        if missing.has_error() {
            return EngineAnswer::failed(missing);
        }
        if !config.is_wholly_known() {
            return EngineAnswer::failed(not_known_yet());
        }
        let mut context = Context::new(data_source.name(), self.stop.token(), Private::default());
        let work = data_source.read()(&client, config.clone(), &mut context);
        let found = guard(work).await.unwrap_or_else(|panic| Err(panic.into()));
        let (mut diagnostics, _) = context.into_parts();
        let found = found.and_then(|found| Ok(fitting(data_source, &config, found)?));
        let result = found.map_err(|errors| diagnostics.append(errors)).ok();
        EngineAnswer {
            result,
            diagnostics,
        }
    }
}

/// What was found, in the form in which it may be stored.
///
/// # Errors
/// It is not of the data source's type, or is not what was configured.
fn fitting<C: Send + Sync + 'static>(
    data_source: &Registration<ErasedDataSource<C>>,
    config: &Value,
    found: Value,
) -> Result<Value, Diagnostic> {
    let block = data_source.block();
    let mut found = normalize(block, found.with_unknown_as_null(), config);
    if let Value::Object(attributes) = &mut found {
        // What is written is answered as it is, also where it stands for no value.
        for attribute in &block.attributes {
            if attribute.is_left_empty(config) {
                let written = config.attribute(attribute.name).clone();
                attributes.insert(attribute.name.into(), written);
            }
        }
    }
    if !data_source.ty().admits(&found) {
        return Err(misfit("its type does not match the schema"));
    }
    match changed(block, config, &found) {
        Some(name) => Err(misfit(&format!(
            "`{name}` is set in the configuration, but a different value was returned"
        ))),
        None => Ok(found),
    }
}

/// The attribute, or block, that the practitioner decides and the answer has otherwise.
fn changed<'a>(block: &'a Block, config: &Value, found: &Value) -> Option<&'a str> {
    let decided = block.attributes.iter().filter(|attribute| {
        let is_left_open = config.attribute(attribute.name).is_null();
        !(attribute.is_computed() && is_left_open)
    });
    let names = decided.map(|attribute| attribute.name);
    let mut names = names.chain(block.blocks.iter().map(|nested| nested.name));
    names.find(|name| config.attribute(name) != found.attribute(name))
}

fn not_known_yet() -> Diagnostic {
    let detail = "The data source was read although values of its configuration are known only after apply. Terraform defers such reads; if Terraform sent this request, please report it.";
    Diagnostic::error("Configuration unknown", detail)
}

fn misfit(what: &str) -> Diagnostic {
    let detail = format!(
        "The data source returned an invalid object: {what}. This is a bug in the provider; please report it."
    );
    Diagnostic::error("Response does not match the schema", detail)
}
