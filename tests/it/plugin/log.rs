//! Log lines of the real process, as a host reads them.

use nix::sys::signal::Signal;
use serde_json::Value;

use super::certificate::anonymous;
use super::client::{Ended, Host};

/// A life with events worth a line: a refused client, an interrupt, the end.
async fn live(host: Host) -> Ended {
    let plugin = host.start().await;
    let stranger = anonymous(&plugin.certificate().unwrap());
    if let Ok(mut stream) = plugin.tls(stranger).await {
        use tokio::io::AsyncReadExt;
        // In TLS 1.3 the refusal comes after the client's part is done.
        stream.read_u8().await.unwrap_err();
    }
    plugin.connect().await;
    plugin.signal(Signal::SIGINT);
    plugin.shutdown().await
}

fn lines(ended: &Ended) -> Vec<Value> {
    ended
        .stderr
        .lines()
        .map(|line| {
            assert!(line.len() < 64 * 1024);
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        })
        .collect()
}

fn levels(ended: &Ended) -> Vec<String> {
    let level = |line: &Value| line["@level"].as_str().unwrap().to_owned();
    lines(ended).iter().map(level).collect()
}

#[tokio::test]
async fn c41_c42_every_log_line_is_json_that_hosts_can_parse() {
    let ended = live(Host::new().set("TF_LOG", "TRACE")).await;
    let lines = lines(&ended);
    assert!(lines.len() >= 2, "{}", ended.stderr);
    for line in lines {
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "{key} of {line}");
        }
        let timestamp = line["@timestamp"].as_str().unwrap();
        let (_, fraction) = timestamp.split_once('.').unwrap();
        let digits = fraction.strip_suffix('Z').unwrap();
        assert_eq!(digits.len(), 6, "{timestamp}");
        timestamp.parse::<jiff::Timestamp>().unwrap();
    }
}

#[tokio::test]
async fn c43_the_most_specific_variable_sets_the_log_level() {
    let with = async |variables: &[(&str, &str)]| {
        let set = |host: Host, (name, value): &(&str, &str)| host.set(name, value);
        live(variables.iter().fold(Host::new(), set)).await
    };
    let (own, providers, all) = ("TF_LOG_PROVIDER_HWGRANTS", "TF_LOG_PROVIDER", "TF_LOG");

    let all_only = levels(&with(&[(all, "debug")]).await);
    assert!(all_only.contains(&"debug".to_owned()), "{all_only:?}");
    let narrowed = levels(&with(&[(all, "trace"), (providers, "warn")]).await);
    assert!(!narrowed.is_empty());
    assert!(narrowed.iter().all(|level| level == "warn"), "{narrowed:?}");
    let off = with(&[(all, "trace"), (providers, "trace"), (own, "off")]).await;
    assert_eq!(off.stderr, "");
    let widened = levels(&with(&[(providers, "error"), (own, "Json")]).await);
    assert!(widened.contains(&"debug".to_owned()), "{widened:?}");
}

#[tokio::test]
async fn c43_without_a_log_level_stderr_is_empty() {
    assert_eq!(live(Host::new()).await.stderr, "");
}
