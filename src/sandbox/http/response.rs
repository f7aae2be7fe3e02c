//! HTTP responses of the server.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::sandbox::api::error_response::ApiError;
use crate::sandbox::api::response::{ApiResponse, ResponseBody};

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
    build(status, Some(error.body(id).to_string()))
}

/// A response with this body, as JSON if it is JSON, else as HTML.
pub(super) fn build(status: StatusCode, body: Option<String>) -> Response {
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
