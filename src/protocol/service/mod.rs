//! Terraform's gRPC service: its limits and capabilities, and what its calls share.

mod method;

use std::sync::Arc;

use tonic::{Response, Status};
use tracing::debug;

use crate::framework::engine::Engine;
use crate::framework::{Diagnostic, Provider};

use super::call::handle_call;
use super::proto::*;
use super::rpc::Rpc;

/// Maximum size of a message in either direction, in bytes: the limit of Terraform's own SDKs.
const MAX_MESSAGE_BYTES: usize = 256 * 1024 * 1024;

/// The optional protocol features that the server supports.
const CAPABILITIES: ServerCapabilities = ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

/// Serves a provider over Terraform's protocol.
pub struct ProviderService<P: Provider> {
    engine: Arc<Engine<P>>,
    address: &'static str,
}

type RpcResult<T> = Result<Response<T>, Status>;

impl<P: Provider> ProviderService<P> {
    /// A service for the provider of `engine`; `address` is its source address, for the log and for moved objects.
    pub fn new(engine: Arc<Engine<P>>, address: &'static str) -> Self {
        Self { engine, address }
    }

    /// The service for a server, with the protocol's message limits.
    pub fn into_server(self) -> provider_server::ProviderServer<Self> {
        provider_server::ProviderServer::new(self)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    async fn serve<C: Rpc>(
        &self,
        call: &C,
        work: impl Future<Output = Result<C::Reply, Diagnostic>>,
    ) -> RpcResult<C::Reply> {
        handle_call(self.address, call, work).await
    }

    /// Responds with an error to a call about a kind of type that this provider does not offer.
    async fn decline<C: Rpc>(&self, call: &C) -> RpcResult<C::Reply> {
        self.serve(call, async { Err(call.subject().unsupported_error()) })
            .await
    }

    /// The deferral of a response, if the provider configuration is unknown until apply and the client supports
    /// deferral.
    fn deferral(&self, capabilities: Option<&ClientCapabilities>) -> Option<Deferred> {
        let is_allowed = capabilities.is_some_and(|capabilities| capabilities.deferral_allowed);
        (is_allowed && self.engine.needs_deferral()).then(|| {
            let reason = deferred::Reason::ProviderConfigUnknown;
            debug!(
                tf_deferred_reason = reason.as_str_name(),
                "response deferred"
            );
            Deferred {
                reason: reason.into(),
            }
        })
    }
}
