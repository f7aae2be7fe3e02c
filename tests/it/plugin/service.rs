//! go-plugin's own services.

use std::time::{Duration, Instant};

use hwgrants::plugin::proto::grpc_broker_client::GrpcBrokerClient;
use hwgrants::plugin::proto::grpc_controller_client::GrpcControllerClient;
use hwgrants::plugin::proto::grpc_stdio_client::GrpcStdioClient;
use hwgrants::plugin::proto::{ConnInfo, Empty};
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use tonic_health::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use super::client::{Host, within};

/// How long a host waits for the end before it kills is 2 s; ours is to be over in half of that.
const END_LIMIT: Duration = Duration::from_secs(1);

fn health_of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

/// A call that goes on for ever.
async fn watch(channel: &Channel) -> Streaming<HealthCheckResponse> {
    let mut client = HealthClient::new(channel.clone());
    let mut replies = client
        .watch(health_of("plugin"))
        .await
        .unwrap()
        .into_inner();
    // The first reply tells that the call has begun.
    within(replies.next()).await.unwrap().unwrap();
    replies
}

#[tokio::test]
async fn c23_the_health_service_reports_plugin_as_serving() {
    let plugin = Host::new().start().await;
    let mut client = HealthClient::new(plugin.connect().await);
    let reply = client.check(health_of("plugin")).await.unwrap();
    assert_eq!(reply.into_inner().status(), ServingStatus::Serving.into());
    let unknown = client.check(health_of("another")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn c24_shutdown_responds_and_the_process_exits_at_once() {
    let plugin = Host::new().start().await;
    let mut controller = GrpcControllerClient::new(plugin.connect().await);
    let asked_at = Instant::now();
    within(controller.shutdown(Empty {})).await.unwrap();
    // The connection stays open, as a host's does until the process is gone.
    let ended = plugin.ended().await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(asked_at.elapsed() < END_LIMIT, "{:?}", asked_at.elapsed());
    drop(controller);
}

#[tokio::test]
async fn c25_shutdown_waits_for_neither_open_streams_nor_hanging_calls() {
    let plugin = Host::new().start().await;
    let channel = plugin.connect().await;
    let mut broker = GrpcBrokerClient::new(channel.clone());
    let (sender, sent) = tokio::sync::mpsc::channel::<ConnInfo>(1);
    let sent = tokio_stream::wrappers::ReceiverStream::new(sent);
    let broker = broker.start_stream(sent).await.unwrap();
    let stdio = GrpcStdioClient::new(channel.clone())
        .stream_stdio(())
        .await
        .unwrap();
    let hanging = watch(&channel).await;

    let asked_at = Instant::now();
    let ended = plugin.shutdown().await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(asked_at.elapsed() < END_LIMIT, "{:?}", asked_at.elapsed());
    drop((sender, broker, stdio, hanging));
}

#[tokio::test]
async fn c25_idle_broker_and_stdio_streams_do_not_delay_shutdown() {
    let plugin = Host::new().set("TF_LOG", "trace").start().await;
    let channel = plugin.connect().await;
    let stdio = GrpcStdioClient::new(channel.clone())
        .stream_stdio(())
        .await
        .unwrap();
    let broker = GrpcBrokerClient::new(channel)
        .start_stream(tokio_stream::pending())
        .await
        .unwrap();
    let ended = plugin.shutdown().await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(!ended.stderr.contains("are cut"), "{}", ended.stderr);
    drop((broker, stdio));
}

#[tokio::test]
async fn c26_the_broker_stream_accepts_messages_and_sends_none() {
    let plugin = Host::new().start().await;
    let channel = plugin.connect().await;
    let messages = tokio_stream::iter((0..100).map(|service_id| ConnInfo {
        service_id,
        network: "unix".to_owned(),
        address: "/nowhere".to_owned(),
        knock: None,
    }));
    let messages = messages.chain(tokio_stream::pending());
    let mut replies = GrpcBrokerClient::new(channel.clone())
        .start_stream(messages)
        .await
        .unwrap()
        .into_inner();
    // A round trip on the same connection: what was sent before has arrived.
    watch(&channel).await;
    assert!(is_silent(&mut replies));

    // It ends when we do, and not with an error.
    plugin.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(within(replies.next()).await.is_none());
}

#[tokio::test]
async fn c27_the_stdio_stream_stays_open_and_empty() {
    let plugin = Host::new().start().await;
    let channel = plugin.connect().await;
    let mut replies = GrpcStdioClient::new(channel.clone())
        .stream_stdio(())
        .await
        .unwrap()
        .into_inner();
    watch(&channel).await;
    assert!(is_silent(&mut replies));

    plugin.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(within(replies.next()).await.is_none());
}

/// Whether a stream is open, with nothing on it.
fn is_silent<T>(replies: &mut Streaming<T>) -> bool {
    use futures_util::FutureExt;
    replies.next().now_or_never().is_none()
}

#[tokio::test]
async fn an_unknown_grpc_method_is_unimplemented() {
    let plugin = Host::new().start().await;
    let channel = plugin.connect().await;
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = "/nobody.Knows/This".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<Empty, Empty>::default();
    let request = tonic::Request::new(Empty {});
    let status = client.unary(request, path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn reflection_lists_the_services_on_every_request() {
    let plugin = Host::new().start().await;
    let mut client = ServerReflectionClient::new(plugin.connect().await);
    for _ in 0..2 {
        let request = ServerReflectionRequest {
            message_request: Some(MessageRequest::ListServices(String::new())),
            ..Default::default()
        };
        let replies = client
            .server_reflection_info(tokio_stream::once(request))
            .await;
        let reply = within(replies.unwrap().into_inner().next()).await;
        let Some(MessageResponse::ListServicesResponse(list)) =
            reply.unwrap().unwrap().message_response
        else {
            panic!("no list");
        };
        let names: Vec<String> = list.service.into_iter().map(|one| one.name).collect();
        for expected in [
            "plugin.GRPCBroker",
            "plugin.GRPCController",
            "plugin.GRPCStdio",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
        ] {
            assert!(names.iter().any(|name| name == expected), "{names:?}");
        }
    }
}
