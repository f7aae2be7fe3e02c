//! What a fault does to the request that it applies to.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::app_state::AppState;
use super::response::{ExchangeOutcome, build_error};
use crate::sandbox::api::error_response::error_body;
use crate::sandbox::fault::action::{FaultAction, FaultBody, RetryAfter, When};

/// Applies the faults that belong before or after the effect, in order. The first that answers or closes the connection
/// ends the request.
pub(super) async fn apply_faults(
    app: &AppState,
    actions: &[FaultAction],
    when: When,
    id: &str,
) -> Option<ExchangeOutcome> {
    for action in actions.iter().filter(|action| action.when() == when) {
        match action {
            FaultAction::Lag { .. }
            | FaultAction::LagFor { .. }
            | FaultAction::LoseUpdates { .. } => {}
            FaultAction::Delay { delay, .. } => sleep(app, *delay).await,
            FaultAction::Drop { .. } => return Some(ExchangeOutcome::ConnectionClosed),
            FaultAction::Answer { status, body, .. } => {
                let body = match body {
                    FaultBody::Envelope { code, message } => {
                        error_body(code, message, id).to_string()
                    }
                    FaultBody::Raw(body) => body.clone(),
                };
                return Some(ExchangeOutcome::Response(build_error(*status, Some(body))));
            }
            FaultAction::Throttle {
                limit,
                window,
                retry_after,
            } => {
                let mut response = too_many_requests(*limit, window, id);
                let value =
                    retry_after.and_then(|wait| retry_after_header(wait, app.world.system_now()));
                if let Some(value) = value {
                    response.headers_mut().insert(header::RETRY_AFTER, value);
                }
                return Some(ExchangeOutcome::Response(response));
            }
        }
    }
    None
}

/// Sleeps, but not for longer than the sandbox runs.
pub(super) async fn sleep(app: &AppState, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = app.stop.cancelled() => {}
    }
}

/// The gateway's response to throttled requests. Source: messages in public logs.
fn too_many_requests(limit: u32, window: &str, id: &str) -> Response {
    let message = format!(
        "The throttling threshold has been reached: policy user over ratelimit,limit:{limit},time:{window}"
    );
    let body = error_body("APIGW.0308", &message, id).to_string();
    build_error(StatusCode::TOO_MANY_REQUESTS, Some(body))
}

/// The value of `Retry-After`. Source: RFC 9110, 10.2.3.
fn retry_after_header(wait: RetryAfter, now: Timestamp) -> Option<HeaderValue> {
    match wait {
        RetryAfter::Seconds(seconds) => Some(HeaderValue::from(seconds)),
        RetryAfter::DateInSeconds(seconds) => {
            let at = now.checked_add(Duration::from_secs(seconds.into())).ok()?;
            let date = DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&at)
                .ok()?;
            HeaderValue::try_from(date).ok()
        }
    }
}
