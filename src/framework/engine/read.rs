//! Request: look at an object.

use crate::framework::normalize::normalize;
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::resource::Context;
use crate::framework::value::Value;

use super::guard::guard;
use super::{Engine, EngineAnswer, ErasedResource, Registration};

/// What to look at.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The name of the type that the block has.
    pub type_name: String,
    /// The object as it is stored.
    pub state: Value,
    /// What is remembered with it.
    pub private: Private,
    /// Its identity; none if none is stored, as by clients that know of none.
    pub identity: Option<Value>,
}

/// The object as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The object, wholly known; none if it is gone.
    pub state: Option<Value>,
    /// What to remember with it.
    pub private: Private,
    /// Its identity.
    pub identity: Option<Value>,
}

impl<P: Provider> Engine<P> {
    /// Reads. With an error, the object's state is not known and the answer is to be ignored.
    pub async fn read(
        &self,
        resource: &Registration<ErasedResource<P::Client>>,
        request: ReadRequest,
    ) -> EngineAnswer<Read> {
        let ReadRequest {
            type_name,
            state,
            private,
            identity,
        } = request;
        let client = match self.client() {
            Ok(client) => client,
            Err(diagnostic) => return EngineAnswer::failed(diagnostic),
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
                EngineAnswer {
                    result: Read {
                        state: Some(found),
                        private,
                        identity,
                    },
                    diagnostics,
                }
            }
            Ok(None) => EngineAnswer {
                result: Read::default(),
                diagnostics,
            },
            Err(failure) => {
                diagnostics.append(failure.diagnostics);
                EngineAnswer {
                    result: Read::default(),
                    diagnostics,
                }
            }
        }
    }
}
