//! Debug mode: a person starts the plugin and hands its address to the host.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::client::{Host, Plugin, connect, within};

/// Starts in debug mode; its instructions are complete when it has ended, and the socket is the only file in its folder.
async fn start(flag: &str) -> (Plugin, std::path::PathBuf) {
    let host = Host::nobody().argument(flag);
    let dir = host.dir().to_owned();
    let plugin = host.start().await;
    let mut files = std::fs::read_dir(dir).unwrap();
    let socket = files.next().unwrap().unwrap().path();
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
async fn c36_both_spellings_of_the_flag_serve_without_cookie_and_tls() {
    for flag in ["-debug", "--debug"] {
        let (plugin, socket) = start(flag).await;
        assert_serves(&socket).await;
        plugin.signal(Signal::SIGINT);
        reattachment(&plugin.ended().await.stdout);
    }
}

#[tokio::test]
async fn c36_a_certificate_in_the_environment_does_not_matter() {
    let certificate = super::certificate::Identity::generate().pem;
    let host = Host::nobody().argument("-debug");
    let dir = host.dir().to_owned();
    let plugin = host.set("PLUGIN_CLIENT_CERT", certificate).start().await;
    let socket = std::fs::read_dir(dir).unwrap().next().unwrap().unwrap();
    assert_serves(&socket.path()).await;
    drop(plugin);
}

#[tokio::test]
async fn c37_the_assignment_tells_a_host_all_it_needs() {
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
async fn c40_an_interrupt_ends_debug_mode_and_removes_the_socket() {
    let (plugin, socket) = start("-debug").await;
    plugin.signal(Signal::SIGINT);
    let ended = plugin.ended().await;
    assert!(ended.status.success(), "{ended:?}");
    assert!(!socket.exists());
}

#[tokio::test]
async fn c40_a_probe_that_says_nothing_is_harmless() {
    let (_plugin, socket) = start("-debug").await;
    for _ in 0..3 {
        drop(std::os::unix::net::UnixStream::connect(&socket).unwrap());
        assert_serves(&socket).await;
    }
}
