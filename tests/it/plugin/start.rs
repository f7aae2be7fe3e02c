//! Cookie, handshake line, and what goes wrong before.

use std::time::{Duration, Instant};

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::client::{Ended, Host};

fn assert_is_notice(ended: &Ended) {
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr.lines().count(), 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("is a plugin"), "{}", ended.stderr);
}

#[tokio::test]
async fn c01_a_plugin_started_by_hand_prints_a_notice_and_exits() {
    assert_is_notice(&Host::nobody().run().await);
}

#[tokio::test]
async fn c02_a_wrong_cookie_is_treated_as_missing() {
    let cookie = "TF_PLUGIN_MAGIC_COOKIE";
    for wrong in ["", "d602", "D602BF8F470BC67CA7FAA0386276BBDD"] {
        assert_is_notice(&Host::new().set(cookie, wrong).run().await);
    }
}

#[tokio::test]
async fn c03_the_handshake_is_one_line_of_six_fields() {
    let plugin = Host::new().start().await;
    let fields: Vec<&str> = plugin.line.trim_end().split('|').collect();
    assert_eq!(fields.len(), 6, "{}", plugin.line);
    assert_eq!(fields[..3], ["1", "6", "unix"]);
    assert_eq!(fields[4], "grpc");
    assert!(plugin.line.ends_with('\n'));
    assert!(!fields[5].is_empty());

    let plain = Host::without_tls().start().await;
    assert!(plain.line.ends_with("|grpc|\n"), "{}", plain.line);
}

#[tokio::test]
async fn c04_standard_output_contains_only_the_handshake() {
    let plugin = Host::new().set("TF_LOG", "trace").start().await;
    let line = plugin.line.clone();
    let mut client = HealthClient::new(plugin.connect().await);
    for _ in 0..2_000 {
        client.check(HealthCheckRequest::default()).await.unwrap();
    }
    assert_eq!(plugin.shutdown().await.stdout, line);
}

#[tokio::test]
async fn c05_the_socket_accepts_connections_after_the_handshake() {
    let plugin = Host::new().start().await;
    std::os::unix::net::UnixStream::connect(plugin.socket()).unwrap();
}

#[tokio::test]
async fn c06_protocol_6_is_announced_whatever_versions_are_offered() {
    for offered in ["6", "5,6", "6,5", "5", "", "six,,-1"] {
        let host = Host::new().set("PLUGIN_PROTOCOL_VERSIONS", offered);
        assert_eq!(host.start().await.field(2), "6", "{offered:?}");
    }
    let absent = Host::new().unset("PLUGIN_PROTOCOL_VERSIONS");
    assert_eq!(absent.start().await.field(2), "6");
}

#[tokio::test]
async fn c07_a_seventh_field_declines_grpc_multiplexing() {
    let host = Host::new().set("PLUGIN_MULTIPLEX_GRPC", "true");
    let plugin = host.start().await;
    assert_eq!(plugin.field(7), "false");
    assert_eq!(plugin.line.trim_end().split('|').count(), 7);
}

#[tokio::test]
async fn c12_the_handshake_is_printed_within_a_second() {
    // The best of three, because other tests run beside this one.
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let host = Host::new();
        let started_at = Instant::now();
        host.start().await;
        best = best.min(started_at.elapsed());
    }
    assert!(best < Duration::from_secs(1), "{best:?}");
}

#[tokio::test]
async fn c14_an_invalid_client_certificate_fails_the_start() {
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for broken in ["garbage", no_certificate] {
        let ended = Host::new().set("PLUGIN_CLIENT_CERT", broken).run().await;
        ended.declined("`PLUGIN_CLIENT_CERT`");
    }
}
