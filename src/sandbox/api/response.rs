//! Responses of handlers.

use axum::http::{HeaderName, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::error_response::ApiError;

/// The response of a handler.
#[derive(Debug)]
pub(in crate::sandbox) struct ApiResponse {
    pub(in crate::sandbox) status: StatusCode,
    pub(in crate::sandbox) headers: Vec<(HeaderName, String)>,
    pub(in crate::sandbox) body: ResponseBody,
}

/// The body of a response.
#[derive(Debug)]
pub(in crate::sandbox) enum ResponseBody {
    /// No body.
    Empty,
    /// JSON.
    Json(Value),
    /// Plain text.
    Text(String),
}

impl ApiResponse {
    /// A response with a JSON body.
    ///
    /// # Errors
    /// `Internal` if the body cannot be written as JSON.
    pub(in crate::sandbox) fn json(
        status: StatusCode,
        body: impl Serialize,
    ) -> Result<Self, ApiError> {
        let body = serde_json::to_value(body).map_err(|_| ApiError::Internal)?;
        Ok(Self::new(status, ResponseBody::Json(body)))
    }

    /// A response with a plain text body.
    pub(in crate::sandbox) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::new(status, ResponseBody::Text(text.into()))
    }

    /// 204 without a body.
    pub(in crate::sandbox) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, ResponseBody::Empty)
    }

    fn new(status: StatusCode, body: ResponseBody) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// The same response with one more header.
    pub(in crate::sandbox) fn with_header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}
