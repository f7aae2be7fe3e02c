//! The end of a plugin whose host does not ask for it, because it was killed.

use std::time::{Duration, Instant};

use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::client::{Host, Plugin, within};

/// How soon a plugin has to be gone after its host.
const END_LIMIT: Duration = Duration::from_secs(10);

/// Longer than a host may be without a connection.
pub(super) const LONGER_THAN_A_RECONNECT: Duration = Duration::from_secs(3);

async fn assert_serves(plugin: &Plugin) -> Channel {
    let channel = plugin.connect().await;
    let request = HealthCheckRequest::default();
    let mut client = HealthClient::new(channel.clone());
    within(client.check(request)).await.unwrap();
    channel
}

#[tokio::test]
async fn a_plugin_exits_and_removes_its_socket_after_its_host_is_killed() {
    for host in [Host::new(), Host::without_tls()] {
        let plugin = host.start().await;
        // The system closes the connection of a process that is killed, as it is closed here.
        drop(assert_serves(&plugin).await);
        let closed_at = Instant::now();
        let ended = plugin.ended().await;
        assert!(closed_at.elapsed() < END_LIMIT, "{:?}", closed_at.elapsed());
        assert!(ended.status.success(), "{ended:?}");
        assert!(ended.files.is_empty(), "{:?}", ended.files);
    }
}

#[tokio::test]
async fn a_plugin_exits_if_its_host_is_killed_before_connecting() {
    let mut plugin = Host::new().start().await;
    plugin.close_output().await;
    let closed_at = Instant::now();
    assert!(plugin.status().await.success());
    assert!(closed_at.elapsed() < END_LIMIT, "{:?}", closed_at.elapsed());
    assert!(plugin.files().is_empty(), "{:?}", plugin.files());
}

#[tokio::test]
async fn a_host_may_reconnect_immediately() {
    let plugin = Host::new().start().await;
    for _ in 0..3 {
        drop(assert_serves(&plugin).await);
    }
    let _channel = assert_serves(&plugin).await;
    tokio::time::sleep(LONGER_THAN_A_RECONNECT).await;
    assert_serves(&plugin).await;
}

#[tokio::test]
async fn a_host_may_probe_the_socket_and_connect_later() {
    let plugin = Host::without_tls().start().await;
    drop(std::os::unix::net::UnixStream::connect(plugin.socket()).unwrap());
    tokio::time::sleep(LONGER_THAN_A_RECONNECT).await;
    assert_serves(&plugin).await;
}
