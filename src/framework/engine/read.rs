//! Request: read an object.

use crate::framework::normalize::normalize;
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::resource::Context;
use crate::framework::value::Value;

use super::guard::guard;
use super::{Engine, EngineResponse, ErasedResource, Registration};

/// Input of [`Engine::read`].
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The type name used in the block.
    pub type_name: String,
    /// The stored object.
    pub state: Value,
    /// Its private data.
    pub private: Private,
    /// The stored identity; none if none is stored, as by clients without identity support.
    pub identity: Option<Value>,
}

/// The current object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The object, wholly known; none if it no longer exists.
    pub state: Option<Value>,
    /// Private data to store with the object.
    pub private: Private,
    /// The identity; none if the resource has none.
    pub identity: Option<Value>,
}

impl<P: Provider> Engine<P> {
    /// Reads an object. With an error, its state is unknown and the result must be ignored.
    pub async fn read(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        request: ReadRequest,
    ) -> EngineResponse<Read> {
        let ReadRequest {
            type_name,
            state,
            private,
            identity,
        } = request;
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return EngineResponse::failed(diagnostic),
        };
        let mut context = Context::new(type_name, self.stop.token(), private);
        let found = guard(
            resource
                .operations()
                .read(&client, state.clone(), &mut context),
        )
        .await;
        let found = found.unwrap_or_else(|panic| Err(panic.into()));
        let (mut diagnostics, private) = context.into_parts();
        match found {
            Ok(Some(found)) => {
                let found = normalize(resource.block(), found.with_unknown_as_null(), &state);
                let identity = resource.identify(&found, identity, &mut diagnostics).await;
                EngineResponse {
                    result: Read {
                        state: Some(found),
                        private,
                        identity,
                    },
                    diagnostics,
                }
            }
            Ok(None) => EngineResponse {
                result: Read::default(),
                diagnostics,
            },
            Err(failure) => {
                diagnostics.append(failure.diagnostics);
                EngineResponse {
                    result: Read::default(),
                    diagnostics,
                }
            }
        }
    }
}
