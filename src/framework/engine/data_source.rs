//! A data source with its types erased, and the request to read it.

use crate::framework::data_source::DataSource;
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::field::Data;
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::resource::Context;
use crate::framework::schema::Block;
use crate::framework::settle::settle;
use crate::framework::value::Value;

use super::guard::guard;
use super::registration::{Boxed, Kind, Registration, model};
use super::{Answer, Engine};

type ReadFn<C> = for<'a> fn(&'a C, Value, &'a mut Context) -> Boxed<'a, Result<Value, Diagnostics>>;

/// What a data source can do.
pub struct ErasedDataSource<C> {
    read: ReadFn<C>,
}

impl<C> Kind for ErasedDataSource<C> {
    const NAME: &'static str = "data source";
}

impl<C: Send + Sync + 'static> Registration<ErasedDataSource<C>> {
    pub(in crate::framework) fn of_data_source<D: DataSource<Client = C>>() -> Self {
        Self::new(D::NAME, D::schema, ErasedDataSource { read: read::<D> })
    }
}

fn read<'a, D: DataSource>(
    client: &'a D::Client,
    config: Value,
    context: &'a mut Context,
) -> Boxed<'a, Result<Value, Diagnostics>> {
    Box::pin(async move {
        let found = D::read(client, model(config)?, context).await?;
        Ok(found.to_value())
    })
}

impl<P: Provider> Engine<P> {
    /// Reads a data source. The object is wholly known and holds the configuration as it is; none after an error.
    pub async fn read_data_source(
        &self,
        data_source: &Registration<ErasedDataSource<P::Client>>,
        config: Value,
    ) -> Answer<Option<Value>> {
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return Answer::failed(diagnostic),
        };
        if !config.is_wholly_known() {
            return Answer::failed(not_known_yet());
        }
        let mut context = Context::new(self.stop.token(), Private::default());
        let work = (data_source.kind().read)(&client, config.clone(), &mut context);
        let found = guard(work)
            .await
            .unwrap_or_else(|panic| Err(panic.into()))
            .map(|found| settle(data_source.block(), found.with_unknown_as_null(), &config));
        let (mut diagnostics, _) = context.into_parts();
        let found = found.and_then(|found| {
            let fits = data_source.ty().admits(&found);
            match changed(data_source.block(), &config, &found) {
                None if fits => Ok(found),
                None => Err(misfit("It does not fit the data source's own schema").into()),
                Some(name) => {
                    Err(misfit(&format!("It changes `{name}`, which is configured")).into())
                }
            }
        });
        let result = found.map_err(|errors| diagnostics.append(errors)).ok();
        Answer {
            result,
            diagnostics,
        }
    }
}

/// The attribute, or block, that the practitioner decides and the answer has otherwise.
fn changed<'a>(block: &'a Block, config: &Value, found: &Value) -> Option<&'a str> {
    let decided = block.attributes.iter().filter(|attribute| {
        !(attribute.is_computed() && config.attribute(attribute.name).is_null())
    });
    let names = decided.map(|attribute| attribute.name);
    let mut names = names.chain(block.blocks.iter().map(|nested| nested.name));
    names.find(|name| config.attribute(name) != found.attribute(name))
}

fn not_known_yet() -> Diagnostic {
    let detail = "The data source was asked for although values of its configuration will only be known after applying. \
                  Terraform waits for them; if it was Terraform that sent this request, please report it.";
    Diagnostic::error("Configuration not known yet", detail)
}

fn misfit(what: &str) -> Diagnostic {
    let detail = format!("{what}. This is a bug in the provider; please report it.");
    Diagnostic::error("Answer does not fit the schema", detail)
}
