//! Errors of `/_sandbox/`, as JSON with one message: `{"error": "…"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// Longest id or name, in characters. Source: CSMS API reference.
const MAX_ID_LENGTH: usize = 64;

/// Status and message of a response that reports an error.
pub(in crate::sandbox) struct AdminError(pub(super) StatusCode, pub(super) String);

impl AdminError {
    /// 400: the request is wrong.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    /// 404: what the request names does not exist.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, message.into())
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// The body of a request, as JSON.
pub(super) fn parse_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    let parsed = serde_json::from_slice(body);
    parsed.map_err(|error| AdminError::bad_request(format!("invalid request body: {error}")))
}

/// Checks the length of an id or a name.
pub(super) fn check_id(id: &str) -> Result<(), AdminError> {
    if (1..=MAX_ID_LENGTH).contains(&id.chars().count()) {
        return Ok(());
    }
    Err(AdminError::bad_request(format!(
        "IDs and names must be 1 to {MAX_ID_LENGTH} characters long"
    )))
}
