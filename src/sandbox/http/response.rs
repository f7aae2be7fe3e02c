//! HTTP responses of the server.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::response::{ApiResponse, ResponseBody};
use crate::wire::error::ErrorBody;

/// Longest error code in the request log, in characters. A fault may answer with any text as its code.
const MAX_ERROR_CODE_LENGTH: usize = 64;

/// The error code in the body of a response, for the request log: an extension of the response.
#[derive(Clone, Debug)]
pub(super) struct ErrorCode(pub(super) String);

/// How an exchange ends.
pub(super) enum ExchangeOutcome {
    /// With this response.
    Response(Response),
    /// Without one: the connection is closed.
    ConnectionClosed,
}

/// The HTTP response for what a handler answers.
pub(super) fn render(answer: ApiResponse) -> Response {
    let mut response = match answer.body {
        ResponseBody::Empty => build(answer.status, None),
        ResponseBody::Json(body) => build(answer.status, Some(body.to_string())),
        ResponseBody::Text(body) => (answer.status, body).into_response(),
    };
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The HTTP response for an error.
pub(super) fn render_error(error: &ApiError, id: &str) -> Response {
    let (status, _) = error.status_and_code();
    build_error(status, Some(error.body(id).to_string()))
}

/// A response whose body may report an error, with its [`ErrorCode`].
pub(super) fn build_error(status: StatusCode, body: Option<String>) -> Response {
    let code = body.as_deref().and_then(|body| error_code(status, body));
    let mut response = build(status, body);
    if let Some(code) = code {
        response.extensions_mut().insert(ErrorCode(code));
    }
    response
}

/// The error code as clients read it; a success may report an error too.
fn error_code(status: StatusCode, body: &str) -> Option<String> {
    let error = if status.is_success() {
        ErrorBody::of_success(&serde_json::from_str(body).ok()?)?
    } else {
        ErrorBody::from_slice(body.as_bytes())
    };
    let code = error.code?;
    Some(code.chars().take(MAX_ERROR_CODE_LENGTH).collect())
}

/// A response with this body, as JSON if it is JSON, else as HTML.
fn build(status: StatusCode, body: Option<String>) -> Response {
    let Some(body) = body.filter(|body| !body.is_empty()) else {
        return status.into_response();
    };
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok();
    let content_type = if is_json {
        "application/json"
    } else {
        "text/html"
    };
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
