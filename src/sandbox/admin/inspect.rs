//! What the sandbox holds, has received and offers.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::sandbox::api::operation::ApiOperation;
use crate::sandbox::http::AppState;
use crate::sandbox::seed::{Seed, catalog};
use crate::sandbox::service;

pub(super) async fn state(State(app): State<AppState>) -> Response {
    Json(app.world.state()).into_response()
}

pub(super) async fn requests(State(app): State<AppState>) -> Response {
    Json(json!({"requests": app.world.requests()})).into_response()
}

pub(super) async fn clear_requests(State(app): State<AppState>) -> StatusCode {
    app.world.clear_requests();
    StatusCode::NO_CONTENT
}

/// Credentials and IDs of the seed as an object of names and values; empty for the seed `empty`.
pub(super) async fn identities(State(app): State<AppState>) -> Response {
    let sections = match app.seed {
        Seed::Empty => [].as_slice(),
        Seed::Demo => catalog::SECTIONS,
    };
    let entries = sections.iter().flat_map(|section| section.entries);
    let entries: BTreeMap<_, _> = entries.copied().collect();
    Json(entries).into_response()
}

pub(super) async fn operations() -> Response {
    let operations: Vec<_> = service::operations().map(ApiOperation::publish).collect();
    Json(json!({ "operations": operations })).into_response()
}
