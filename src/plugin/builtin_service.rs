//! go-plugin's own services, served beside the caller's: health, controller, broker, stdio; and reflection.

use std::pin::Pin;

use futures_util::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};
use tonic_health::ServingStatus;

use super::Services;
use super::proto::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use super::proto::grpc_controller_server::{GrpcController, GrpcControllerServer};
use super::proto::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use super::proto::{ConnInfo, Empty, StdioData};
use super::reflection;

/// The name under which a host asks for a plugin's health.
const HEALTH_NAME: &str = "plugin";

/// A stream that lasts until the server stops.
type Replies<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Adds go-plugin's services to the caller's. The host's shutdown call cancels `stop`, which also ends the streams
/// here: hosts never close them, and a graceful shutdown would wait for them.
///
/// Source: go-plugin 1.7, `GRPCServer.Init`.
pub(super) async fn add_to(services: &Services, stop: &CancellationToken) -> Routes {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status(HEALTH_NAME, ServingStatus::Serving)
        .await;
    let routes = (services.routes)()
        .add_service(health)
        .add_service(GrpcControllerServer::new(Controller(stop.clone())))
        .add_service(GrpcBrokerServer::new(Broker(stop.clone())))
        .add_service(GrpcStdioServer::new(Stdio(stop.clone())));
    reflection::add_to(routes, services.descriptors).prepare()
}

/// Stops the server on the host's shutdown call.
struct Controller(CancellationToken);

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the host requested a shutdown");
        self.0.cancel();
        Ok(Response::new(Empty {}))
    }
}

/// Brokers further connections in other plugins. None is needed here, so it never replies.
struct Broker(CancellationToken);

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = Replies<ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let unanswered = request.into_inner().filter_map(async |_| None);
        let replies = unanswered.take_until(self.0.clone().cancelled_owned());
        Ok(Response::new(Box::pin(replies)))
    }
}

/// Carries the plugin's output in other plugins. Here there is none: standard output carries the handshake only, and
/// standard error goes to the host directly.
struct Stdio(CancellationToken);

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Replies<StdioData>;

    async fn stream_stdio(
        &self,
        _request: Request<()>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        let silence = stream::pending().take_until(self.0.clone().cancelled_owned());
        Ok(Response::new(Box::pin(silence)))
    }
}
