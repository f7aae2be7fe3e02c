//! What the API reference leaves open: how it is decided, and deciding otherwise.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Mistake, parse};
use crate::sandbox::http::Served;
use crate::sandbox::quirk::Quirks;

pub(super) async fn show(State(served): State<Served>) -> Json<Quirks> {
    Json(served.world.quirks())
}

/// Sets the quirks named and leaves the others.
pub(super) async fn change(
    State(served): State<Served>,
    body: Bytes,
) -> Result<Json<Quirks>, Mistake> {
    merge(&served, served.world.quirks(), &body)
}

/// Sets the quirks named, and the others to their defaults.
pub(super) async fn set(
    State(served): State<Served>,
    body: Bytes,
) -> Result<Json<Quirks>, Mistake> {
    merge(&served, Quirks::default(), &body)
}

fn merge(served: &Served, mut quirks: Quirks, body: &[u8]) -> Result<Json<Quirks>, Mistake> {
    quirks
        .merge(&parse(body)?)
        .map_err(|error| Mistake(StatusCode::BAD_REQUEST, error.to_string()))?;
    served.world.set_quirks(quirks.clone());
    Ok(Json(quirks))
}
