//! Faults, listed, added and cleared.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error::{AdminError, parse_body};
use crate::sandbox::fault::Fault;
use crate::sandbox::http::AppState;
use crate::sandbox::service::operations;

pub(super) async fn list(State(app): State<AppState>) -> Response {
    Json(json!({"faults": app.world.faults().list()})).into_response()
}

/// Adds a fault after the existing ones. An unknown operation is an error, because such a fault would never apply.
pub(super) async fn add(
    State(app): State<AppState>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    let fault: Fault = parse_body(&body)?;
    if let Some(wanted) = &fault.operation {
        let names: Vec<_> = operations().map(|operation| operation.name).collect();
        if !names.contains(&wanted.as_str()) {
            let names = names.join(", ");
            return Err(AdminError::bad_request(format!(
                "unknown operation `{wanted}`; valid operations: {names}"
            )));
        }
    }
    let added = app.world.faults().try_add(fault);
    added.map_err(|error| AdminError(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()))?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn clear(State(app): State<AppState>) -> StatusCode {
    app.world.faults().clear();
    StatusCode::NO_CONTENT
}
