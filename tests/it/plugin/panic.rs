//! What a panic leaves on standard error. A panic hook is a process's own, so each test starts itself once more.

use std::process::Command;

use hwgrants::plugin::{Cookie, HostEnvironment, Plugin, Reattach, logging, panic};
use serde_json::Value;

/// Tells the started process that its part is to panic.
const PART: &str = "HWGRANTS_TEST_PANICS";

const MESSAGE: &str = "the kettle is dry";

/// Runs the named test in a process of its own, and returns what that wrote to standard error.
fn stderr_of(test: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("plugin::panic::{test}"), "--nocapture"])
        .env(PART, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn is_started_to_panic() -> bool {
    std::env::var_os(PART).is_some()
}

fn die() {
    std::thread::spawn(|| panic!("{MESSAGE}"))
        .join()
        .unwrap_err();
}

fn log_at_trace() {
    let plugin = Plugin {
        name: "test",
        cookie: Cookie { key: "", value: "" },
        protocol_version: 6,
        reattach: Reattach {
            variable: "",
            key: "",
        },
        log_variables: &[],
        log_target: "hwgrants",
        socket_prefix: "test-",
    };
    let environment = HostEnvironment {
        log_level: Some("trace".to_owned()),
        ..HostEnvironment::default()
    };
    logging::install(&plugin, &environment);
}

#[test]
fn c45_a_fatal_panic_is_printed_as_plain_text() {
    if is_started_to_panic() {
        log_at_trace();
        panic::install(|| false);
        return die();
    }
    let stderr = stderr_of("c45_a_fatal_panic_is_printed_as_plain_text");
    let mut lines = stderr.lines();
    assert_eq!(lines.next(), Some(&*format!("panic: {MESSAGE}")));
    assert!(stderr.contains("panic.rs:"), "no location: {stderr}");
    assert!(stderr.contains("die"), "no backtrace: {stderr}");
}

#[test]
fn c45_a_caught_panic_is_logged_as_an_error() {
    if is_started_to_panic() {
        log_at_trace();
        panic::install(|| true);
        return die();
    }
    let stderr = stderr_of("c45_a_caught_panic_is_logged_as_an_error");
    let lines: Vec<Value> = stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1, "{stderr}");
    assert_eq!(lines[0]["@level"], "error");
    let message = lines[0]["@message"].as_str().unwrap();
    assert!(message.contains(MESSAGE), "{message}");
    let location = lines[0]["panic_location"].as_str().unwrap();
    assert!(location.contains("panic.rs:"), "{location}");
}

#[test]
fn a_caught_panic_prints_nothing_without_logging() {
    if is_started_to_panic() {
        panic::install(|| true);
        return die();
    }
    assert_eq!(
        stderr_of("a_caught_panic_prints_nothing_without_logging"),
        ""
    );
}
