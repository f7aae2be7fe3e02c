//! What is answered while the provider's own configuration is not known yet, to a host that will ask again later.

use crate::framework::plan::{self, plan};
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::value::Value;

use super::read::{Read, ReadRequest};
use super::{Engine, EngineAnswer, ErasedDataSource, Registration};

impl<P: Provider> Engine<P> {
    /// Whether nothing can be asked yet, because the provider block held values that only applying will tell.
    ///
    /// A plan and an import need nobody to ask and are answered as ever.
    pub fn is_undecided(&self) -> bool {
        self.client().is_ok_and(|client| P::is_undecided(&client))
    }

    /// The object as it was: nobody has looked at it.
    #[must_use]
    pub fn put_off_read(request: ReadRequest) -> EngineAnswer<Read> {
        let ReadRequest {
            type_name: _,
            state,
            private,
            identity,
        } = request;
        let result = Read {
            state: (!state.is_null()).then_some(state),
            private,
            identity,
        };
        EngineAnswer {
            result,
            ..EngineAnswer::default()
        }
    }

    /// The configuration, with what reading would find out as unknown.
    pub fn put_off_data_source(
        data_source: &Registration<ErasedDataSource<P::Client>>,
        config: Value,
    ) -> EngineAnswer<Option<Value>> {
        let missing = missing_arguments(data_source.block(), &config);
        if missing.has_error() {
            return EngineAnswer::failed(missing);
        }
        let request = plan::PlanRequest {
            prior: None,
            proposed: config.clone(),
            config: &config,
        };
        let planned = plan(data_source.block(), request);
        EngineAnswer {
            result: Some(planned.state),
            ..EngineAnswer::default()
        }
    }
}
