//! Ctrl-C is the host's, termination is ours.

use nix::sys::signal::Signal;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::client::{Host, within};

#[tokio::test]
async fn c30_sigint_stops_neither_the_plugin_nor_a_call() {
    let plugin = Host::new().start().await;
    let mut client = HealthClient::new(plugin.connect().await);
    let request = HealthCheckRequest {
        service: "plugin".to_owned(),
    };
    let watching = client.watch(request.clone()).await.unwrap();
    let mut watching = watching.into_inner();
    within(watching.message()).await.unwrap().unwrap();
    for _ in 0..3 {
        plugin.signal(Signal::SIGINT);
        within(client.check(request.clone())).await.unwrap();
    }
    // Still running: it is only the end that ends it.
    use futures_util::FutureExt;
    assert!(watching.message().now_or_never().is_none());
    assert!(plugin.shutdown().await.status.success());
}

#[tokio::test]
async fn c31_sigterm_stops_the_process_and_removes_the_socket() {
    let plugin = Host::new().start().await;
    let channel = plugin.connect().await;
    plugin.signal(Signal::SIGTERM);
    let ended = plugin.ended().await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.files.is_empty(), "{:?}", ended.files);
    drop(channel);
}
