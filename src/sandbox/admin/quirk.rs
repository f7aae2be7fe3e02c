//! Quirks, read and set.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error::{AdminError, parse_body};
use crate::sandbox::http::AppState;
use crate::sandbox::quirk::Quirks;

pub(super) async fn show(State(app): State<AppState>) -> Json<Quirks> {
    Json(app.world.quirks())
}

/// All quirks and their values with descriptions, the default first.
pub(super) async fn descriptions() -> Response {
    Json(json!({"quirks": Quirks::descriptions()})).into_response()
}

/// Sets the quirks named; leaves the others unchanged.
pub(super) async fn change(
    State(app): State<AppState>,
    body: Bytes,
) -> Result<Json<Quirks>, AdminError> {
    merge(&app, app.world.quirks(), &body)
}

/// Sets the quirks named; resets the others to their defaults.
pub(super) async fn set(
    State(app): State<AppState>,
    body: Bytes,
) -> Result<Json<Quirks>, AdminError> {
    merge(&app, Quirks::default(), &body)
}

/// Sets the quirks named in the body on top of `quirks`. On an error, none of them is set.
fn merge(app: &AppState, mut quirks: Quirks, body: &[u8]) -> Result<Json<Quirks>, AdminError> {
    quirks
        .merge(&parse_body(body)?)
        .map_err(|error| AdminError::bad_request(error.to_string()))?;
    app.world.set_quirks(quirks.clone());
    Ok(Json(quirks))
}
