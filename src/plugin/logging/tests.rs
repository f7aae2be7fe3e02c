//! Lines as they leave the layer.

use std::io;
use std::sync::Arc;

use super::*;

/// Collects what the layer writes.
#[derive(Clone, Default)]
struct MemorySink(Arc<Mutex<Vec<u8>>>);

impl Write for MemorySink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that `work` logs at one level.
fn lines_at(level: LevelFilter, work: impl FnOnce()) -> Vec<String> {
    let sink = MemorySink::default();
    let layer = LogLayer::new(level, "hwgrants", sink.clone());
    tracing::subscriber::with_default(Registry::default().with(layer), work);
    let written = sink.0.lock().unwrap().clone();
    let text = String::from_utf8(written).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

/// The only line that `work` logs.
fn entry(work: impl FnOnce()) -> Value {
    let lines = lines_at(LevelFilter::TRACE, work);
    let [line] = &lines[..] else {
        panic!("not one line: {lines:?}");
    };
    assert!(line.len() < 64 * 1024, "{} bytes", line.len());
    serde_json::from_str(line).unwrap()
}

#[test]
fn c41_hclog_fields_come_first_and_ours_in_order() {
    let lines = lines_at(LevelFilter::TRACE, || {
        tracing::info!(zone = "z", count = 3_u64, done = true, "created {}", "it");
    });
    let keys: Vec<usize> = [
        "@level",
        "@message",
        "@module",
        "@timestamp",
        "count",
        "done",
        "zone",
    ]
    .iter()
    .map(|key| lines[0].find(&format!("\"{key}\":")).unwrap())
    .collect();
    assert!(keys.is_sorted(), "{}", lines[0]);
    let entry: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(entry["@level"], "info");
    assert_eq!(entry["@message"], "created it");
    assert_eq!(entry["@module"], "hwgrants.plugin.logging.tests");
    assert_eq!(entry["count"], 3);
    assert_eq!(entry["done"], true);
    assert_eq!(entry["zone"], "z");
}

#[test]
fn c42_timestamps_have_microseconds_and_a_time_zone() {
    let entry = entry(|| tracing::info!("now"));
    let timestamp = entry["@timestamp"].as_str().unwrap();
    assert_eq!(timestamp.len(), "2026-01-02T15:04:05.123456Z".len());
    assert!(timestamp.ends_with('Z'));
    timestamp.parse::<Timestamp>().unwrap();
}

#[test]
fn log_lines_include_span_fields_and_inner_spans_win() {
    let entry = entry(|| {
        let outer = tracing::trace_span!(
            "call",
            tf_rpc = "Read",
            id = 1,
            later = tracing::field::Empty
        );
        outer.record("later", "known now");
        let _outer = outer.enter();
        let _inner = tracing::trace_span!("step", id = 2).entered();
        tracing::error!(own = "field", "failed");
    });
    assert_eq!(entry["tf_rpc"], "Read");
    assert_eq!(entry["id"], 2);
    assert_eq!(entry["later"], "known now");
    assert_eq!(entry["own"], "field");
}

#[test]
fn spans_below_the_level_still_add_their_fields() {
    let lines = lines_at(LevelFilter::ERROR, || {
        let _span = tracing::trace_span!("call", tf_rpc = "Read").entered();
        tracing::warn!("not shown");
        tracing::error!("shown");
    });
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains(r#""tf_rpc":"Read""#), "{}", lines[0]);
}

#[test]
fn c46_events_of_libraries_are_not_logged() {
    let lines = lines_at(LevelFilter::TRACE, || {
        tracing::error!(target: "h2::client", "x-auth-token: secret");
        tracing::error!(target: "hwgrants_lookalike", "also not ours");
    });
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn c41_long_values_are_truncated() {
    let long = "ä".repeat(100_000);
    let entry = entry(|| tracing::info!(body = long, "{}", long));
    for key in ["@message", "body"] {
        let text = entry[key].as_str().unwrap();
        assert!(text.starts_with("ää") && text.ends_with(" bytes omitted)"));
    }
}

#[test]
fn c41_escapes_count_towards_the_line_limit() {
    let entry = entry(|| tracing::info!("{}", "\u{1}".repeat(100_000)));
    assert!(entry["@message"].is_string());
}

#[test]
fn c41_oversized_fields_are_dropped_before_the_message() {
    let names: [&'static str; 30] = std::array::from_fn(|index| &*format!("n{index}").leak());
    let mut fields: Fields = names
        .map(|name| (name, Value::from("x".repeat(5_000))))
        .into();
    fields.insert("@message", "what happened".into());
    let line = String::from_utf8(line(fields)).unwrap();
    assert_eq!(line, "{\"@message\":\"what happened\"}\n");
}

#[test]
fn c41_a_line_break_in_a_message_does_not_break_the_line() {
    let entry = entry(|| tracing::info!("one\ntwo"));
    assert_eq!(entry["@message"], "one\ntwo");
}

#[test]
fn c41_fields_cannot_override_hclog_fields() {
    let entry = entry(|| tracing::info!("@timestamp" = 7, "@level" = false, "text"));
    assert!(entry["@timestamp"].is_string());
    assert_eq!(entry["@level"], "info");
    assert_eq!(entry["timestamp"], 7);
}

#[test]
fn c43_log_levels_are_parsed_as_in_the_host() {
    for (text, expected) in [
        ("off", LevelFilter::OFF),
        ("Error", LevelFilter::ERROR),
        ("WARN", LevelFilter::WARN),
        (" info ", LevelFilter::INFO),
        ("debug", LevelFilter::DEBUG),
        ("trace", LevelFilter::TRACE),
        ("json", LevelFilter::TRACE),
        ("loud", LevelFilter::TRACE),
    ] {
        assert_eq!(level(text), expected, "{text}");
    }
}

#[test]
fn terminal_control_characters_are_escaped_in_log_lines() {
    let entry = entry(|| {
        tracing::info!(name = "a\u{202e}b", other = ?"c\u{200b}d", "e\u{1b}[2J\u{9b}f\n");
    });
    assert_eq!(entry["name"], "a\\u{202e}b");
    assert_eq!(entry["other"], "\"c\\u{200b}d\"");
    assert_eq!(entry["@message"], "e\\u{1b}[2J\\u{9b}f\n");
}
