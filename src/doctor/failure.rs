//! Errors of the client as results of steps.

use super::step::{Step, StepId};
use crate::cloud::{Error, ErrorKind};

/// A step that failed with an error, with the fix that its code or kind suggests.
pub(super) fn failed(id: StepId, error: &Error) -> Step {
    let fix = error.advice().unwrap_or(fix(error.kind()));
    failed_with(id, error, fix)
}

/// The same with another fix.
pub(super) fn failed_with(id: StepId, error: &Error, fix: impl Into<String>) -> Step {
    match (error.operation(), error.message()) {
        // A missing setting says itself what to do.
        (None, Some(message)) if error.kind() == ErrorKind::Configuration => {
            Step::failed(id, message, fix)
        }
        _ => Step::failed(id, reason(error.kind()), fix).with_cause(Some(cause(error))),
    }
}

/// What the service or the system said: operation, message, status, error code, request ID.
pub(super) fn cause(error: &Error) -> String {
    let mut text = String::new();
    if let Some(operation) = error.operation() {
        text.push_str(operation);
    }
    if let Some(message) = error.message() {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(message);
    }
    let mut details = Vec::new();
    details.extend(error.status().map(|status| format!("status {status}")));
    details.extend(error.code().map(|code| format!("code `{code}`")));
    let id = error.request_id();
    details.extend(id.map(|id| format!("request ID `{id}`")));
    if !details.is_empty() {
        text.push_str(&format!(" ({})", details.join(", ")));
    }
    text
}

/// What happened, as a clause.
fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "the service did not find what was requested",
        ErrorKind::Authentication => "the credentials were rejected",
        ErrorKind::Permission => "the caller does not have permission for this operation",
        ErrorKind::Throttled => "no definite answer: the service throttles requests",
        ErrorKind::Transient => "no definite answer: the service or the connection failed",
        ErrorKind::Timeout => "no definite answer: no response arrived in time",
        ErrorKind::Unreachable => "the host could not be reached",
        ErrorKind::WrongEndpoint => "the server at this address does not provide this API",
        ErrorKind::Conflict | ErrorKind::Invalid => "the request was rejected as invalid",
        ErrorKind::Unreadable => "no definite answer: the response is not as documented",
        ErrorKind::Cancelled => "cancelled",
        ErrorKind::Configuration => "a setting is missing or invalid",
    }
}

/// What to do, in whole sentences.
fn fix(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Throttled => "Wait a minute, then run `hwgrants doctor` again.",
        ErrorKind::Transient | ErrorKind::Timeout => {
            "Run `hwgrants doctor` again. If the error persists, contact Huawei Cloud support with the request ID."
        }
        ErrorKind::Unreachable => {
            "Check the network and the proxy, then run `hwgrants doctor` again."
        }
        ErrorKind::Authentication => "Use other credentials.",
        ErrorKind::Permission => {
            "Ask an account administrator for the permission, or use other credentials."
        }
        ErrorKind::NotFound
        | ErrorKind::WrongEndpoint
        | ErrorKind::Conflict
        | ErrorKind::Invalid
        | ErrorKind::Unreadable => {
            "Check that the region, the project and the endpoints are correct, and that no proxy modifies responses."
        }
        ErrorKind::Cancelled => "Run `hwgrants doctor` again.",
        ErrorKind::Configuration => "Correct the setting that the reason names.",
    }
}
