//! Deferred responses, returned while the provider configuration is unknown to a client that will send the request
//! again.

use crate::framework::plan::{self, plan};
use crate::framework::provider::Provider;
use crate::framework::required::missing_arguments;
use crate::framework::value::Value;

use super::read::{Read, ReadRequest};
use super::{Engine, EngineResponse, ErasedDataSource, Registration};

impl<P: Provider> Engine<P> {
    /// Whether no requests can be sent yet, because the provider block contains values that are unknown until apply.
    ///
    /// Plans and imports send no requests, so their results do not depend on this.
    pub fn needs_deferral(&self) -> bool {
        self.client().is_ok_and(|client| P::needs_deferral(&client))
    }

    /// Returns the stored object unchanged, without reading it.
    #[must_use]
    pub fn defer_read(request: ReadRequest) -> EngineResponse<Read> {
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
        EngineResponse {
            result,
            ..EngineResponse::default()
        }
    }

    /// Returns the configuration, with computed attributes unknown. An error if a required argument is null.
    pub fn defer_data_source(
        data_source: &Registration<ErasedDataSource<P::Client>>,
        config: Value,
    ) -> EngineResponse<Option<Value>> {
        let missing = missing_arguments(data_source.block(), &config);
        if missing.has_error() {
            return EngineResponse::failed(missing);
        }
        let request = plan::PlanRequest {
            prior: None,
            proposed: config.clone(),
            config: &config,
        };
        let planned = plan(data_source.block(), request);
        EngineResponse {
            result: Some(planned.state),
            ..EngineResponse::default()
        }
    }
}
