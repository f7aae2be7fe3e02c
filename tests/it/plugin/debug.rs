//! Debug mode: a person starts the plugin and hands its address to the host.

use std::path::{Path, PathBuf};

use hwgrants::protocol::proto::provider_client::ProviderClient;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::client::{Host, Plugin, connect, within};
use super::host_killed::LONGER_THAN_A_RECONNECT;
use crate::protocol::terraform::Terraform;

/// Starts in debug mode.
async fn start(flag: &str) -> (Plugin, PathBuf) {
    let plugin = Host::nobody().argument(flag).start().await;
    let socket = plugin.debug_socket();
    (plugin, socket)
}

async fn assert_serves(socket: &Path) {
    let mut client = HealthClient::new(connect(socket, None).await.unwrap());
    let request = HealthCheckRequest::default();
    within(client.check(request)).await.unwrap();
}

/// The JSON between the quotes of the shell assignment.
fn reattachment(instructions: &str) -> Value {
    let assignments: Vec<&str> = instructions
        .lines()
        .filter_map(|line| line.strip_prefix("\tTF_REATTACH_PROVIDERS='"))
        .collect();
    let [assignment] = assignments[..] else {
        panic!("not one assignment: {instructions}");
    };
    serde_json::from_str(assignment.strip_suffix('\'').unwrap()).unwrap()
}

#[tokio::test]
async fn c36_both_debug_flags_serve_without_cookie_or_tls() {
    for flag in ["-debug", "--debug"] {
        let (plugin, socket) = start(flag).await;
        assert_serves(&socket).await;
        plugin.signal(Signal::SIGINT);
        reattachment(&plugin.ended().await.stdout);
    }
}

#[tokio::test]
async fn c36_debug_mode_ignores_a_client_certificate_in_the_environment() {
    let certificate = super::certificate::Identity::generate().pem;
    let host = Host::nobody().argument("-debug");
    let plugin = host.set("PLUGIN_CLIENT_CERT", certificate).start().await;
    assert_serves(&plugin.debug_socket()).await;
}

#[tokio::test]
async fn c37_the_reattach_assignment_has_all_required_fields() {
    let (plugin, socket) = start("-debug").await;
    let pid = plugin.pid.as_raw();
    plugin.signal(Signal::SIGINT);
    assert_eq!(
        reattachment(&plugin.ended().await.stdout),
        json!({"hwgrants/hwgrants": {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": pid,
            "Test": true,
            "Addr": {"Network": "unix", "String": socket},
        }})
    );
}

#[tokio::test]
async fn c40_sigint_stops_debug_mode_and_removes_the_socket() {
    let (plugin, _) = start("-debug").await;
    plugin.signal(Signal::SIGINT);
    let ended = plugin.ended().await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.files.is_empty(), "{:?}", ended.files);
}

#[tokio::test]
async fn c40_a_connection_without_data_does_not_stop_debug_mode() {
    let (_plugin, socket) = start("-debug").await;
    for _ in 0..3 {
        drop(std::os::unix::net::UnixStream::connect(&socket).unwrap());
        assert_serves(&socket).await;
    }
}

#[tokio::test]
async fn c39_each_connection_has_its_own_provider_instance() {
    let (_plugin, socket) = start("-debug").await;
    let client = || async { ProviderClient::new(connect(&socket, None).await.unwrap()) };
    let settings = json!({"region": "cn-north-4", "project_id": "p", "token": "made-up"});
    let one = Terraform::configured(client().await, settings.clone()).await;
    let two = Terraform::new(client().await).await;
    // No id: refused before anything is sent.
    let import = async |terraform: &Terraform| {
        let found = terraform.import("csms_grant", "kettle").await.unwrap_err();
        found[0].summary.clone()
    };
    let unconfigured = "Provider not configured";
    assert_eq!(import(&two).await, unconfigured);
    assert_ne!(import(&one).await, unconfigured);
    assert_eq!(two.configure(settings).await, []);
    assert_ne!(import(&two).await, unconfigured);
}

#[tokio::test]
async fn c40_a_closed_connection_does_not_stop_debug_mode() {
    let (_plugin, socket) = start("-debug").await;
    assert_serves(&socket).await;
    tokio::time::sleep(LONGER_THAN_A_RECONNECT).await;
    assert_serves(&socket).await;
}

#[tokio::test]
async fn c40_sigterm_in_debug_mode_removes_the_socket() {
    let (plugin, _) = start("-debug").await;
    plugin.signal(Signal::SIGTERM);
    let ended = plugin.ended().await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(ended.files.is_empty(), "{:?}", ended.files);
}

#[tokio::test]
async fn c38_closed_output_does_not_stop_debug_mode() {
    let host = Host::nobody().argument("-debug").set("TF_LOG", "trace");
    let mut plugin = host.start().await;
    let socket = plugin.debug_socket();
    plugin.close_output().await;
    for _ in 0..3 {
        assert_serves(&socket).await;
    }
}

#[tokio::test]
async fn c36_without_logging_only_the_reattach_instructions_are_printed() {
    let (plugin, socket) = start("-debug").await;
    assert_serves(&socket).await;
    plugin.signal(Signal::SIGINT);
    let ended = plugin.ended().await;
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let [introduction, "", assignment] = lines[..] else {
        panic!("{}", ended.stdout);
    };
    assert!(
        introduction.contains("`TF_REATTACH_PROVIDERS`"),
        "{introduction}"
    );
    assert!(
        assignment.starts_with("\tTF_REATTACH_PROVIDERS='"),
        "{assignment}"
    );
    assert!(ended.stdout.ends_with("'\n"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
}
